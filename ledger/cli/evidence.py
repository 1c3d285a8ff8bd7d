"""`evidence`: captured files that claims cite, kept beside the log and named by their hash."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger import api
from ledger.cli import input_files, output, output_files
from ledger.cli.columns import paragraph, table
from ledger.cli.exit_codes import ExitCode
from ledger.cli.options import JsonOption, OutputFile, Overwrite, argument, option
from ledger.cli.output import Line, Styled
from ledger.cli.session import session_of
from ledger.errors import BadEvidence, UnknownId
from ledger.json_values import members

if TYPE_CHECKING:
    from ledger.evidence.citations import EvidenceReport
    from ledger.store.evidence_store import EvidenceInfo

_LARGEST = 64 * 1024 * 1024  # bytes; what the store takes, asked here before a file is read
_CITED = ("sha256", "bytes", "media_type")
_UNPROVED = ("media_type", "source", "retrieved_at", "added_at")
_TOO_LONG = "keep the part that is cited, and name the rest in the report's title"
app = typer.Typer(
    help="Captured files that claims cite, named by their SHA-256.", rich_markup_mode=None
)


@app.command("add")
def add(
    ctx: typer.Context,
    file: Annotated[Path, argument("FILE", "The file as it was captured.")],
    *,
    source: Annotated[str | None, option("--source", "URL", "Where it was captured from.")] = None,
    retrieved_at: Annotated[
        str | None, option("--retrieved-at", "TIME", "2025-06-06 or 2025-06-06T09:30Z.")
    ] = None,
    media_type: Annotated[
        str | None, option("--media-type", "TYPE", "Default: by the name of the file.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Keep a captured file, and print what a claim needs to cite it.

    Adding needs no key: the claim that cites the file is what is signed, and it names the hash. At
    most 64 MiB. Adding a file again changes what is said of it to what the options say; `verify`
    finds a fault where that is not what the claims say that cite it.
    """
    import mimetypes

    content, _ = input_files.content(file, most=_LARGEST, hint=_TOO_LONG)
    guessed = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    with session_of(ctx).ledger() as ledger:
        kind = media_type or _kept_type(ledger, content) or guessed
        stored = ledger.evidence.add(
            content, media_type=kind, source=source, retrieved_at=retrieved_at
        )
    output.stands(f"kept as {stored.sha256}")
    cite = {name: value for name, value in _facts(stored).items() if name in _CITED}
    report = {"url": stored.source, "retrieved_at": stored.retrieved_at}
    known: dict[str, Any] = {name: text for name, text in report.items() if text}
    value = {"schema": "regledger/evidence-added/v1", **known, "evidence": cite}
    named = [f"{name}: {text}" for name, text in known.items()]
    lines = [*named, "evidence:", *(f"  {name}: {text}" for name, text in cite.items())]
    output.show(as_json, value, ((line,) for line in lines))
    if not as_json:
        output.note(
            "paste this into the report (under `reports:`) of the claim that cites the file"
        )


@app.command("get")
def get(
    ctx: typer.Context,
    sha256: Annotated[str, argument("SHA256", "The hash a claim cites.")],
    *,
    to: OutputFile = None,
    overwrite: Overwrite = False,
) -> None:
    """Write a captured file, byte for byte, once its hash is checked."""
    from hashlib import sha256 as digest_of

    output_files.refuse_terminal(to, "a captured file")
    output_files.refuse_existing(to, overwrite=overwrite)
    with session_of(ctx).ledger() as ledger:
        stored = ledger.evidence.get(sha256.lower())
    if digest_of(stored.content).hexdigest() != stored.info.sha256:
        raise BadEvidence(f"the file kept as {stored.info.sha256} has another hash: not written")
    output_files.content(stored.content, to, overwrite=overwrite)
    if to is not None:
        output.note(f"wrote {len(stored.content):,} bytes of {stored.info.media_type} to {to}")


def _kept_type(ledger: "api.Ledger", content: bytes) -> str | None:
    """Return the media type of these bytes, where they are kept already."""
    from hashlib import sha256 as digest_of

    try:
        return ledger.evidence.get(digest_of(content).hexdigest()).info.media_type
    except UnknownId:
        return None


@app.command("list")
def list_kept(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """List the captured files that are kept."""
    with session_of(ctx).ledger() as ledger:
        found = ledger.evidence.kept()
    value = {
        "schema": "regledger/evidence/v1",
        "files": list(map(_facts, found)),
        "unproved": list(_UNPROVED),
    }
    output.show(as_json, value, _listed(found))


def _facts(one: "EvidenceInfo") -> dict[str, Any]:
    return {"sha256": one.sha256, "bytes": one.length, **members(one, *_UNPROVED)}


def _listed(found: "Sequence[EvidenceInfo]") -> Iterator[Line]:
    if not found:
        yield ("No captured file is kept. `regledger evidence add FILE` keeps one.",)
        return
    yield from table(
        (one.sha256, f"{one.length:,}", one.media_type, one.retrieved_at or "", one.source or "")
        for one in found
    )
    yield ("",)
    words = (
        "Only hash and length are proved. Type, source and times are as the keeper said: `verify` "
        "compares them with the claims that cite the file."
    )
    yield from paragraph(words)


@app.command("check")
def check(ctx: typer.Context, *, as_json: JsonOption = False) -> None:
    """Check every captured file against its hash, and quotes against the files they come from.

    Ends with 1 if a kept file is not what its name says. A cited file that is not kept, and a quote
    that is not found, are reported only. Quotes are looked for in files of type text/... with white
    space and Unicode form made equal; an ellipsis stands for what was left out.
    """
    with session_of(ctx).ledger() as ledger, output.progress("checking") as report:
        found = ledger.evidence.check(progress=report)
    output.show(as_json, found.to_value(), _report_lines(found))
    if not found.sound:
        raise typer.Exit(ExitCode.NOT_VERIFIED)


def _report_lines(found: "EvidenceReport") -> Iterator[Line]:
    yield (f"{found.stored} captured file(s) kept, {found.cited} cited",)
    for digest in found.wrong:
        yield (Styled("NOT WHAT ITS NAME SAYS", "red"), f"  {digest}")
    for seq, digest in found.missing:
        yield (Styled("not kept", "yellow"), f"  {digest}, cited by @{seq}")
    looked = f"quotes: {found.found} found, {len(found.unfound)} not found"
    yield (f"{looked}, {found.unchecked} with no text to look in",)
    for one in found.unfound:
        yield (Styled("not found", "yellow"), f"  @{one.seq} {one.where}")
        yield from paragraph(one.quote, first="    ", indent="    ")
    if found.sound:
        yield (Styled("every file kept has the hash it is named by", "green"),)
