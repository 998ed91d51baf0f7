"""What INV-GPSELF has to remember: see `pasts.py`."""

from __future__ import annotations

from collections.abc import Iterator

from ftrace_actors.events import (
    CrossCall,
    CrossCalled,
    Exc,
    GracePeriod,
    Reader,
    Store,
    SynchronizeRcu,
    TaskState,
)
from tests.checks.pasts import (
    case,
    equal,
)
from tests.checks.race import FAR
from tests.checks.stream import Stream


def period(s: Stream, phase: str, flavour: str = "rcu", view: int = 9) -> None:
    s.add(GracePeriod, flavour, 1, phase, (), view, task="kthread")


def reader(s: Stream, begins: bool) -> None:
    s.add(Reader, begins, cpu=1, task="reader")


@case("INV-GPSELF", 0)
def whom_a_grace_period_waits_for(s: Stream, first: bool) -> Iterator[None]:
    if first:
        reader(s, True)
    period(s, "start")
    if not first:
        reader(s, True)
    yield
    period(s, "end")


@case("INV-GPSELF", 0)
def which_cpus_a_grace_period_waits_for(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.add(TaskState, "reader", "running", "", cpu=1)
    period(s, "start")
    if not first:
        s.add(TaskState, "reader", "running", "", cpu=1)
    yield
    period(s, "end")


@case("INV-GPSELF", 0)
def what_a_grace_period_has_to_join(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.add(Store, FAR, 8, 0, 5, 0, 0, cpu=1)
    period(s, "start")
    if not first:
        s.add(Store, FAR, 8, 0, 5, 0, 0, cpu=1)
    yield
    period(s, "end", view=4)


@case("INV-GPSELF", 1)
def that_a_whole_grace_period_has_passed(s: Stream, first: bool) -> Iterator[None]:
    s.add(SynchronizeRcu, True, "rcu")
    if first:
        period(s, "start")
        period(s, "end")
    yield
    s.add(SynchronizeRcu, False, "rcu")


@case("INV-GPSELF", 1)
def which_grace_period_is_waited_for(s: Stream, first: bool) -> Iterator[None]:
    if first:
        period(s, "start")
    s.add(SynchronizeRcu, True, "rcu")
    if not first:
        period(s, "start")
    yield
    period(s, "end")
    s.add(SynchronizeRcu, False, "rcu")


@case("INV-GPSELF", 2)
def which_cpus_a_cross_call_waits_for(s: Stream, first: bool) -> Iterator[None]:
    s.add(CrossCall, "do_sync_core", 1, "start", ("cpu1",))
    s.add(Exc, True, "irq", cpu=1)
    if first:
        s.add(CrossCalled, "do_sync_core", "patcher", 1, cpu=1)
    yield
    s.add(CrossCall, "do_sync_core", 1, "end", ())


@case("INV-GPSELF", 2)
def that_a_cpu_was_interrupted(s: Stream, first: bool) -> Iterator[None]:
    s.add(CrossCall, "do_sync_core", 1, "start", ("cpu1",))
    if first:
        s.add(Exc, True, "irq", cpu=1)
    yield
    s.add(CrossCalled, "do_sync_core", "patcher", 1, cpu=1)
    s.add(CrossCall, "do_sync_core", 1, "end", ())


@case("INV-GPSELF", 3)
def how_deep_in_readers_a_task_is(s: Stream, first: bool) -> Iterator[None]:
    reader(s, True)
    if first:
        reader(s, True)
    yield
    reader(s, False)
    period(s, "start")
    period(s, "end")


@case("INV-GPSELF", 4)
def that_a_task_is_on_a_run_queue(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.add(TaskState, "reader", "runnable", "", cpu=1)
    yield
    period(s, "start", "tasks")
    period(s, "end", "tasks")


@case("INV-GPSELF", 5)
def that_a_cpu_runs_a_task(s: Stream, first: bool) -> Iterator[None]:
    s.add(TaskState, "reader", "running" if first else "runnable", "", cpu=1)
    yield
    period(s, "start")
    period(s, "end")


@case("INV-GPSELF", 6)
def how_far_a_cpu_has_written(s: Stream, first: bool) -> Iterator[None]:
    if first:
        s.add(Store, FAR, 8, 0, 5, 0, 0, cpu=1)
    yield
    period(s, "start")
    period(s, "end", view=4)


@case("INV-GPSELF", 0)
def whose_writes_a_grace_period_has_to_join(s: Stream, first: bool) -> Iterator[None]:
    s.add(Store, FAR, 8, 0, 5, 0, 0, cpu=1 if first else 2)
    period(s, "start")
    yield
    period(s, "end", view=4)


@case("INV-GPSELF", 1)
def which_flavour_is_waited_for(s: Stream, first: bool) -> Iterator[None]:
    s.add(SynchronizeRcu, True, "rcu" if first else "tasks")
    yield
    period(s, "start")
    period(s, "end")
    s.add(SynchronizeRcu, False, "rcu")


@case("INV-GPSELF", 6)
def which_cpu_has_written(s: Stream, first: bool) -> Iterator[None]:
    s.add(Store, FAR, 8, 0, 5, 0, 0, cpu=1 if first else 2)
    yield
    period(s, "start")
    period(s, "end", view=4)


@equal("INV-GPSELF", 3)
def a_reader_that_has_ended(s: Stream, first: bool) -> Iterator[None]:
    if first:
        reader(s, True)
        reader(s, False)
    yield
    period(s, "start")
    period(s, "end")
