"""Write the vectors, or with ``--check`` compare them with what is there and write nothing.

    python -m tests.vectors.generate [--check]

Nothing in them depends on the day or the machine. The ML-DSA-44 signatures were made once and are
kept in ``mldsa44.json``, because the library signs with fresh randomness; one that does not verify
is made anew.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.vectors import insiders, outsiders, parsers, unlawful
from tests.vectors.forging import Book
from tests.vectors.good import files_in, good
from tests.vectors.people import ADMIN, KeptSignatures, log_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.vectors.cases import Case

HERE: Final = Path(__file__).parent
KEPT: Final = "mldsa44.json"
LOGS: Final = "logs"
EXPECTED: Final = "expected.json"


def make(kept_file: Path) -> tuple[Book, list[Case], KeptSignatures]:
    """Make the good log and every case."""
    kept = KeptSignatures(kept_file)
    keys = log_keys(kept)
    book = Book(good(keys), keys)
    other, elsewhere = log_keys(kept, "other"), log_keys(kept, "elsewhere", "example.org/elsewhere")
    cases = [
        *outsiders.cases(book, other),
        *insiders.cases(book, other, elsewhere),
        *unlawful.cases(book),
        insiders.another_ledger(book, good(keys, timezone="Asia/Karachi")),
    ]
    return book, cases, kept


def expected(book: Book, cases: Sequence[Case]) -> dict[str, Any]:
    """What verifiers must say, and what an auditor has to be told to ask them."""
    return {
        "ledger": book.ledger,
        "founder": ADMIN.keyid,
        "log_keys": [str(key.vkey) for key in book.keys],
        "cases": {case.name: case.to_value() for case in cases},
    }


def everything(kept_file: Path) -> dict[str, bytes]:
    """Return all generated files by their path."""
    book, cases, kept = make(kept_file)
    files = {f"{LOGS}/good/{path}": data for path, data in book.files.items()}
    for case in cases:
        for path, data in case.changed.items():
            if data is not None:
                files[f"{LOGS}/{case.name}/{path}"] = data
    other = log_keys(kept, "other")
    return {
        **files,
        EXPECTED: parsers.encode(expected(book, cases)),
        "vkeys.json": parsers.encode(parsers.vkeys()),
        "checkpoints.json": parsers.encode(parsers.notes(book, other)),
        "proofs.json": parsers.encode(parsers.proofs(book)),
        KEPT: kept.encode(),
    }


def there(folder: Path) -> dict[str, bytes]:
    """Return the generated files that a folder has."""
    return {
        path: data
        for path, data in files_in(folder).items()
        if path.startswith(f"{LOGS}/") or path.endswith(".json")
    }


def differences(folder: Path, made: dict[str, bytes]) -> list[str]:
    """Name every file of a folder that is missing, too many or not as it is made."""
    then = there(folder)
    return sorted(path for path in made.keys() | then.keys() if made.get(path) != then.get(path))


def write(folder: Path, made: dict[str, bytes]) -> int:
    """Write what differs, remove what is no more; return how many files that were."""
    changed = differences(folder, made)
    for path in changed:
        if path not in made:
            (folder / path).unlink()
            continue
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(made[path])
    return len(changed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 1 where ``--check`` finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m tests.vectors.generate")
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    check, made = parser.parse_args(arguments).check, everything(HERE / KEPT)
    if not check:
        sys.stdout.write(f"{write(HERE, made)} files written\n")
        return 0
    changed = differences(HERE, made)
    sys.stdout.write("".join(f"differs: {path}\n" for path in changed) or "nothing differs\n")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
