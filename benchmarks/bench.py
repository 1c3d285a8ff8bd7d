"""What the questions share: a folder, a size, and the big ledger, built once and on demand."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from benchmarks.bare import Bare
from benchmarks.journals import journals, move
from benchmarks.measure import PATIENCE_S, ROUNDS, Pair, Spent, interleaved, spent
from benchmarks.synthetic import Claims, organisations, validated
from ledger import Ledger, create_ledger, open_ledger
from ledger.domain.claims import Claim
from ledger.log import keys
from ledger.log.checkpoint import LogSigner, log_signers

ACTOR: Final = "founder"
ORIGIN: Final = "example.org/bench"
SLICE: Final = 1000  # claims in one transaction, on both sides


def more(count: int, name: str) -> list[Claim]:
    """Return about as many claims for any ledger; none names another by its key."""
    claims = Claims(seed=1).take(count)
    acts = [claim for claim in claims if claim.kind != "lifecycle"]
    return [claim.model_copy(update={"key": f"{name}.{claim.key}"}) for claim in acts]


@dataclass(slots=True)
class Built:
    """A ledger of ``size`` claims, and what building it took."""

    path: Path
    key: Ed25519PrivateKey  # of the founder, who signs everything
    claims: Claims  # goes on where the ledger's claims end
    ours: list[Spent] = field(default_factory=list)  # by each slice
    floor: list[Spent] = field(default_factory=list)  # by the same slice, bare
    valid: list[Spent] = field(default_factory=list)  # by validating it, before
    caught_up: Spent | None = None  # by the status view, after all of them

    @contextmanager
    def opened(self) -> Iterator[Ledger]:
        """Open the ledger."""
        with open_ledger(str(self.path)) as book:
            yield book

    @property
    def signer(self) -> keys.KeySigner:
        """The founder's signer."""
        return keys.KeySigner(self.key)


@dataclass(frozen=True)
class Bench:
    """One run of the benchmarks."""

    size: int
    seed: int
    folder: Path
    patience_s: float = PATIENCE_S
    leaves: int = 1_000_000  # of the bare tree that inclusion proofs are asked of
    prepared: tuple[Path, ...] = ()  # ledgers that were made before, by benchmarks.million

    def interleaved(
        self, ours: Callable[[], object], floor: Callable[[], object], rounds: int = ROUNDS
    ) -> Pair:
        """Run both in turn, as long as this run has patience."""
        return interleaved(ours, floor, rounds=rounds, patience_s=self.patience_s)

    @property
    def grown(self) -> tuple[Path, ...]:
        """Ledgers of growing size, their status views at the head; only to be read."""
        return (self.tenth_followed.path, self.followed.path, *self.prepared)

    @cached_property
    def big(self) -> Built:
        """The ledger of ``size`` claims."""
        return self._build(self.size)

    @cached_property
    def followed(self) -> Built:
        """The ledger of ``size`` claims, its status view at the head, too."""
        return self._follow(self.big)

    @cached_property
    def tenth_followed(self) -> Built:
        """The ledger of a tenth of that, its status view at the head, too."""
        return self._follow(self.tenth)

    @cached_property
    def tenth(self) -> Built:
        """The ledger of a tenth of that."""
        return self._build(self.size // 10)

    @cached_property
    def log_keys(self) -> tuple[LogSigner, LogSigner]:
        """What seals every ledger made here."""
        return log_signers(ORIGIN, Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate())

    def copied(self, built: Built, name: str) -> Built:
        """Copy a ledger, to be changed."""
        return replace(built, path=self.copied_file(built.path, name))

    def copied_file(self, path: Path, name: str) -> Path:
        """Copy the file of a ledger that nobody has open."""
        return shutil.copyfile(path, self.folder / name)

    def seal(self, book: Ledger, built: Built) -> None:
        """Sign a checkpoint over all there is."""
        book.checkpoints.seal(self.log_keys, built.path.with_suffix(".sealed.json"))

    def say(self, text: str) -> None:
        """Tell whoever waits what is going on."""
        print(text, file=sys.stderr, flush=True)

    def empty(
        self, name: str, key: Ed25519PrivateKey | None = None, *, journal: str | None = None
    ) -> tuple[Ledger, keys.KeySigner]:
        """Create a ledger without claims; its founder may do everything alone.

        Its file is written in the mode that is the default here, or moved to another.
        """
        signer = keys.KeySigner(key or keys.generate())
        path = self.folder / name
        book = create_ledger(
            str(path),
            origin=ORIGIN,
            actor=ACTOR,
            signer=signer,
            log_keys=[str(one.vkey) for one in self.log_keys],
            review="none",
        )
        book.define(organisations(), signer, actor=ACTOR)
        if journal is not None:
            book.close()
            move(path, journal)
            book = open_ledger(str(path))
        return book, signer

    def _follow(self, built: Built) -> Built:
        self.say("bringing the status view to the head")
        path = self.copied_file(built.path, f"{built.path.stem}.followed.db")
        with open_ledger(str(path)) as book:
            return replace(built, path=path, caught_up=spent(book.projections.catch_up))

    def _build(self, size: int) -> Built:
        """Record in slices, each beside the same slice bare; the status view stays behind."""
        self.say(f"recording {size:,} claims")
        name = f"{size}.db"
        key = keys.generate()
        book, signer = self.empty(name, key)
        built = Built(self.folder / name, key, Claims(self.seed))
        bare = Bare(self.folder / f"{size}.bare.db", journals()[0])
        book.projections.defer()
        for start in range(0, size, SLICE):
            values = built.claims.values(min(SLICE, size - start))
            claims = validated(values)
            built.valid.append(spent(partial(validated, values)))
            built.ours.append(spent(partial(book.record, claims, signer, actor=ACTOR)))
            built.floor.append(spent(partial(bare.record, values)))
        book.close()
        bare.close()
        return built
