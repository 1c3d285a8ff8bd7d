"""`prove`: one entry of the log, proved to people who do not have the log."""

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli import output, output_files
from ledger.cli.options import JsonOption, Overwrite, argument, flag, option
from ledger.cli.session import session_of
from ledger.errors import InputError

_SUFFIX = ".tlog-proof"


def prove(
    ctx: typer.Context,
    ref: Annotated[str, argument("REF", "@12, a claim's key, an event id or a digest.")],
    *,
    to: Annotated[
        Path | None, option("-o --output", "FILE", "Write the proof, x.tlog-proof.")
    ] = None,
    entry: Annotated[
        Path | None,
        option(
            "--entry",
            "FILE",
            "Write the exact bytes of the entry. With -o x.tlog-proof they go to x.entry.json"
            " unless this names another file.",
        ),
    ] = None,
    pack: Annotated[
        Path | None,
        option(
            "--pack", "FILE", "Write one zip instead, with everything needed to check the entry."
        ),
    ] = None,
    with_disclosures: Annotated[
        bool, flag("--with-disclosures", "Also pack names and free text that could be erased.")
    ] = False,
    overwrite: Overwrite = False,
    as_json: JsonOption = False,
) -> None:
    """Prove that one entry stands in the log, in the newest signed checkpoint that covers it.

    Whoever gets the proof and the entry checks both with `regledger check-proof` and the log's
    public keys: without this database, without the rest of the log, without a network. The pack
    also holds a verifier in one file, for people without regledger.
    """
    if pack is not None:
        if to is not None or entry is not None or as_json:
            raise InputError("--pack holds the proof and the entry: give it alone")
        output_files.refuse_existing(pack, overwrite=overwrite)
        with session_of(ctx).ledger() as ledger:
            data = ledger.proofs.pack(ref, with_disclosures=with_disclosures)
        output_files.content(data, pack, overwrite=overwrite)
        output.note(f"wrote {len(data):,} bytes to {pack}; README.txt in it says how to check it")
        return
    if with_disclosures:
        raise InputError("--with-disclosures goes with --pack: a proof alone holds no texts")
    beside = entry or (entry_file(to) if to else None)
    output_files.refuse_existing(to, beside, overwrite=overwrite)
    with session_of(ctx).ledger() as ledger:
        found = ledger.proofs.prove(ref)
    if beside is not None:
        output_files.content(found.entry.data, beside, overwrite=overwrite)
        output.note(f"wrote entry {found.entry.seq}, byte for byte, to {beside}")
    if to is not None:
        output_files.content(found.proof.encode(), to, overwrite=overwrite)
        output.note(f"wrote the proof in the checkpoint of size {found.checkpoint.size} to {to}")
    if as_json:
        output.value(found.to_value())
    elif to is None and output.on_terminal():
        output.text(found.proof.encode().decode())
    elif to is None:
        output.raw(found.proof.encode())


def entry_file(proof: Path) -> Path:
    """Return where the entry of a proof lies beside it. Raises InputError for another name."""
    name = proof.name.removesuffix(_SUFFIX)
    if not name:
        raise InputError(f"{str(proof)!r} is not the name of a proof", hint="x.tlog-proof")
    return proof.with_name(f"{name}.entry.json")
