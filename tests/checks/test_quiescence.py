"""How quiescent states came about, read off the events."""

import pytest

from ftrace_actors.checks import Checker, Sometimes
from ftrace_actors.events import Event, GracePeriod, Quiescent, Switch, Sync


class Cpu1:
    """Events of CPU 1, of two CPUs, round one grace period of classic RCU that waits for it."""

    def __init__(self, waiting: tuple[str, ...] = ("cpu0", "cpu1"), flavour: str = "rcu") -> None:
        self.events: list[Event] = []
        self.flavour = flavour
        self.add(Sync, "irq", 0)  # what was before it says nothing
        self.add(GracePeriod, flavour, 7, "start", waiting, 0, cpu=-1)

    def add(self, kind: type[Event], *fields: object, cpu: int = 1) -> None:
        seq = len(self.events)
        self.events.append(kind(seq, seq, f"cpu{cpu}", cpu, "reader", -1, *fields))  # type: ignore[call-arg]

    def ended(self, reason: str, wanted: str = "quiescent") -> set[str]:
        self.add(Quiescent, self.flavour, "cpu1", reason, 7, 0)
        seen = Sometimes((wanted,), cpus=2)
        checker = Checker([seen])
        for event in self.events:
            checker.feed(event)
        checker.finish()
        return seen.seen


def way(name: str, sync: str) -> set[str]:
    return {f"quiescent:{name}", f"quiescent:{name}:{sync}"}


def test_a_tick_comes_with_a_context_synchronization() -> None:
    cpu = Cpu1()
    cpu.add(Sync, "irq", 3)
    assert cpu.ended("tick outside any reader") == way("tick", "sync")


@pytest.mark.parametrize(
    ("switch", "name"),
    [
        (("reader", "other", True), "voluntary"),
        (("reader", "other", False), "preempted"),
        (("reader", "", True), "idle"),
    ],
)
@pytest.mark.parametrize(("synced", "sync"), [((), "nosync"), ((1,), "sync"), ((0,), "nosync")])
def test_a_switch_is_what_the_switch_was(
    switch: tuple[str, str, bool], name: str, synced: tuple[int, ...], sync: str
) -> None:
    """A context synchronization of another CPU, or one before the grace period, is none of this CPU since."""
    cpu = Cpu1()
    for number in synced:
        cpu.add(Sync, "isb", 3, cpu=number)
    cpu.add(Switch, *switch)
    cpu.add(Switch, "", "next", True)  # who comes does not say how the other one left
    cpu.add(Switch, "someone", "else", True, cpu=0)
    assert cpu.ended("context switch") == way(name, sync)


def test_the_kworker_of_rude() -> None:
    cpu = Cpu1(flavour="rude")
    cpu.add(Switch, "reader", "kworker", False)
    assert cpu.ended("kworker ran") == way("kworker", "nosync")


def test_a_cpu_that_nobody_waits_for_was_idle() -> None:
    cpu = Cpu1(waiting=("cpu1",))
    cpu.add(Sync, "irq", 3)
    assert cpu.ended("tick outside any reader") == way("idle", "nosync") | way("tick", "sync")


def test_only_what_is_wanted_is_looked_at() -> None:
    assert Cpu1().ended("tick outside any reader", "early") == set()
