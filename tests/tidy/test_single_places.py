"""What the house makes in one place only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]

# Class -> the one file that may construct it, and why.
MADE_IN = {
    "System": "src/ftrace_actors/scenario/run.py",  # a run: whoever wants to look at one is a `Watcher`
    "Pool": "src/ftrace_actors/explore/pool.py",  # worker processes: `open_pool`, for campaigns, the table and litmus
}

# Other ways to get worker processes, which nobody takes.
NEVER_MADE = ("ProcessPoolExecutor", "Process")

# But for processes that keep what they reached from one job to the next.
KEEPS = "src/ftrace_actors/exhaustive/crew.py"


def calls(source: str, name: str) -> Iterator[int]:
    """Lines that call what is named so, or a method of it, under whatever module name or alias."""
    tree = ast.parse(source)
    names = {name} | {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == name and alias.asname is not None
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=called)) if called in names:
                yield node.lineno
            case ast.Call(func=ast.Attribute(attr=called)) if called == name:
                yield node.lineno
            case ast.Call(func=ast.Attribute(value=ast.Name(id=called))) if called in names:
                yield node.lineno
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=called))) if called == name:
                yield node.lineno


def imported(source: str) -> set[str]:
    """The modules that a text imports by their absolute names."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                names.update(alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                names.add(module)
    return names


@pytest.mark.parametrize(("name", "only"), MADE_IN.items())
def test_it_is_constructed_in_one_place(name: str, only: str) -> None:
    made = [
        (path.relative_to(REPO).as_posix(), line)
        for top in ("src", "tests", "benchmarks", "tools")
        for path in sorted((REPO / top).rglob("*.py"))
        for line in calls(path.read_text(encoding="utf-8"), name)
    ]
    assert [path for path, _ in made] == [only], made


@pytest.mark.parametrize("name", NEVER_MADE)
def test_worker_processes_come_from_the_pool(name: str) -> None:
    pool = REPO / MADE_IN["Pool"]
    made = [
        (path.relative_to(REPO).as_posix(), line)
        for path in sorted((REPO / "src").rglob("*.py"))
        if path not in {pool, REPO / KEEPS}
        for line in calls(path.read_text(encoding="utf-8"), name)
    ]
    assert made == []


def test_names_are_compared_in_one_place() -> None:
    """`suggestions` decides what is close to a name, and up to which length it is compared at all."""
    importing = [
        path.relative_to(REPO).as_posix()
        for path in sorted((REPO / "src").rglob("*.py"))
        if "difflib" in imported(path.read_text(encoding="utf-8"))
    ]
    assert importing == ["src/ftrace_actors/suggestions.py"]


@pytest.mark.parametrize(
    "source", ["import difflib", "import difflib as d", "def f():\n    from difflib import ndiff"]
)
def test_an_import_is_seen(source: str) -> None:
    assert imported(source) == {"difflib"}


@pytest.mark.parametrize(
    "source",
    [
        "System(image)",
        "system.System(image)",
        "from x import System as S\nS(image)",
        "System.boot(image)",
        "boot.System.boot(image)",
        "from x import System as S\nS.boot(image)",
    ],
)
def test_a_construction_is_seen(source: str) -> None:
    assert list(calls(source, "System"))


def test_mentioning_it_is_none() -> None:
    assert not list(calls("def f(system: System) -> System: ...", "System"))
