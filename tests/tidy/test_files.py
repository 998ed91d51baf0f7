"""What can be checked of the house style, checked: size, forbidden words, docstrings, facades."""

import ast
import re
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
PACKAGE = REPO / "src" / "ftrace_actors"
LINES_MAX = 500
FUNCTION_LINES_MAX = 90

SOURCES = sorted(PACKAGE.rglob("*.py"))
ALL_PYTHON = sorted(
    path
    for top in ("src", "tests", "tools", "benchmarks")
    for path in (REPO / top).rglob("*.py")
    if path != Path(__file__)
)

# Pattern -> why it is not wanted. Applied to every Python file.
NEVER = {
    r"\b(TODO|FIXME|XXX)\b": "unfinished work belongs to the issue list",
    r"\bNotImplementedError\b": "a half-made thing is not shipped; abstract methods are Protocols",
    r"except\s*:": "a bare except hides our own bugs",
    r"except (Base)?Exception\b(?!.*# boundary:)": "catch what you can handle; a real boundary says so",
}
# Applied to the package only: what would let something other than the choices decide a run.
NEVER_IN_PACKAGE = {
    r"\btime\.sleep\b": "nothing waits for wall clock",
    r"^\s*(import random|from random import)": "only strategies draw, from a seeded random.Random",
    r"\b(random|_?rng)\.seed\(\)": "an unseeded generator is not reproducible",
    r"\buuid\d?\b": "identities come from counters",
    r"(?<![\w.])hash\(": "hash() changes with PYTHONHASHSEED",
    r"(?<![\w.])id\(": "addresses of objects change from process to process",
}
CLOCKS = (
    r"\b(time\.(time|monotonic|perf_counter)|datetime\.(now|utcnow|today))\b"
    r"|^\s*(import|from) (datetime|time)\b"
)
MAY_DRAW = {"explore/strategies"}
MAY_READ_CLOCK = {"explore/campaign.py", "cli"}


def name(path: Path) -> str:
    return str(path.relative_to(REPO))


def code_lines(path: Path) -> list[tuple[int, str]]:
    return list(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))


def hits(path: Path, patterns: dict[str, str]) -> list[str]:
    return [
        f"{name(path)}:{number}: {line.strip()!r}: {why}"
        for pattern, why in patterns.items()
        for number, line in code_lines(path)
        if re.search(pattern, line)
    ]


def inside(path: Path, places: set[str]) -> bool:
    relative = path.relative_to(PACKAGE).as_posix()
    return any(relative == place or relative.startswith(f"{place}/") for place in places)


@pytest.mark.parametrize("path", ALL_PYTHON, ids=name)
def test_no_forbidden_words(path: Path) -> None:
    assert hits(path, NEVER) == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_nothing_but_the_choices_decides(path: Path) -> None:
    patterns = dict(NEVER_IN_PACKAGE)
    if inside(path, MAY_DRAW):
        del patterns[r"^\s*(import random|from random import)"]
    if not inside(path, MAY_READ_CLOCK):
        patterns[CLOCKS] = "no wall clock inside a run"
    assert hits(path, patterns) == []


@pytest.mark.parametrize("path", [path for path in ALL_PYTHON if "tests" in path.parts], ids=name)
def test_no_test_sleeps(path: Path) -> None:
    assert (
        hits(path, {r"\b(time|trio)\.sleep\b|\bfrom (time|trio) import .*\bsleep\b": "tests wait for facts"})
        == []
    )


@pytest.mark.parametrize("path", ALL_PYTHON, ids=name)
def test_files_stay_readable(path: Path) -> None:
    lines = len(code_lines(path))
    assert lines <= LINES_MAX, f"{name(path)} has {lines} lines; split it by concept"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_functions_do_one_thing(path: Path) -> None:
    long = [
        f"{name(path)}:{node.lineno}: {node.name} spans {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= FUNCTION_LINES_MAX
    ]
    assert long == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_every_module_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{name(path)} has no module docstring"
    defines = any(isinstance(node, ast.ImportFrom | ast.ClassDef | ast.FunctionDef) for node in tree.body)
    if path.name == "__init__.py" and defines:
        assigned = {
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        assert "__all__" in assigned, f"{name(path)} is a facade without __all__"


@pytest.mark.parametrize(
    ("line", "patterns"),
    [
        ("# TODO later", NEVER),
        ("    except Exception as error:", NEVER),
        ("    except:", NEVER),
        ("raise NotImplementedError", NEVER),
        ("import random", NEVER_IN_PACKAGE),
        ("time.sleep(1)", NEVER_IN_PACKAGE),
        ("key = hash(state)", NEVER_IN_PACKAGE),
        ("key = id(state)", NEVER_IN_PACKAGE),
        ("import time", {CLOCKS: ""}),
        ("now = datetime.now()", {CLOCKS: ""}),
    ],
)
def test_the_patterns_catch_what_they_are_for(line: str, patterns: dict[str, str]) -> None:
    assert any(re.search(pattern, line) for pattern in patterns)


@pytest.mark.parametrize(
    "line",
    [
        "    def __hash__(self) -> int:",
        "grid(3)",
        "self.id(3)",
        "except Exception as e:  # boundary: prints it",
        "timer = 3",
    ],
)
def test_the_patterns_leave_good_lines_alone(line: str) -> None:
    assert not any(re.search(pattern, line) for pattern in {**NEVER, **NEVER_IN_PACKAGE, CLOCKS: ""})
