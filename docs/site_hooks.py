"""What the site takes from outside docs/: the pictures that the tests make, CONTRIBUTING.md.

The pages name them where they lie in a clone; mkdocs calls these functions as it builds the site.
"""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

_ROOT = Path(__file__).resolve().parents[1]
_PICTURES = "tests/tui/__snapshots__/test_snapshots/"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pictures of screens, and the page for contributors with its links from here."""
    for picture in (_ROOT / _PICTURES).glob("*.svg"):
        files.append(File.generated(config, f"screens/{picture.name}", abs_src_path=str(picture)))
    text = (_ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").replace("](docs/", "](")
    files.append(File.generated(config, "contributing.md", content=text))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Point at where the site has what a page names in the clone."""
    markdown = markdown.replace(f"](../{_PICTURES}", "](screens/")
    return markdown.replace("](../CONTRIBUTING.md)", "](contributing.md)")
