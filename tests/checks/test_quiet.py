"""INV-QUIET."""

from ftrace_actors.checks import Finding
from ftrace_actors.events import TaskState
from tests.checks.stream import Stream


def quiet(stream: Stream) -> list[Finding]:
    return stream.findings(invariant="INV-QUIET")


def test_callbacks_until_unregister_returns_are_fine() -> None:
    stream = Stream()
    stream.register("tracer_a")
    stream.callback("tracer_a")
    stream.unregister("tracer_a", returns=False)
    stream.callback("tracer_a", begins=False)
    stream.callback("tracer_a", task="writer")
    stream.callback("tracer_a", task="writer", begins=False)
    stream.unregistered("tracer_a")
    assert quiet(stream) == []


def test_a_callback_that_begins_later() -> None:
    stream = Stream()
    stream.register("tracer_a")
    over = stream.unregister("tracer_a")
    stream.window("W1")
    stream.window("W2")
    begin = stream.callback("tracer_a")
    (found,) = quiet(stream)
    assert (found.severity, found.subject, found.window) == ("late call", "tracer_a", "W1")
    assert found.events == (over, begin)


def test_a_callback_still_running() -> None:
    stream = Stream()
    stream.register("tracer_a")
    stream.window("W2")
    begin = stream.callback("tracer_a")
    over = stream.unregister("tracer_a")
    (found,) = quiet(stream)
    assert found.events == (begin, over)
    assert "is still inside" in found.message


def test_nested_callbacks_are_kept_apart() -> None:
    stream = Stream()
    stream.register("tracer_a")
    stream.register("tracer_b")
    stream.callback("tracer_a")
    stream.callback("tracer_b")
    stream.callback("tracer_b", begins=False)
    stream.unregister("tracer_b")
    assert quiet(stream) == []
    stream.unregister("tracer_a")
    assert [found.subject for found in quiet(stream)] == ["tracer_a"]


def test_static_ops_only_when_the_caller_relies_on_it() -> None:
    for caller_waits in (False, True):
        stream = Stream()
        stream.register("static_ops")
        stream.unregister("static_ops", caller_waits=caller_waits)
        stream.callback("static_ops")
        assert [found.severity for found in quiet(stream)] == ["late call"] * caller_waits


def test_registered_again_it_may_be_called_again() -> None:
    stream = Stream()
    stream.register("tracer_a")
    stream.unregister("tracer_a")
    stream.register("tracer_a", returns=False)
    stream.callback("tracer_a")
    assert quiet(stream) == []


def test_an_unregister_that_failed_promised_nothing() -> None:
    stream = Stream()
    stream.register("tracer_a")
    stream.unregister("tracer_a", returns=False)
    stream.unregistered("tracer_a", errno=-19)
    stream.callback("tracer_a")
    assert quiet(stream) == []


def test_a_task_that_died_in_a_callback_is_in_it_no_more() -> None:
    stream = Stream()
    stream.register("tracer_a")
    stream.callback("tracer_a")
    stream.add(TaskState, "reader", "dead", "")
    stream.unregister("tracer_a")
    assert quiet(stream) == []
