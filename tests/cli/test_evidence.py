"""`evidence`: keeping captured files, giving them back, checking them."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import yaml

from ledger.sqlite_driver import sqlite3

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

PAGE = "<p>Dealing in virtual assets is prohibited.</p>"
NAME = sha256(PAGE.encode()).hexdigest()
CLAIM = """
kind: norm
jurisdiction: PK
activity: va.deal
force: primary
effect: prohibit
statement: Dealing is prohibited.
key: {key}
effective_from: 2024-02-01
quote: {quote}
reports:
  - url: https://example.org/a
    publisher: Gazette
    title: Notice
"""


def test_the_block_goes_into_a_claim(office: Cli) -> None:
    """What `add` prints stands in a claims file as it is; the check then finds the quote."""
    office.file("page.html", PAGE)
    block = office.ok("evidence", "add", "page.html", "--retrieved-at", "2025-01-02").out
    assert yaml.safe_load(block)["evidence"]["sha256"] == NAME
    inside = "".join(f"    {line}\n" for line in block.splitlines())
    good = CLAIM.format(key="good", quote="assets is prohibited")
    bad = CLAIM.format(key="bad", quote="assets are permitted")
    for name, claim in (("good", good), ("bad", bad)):
        office.file(f"{name}.yaml", claim + inside)
        office.ok("record", f"{name}.yaml", "--as", "sana")
    found = office.ok("evidence", "check", "--json").json
    assert found["quotes_found"] >= 1
    assert "assets are permitted" in [one["quote"] for one in found["quotes_not_found"]]
    assert "assets are permitted" in office.ok("evidence", "check").out


def test_json_and_list(sample: Cli) -> None:
    """JSON and the list hold hash, length, type and source."""
    sample.file("page.html", PAGE)
    added = sample.ok(
        "evidence", "add", "page.html", "--source", "https://example.org/p", "--json"
    ).json
    cite = {"sha256": NAME, "bytes": len(PAGE), "media_type": "text/html"}
    assert added["evidence"] == cite
    assert added["url"] == "https://example.org/p"
    files = sample.ok("evidence", "list", "--json").json["files"]
    assert [f["source"] for f in files if f["sha256"] == NAME] == ["https://example.org/p"]
    assert NAME in sample.ok("evidence", "list").out


def test_get(sample: Cli) -> None:
    """A file comes back byte for byte; an unknown hash is bad input."""
    sample.file("page.html", PAGE)
    sample.ok("evidence", "add", "page.html", "--media-type", "text/plain")
    sample.ok("evidence", "get", NAME, "-o", "again")
    assert (sample.home / "again").read_text() == PAGE
    assert sample.ok("evidence", "get", NAME.upper()).out == PAGE
    assert sample("evidence", "get", "00" * 32).code == 2


def test_a_damaged_file(sample: Cli) -> None:
    """A kept file with other bytes than its name says: check ends with 1, get writes nothing."""
    sample.file("page.html", PAGE)
    sample.ok("evidence", "add", "page.html")
    with sqlite3.connect(sample.home / "demo.db") as raw:
        for (name,) in raw.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'evidence'"
        ).fetchall():
            raw.execute(f'DROP TRIGGER "{name}"')
        raw.execute("UPDATE evidence SET content = ? WHERE sha256 = ?", (b"lie", NAME))
    raw.close()
    found = sample("evidence", "check")
    assert found.code == 1
    assert NAME in found.out
    assert sample("evidence", "get", NAME, "-o", "again").code == 1
    assert not (sample.home / "again").exists()


def test_bad_input(sample: Cli) -> None:
    """An empty file, a directory, a malformed type: exit 2 with advice. No such file: 3."""
    sample.file("empty", "")
    sample.file("page.html", PAGE)
    assert sample("evidence", "add", "nothing").code == 3
    assert sample("evidence", "add", ".").code == 2
    assert sample("evidence", "add", "empty").code == 2
    assert sample("evidence", "add", "page.html", "--media-type", "html").code == 2
    assert sample("evidence", "add", "page.html", "--retrieved-at", "today").code == 2


def test_too_large(sample: Cli) -> None:
    """More than 64 MiB is refused before it is read, with the limit."""
    with (sample.home / "large").open("wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)
    found = sample("evidence", "add", "large")
    assert found.code == 2
    assert "64 MiB" in found.err
