"""INV-GPSELF."""

import pytest

from ftrace_actors.checks import Finding
from ftrace_actors.events import (
    CrossCall,
    CrossCalled,
    Exc,
    GracePeriod,
    Quiescent,
    Reader,
    Store,
    Switch,
    SynchronizeRcu,
    TaskState,
)
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


class TestQuiescentStates:
    """Every CPU, each for the grace period it is counted for."""

    def start(self, stream: Stream, flavour: str, number: int = 1) -> int:
        return stream.add(GracePeriod, flavour, number, "start", (), 0, cpu=-1, task="")

    def end(self, stream: Stream, flavour: str, number: int = 1, view: int = 0) -> int:
        return stream.add(GracePeriod, flavour, number, "end", (), view, cpu=-1, task="")

    def run(self, stream: Stream, who: str = "reader", cpu: int = 1) -> int:
        return stream.add(TaskState, who, "running", "", cpu=cpu, task=who)

    def quiet(self, stream: Stream, flavour: str, number: int, who: str = "cpu1", view: int = 0) -> int:
        return stream.add(Quiescent, flavour, who, "for a reason", number, view, cpu=1, task="reader")

    def store(self, stream: Stream, order: int, cpu: int = 1) -> int:
        return stream.add(Store, 0x7000, 8, 1, order, 0, 0, cpu=cpu, task="reader")

    @pytest.mark.parametrize("flavour", ["rcu", "rude"])
    def test_a_cpu_that_ran_a_task_is_waited_for(self, flavour: str) -> None:
        """Whoever was said to be waited for."""
        stream = Stream()
        runs = self.run(stream)
        start = self.start(stream, flavour)
        end = self.end(stream, flavour)
        (found,) = contract(stream)
        assert found.subject == f"{flavour}: cpu1"
        assert found.events == (runs, start, end)

    @pytest.mark.parametrize("flavour", ["rcu", "rude"])
    def test_a_switch_on_it_is_enough(self, flavour: str) -> None:
        stream = Stream()
        self.run(stream)
        self.start(stream, flavour)
        stream.add(Switch, "reader", "", False, cpu=1, task="")
        self.end(stream, flavour)
        assert contract(stream) == []

    @pytest.mark.parametrize("flavour", ["rcu", "rude"])
    @pytest.mark.parametrize(("number", "broken"), [(2, False), (1, True)])
    def test_so_is_a_quiescent_state_noted_for_it_and_for_no_other(
        self, flavour: str, number: int, broken: bool
    ) -> None:
        stream = Stream()
        self.run(stream)
        self.start(stream, flavour, 2)
        self.quiet(stream, flavour, number)
        self.end(stream, flavour, 2)
        assert bool(contract(stream)) is broken

    @pytest.mark.parametrize("flavour", ["rcu", "rude"])
    def test_one_that_came_before_the_start_is_not(self, flavour: str) -> None:
        stream = Stream()
        self.run(stream)
        self.quiet(stream, flavour, 1)
        self.start(stream, flavour)
        self.end(stream, flavour)
        assert len(contract(stream)) == 1

    @pytest.mark.parametrize("flavour", ["rcu", "rude"])
    def test_a_cpu_without_a_task_is_not_waited_for(self, flavour: str) -> None:
        stream = Stream()
        self.run(stream)
        stream.add(Switch, "reader", "", True, cpu=1, task="")
        self.start(stream, flavour)
        self.end(stream, flavour)
        assert contract(stream) == []

    def test_a_holdout_cannot_be_noted_away(self) -> None:
        stream = Stream()
        self.run(stream)
        self.start(stream, "tasks")
        self.quiet(stream, "tasks", 1, "reader")
        self.end(stream, "tasks")
        assert [found.subject for found in contract(stream)] == ["tasks: reader"]

    @pytest.mark.parametrize("flavour", ["rcu", "rude", "tasks"])
    @pytest.mark.parametrize(("view", "broken"), [(7, False), (6, True)])
    def test_the_end_joins_what_was_stored_before_the_start(
        self, flavour: str, view: int, broken: bool
    ) -> None:
        """Also of a CPU that nobody waits for: it was idle."""
        stream = Stream()
        stored = self.store(stream, 7)
        self.store(stream, 5)
        start = self.start(stream, flavour)
        self.store(stream, 9)
        end = self.end(stream, flavour, view=view)
        findings = contract(stream)
        assert bool(findings) is broken
        assert [found.events for found in findings] == [(stored, start, end)] * broken

    @pytest.mark.parametrize("flavour", ["rcu", "rude", "tasks"])
    @pytest.mark.parametrize(("view", "broken"), [(8, False), (7, True)])
    def test_the_end_joins_what_was_stored_before_the_quiescent_state(
        self, flavour: str, view: int, broken: bool
    ) -> None:
        stream = Stream()
        self.run(stream)
        self.start(stream, flavour)
        self.store(stream, 8)
        stream.add(Switch, "reader", "", True, cpu=1, task="")
        self.store(stream, 9)
        self.end(stream, flavour, view=view)
        assert bool(contract(stream)) is broken

    @pytest.mark.parametrize("flavour", ["rcu", "rude", "tasks"])
    @pytest.mark.parametrize(("number", "broken"), [(1, True), (2, False)])
    def test_the_end_joins_the_view_that_was_noted_for_it(
        self, flavour: str, number: int, broken: bool
    ) -> None:
        """What the CPU had read, say; it leaves no store."""
        stream = Stream()
        self.run(stream)
        self.start(stream, flavour)
        stream.add(Switch, "reader", "", True, cpu=1, task="")
        self.quiet(stream, flavour, number, "reader" if flavour == "tasks" else "cpu1", view=4)
        self.end(stream, flavour, view=3)
        assert bool(contract(stream)) is broken


class TestWhoAsked:
    """A task, or RCU Tasks for its own purposes, goes on only when a whole grace period has passed."""

    def ask(self, stream: Stream, begins: bool = True, flavour: str = "rcu") -> int:
        return stream.add(SynchronizeRcu, begins, flavour)

    def period(self, stream: Stream, phase: str, number: int = 1, flavour: str = "rcu") -> int:
        return stream.add(GracePeriod, flavour, number, phase, (), 0, cpu=-1, task="")

    def test_after_a_whole_one(self) -> None:
        stream = Stream()
        self.ask(stream)
        self.period(stream, "start")
        self.period(stream, "end")
        self.ask(stream, False)
        assert contract(stream) == []

    def test_while_it_goes_on(self) -> None:
        stream = Stream()
        asked = self.ask(stream)
        self.period(stream, "start")
        went_on = self.ask(stream, False)
        (found,) = contract(stream)
        assert (found.subject, found.events) == ("rcu: patcher", (asked, went_on))

    def test_after_the_rest_of_one_that_had_begun(self) -> None:
        stream = Stream()
        self.period(stream, "start")
        self.ask(stream)
        self.period(stream, "end")
        self.period(stream, "start", 2)
        self.ask(stream, False)
        assert len(contract(stream)) == 1

    def test_after_one_of_another_flavour(self) -> None:
        stream = Stream()
        self.ask(stream)
        self.period(stream, "start", 1, "rude")
        self.period(stream, "end", 1, "rude")
        self.ask(stream, False)
        assert len(contract(stream)) == 1

    def test_a_kthread_asks_like_a_task(self) -> None:
        stream = Stream()
        stream.add(SynchronizeRcu, True, "rcu", cpu=-2, task="")
        self.ask(stream)
        self.period(stream, "start")
        stream.add(SynchronizeRcu, False, "rcu", cpu=-2, task="")
        self.period(stream, "end")
        self.ask(stream, False)
        assert [found.subject for found in contract(stream)] == ["rcu: cpu-2"]


class TestKicks:
    """Every other CPU took an interrupt and ran the function of this cross-call."""

    def call(self, stream: Stream, phase: str, *waiting: str, number: int = 1) -> int:
        return stream.add(CrossCall, "do_nothing", number, phase, waiting)

    def interrupt(self, stream: Stream, cpu: int) -> int:
        return stream.add(Exc, True, "irq", cpu=cpu, task="reader")

    def answer(self, stream: Stream, cpu: int, number: int = 1, caller: str = "patcher") -> int:
        return stream.add(CrossCalled, "do_nothing", caller, number, cpu=cpu, task="reader")

    def test_all_answer(self) -> None:
        stream = Stream()
        self.call(stream, "start", "cpu1", "cpu2")
        for cpu in (2, 1):
            self.interrupt(stream, cpu)
            self.answer(stream, cpu)
        self.call(stream, "end")
        assert contract(stream) == []

    def test_one_has_not(self) -> None:
        stream = Stream()
        start = self.call(stream, "start", "cpu1", "cpu2")
        self.interrupt(stream, 1)
        self.answer(stream, 1)
        entered = self.interrupt(stream, 2)
        end = self.call(stream, "end")
        (found,) = contract(stream)
        assert (found.subject, found.events) == ("do_nothing: cpu2", (start, entered, end))

    @pytest.mark.parametrize("other", [{"number": 1}, {"caller": "somebody"}])
    def test_an_answer_to_another_one_does_not_count(self, other: dict[str, object]) -> None:
        stream = Stream()
        self.call(stream, "start", "cpu1", number=2)
        self.interrupt(stream, 1)
        self.answer(stream, 1, **{"number": 2, **other})  # type: ignore[arg-type]
        self.call(stream, "end", number=2)
        assert len(contract(stream)) == 1

    def test_an_answer_without_an_interrupt_does_not_count(self) -> None:
        """The one it was in had been taken before: what the CPU had fetched by then it may still execute."""
        stream = Stream()
        self.interrupt(stream, 1)
        self.call(stream, "start", "cpu1")
        self.answer(stream, 1)
        self.call(stream, "end")
        assert len(contract(stream)) == 1

    def test_who_runs_a_task_is_waited_for_whoever_was_named(self) -> None:
        stream = Stream()
        stream.add(TaskState, "reader", "running", "", cpu=3, task="reader")
        self.call(stream, "start")
        self.call(stream, "end")
        assert [found.subject for found in contract(stream)] == ["do_nothing: cpu3"]

    def test_two_callers_at_a_time(self) -> None:
        stream = Stream()
        self.call(stream, "start", "cpu1")
        stream.add(CrossCall, "do_nothing", 1, "start", ("cpu1",), cpu=2, task="other")
        self.interrupt(stream, 1)
        self.answer(stream, 1)
        self.call(stream, "end")
        assert contract(stream) == []
        stream.add(CrossCall, "do_nothing", 1, "end", (), cpu=2, task="other")
        assert len(contract(stream)) == 1
