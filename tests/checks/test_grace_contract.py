"""INV-GPSELF."""

import pytest

from ftrace_actors.checks import Finding
from ftrace_actors.events import GracePeriod, Reader, Switch, TaskState
from tests.checks.stream import Stream


def contract(stream: Stream) -> list[Finding]:
    return stream.findings(invariant="INV-GPSELF")


class TestContract:
    """INV-GPSELF."""

    def period(self, stream: Stream, flavour: str, phase: str, *waiting: str, task: str = "kthread") -> int:
        return stream.add(GracePeriod, flavour, 1, phase, waiting, task=task)

    def reader(self, stream: Stream, begins: bool, task: str = "reader") -> int:
        return stream.add(Reader, begins, task=task, cpu=1)

    def state(self, stream: Stream, state: str, who: str = "reader") -> int:
        return stream.add(TaskState, who, state, "")

    def switch(self, stream: Stream, *, voluntary: bool, prev: str = "reader", cpu: int = 1) -> int:
        return stream.add(Switch, prev, "other", voluntary, cpu=cpu)

    def test_rcu_waits_for_readers_that_had_begun(self) -> None:
        stream = Stream()
        begun = self.reader(stream, True)
        start = self.period(stream, "rcu", "start")
        self.reader(stream, True, "late")
        end = self.period(stream, "rcu", "end")
        (found,) = contract(stream)
        assert (found.severity, found.subject) == ("broken grace period", "rcu: reader")
        assert found.events == (begun, start, end)

    def test_rcu_is_content_when_they_have_ended(self) -> None:
        stream = Stream()
        self.reader(stream, True)
        self.period(stream, "rcu", "start")
        self.reader(stream, False)
        self.reader(stream, True)
        self.period(stream, "rcu", "end")
        assert contract(stream) == []

    def test_rcu_counts_nested_readers_as_one(self) -> None:
        stream = Stream()
        self.reader(stream, True)
        self.reader(stream, True)
        self.period(stream, "rcu", "start")
        self.reader(stream, False)
        self.period(stream, "rcu", "end")
        assert len(contract(stream)) == 1

    @pytest.mark.parametrize("state", ["runnable", "running"])
    def test_tasks_waits_for_who_was_on_the_run_queue(self, state: str) -> None:
        stream = Stream()
        self.state(stream, state)
        self.period(stream, "tasks", "start")
        self.period(stream, "tasks", "scan", "reader")
        self.switch(stream, voluntary=False)
        self.state(stream, "runnable")
        self.period(stream, "tasks", "end")
        (found,) = contract(stream)
        assert found.subject == "tasks: reader"

    @pytest.mark.parametrize("how", ["switch", "blocked", "dead", "user"])
    def test_tasks_takes_each_of_its_quiescent_states(self, how: str) -> None:
        stream = Stream()
        self.state(stream, "running")
        self.period(stream, "tasks", "start")
        self.period(stream, "tasks", "scan", "reader")
        if how == "switch":
            self.switch(stream, voluntary=True)
        else:
            self.state(stream, how)
            self.state(stream, "running")
        self.period(stream, "tasks", "end")
        assert contract(stream) == []

    def test_tasks_does_not_wait_for_the_sleeping_or_who_asks(self) -> None:
        stream = Stream()
        self.state(stream, "running", "kthread")
        self.state(stream, "running", "sleeper")
        self.state(stream, "blocked", "sleeper")
        self.period(stream, "tasks", "start")
        self.state(stream, "running", "sleeper")
        self.period(stream, "tasks", "scan")
        self.period(stream, "tasks", "end")
        assert contract(stream) == []

    def test_tasks_need_not_wait_for_who_slept_before_the_scan(self) -> None:
        stream = Stream()
        self.state(stream, "running")
        self.period(stream, "tasks", "start")
        self.state(stream, "blocked")
        self.state(stream, "running")
        self.period(stream, "tasks", "scan")
        self.period(stream, "tasks", "end")
        assert contract(stream) == []

    def test_a_task_that_died_inside_a_reader_has_ended_it(self) -> None:
        stream = Stream()
        self.reader(stream, True)
        self.period(stream, "rcu", "start")
        self.state(stream, "dead")
        self.period(stream, "rcu", "end")
        self.period(stream, "rcu", "start")
        self.period(stream, "rcu", "end")
        assert contract(stream) == []

    def test_rude_wants_a_switch_on_each_cpu_it_names_and_any_will_do(self) -> None:
        stream = Stream()
        self.period(stream, "rude", "start", "cpu0", "cpu1")
        self.switch(stream, voluntary=False, cpu=1)
        stream.window("W1")
        self.period(stream, "rude", "end")
        (found,) = contract(stream)
        assert found.subject == "rude: cpu0"
        stream = Stream()
        self.switch(stream, voluntary=True, cpu=1)
        self.period(stream, "rude", "start", "cpu1")
        self.switch(stream, voluntary=False, cpu=1)
        self.period(stream, "rude", "end")
        assert contract(stream) == []

    def test_a_switch_before_the_start_does_not_count(self) -> None:
        stream = Stream()
        self.switch(stream, voluntary=True, cpu=1)
        self.period(stream, "rude", "start", "cpu1")
        self.period(stream, "rude", "end")
        assert len(contract(stream)) == 1

    def test_periods_of_two_flavours_do_not_disturb_each_other(self) -> None:
        stream = Stream()
        self.reader(stream, True)
        self.period(stream, "rcu", "start")
        self.period(stream, "rude", "start", "cpu1")
        self.switch(stream, voluntary=True, cpu=1)
        self.period(stream, "rude", "end")
        assert contract(stream) == []
        self.period(stream, "rcu", "end")
        assert len(contract(stream)) == 1
