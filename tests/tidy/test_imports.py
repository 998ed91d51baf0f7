"""The direction of imports: an upper room may import a lower one, never the other way.

Read from the syntax tree, so an import inside a function or under TYPE_CHECKING counts as well.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = "ftrace_actors"
ROOT = Path(__file__).parents[2] / "src" / PACKAGE

FOUNDATION = {
    "endings",
    "errors",
    "reading",
    "terminal",
    "__init__",
}  # exceptions, signals, text for people, the version: everybody may use them

# Room -> the rooms below it that it may know. What is absent is forbidden.
ALLOWED: dict[str, set[str]] = {
    "arm64": set(),
    "events": set(),
    "actors": {"events"},
    "litmus": {"arm64", "events"},
    "kernel": {"arm64", "events", "actors"},
    "checks": {"events"},  # a check sees events only, so that it runs on a log alone
    "scenario": {"arm64", "events", "actors", "kernel", "checks"},
    "explore": {"arm64", "events", "actors", "kernel", "checks", "scenario"},
    "inspect": {"arm64", "events", "actors", "kernel", "checks", "scenario", "litmus"},
    "cli": {"arm64", "events", "actors", "kernel", "checks", "scenario", "explore", "inspect", "litmus"},
    "testing": {"events", "actors", "kernel", "checks", "scenario", "explore", "inspect"},
    "pytest_plugin": {"testing"},
    "__main__": {"cli"},
}

# Who may use which library. The machine is sans-IO; only the top floor knows a terminal.
LIBRARIES: dict[str, set[str]] = {
    "trio": {"actors", "scenario", "explore", "inspect", "cli", "testing"},
    "outcome": {"actors"},  # how trio hands results between tasks
    "trio_util": {"explore", "inspect", "cli", "testing"},
    "msgspec": {"events", "kernel", "scenario", "explore", "inspect", "cli", "litmus", "testing"},
    "structlog": {"scenario", "explore", "inspect", "cli"},
    "rich": {"cli", "inspect"},
    "cyclopts": {"cli"},
    "hypothesis": {"testing"},
    "pytest": {"testing", "pytest_plugin"},
}


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """(line, absolute dotted name) of every import in the file; ``from . import x`` yields the name of x."""
    package = [PACKAGE, *path.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            if module == PACKAGE:
                yield from ((node.lineno, f"{PACKAGE}.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, module


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


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down_only(path: Path) -> None:
    here = room(path)
    if here in FOUNDATION:
        assert not [
            name for _, name in imported(path) if name.startswith(PACKAGE) and name != f"{PACKAGE}.errors"
        ]
        return
    assert here in ALLOWED, f"{here} is not a room: add it to the house or move the file"
    where = str(path.relative_to(ROOT))
    complaints = (complaint(where, line, here, name) for line, name in imported(path))
    assert not [text for text in complaints if text]


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
        ("explore", "rich.console", False),
        ("cli", "ftrace_actors.explore.campaign", True),
    ],
)
def test_the_rule_itself(here: str, name: str, allowed: bool) -> None:
    assert (complaint("x.py", 1, here, name) is None) is allowed


def test_imports_are_seen_wherever_they_hide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    source = tmp_path / "arm64" / "isa" / "deep.py"
    source.parent.mkdir(parents=True)
    source.write_text("def f():\n    from ...kernel import cpu\n    from .. import pe\n    import a.b\n")
    assert list(imported(source)) == [
        (2, "ftrace_actors.kernel"),
        (3, "ftrace_actors.arm64"),
        (4, "a.b"),
    ]
