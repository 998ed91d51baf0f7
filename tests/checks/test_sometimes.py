"""`sometimes` properties."""

import pytest

from ftrace_actors.checks import PROPERTIES, is_known
from ftrace_actors.events import Alloc, Early, Fetch, Free, GracePeriod, Load, Lock, Switch, TaskState
from tests.checks.stream import BL, LITERAL, NOP, Stream


def test_a_window_counts_only_while_an_unregister_is_under_way() -> None:
    stream = Stream()
    stream.register("tracer_a")
    stream.window("W1")
    stream.window("W2")
    stream.unregister("tracer_a", returns=False)
    stream.window("W3")
    stream.unregistered("tracer_a")
    stream.window("W4")
    assert stream.seen() == {"window:W2", "window:W3"}


def test_stale_fetches() -> None:
    stream = Stream()
    stream.fetch(NOP, 0, 0)
    assert stream.seen() == set()
    stream.fetch(NOP, 0, 2)
    assert stream.seen() == {"stale-fetch", "stale-fetch:vfs_read"}


@pytest.mark.parametrize(
    ("ops", "name"), [("ftrace_nop_ops", "nop"), ("ftrace_list_ops", "list"), ("tracer_a", "tracer_a")]
)
def test_literals_read_by_calls(ops: str, name: str) -> None:
    stream = Stream()
    stream.load_literal(ops, 0)
    assert stream.seen() == set()
    stream.call()
    stream.fetch(BL, 1)
    stream.load_literal(ops, 0)
    assert stream.seen() == {f"literal:{name}"}


def test_a_torn_literal_is_nobodys() -> None:
    stream = Stream()
    stream.call()
    stream.add(Load, LITERAL, 8, 0x1234, 0, 0, -1, task="reader", cpu=1)
    assert stream.seen() == set()


def test_callbacks() -> None:
    stream = Stream()
    stream.callback("tracer_a")
    assert stream.seen() == {"callback:tracer_a"}


def test_early() -> None:
    stream = Stream()
    stream.add(Early, "write", 0x1000, 1, 1)
    assert stream.seen() == {"early"}


def test_reuse_is_an_allocation_where_something_was_freed() -> None:
    stream = Stream()
    stream.add(Alloc, "image", 0x4000, 64, 7)
    stream.add(Free, "image", 0x4000, 64, 7, 3)
    stream.add(Alloc, "other", 0x5000, 64, 8)
    assert "reused" not in stream.seen()
    stream.add(Alloc, "image", 0x4000, 64, 9)
    assert "reused" in stream.seen()


def test_reused_text_is_executed() -> None:
    stream = Stream()
    stream.add(Fetch, 0x4000, 1, 0, 0, 0, 0)
    stream.add(Alloc, "tracer_a.tramp", 0x4000, 64, 7)
    stream.add(Fetch, 0x4000, 1, 0, 0, 0, 0)
    stream.add(Free, "tracer_a.tramp", 0x4000, 64, 7, 3)
    stream.add(Alloc, "tracer_b.tramp", 0x4000, 64, 8)
    stream.add(Fetch, 0x4040, 1, 0, 0, 0, 0)
    assert "ran-reused" not in stream.seen()
    stream.add(Fetch, 0x403C, 1, 0, 0, 0, 0)
    assert "ran-reused" in stream.seen()


def test_preemption_in_a_window_and_migration() -> None:
    stream = Stream()
    stream.window("W1")
    stream.add(Switch, "", "reader", True, cpu=1)
    stream.add(Switch, "reader", "", True, cpu=1)
    assert stream.seen() == set()
    stream.add(Switch, "reader", "", False, cpu=1)
    assert stream.seen() == {"preempted:W1"}
    stream.add(TaskState, "reader", "running", "", cpu=1)
    stream.add(TaskState, "reader", "runnable", "", cpu=2)
    assert stream.seen() == {"preempted:W1"}
    stream.add(TaskState, "reader", "running", "", cpu=2)
    assert stream.seen() == {"preempted:W1", "migrated"}


def test_grace_periods_and_locks() -> None:
    stream = Stream()
    stream.add(GracePeriod, "tasks", 1, "start", ())
    stream.add(Lock, "text_mutex", "patcher", "acquired")
    assert stream.seen() == set()
    stream.add(GracePeriod, "tasks", 1, "end", ())
    stream.add(Lock, "text_mutex", "patcher", "contended")
    stream.add(TaskState, "reader", "blocked", "done")
    assert stream.seen() == {"grace-period:tasks", "blocked-on:text_mutex", "blocked-on:done"}


def test_only_what_is_wanted_is_looked_at() -> None:
    stream = Stream()
    stream.add(Early, "write", 0x1000, 1, 1)
    stream.callback("tracer_a")
    assert stream.seen("callback:tracer_b") == {"callback:tracer_a"}
    assert stream.seen("literal:nop") == set()


@pytest.mark.parametrize(
    "name",
    [
        "window:W0",
        "preempted:W4",
        "stale-fetch",
        "stale-fetch:vfs_read",
        "literal:nop",
        "literal:list",
        "literal:tracer_a",
        "callback:tracer_a",
        "early",
        "grace-period:rude",
        "blocked-on:text_mutex",
        "migrated",
    ],
)
def test_known_names(name: str) -> None:
    assert is_known(name)
    assert is_known(name, functions=["vfs_read"], ops=["tracer_a"])


@pytest.mark.parametrize(
    "name",
    [
        "",
        "window:W5",
        "window",
        "window:",
        "late",
        "early:x",
        "grace-period:srcu",
        "preempted",
        "literal",
        "x:y",
    ],
)
def test_unknown_names(name: str) -> None:
    assert not is_known(name)


@pytest.mark.parametrize("name", ["stale-fetch:vfs_raed", "literal:tracer_z", "callback:list"])
def test_names_of_nothing_in_the_scenario(name: str) -> None:
    assert is_known(name)
    assert not is_known(name, functions=["vfs_read"], ops=["tracer_a"])


def test_every_form_is_documented_with_a_name_that_is_known() -> None:
    instances = {"W": "W1", "FUNCTION": "f", "OPS": "a", "FLAVOUR": "rcu", "LOCK": "l", "WAY": "tick"}
    for form in PROPERTIES:
        kind, *arguments = form.split(":")
        name = ":".join([kind, *(instances.get(argument, argument) for argument in arguments)])
        assert is_known(name), form


def test_a_callback_that_ends_a_lock_that_is_free_and_sleep_without_a_reason_are_nothing() -> None:
    stream = Stream()
    stream.callback("tracer_a", begins=False)
    stream.add(TaskState, "reader", "blocked", "")
    stream.add(TaskState, "reader", "runnable", "done")
    assert stream.seen() == set()
