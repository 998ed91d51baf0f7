"""The direction of imports: an upper room may import a lower one, never the other way.

Read from the syntax tree, so an import inside a function or under TYPE_CHECKING counts as well.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.sources import PACKAGE as ROOT
from tests.tidy.sources import Source, package

PACKAGE = ROOT.name

FOUNDATION = {
    "atomic_file",
    "endings",
    "errors",
    "ordinals",
    "reading",
    "shipped",
    "suggestions",
    "terminal",
    "words",
    "__init__",
}  # exceptions, signals, shipped scenarios, text for people, words of judgement, ...: everybody may use them

# Room -> the rooms below it that it may know. What is absent is forbidden.
ALLOWED: dict[str, set[str]] = {
    "arm64": set(),
    "events": set(),
    "actors": {"events"},
    "litmus": {"arm64", "events"},
    "kernel": {"arm64", "events", "actors"},
    "checks": {"events"},  # a check sees events only, so that it runs on a log alone
    "result": {
        "events",
        "actors",
        "checks",
    },  # what a run came to: for those who make runs and those who judge
    "scenario": {"arm64", "events", "actors", "kernel", "checks", "result"},
    "explore": {"events", "actors", "checks", "result"},  # a world is what can be run, whatever it is made of
    "studies": {
        "arm64",
        "events",
        "actors",
        "kernel",
        "checks",
        "result",
        "scenario",
        "explore",
        "exhaustive",
        "export",
        "litmus",
    },
    "exhaustive": {"arm64", "events", "actors", "kernel", "checks", "result", "scenario"},
    "export": {"arm64", "events", "actors", "kernel", "scenario", "inspect", "litmus"},
    "inspect": {"arm64", "events", "checks", "result", "scenario"},
    "report": {"arm64", "events", "actors", "kernel", "checks", "scenario", "inspect"},
    "step": {
        "arm64",
        "events",
        "actors",
        "kernel",
        "checks",
        "result",
        "scenario",
        "explore",
        "inspect",
        "report",
    },
    "why": {"events", "actors", "kernel", "checks", "result", "scenario", "explore", "studies", "inspect"},
    "cli": {
        "arm64",
        "events",
        "actors",
        "kernel",
        "checks",
        "result",
        "scenario",
        "explore",
        "studies",
        "exhaustive",
        "export",
        "inspect",
        "litmus",
        "step",
        "report",
        "why",
    },
    "api": {"events", "actors", "kernel", "checks", "result", "scenario", "explore", "inspect"},
    "testing": {"events", "actors", "kernel", "checks", "result", "scenario", "explore", "inspect"},
    "pytest_plugin": {"testing"},
    "__main__": {"cli"},
}

# Who may use which library. The machine is sans-IO; only the top floor knows a terminal.
LIBRARIES: dict[str, set[str]] = {
    "trio": {"actors", "scenario", "explore", "inspect", "api", "cli", "testing"},
    "outcome": {"actors"},  # how trio hands results between tasks
    "trio_util": {"explore", "inspect", "cli", "testing"},
    "msgspec": {
        "events",
        "kernel",
        "scenario",
        "exhaustive",
        "explore",
        "inspect",
        "cli",
        "export",
        "litmus",
        "report",
        "testing",
    },
    "duckdb": {"inspect"},  # one file, when SQL is asked for
    "perfetto": {"export"},  # one file, when that form is asked for
    "structlog": {"scenario", "explore", "inspect", "api", "cli", "testing"},
    "rich": {"cli", "inspect", "step"},
    "textual": {"step"},  # one file, loaded by the command
    "cyclopts": {"cli"},
    "jinja2": {"report"},
    "markupsafe": {"report"},
    "distributed": {"explore"},  # one file, when a cluster is asked for
    "hypothesis": {"testing"},
    "pytest": {"testing", "pytest_plugin"},
}


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(source: Source) -> Iterator[tuple[int, str]]:
    """(line, absolute dotted name) of every import in the file; ``from . import x`` yields the name of x."""
    package = [PACKAGE, *source.path.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            if module == PACKAGE:
                yield from ((node.lineno, f"{PACKAGE}.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, module


def complaints(source: Source) -> Iterator[str]:
    """What is wrong with the imports of a file."""
    here, where = room(source.path), str(source.path.relative_to(ROOT))
    if here not in FOUNDATION and here not in ALLOWED:
        yield f"{where}: {here} is not a room: add it to the house or move the file"
        return
    for line, name in imported(source):
        found = (
            foundation_complaint(where, line, name)
            if here in FOUNDATION
            else complaint(where, line, here, name)
        )
        if found:
            yield found


def foundation_complaint(where: str, line: int, name: str) -> str | None:
    """What everybody may use stands on nothing but the errors.  The package itself names what it loads on demand."""
    on_demand = where == "__init__.py" and name == f"{PACKAGE}.api"
    if name.startswith(PACKAGE) and name != f"{PACKAGE}.errors" and not on_demand:
        return f"{where}:{line}: imports {name}"
    return None


def complaint(where: str, line: int, here: str, name: str) -> str | None:
    """Why this import is not allowed, or None."""
    top, *rest = name.split(".")
    if top == PACKAGE:
        target = rest[0] if rest else "__init__"
        if target in FOUNDATION or target.startswith("__version") or target == here:
            return None
        return None if target in ALLOWED[here] else f"{where}:{line}: {here} may not import {target}"
    if top in sys.stdlib_module_names:
        return None
    return None if here in LIBRARIES.get(top, set()) else f"{where}:{line}: {here} may not import {top}"


def test_imports_go_down_only() -> None:
    assert [one for source in package() for one in complaints(source)] == []


@pytest.mark.parametrize(
    ("here", "name", "allowed"),
    [
        ("arm64", "ftrace_actors.kernel.cpu", False),
        ("arm64", "ftrace_actors.arm64.views", True),
        ("arm64", "ftrace_actors.errors", True),
        ("arm64", "trio", False),
        ("arm64", "msgspec", False),
        ("arm64", "dataclasses", True),
        ("checks", "ftrace_actors.kernel", False),
        ("inspect", "ftrace_actors.explore", False),
        ("explore", "ftrace_actors.cli", False),
        ("explore", "ftrace_actors.scenario.world", False),
        ("explore", "ftrace_actors.kernel", False),
        ("inspect", "ftrace_actors.export", False),
        ("explore", "rich.console", False),
        ("cli", "ftrace_actors.explore.campaign", True),
    ],
)
def test_the_rule_itself(here: str, name: str, allowed: bool) -> None:
    assert (complaint("x.py", 1, here, name) is None) is allowed


def source_of(text: str, path: str) -> Source:
    return Source(ROOT / path, text)


def test_imports_are_seen_wherever_they_hide() -> None:
    text = "def f():\n    from ...kernel import cpu\n    from .. import pe\n    import a.b\n"
    assert list(imported(source_of(text, "arm64/isa/deep.py"))) == [
        (2, "ftrace_actors.kernel"),
        (3, "ftrace_actors.arm64"),
        (4, "a.b"),
    ]


def test_a_file_is_complained_about_once_for_each_import_and_when_it_is_in_no_room() -> None:
    assert list(complaints(source_of("from ..cli import main\nimport trio\n", "arm64/pe.py"))) == [
        "arm64/pe.py:1: arm64 may not import cli",
        "arm64/pe.py:2: arm64 may not import trio",
    ]
    assert list(complaints(source_of("from .errors import InputError\n", "reading.py"))) == []
    assert list(complaints(source_of("from .cli import main\n", "reading.py"))) == [
        "reading.py:1: imports ftrace_actors.cli"
    ]
    assert len(list(complaints(source_of("", "attic/x.py")))) == 1
