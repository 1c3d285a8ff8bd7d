"""`check-proof`: check a proof or an evidence pack, offline."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import input_files, output
from ledger.cli.columns import fields
from ledger.cli.options import JsonOption, argument, option
from ledger.cli.output import Line, Styled
from ledger.cli.prove import entry_file
from ledger.cli.session import known_ledgers, session_of
from ledger.errors import InputError, NoLedger, NotCompleted, NotVerified, UnknownId

if TYPE_CHECKING:
    from ledger.proofs.inclusion import CheckedProof, PackVerifier, ProofTrust

_LARGEST = 512 * 1024 * 1024  # bytes: a pack with its captured files
ProofFile = Annotated[Path, argument("FILE", "A proof (x.tlog-proof) or an evidence pack.")]
EntryFile = Annotated[
    Path | None,
    option(
        "--entry",
        "FILE",
        "The exact bytes of the entry. Default: from the pack, x.entry.json beside"
        " x.tlog-proof, or the ledger at hand.",
    ),
]
LogKeys = Annotated[
    list[str] | None,
    option(
        "--key",
        "VKEY",
        "A public key of the log (name+hash+key); give each of its keys. Default: those"
        " of the policy, or of a ledger that this machine trusts.",
    ),
]
PolicyFile = Annotated[
    Path | None, option("--policy", "FILE", "A policy whose quorum of witnesses must be met.")
]
RootsFile = Annotated[
    Path | None,
    option(
        "--roots",
        "FILE",
        "Certificates (PEM) of time-stamp authorities, to check a pack's time-stamps.",
    ),
]


def check_proof(
    ctx: typer.Context,
    file: ProofFile,
    *,
    entry: EntryFile = None,
    key: LogKeys = None,
    policy: PolicyFile = None,
    roots: RootsFile = None,
    as_json: JsonOption = False,
) -> None:
    """Check a proof or an evidence pack, offline: entry, inclusion, checkpoint and signatures.

    Ends with 0 only if all of it holds and every key of the log signed the checkpoint; 1 if
    anything does not, saying what; 3 if no key of the log is known here: nothing from the proof
    itself is trusted.
    """
    from ledger.proofs import inclusion, pack_format, pack_verify

    data = input_files.content(file, most=_LARGEST)[0]
    trust = _trust(key or (), policy, roots)
    if data.startswith(pack_format.MAGIC) or data[:2] == b"PK":
        if entry is not None:
            raise InputError("a pack holds its entry: leave out --entry")
        checked = pack_verify.check_pack(data, trust)
    else:
        content, signer = _entry(ctx, file, data, entry)
        checked = inclusion.check_entry_proof(content, data, trust, signer=signer)
    output.show(as_json, checked.to_value(), _lines(checked))
    if checked.verifier and checked.verifier.same is False:
        output.warn("verifier.py in this pack is not the one of this version: do not run it")


def _trust(given: Sequence[str], policy: Path | None, roots: Path | None) -> "ProofTrust":
    from ledger.log.signed_note import parse_vkey
    from ledger.proofs.inclusion import ProofTrust

    trusted = input_files.roots(roots, most=_LARGEST)
    return ProofTrust(
        log_keys=tuple(dict.fromkeys(parse_vkey(one) for one in given)),
        policy=input_files.policy(policy, most=_LARGEST),
        known=known_ledgers(),
        roots=trusted,
    )


def _entry(
    ctx: typer.Context, file: Path, proof: bytes, given: Path | None
) -> tuple[bytes, dict[str, str] | None]:
    """The entry that a proof is about, and its signer's public key where a ledger has it."""
    from ledger.log.proof_file import parse_proof

    path = given or entry_file(file)
    if given is not None or path.is_file():
        return input_files.content(path, most=_LARGEST)[0], None
    index = parse_proof(proof).index
    try:
        with session_of(ctx).ledger() as ledger:
            return ledger.proofs.entry_and_signer(index)
    except NoLedger as error:
        raise NotCompleted(
            f"the entry that the proof speaks of is not at hand: no {path.name} beside it, and"
            f" {error.message}",
            hint="give its bytes with --entry FILE, or a ledger with --db",
        ) from None
    except UnknownId:
        raise NotVerified(
            f"the ledger at hand has no entry {index}",
            hint="give the entry's bytes with --entry FILE",
        ) from None


def _lines(checked: "CheckedProof") -> Iterator[Line]:
    entry, event = checked.entry, checked.entry.signed.event
    yield (
        Styled("VERIFIED", "green"),
        f"  entry {entry.seq} stands in {checked.checkpoint.origin}",
    )
    witnesses = ", ".join(one.vkey.name for one in checked.opened.cosignatures)
    stamps = "; ".join(f"size {size} existed by {time}" for size, time in checked.stamped)
    facts = [
        ("event", f"{event.type} by {event.actor}, {event.id}"),
        ("recorded at", entry.recorded_at),
        ("digest", entry.signed.digest),
        ("leaf hash", entry.leaf_hash.hex()),
        ("checkpoint", f"size {checked.checkpoint.size}, root {checked.checkpoint.root.hex()}"),
        ("log keys", checked.how),
        ("witnesses", witnesses),
        ("time-stamps", stamps),
        ("signed by", entry.signed.signature.keyid if checked.signature else ""),
        ("evidence", ", ".join(checked.evidence)),
        ("disclosed", f"{checked.disclosed} value(s)" if checked.disclosed else ""),
        ("verifier", _verifier(checked.verifier)),
        ("NOT checked", "; ".join((*checked.unchecked, "the other entries of the log"))),
    ]
    yield from fields(facts, indent="  ")


def _verifier(found: "PackVerifier | None") -> str:
    """Say which verifier in one file to run, beside this check or instead of it."""
    if found is None:
        return ""
    run = f"run {found.run}" if found.run else "this installation has none"
    if found.same is None:
        return run
    return f"{run}, {'as in the pack' if found.same else 'NOT the one in the pack, which differs'}"
