"""INV-GUARD, and what a guard leaves out for INV-COMPL."""

from __future__ import annotations

import pytest

from ftrace_actors.checks import Finding
from ftrace_actors.events import Alloc, Callback, OpsDefined, Reader, RecordDefined, TaskState
from tests.checks.stream import BL, ENTRY, NOP, SITE, Stream


class Guarded(Stream):
    """A stream in which tracer_b has flags."""

    def __init__(self, *flags: str) -> None:
        super().__init__()
        self.add(OpsDefined, "tracer_b", 0x9100, 4, "tracer", "tracer_b_func", True, ("vfs_read",), flags)

    def guard(self, begins: bool = True) -> int:
        return self.add(Reader, begins, cpu=1, task="reader")

    def walk(self, *ops: str) -> None:
        """The list function, or the assist function, calls some ops."""
        self.guard()
        for name in ops:
            self.callback(name)
            self.callback(name, begins=False)
        self.guard(begins=False)

    def guard_findings(self) -> list[Finding]:
        return self.findings(invariant="INV-GUARD")


FLAGS = [("recursion",), ("rcu",), ("recursion", "rcu")]


@pytest.mark.parametrize("flags", FLAGS)
def test_behind_the_list_or_the_assist_function_all_is_well(flags: tuple[str, ...]) -> None:
    stream = Guarded(*flags)
    for _ in range(2):
        stream.call()
        stream.walk("tracer_a", "tracer_b")
        stream.body()
    assert stream.guard_findings() == []


@pytest.mark.parametrize("flags", FLAGS)
def test_called_through_the_literal_it_has_no_guard(flags: tuple[str, ...]) -> None:
    stream = Guarded(*flags)
    stream.call()
    literal = stream.load_literal("tracer_b", 0)
    stream.window("W2")
    begin = stream.callback("tracer_b")
    (found,) = stream.guard_findings()
    assert (found.severity, found.subject, found.window) == ("unguarded call", "tracer_b", "W2")
    assert found.events == (literal, begin)
    assert all(f"FL_{flag.upper()}" in found.message for flag in flags)
    assert "through literal = &tracer_b" in found.message


def test_an_ops_without_flags_needs_none() -> None:
    stream = Guarded("recursion")
    stream.call()
    stream.load_literal("tracer_a", 0)
    stream.callback("tracer_a")
    stream.call()
    stream.callback("tracer_a")
    assert stream.guard_findings() == []


def test_a_callback_inside_another_ops_callback_is_not_inside_itself() -> None:
    stream = Guarded("recursion")
    stream.call()
    stream.guard()
    stream.callback("tracer_a")
    stream.call()
    stream.walk("tracer_b")
    assert stream.guard_findings() == []


def test_a_guard_that_is_down_again_is_none() -> None:
    stream = Guarded("rcu")
    stream.call()
    stream.walk("tracer_a")
    stream.callback("tracer_b")
    assert len(stream.guard_findings()) == 1


def test_the_guard_of_an_outer_call_is_not_that_of_a_call_its_callback_makes() -> None:
    stream = Guarded("rcu")
    stream.call()
    stream.guard()
    stream.callback("tracer_a")
    stream.call()
    begin = stream.callback("tracer_b")
    (found,) = stream.guard_findings()
    assert found.events == (begin,)


def test_after_an_inner_call_the_outer_guard_counts_again() -> None:
    stream = Guarded("recursion")
    stream.call()
    stream.guard()
    stream.callback("tracer_a")
    stream.call()
    stream.walk("tracer_b")
    stream.body()
    stream.callback("tracer_a", begins=False)
    stream.callback("tracer_b")
    assert stream.guard_findings() == []


def test_another_tasks_guard_does_not_help() -> None:
    stream = Guarded("recursion")
    stream.call()
    stream.guard()
    stream.call(task="writer", cpu=2)
    stream.callback("tracer_b", task="writer", cpu=2)
    assert len(stream.guard_findings()) == 1


def test_code_that_no_traced_function_called_may_put_up_a_guard_too() -> None:
    stream = Guarded("recursion")
    stream.walk("tracer_b")
    assert stream.guard_findings() == []
    stream.callback("tracer_b")
    assert len(stream.guard_findings()) == 1


@pytest.mark.parametrize(("flags", "subjects"), [(("recursion",), ["tracer_b in itself"]), (("rcu",), [])])
def test_entered_from_inside_itself_behind_a_guard_that_does_not_see_it(
    flags: tuple[str, ...], subjects: list[str]
) -> None:
    stream = Guarded(*flags)
    stream.call()
    stream.guard()
    outer = stream.callback("tracer_b")
    stream.call()
    stream.guard()
    inner = stream.callback("tracer_b")
    found = stream.guard_findings()
    assert [one.subject for one in found] == subjects
    assert all(one.events == (outer, inner) for one in found)


def test_another_callback_inside_it_is_no_recursion_and_neither_is_the_next_call() -> None:
    stream = Guarded("recursion")
    stream.call()
    stream.guard()
    stream.callback("tracer_b")
    stream.call()
    stream.callback("tracer_a")
    stream.callback("tracer_a", begins=False)
    stream.body()
    stream.callback("tracer_b", begins=False)
    stream.callback("tracer_b")
    assert stream.guard_findings() == []


def test_a_task_that_died_behind_a_guard_is_behind_none() -> None:
    stream = Guarded("recursion")
    stream.guard()
    stream.callback("tracer_b")
    stream.add(TaskState, "reader", "dead", "", cpu=1, task="reader")
    begin = stream.callback("tracer_b")
    (found,) = stream.guard_findings()
    assert (found.subject, found.events) == ("tracer_b", (begin,))


def test_an_ops_that_is_allocated_again_keeps_its_flags() -> None:
    stream = Guarded("rcu")
    stream.add(Alloc, "tracer_b", 0x9200, 64, 5)
    stream.add(Alloc, "tracer_b", 0x9100, 64, 6)
    stream.add(Callback, True, "tracer_b_func", 0x9100, 6, 0x100C, cpu=1, task="reader")
    assert [one.subject for one in stream.guard_findings()] == ["tracer_b"]


# -- INV-COMPL --------------------------------------------------------------------------------------------------------


def inside(guarded: bool, word: int, literal: str) -> list[Finding]:
    """A callback of tracer_a calls vfs_read, which takes `word` at its site and reads `literal`; nobody sees it.

    Without `literal` the design has none.
    """
    stream = Guarded("recursion")
    if not literal:
        stream.add(RecordDefined, "vfs_read", ENTRY, SITE, 0)
    stream.enable("tracer_a", 1)
    stream.sync(2)
    stream.call()
    stream.fetch(BL, 2)
    stream.load_literal("ftrace_list_ops", 1)
    if guarded:
        stream.guard()
    stream.callback("tracer_a")
    stream.call()
    stream.fetch(word, 2 if word == BL else 0)
    if word == BL and literal:
        stream.load_literal(literal, 0)
    stream.body()
    stream.callback("tracer_a", begins=False)
    if guarded:
        stream.guard(begins=False)
    stream.body()
    return stream.findings(invariant="INV-COMPL")


@pytest.mark.parametrize("literal", ["ftrace_list_ops", ""])
def test_a_call_made_behind_a_guard_is_left_out_by_the_list(literal: str) -> None:
    assert inside(True, BL, literal) == []


@pytest.mark.parametrize(
    ("guarded", "word", "literal"),
    [
        (False, BL, "ftrace_list_ops"),
        (False, BL, ""),
        (True, BL, "ftrace_nop_ops"),
        (True, NOP, "ftrace_list_ops"),
        (True, NOP, ""),
    ],
)
def test_but_by_nobody_else(guarded: bool, word: int, literal: str) -> None:
    (found,) = inside(guarded, word, literal)
    assert found.subject == "tracer_a on vfs_read"
