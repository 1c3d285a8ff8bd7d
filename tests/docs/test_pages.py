"""What the pages show is what happens to who follows them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs import pages
from tests.docs.pages import ROOT, Block

PASSPHRASE = "correct horse"
RUN = [page for page in pages.written() if any(block.runs for block in pages.blocks(page))]


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_blocks_of_a_page_run_and_print_what_it_shows(
    page: Path, installed: Path, tmp_path: Path
) -> None:
    """In an empty home, with what is installed: every block ends well, and shows no lie."""
    done = follow(page, installed, tmp_path)
    printed = pages.outputs(page, done.stdout)
    last, said = list(printed.items())[-1]
    assert done.returncode == 0, f"{last} ended with {done.returncode}:\n{last.text}\n{said}"
    assert list(printed) == [block for block in pages.blocks(page) if block.runs]
    for ran, shown in pages.shown(page):
        line = pages.missing_line(shown.text, printed[ran])
        assert line is None, f"{shown} shows {line!r}, but {ran} printed:\n{printed[ran]}"


def follow(page: Path, programs: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Do what a page says, as somebody who types the same passphrase each time."""
    env = {
        "HOME": str(home),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "LANG": "C.UTF-8",
        "REGLEDGER_PASSPHRASE": PASSPHRASE,
    }
    return subprocess.run(
        [shutil.which("bash") or "sh", "-c", pages.program(page)],
        cwd=home,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.slow
def test_it_is_the_installed_program_that_is_followed(installed: Path, tmp_path: Path) -> None:
    """Neither the clone nor what the tests import is what the pages are tried with."""
    done = subprocess.run(
        [installed / "python", "-c", "import ledger, tui; print(ledger.__file__, tui.__file__)"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(path.startswith(str(installed.parent)) for path in done.stdout.split())


@pytest.mark.parametrize("page", pages.written(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_says_what_it_is(page: Path) -> None:
    """A reason not to run a block is more than a word, and no command stands in another block."""
    for block in pages.blocks(page):
        if block.marker is not None:
            kind, reason = block.marker
            assert len(reason.split()) > 1 or kind == "ends with", f"{block} gives no reason"
            assert block.language in {*pages.RUN, "text"}, f"{block} is never run"
        commands = any(line.lstrip().startswith("regledger ") for line in block.text.splitlines())
        usage = page.name == "commands.md"  # made from help, which is no block to run
        assert usage or block.language in pages.RUN or not commands, f"{block} is not run"


def test_comments_about_blocks_are_understood() -> None:
    """No comment before a block is one that the parser passes over, such as a misspelt one."""
    for page in pages.written():
        comments = re.findall(r"(?m)^ *<!--.*-->\n+ *```", page.read_text(encoding="utf-8"))
        assert len(comments) == sum(block.marker is not None for block in pages.blocks(page)), page


# --- the parser -----------------------------------------------------------------------------------

PAGE = """\
# Page

```sh
export WHO=sana
```

<!-- not run: asks for a passphrase -->
```sh
exit 9
```

```yaml title="a.yaml"
it's: "$HOME"
```

```sh
cat a.yaml; echo "hello $WHO"; echo done
```

So it prints:

```text
hello …
```

<!-- ends with 3 -->
```sh
(exit 3)
```

```python
print("snake")
```

<!-- not compared: it is another one each time -->
```text
cobra
```
"""


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A page with a block of each kind."""
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_page_becomes_a_program(page: Path, installed: Path, tmp_path: Path) -> None:
    """Variables last from block to block, files are written, what is excused is not run."""
    done = follow(page, installed, tmp_path)
    assert done.returncode == 0, done.stdout
    said = list(pages.outputs(page, done.stdout).values())
    assert said == ["", 'it\'s: "$HOME"\nhello sana\ndone\n', "", "snake\n"]
    assert [(ran.line, shown.line) for ran, shown in pages.shown(page)] == [(16, 22)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("echo done", "false", 16),
        ("(exit 3)", "true", 27),
        ("(exit 3)", "(exit 4)", 27),
        ('print("snake")', "1 / 0", 31),
    ],
)
def test_a_block_that_fails_is_found(
    page: Path, installed: Path, tmp_path: Path, *, old: str, new: str, line: int
) -> None:
    """Nothing runs after a block that does not end as the page says."""
    page.write_text(PAGE.replace(old, new), encoding="utf-8")
    done = follow(page, installed, tmp_path)
    assert done.returncode != 0
    assert [block.line for block in pages.outputs(page, done.stdout)][-1] == line


@pytest.mark.parametrize(
    ("shown", "missing"),
    [
        ("a\nc", None),
        ("a\n\nb", None),
        ("c\na", "a"),
        ("b\nb", "b"),
        ("x … 9", None),
        ("… 8", "… 8"),
        ("x", "x"),
        (".", "."),
    ],
)
def test_lines_are_compared_in_order(shown: str, missing: str | None) -> None:
    """Lines may be left out, and parts of a line; what stands there must have been printed."""
    assert pages.missing_line(shown, "a  \nb\nc\nx 1 9\n") == missing


def test_a_block_knows_where_it_stands() -> None:
    """An error names page and line."""
    block = Block(page=ROOT / "docs" / "a.md", line=7, language="sh", text="")
    assert str(block) == "docs/a.md:7"
