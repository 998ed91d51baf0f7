"""INV-GP."""

import pytest

from ftrace_actors.checks import Finding
from ftrace_actors.events import Wait
from tests.checks.stream import Stream

WINDOWS = ("W0", "W1", "W2")


def wait(stream: Stream, begins: bool, ops: str = "tracer_a") -> int:
    return stream.add(Wait, begins, ops, ("rude", "tasks"), WINDOWS)


def use(stream: Stream) -> list[Finding]:
    return stream.findings(invariant="INV-GP")


class TestUse:
    """INV-GP."""

    def test_a_task_that_leaves_in_time(self) -> None:
        stream = Stream()
        stream.window("W1")
        wait(stream, True)
        stream.window("W2")
        stream.window("W3")
        wait(stream, False)
        assert use(stream) == []

    @pytest.mark.parametrize("window", WINDOWS)
    def test_a_task_that_does_not(self, window: str) -> None:
        stream = Stream()
        entered = stream.window(window)
        begin = wait(stream, True)
        end = wait(stream, False)
        (found,) = use(stream)
        assert (found.severity, found.subject, found.window) == ("use after free", "tracer_a", window)
        assert found.events == (entered, begin, end)
        assert "(rude and tasks)" in found.message

    @pytest.mark.parametrize(
        ("registered", "purpose"), [(False, "inside register("), (True, "for users of ")]
    )
    def test_register_waits_for_no_users_of_its_own_ops(self, registered: bool, purpose: str) -> None:
        stream = Stream()
        stream.register("tracer_a", returns=registered)
        stream.window("W1")
        wait(stream, True)
        wait(stream, False)
        (found,) = use(stream)
        assert f"the wait {purpose}tracer_a" in found.message

    def test_going_on_to_another_window_of_the_wait_is_not_leaving(self) -> None:
        stream = Stream()
        stream.window("W1")
        wait(stream, True)
        stream.window("W2")
        wait(stream, False)
        (found,) = use(stream)
        assert found.window == "W2"
        assert "in W1 when it began, is in W2" in found.message

    def test_a_task_that_had_left_before(self) -> None:
        stream = Stream()
        stream.window("W1")
        stream.window("")
        wait(stream, True)
        wait(stream, False)
        assert use(stream) == []

    def test_windows_the_wait_is_not_for(self) -> None:
        stream = Stream()
        stream.window("W3")
        wait(stream, True)
        wait(stream, False)
        assert use(stream) == []

    def test_who_enters_later_or_left_and_came_back_is_not_waited_for(self) -> None:
        stream = Stream()
        stream.window("W1", "reader")
        wait(stream, True)
        stream.window("W1", "writer")
        stream.window("", "reader")
        stream.window("W1", "reader")
        wait(stream, False)
        assert use(stream) == []

    def test_two_waits_at_a_time(self) -> None:
        stream = Stream()
        wait(stream, True, "tracer_a")
        stream.window("W1")
        wait(stream, True, "tracer_b")
        wait(stream, False, "tracer_a")
        assert use(stream) == []
        wait(stream, False, "tracer_b")
        assert [found.subject for found in use(stream)] == ["tracer_b"]
