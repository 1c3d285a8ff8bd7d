"""`publish`: the sealed log as files that anybody can mirror and verify."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from ledger.cli import input_files, output
from ledger.cli.options import JsonOption, argument, flag, option
from ledger.cli.session import session_of


def publish(
    ctx: typer.Context,
    place: Annotated[
        str, argument("DIR|URL", "A directory, file://..., s3://... or another fsspec address.")
    ],
    *,
    policy: Annotated[
        Path | None,
        option(
            "--policy",
            "FILE",
            "A witness policy (C2SP tlog-policy): only a checkpoint that meets its quorum is"
            " published.",
        ),
    ] = None,
    with_disclosures: Annotated[
        bool,
        flag(
            "--with-disclosures",
            "Publish names, quotes and notes too. What was published cannot be erased.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Publish the sealed log as files that anybody can mirror and verify (C2SP tlog-tiles).

    Only what is new is written, the checkpoint last. Where both log keys are at hand, the log is
    sealed first.
    """
    from ledger.checkpoints.storage import DirectoryStorage, open_storage

    session = session_of(ctx)
    chosen = input_files.policy(policy)
    with session.ledger() as ledger:
        session.seal(ledger)
        with closing(open_storage(place)) as target, output.progress("publishing") as progress:
            done = ledger.checkpoints.publish(
                target, policy=chosen, with_disclosures=with_disclosures, progress=progress
            )
        waiting = ledger.size - done.size
    output.stands(f"published {done.size} entries to {done.address}")
    if isinstance(target, DirectoryStorage) and target.is_hidden():
        output.note(f"a web server cannot read {target.root}: `chmod 755` makes it readable")
    words = (
        f"published {done.size} entries, {done.new} of them new, in {done.files} files"
        f" ({done.bytes:,} bytes) to {done.address}"
    )
    output.show(as_json, done.to_value(), [(words,)])
    if waiting and not as_json:
        output.note(f"{waiting} newer entries wait for a checkpoint that may be published")
