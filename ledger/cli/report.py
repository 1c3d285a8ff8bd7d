"""What `verify` found, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.cli import output
from ledger.cli.board import simulated_lines
from ledger.cli.layout import fields, paragraph, table
from ledger.cli.output import Line, Piece, Styled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ledger.answers import VerifyReport

_LISTED = 5  # files nobody vouches for
_SHOWN = 50  # faults; the first one matters most, and JSON has them all


def verify_lines(report: VerifyReport) -> Iterator[Line]:
    """The verdict first, then what it rests on."""
    yield _verdict(report)
    if report.simulated:
        yield from simulated_lines()
    yield ("",)
    yield from fields(_facts(report), output.columns(), indent="  ")
    if report.faults:
        yield ("",)
        yield from _faults(report)
    elif not report.authenticated:
        yield ("",)
        yield from paragraph(
            "The log is consistent in itself, but nothing tells this machine that it is the right "
            "one. If its keeper gave you its id or the founder's fingerprint by another way, "
            f"compare it with the above, then: regledger trust {report.ledger}",
            output.columns(),
        )


def _verdict(report: VerifyReport) -> Line:
    if not report.size:
        return (Styled("NOT VERIFIED: there is nothing to verify", "red"),)
    if report.faults:
        first = report.first_bad_seq
        where = f"first bad entry @{first}" if first is not None else "not tied to one entry"
        return (Styled(f"NOT VERIFIED: {where}", "red"),)
    if report.authenticated:
        return (Styled(f"VERIFIED: all {report.size} entries", "green"),)
    return (Styled("consistent, NOT AUTHENTICATED", "yellow"),)


def _facts(report: VerifyReport) -> list[tuple[str, str]]:
    sealed = f"{report.sealed} entries, {report.checkpoints} checkpoints checked"
    if report.unsealed:
        sealed += f"; {report.unsealed} unsealed: their order rests on the database alone"
    facts = [
        ("place", report.place),
        ("origin", report.origin),
        ("ledger id", report.ledger),
        ("entries", str(report.size)),
        ("root", report.root),
        ("since", f"size {report.since}: signatures before it were not looked at again"),
        ("sealed", sealed if report.checkpoints else "never: no checkpoint was signed"),
        ("cosigned", f"{report.cosignatures} good lines of the policy's witnesses"),
        ("time-stamps", _counts(report.time_stamps)),
        ("trust", report.how),
        ("disclosures", _counts(report.disclosures)),
        ("evidence", _counts(report.evidence)),
        ("unproved", _named(report.unauthenticated)),
    ]
    told = {
        "place": bool(report.place),
        "since": bool(report.since),
        "cosigned": bool(report.cosignatures),
        "time-stamps": any(report.time_stamps.values()),
        "evidence": any(report.evidence.values()),
        "unproved": bool(report.unauthenticated),
    }
    return [(name, fact) for name, fact in facts if told.get(name, True)]


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in counts.items())


def _named(files: Sequence[str]) -> str:
    more = f" and {len(files) - _LISTED} more" if len(files) > _LISTED else ""
    return "; ".join(files[:_LISTED]) + more


def _faults(report: VerifyReport) -> Iterator[Line]:
    first = [f for f in report.faults if f.seq == report.first_bad_seq]
    layers = ", ".join(dict.fromkeys(f.layer for f in first))
    where = f"@{report.first_bad_seq}" if report.first_bad_seq is not None else "the log as a whole"
    yield (Styled(f"At {where} these layers fail: {layers}", "bold"),)
    rows: list[Sequence[Piece]] = [
        (f"  @{f.seq}" if f.seq is not None else "  -", f.layer, f.message)
        for f in report.faults[:_SHOWN]
    ]
    yield from table(rows, output.columns())
    if len(report.faults) > _SHOWN:
        yield (f"  ... and {len(report.faults) - _SHOWN} more; --json lists them all",)
    yield ("`regledger help LAYER` explains each layer.",)
