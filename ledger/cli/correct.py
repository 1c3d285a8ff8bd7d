"""`correct`: replace the content of a claim."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.entry_lines import note_waiting, show_results
from ledger.cli.options import ClaimRef, Comment, JsonOption, Reason, argument
from ledger.cli.session import session_of


def correct(
    ctx: typer.Context,
    ref: ClaimRef,
    file: Annotated[Path, argument("FILE", "The whole claim as it should be; - for stdin.")],
    *,
    reason: Reason,
    comment: Comment = None,
    as_json: JsonOption = False,
) -> None:
    """Replace the content of a claim. The old one stays in the log and in what was known then."""
    from ledger.cli import claims_import

    sheet = claims_import.Sheet.of(file)
    session = session_of(ctx)
    with session.ledger() as ledger:
        filed = sheet.filed(ledger)
        content, by = filed.only, session.acting()
        note_waiting(ledger, ref)
        claims_import.warn(filed, lambda: ledger.preview.doubts_of_correction(ref, content))
        result = ledger.correct(
            ref, content, session.signer(), actor=by, reason_code=reason, comment=comment
        )
    show_results(as_json, [result])
