"""Pasts that later events can tell apart: each a stream that is written twice, with one fact and with another.

A writer yields where the past ends; from there on both streams are the same.  `states.txt` has what the state says of
each past, so that a change of it is seen: `python -m tests.checks.pasts` writes it anew.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from importlib import import_module
from pathlib import Path as Path_
from typing import Any, TypeAlias

from ftrace_actors.checks import Checker, default_checks
from ftrace_actors.events import (
    Alloc,
    Fetch,
    Free,
    OpsDefined,
    Store,
)
from ftrace_actors.ordinals import At, Seq
from tests.checks.race import WORD, Race
from tests.checks.stream import SITE, Stream
from tests.checks.waits import LDR, TEXT, TEXT_SIZE, branch

Path: TypeAlias = tuple[str | int, ...]
Writer: TypeAlias = Callable[[Any, bool], Iterator[None]]

CASES: list[tuple[Path, Writer]] = []
"""What later events can tell apart."""

EQUALS: list[tuple[Path, Writer]] = []
"""What they cannot: both pasts have one state."""

FILE = Path_(__file__).with_name("states.txt")
HAZARDS = frozenset({WORD})


def case(*path: str | int) -> Callable[[Writer], Writer]:
    """The case shows that this part of the state is needed."""

    def note(writer: Writer) -> Writer:
        CASES.append((path, writer))
        return writer

    return note


def equal(*path: str | int) -> Callable[[Writer], Writer]:
    """The case shows that this part of the state leaves out what it can."""

    def note(writer: Writer) -> Writer:
        EQUALS.append((path, writer))
        return writer

    return note


def canonical(state: Hashable) -> Hashable:
    """Ranks in place of the numbers of which only the order counts."""
    found: dict[type[int], set[int]] = {At: {0}, Seq: set()}
    collect(state, found)
    ranks = {kind: {number: at for at, number in enumerate(sorted(found[kind]))} for kind in found}
    return with_ranks(state, ranks)


def collect(value: object, found: dict[type[int], set[int]]) -> None:
    if isinstance(value, At | Seq):
        found[type(value)].add(int(value))
    elif isinstance(value, tuple):
        for each in value:
            collect(each, found)


def with_ranks(value: Hashable, ranks: dict[type[int], dict[int, int]]) -> Hashable:
    if isinstance(value, At | Seq):
        return ranks[type(value)][value]
    if isinstance(value, tuple):
        return tuple(with_ranks(each, ranks) for each in value)
    return value


def checker_of(path: Path) -> Checker:
    return Checker(default_checks(HAZARDS, idc=path[1:2] != (3,)))


def part_of(checker: Checker, path: Path) -> Any:
    """What is at a path of the state: "scene" or the name of an invariant, then indices."""
    scene, checks, _ = canonical(checker.state())  # type: ignore[misc]
    names = [check.name for check in checker._checks]
    part = scene if path[0] == "scene" else checks[names.index(path[0])]  # type: ignore[index]
    for index in path[1:]:
        part = part[index]  # type: ignore[index]
    return part


def keys(checker: Checker) -> set[tuple[str, str, str, str | None]]:
    return {(found.invariant, found.severity, found.subject, found.window) for found in checker.findings}


def halves(path: Path, writer: Writer, first: bool) -> tuple[object, set[Any], set[Any]]:
    """The checker at the place where the case yields: the part, the findings then, and those at the end."""
    stream = Race()
    writing = writer(stream, first)
    next(writing)
    checker = checker_of(path)
    for event in stream.events:
        checker.feed(event)
    part, before = part_of(checker, path), keys(checker)
    cut = len(stream.events)
    assert next(writing, True)
    for event in stream.events[cut:]:
        checker.feed(event)
    checker.finish()
    return part, before, keys(checker)


# -- what several pasts are made of -------------------------------------------------------------------------------


def flagged(s: Stream) -> None:
    s.add(OpsDefined, "tracer_b", 0x9100, 4, "tracer", "tracer_b_func", True, ("vfs_read",), ("recursion",))


def text(s: Stream, name: str, prov: int) -> None:
    s.add(Alloc, f"{name}.tramp", TEXT, TEXT_SIZE, prov)


def free_text(s: Stream, name: str, prov: int) -> None:
    s.add(Free, f"{name}.tramp", TEXT, TEXT_SIZE, prov, 1)


def goes_to(s: Stream, prov: int, order: int) -> None:
    s.add(Store, SITE, 4, branch(TEXT), order, 0, prov)


def runs(s: Stream, offset: int = 4, word: int = LDR) -> None:
    s.add(Fetch, TEXT + offset, word, 0, 0, 0, 0, cpu=1, task="reader")


# -- the file ---------------------------------------------------------------------------------------------------------


def lines() -> Iterator[str]:
    """What the state says of each past."""
    for path, writer in (*CASES, *EQUALS):
        for first in (True, False):
            part, _, _ = halves(path, writer, first)
            yield f"{writer.__name__}, {'first' if first else 'other'}: {part!r}"


if __name__ == "__main__":
    pasts = import_module("tests.checks.pasts")
    import_module("tests.checks.test_states")
    FILE.write_text("".join(f"{line}\n" for line in pasts.lines()), encoding="utf-8")
