"""The import graph of the packages: no file imports itself, however far round."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import cast

import grimp


def circle_of(graph: grimp.ImportGraph) -> list[str]:
    """Return the modules of one circle, in order of import; empty where there is none."""
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return cast("list[str]", error.args[1])
    return []


def test_no_circle_between_files() -> None:
    """No file of the library or of the terminal application imports itself through others."""
    assert circle_of(grimp.build_graph("ledger", "tui", cache_dir=None)) == []


def test_a_circle_is_found() -> None:
    """A circle over three files, in functions or for types alone, is named as a whole."""
    graph = grimp.ImportGraph()
    for importer, imported in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")):
        graph.add_import(importer=importer, imported=imported)
    assert set(circle_of(graph)) == {"a", "b", "c"}
