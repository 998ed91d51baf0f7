"""What can be checked of the house style, checked: size, forbidden words, docstrings, facades.

One test a rule; each names every file and line that breaks it.
"""

import ast
import re
from collections.abc import Iterable, Iterator

import pytest

from tests.tidy.sources import PACKAGE, Source, everything, package

LINES_MAX = 500
FUNCTION_LINES_MAX = 90

# Pattern -> why it is not wanted. Applied to every Python file.
NEVER = {
    r"\b(TODO|FIXME|XXX)\b": "unfinished work belongs to the issue list",
    r"\bNotImplementedError\b": "a half-made thing is not shipped; abstract methods are Protocols",
    r"except\s*:": "a bare except hides our own bugs",
    r"except (Base)?Exception\b(?!.*# boundary:)": "catch what you can handle; a real boundary says so",
}
DRAWS = r"^\s*(import random|from random import)"
# Applied to the package only: what would let something other than the choices decide a run.
NEVER_IN_PACKAGE = {
    r"\btime\.sleep\b": "nothing waits for wall clock",
    DRAWS: "only strategies draw, from a seeded random.Random",
    r"\b(random|_?rng)\.seed\(\)": "an unseeded generator is not reproducible",
    r"(?<!\.)\buuid\d?\b": "identities come from counters",
    r"(?<![\w.])hash\(": "hash() changes with PYTHONHASHSEED",
    r"(?<![\w.])id\(": "addresses of objects change from process to process",
}
# Applied where messages, states and steps are typed: what would let a wrong one pass unseen.
NEVER_WHERE_TYPED = {
    r"\bcast\b\(": "a type that is only claimed",
    r"type: ignore": "a type that does not fit",
    r"\bassert (not )?(isinstance|hasattr|callable)\(": "a type that is only hoped for",
}
TYPED = {"actors", "kernel"}
CLOCKS = (
    r"\b(time\.(time|monotonic|perf_counter)|datetime\.(now|utcnow|today))\b"
    r"|^\s*(import|from) (datetime|time)\b"
)
SLEEPS = {r"\b(time|trio)\.sleep\b|\bfrom (time|trio) import .*\bsleep\b": "tests wait for facts"}
MAY_DRAW = {"explore/strategies"}
MAY_READ_CLOCK = {"explore/campaign.py", "testing/until.py", "cli"}


def hits(sources: Iterable[Source], patterns: dict[str, str]) -> list[str]:
    """Lines in which a pattern is found, each with why it must not be there."""
    compiled = [(re.compile(pattern, re.MULTILINE), why) for pattern, why in patterns.items()]
    return [
        f"{source.name}:{number}: {line.strip()!r}: {why}"
        for source in sources
        for pattern, why in compiled
        if pattern.search(source.text)  # most files have nothing of it, and this is many times as fast
        for number, line in source.lines()
        if pattern.search(line)
    ]


def inside(source: Source, places: set[str]) -> bool:
    relative = source.path.relative_to(PACKAGE).as_posix()
    return any(relative == place or relative.startswith(f"{place}/") for place in places)


def but_this_file() -> list[Source]:
    """Every file, except the one that must spell what it forbids."""
    return [source for source in everything() if source.name != "tests/tidy/test_files.py"]


def test_no_forbidden_words() -> None:
    assert hits(but_this_file(), NEVER) == []


def test_nothing_but_the_choices_decides() -> None:
    for source in package():
        patterns = dict(NEVER_IN_PACKAGE)
        if inside(source, MAY_DRAW):
            del patterns[DRAWS]
        if not inside(source, MAY_READ_CLOCK):
            patterns[CLOCKS] = "no wall clock inside a run"
        assert hits([source], patterns) == []


def test_types_are_not_talked_out_of_it() -> None:
    assert hits([source for source in package() if inside(source, TYPED)], NEVER_WHERE_TYPED) == []


def test_no_test_sleeps() -> None:
    tests = [source for source in but_this_file() if source.name.startswith("tests/")]
    assert hits(tests, SLEEPS) == []


def test_files_stay_readable() -> None:
    sizes = {source.name: len(list(source.lines())) for source in but_this_file()}
    assert {name: lines for name, lines in sizes.items() if lines > LINES_MAX} == {}  # split it by concept


def test_functions_do_one_thing() -> None:
    assert [one for source in package() for one in long_functions(source)] == []


def long_functions(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        assert node.end_lineno is not None
        lines = node.end_lineno - node.lineno + 1
        if lines > FUNCTION_LINES_MAX:
            yield f"{source.name}:{node.lineno}: {node.name} spans {lines} lines"


def test_every_module_says_what_it_is() -> None:
    assert [source.name for source in package() if not ast.get_docstring(source.tree)] == []


def test_a_facade_says_what_it_shows() -> None:
    assert [source.name for source in package() if is_facade(source) and not has_all(source)] == []


def is_facade(source: Source) -> bool:
    defines = any(
        isinstance(node, ast.ImportFrom | ast.ClassDef | ast.FunctionDef) for node in source.tree.body
    )
    return source.path.name == "__init__.py" and defines


def has_all(source: Source) -> bool:
    return any(
        isinstance(target, ast.Name) and target.id == "__all__"
        for node in source.tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
    )


def source_of(text: str, path: str = "arm64/views.py") -> Source:
    return Source(PACKAGE / path, text)


def test_the_rules_about_shape_catch_what_they_are_for() -> None:
    long = "def f():\n" + "    pass\n" * FUNCTION_LINES_MAX
    name = "src/ftrace_actors/arm64/views.py"
    assert list(long_functions(source_of(long))) == [f"{name}:1: f spans {FUNCTION_LINES_MAX + 1} lines"]
    assert not list(long_functions(source_of(long.removesuffix("    pass\n"))))
    facade = source_of("from .a import b\n", "arm64/__init__.py")
    assert is_facade(facade)
    assert not has_all(facade)
    assert has_all(source_of("__all__ = []\n"))
    assert not is_facade(source_of("from .a import b\n"))
    assert hits([source_of("x = 1\nkey = id(x)\n")], NEVER_IN_PACKAGE) == [
        f"{name}:2: 'key = id(x)': addresses of objects change from process to process"
    ]


def test_the_files_are_found() -> None:
    names = {source.name for source in everything()}
    assert {"src/ftrace_actors/arm64/views.py", "tests/conftest.py", "benchmarks/start.py"} <= names
    assert "src/ftrace_actors/arm64/views.py" in {source.name for source in package()}
    assert "tests/conftest.py" not in {source.name for source in package()}


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
        ("steps = cast(Iterator[Step], made)", NEVER_WHERE_TYPED),
        ("x = y  # type: ignore[assignment]", NEVER_WHERE_TYPED),
        ("    assert isinstance(message, Wake)", NEVER_WHERE_TYPED),
        ("    time.sleep(1)", SLEEPS),
        ("from trio import sleep", SLEEPS),
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
