"""No circle of imports inside the kernel or the runtime: what a module needs is below it.

An import under TYPE_CHECKING or inside a function counts: it hides a circle from Python, not from a reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from tests.tidy.sources import PACKAGE as ROOT
from tests.tidy.sources import Source, package

from .test_imports import PACKAGE, imported

ROOMS = ("actors", "kernel")


def graph(room: str, sources: Iterable[Source]) -> dict[str, set[str]]:
    """Module -> the modules of the same room that it imports; a package is its `__init__`."""
    own = {name_of(source): source for source in sources if source.path.is_relative_to(ROOT / room)}
    return {
        name: {target for _, target in imported(source) if target in own} - {name}
        for name, source in own.items()
    }


def name_of(source: Source) -> str:
    parts = source.path.relative_to(ROOT).with_suffix("").parts
    return ".".join([PACKAGE, *(parts[:-1] if parts[-1] == "__init__" else parts)])


def circle(edges: Mapping[str, Iterable[str]]) -> list[str]:
    """Modules along a circle, the first that is met; empty when there is none."""
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        for target in sorted(edges[name]):
            if found := visit(target, [*path, name]):
                return found
        done.add(name)
        return []

    for name in edges:
        if found := visit(name, []):
            return found
    return []


@pytest.mark.parametrize("room", ROOMS)
def test_no_module_is_above_itself(room: str) -> None:
    edges = graph(room, package())
    assert len(edges) > 10
    assert sum(map(len, edges.values())) > 20, "the rule sees no imports"
    assert circle(edges) == []


def test_the_rule_itself() -> None:
    assert circle({"a": ["b", "c"], "b": [], "c": ["b"]}) == []
    assert circle({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b", "c"]


def test_a_circle_is_seen_where_it_hides() -> None:
    hidden = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .rcu import Rcu\n"
    local = "def f():\n    from .cpu import Cpu\n"
    room = [Source(ROOT / "kernel" / "cpu.py", hidden), Source(ROOT / "kernel" / "rcu.py", local)]
    assert circle(graph("kernel", room)) == [f"{PACKAGE}.kernel.cpu", f"{PACKAGE}.kernel.rcu"]
