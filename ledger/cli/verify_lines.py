"""The report of `verify` as lines of text."""

from collections.abc import Iterator

from ledger import api
from ledger.cli.answer_lines import simulated_lines
from ledger.cli.columns import fields, paragraph, table
from ledger.cli.output import Line, Styled

_SHOWN = 50  # faults; the first one matters most, and JSON has them all


def verify_lines(report: "api.VerifyReport") -> Iterator[Line]:
    """Yield the verdict, then what it rests on."""
    yield _verdict(report)
    if report.simulated:
        yield from simulated_lines()
    yield ("",)
    yield from fields(report.summary(), indent="  ")
    if report.faults:
        yield ("",)
        yield from _faults(report)
    elif not report.authenticated:
        yield ("",)
        yield from paragraph(
            "The log is consistent in itself, but nothing tells this machine that it is the right "
            "one. If its keeper gave you its id or the founder's fingerprint by another way, "
            f"compare it with the above, then: regledger trust {report.ledger}"
        )


def _verdict(report: "api.VerifyReport") -> Line:
    colors = {"good": "green", "bad": "red", "open": "yellow"}
    return (Styled(report.verdict, colors[report.tone]),)


def _faults(report: "api.VerifyReport") -> Iterator[Line]:
    first = [f for f in report.faults if f.seq == report.first_bad_seq]
    layers = ", ".join(dict.fromkeys(f.layer for f in first))
    where = f"@{report.first_bad_seq}" if report.first_bad_seq is not None else "the log as a whole"
    yield (Styled(f"At {where} these layers fail: {layers}", "bold"),)
    yield from table(
        (f"  @{f.seq}" if f.seq is not None else "  -", f.layer, f.message)
        for f in report.faults[:_SHOWN]
    )
    if len(report.faults) > _SHOWN:
        yield (f"  ... and {len(report.faults) - _SHOWN} more; --json lists them all",)
    yield ("`regledger help LAYER` explains each layer.",)
