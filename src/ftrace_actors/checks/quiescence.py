"""How the quiescent states of grace periods came about, for `sometimes` and for what is said of runs that hold.

A protocol that holds only because a timer tick happened to synchronize a CPU's context has not shown that its grace
period is enough.  So each quiescent state is named after what made it:

* ``tick``: a timer interrupt outside any reader;
* ``voluntary``: a task left its CPU of its own accord;
* ``preempted``: a task was switched out against its will;
* ``idle``: the CPU was idle when the grace period started, or went idle;
* ``kworker``: the kworker of Tasks RCU Rude ran there;

and by whether a context synchronization event (ISB, exception entry or return) had taken place on that CPU between
the start of the grace period and the quiescent state.

All of it is read off the events: `Quiescent` names flavour, number and reason, the `Switch` before it says of which
kind the switch was, and a CPU that is not among those that a grace period of classic RCU waits for was idle.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..events import Event, GracePeriod, Quiescent, Switch, Sync
from ..events.flavours import FLAVOURS

__all__ = ["WAYS", "Quiescence"]

WAYS: Final = ("tick", "voluntary", "preempted", "idle", "kworker")


class Quiescence:
    """Adds the properties ``quiescent:WAY`` and ``quiescent:WAY:sync`` or ``:nosync`` to `seen`; `cpus`: how many."""

    __slots__ = ("_begun", "_cpus", "_seen", "_switches", "_synced")

    def __init__(self, cpus: int, seen: set[str]) -> None:
        self._cpus = cpus
        self._seen = seen
        self._begun: dict[tuple[str, int], int] = {}
        self._synced: dict[int, int] = {}
        self._switches: dict[int, Switch] = {}

    def copy(self, seen: set[str]) -> Quiescence:
        """Independent of this one; it adds to `seen`."""
        other = Quiescence(self._cpus, seen)
        other._begun = self._begun.copy()
        other._synced = self._synced.copy()
        other._switches = self._switches.copy()
        return other

    def handlers(self) -> tuple[tuple[type[Event], Callable[..., None]], ...]:
        """Event types and handlers."""
        return (
            (Sync, self._on_sync),
            (Switch, self._on_switch),
            (GracePeriod, self._on_grace_period),
            (Quiescent, self._on_quiescent),
        )

    def _on_sync(self, event: Sync) -> None:
        self._synced[event.cpu] = event.seq

    def _on_switch(self, event: Switch) -> None:
        if event.prev:
            self._switches[event.cpu] = event

    def _on_grace_period(self, event: GracePeriod) -> None:
        if event.phase != "start":
            return
        self._begun[event.flavour, event.number] = event.seq
        if FLAVOURS[event.flavour].idle_is_quiescent and len(event.waiting) < self._cpus:
            self._note("idle", synchronized=False)

    def _on_quiescent(self, event: Quiescent) -> None:
        begun = self._begun.get((event.flavour, event.number), event.seq)
        self._note(self._way(event), synchronized=self._synced.get(event.cpu, -1) > begun)

    def _way(self, event: Quiescent) -> str:
        if event.reason.startswith("tick"):
            return "tick"
        if event.reason.startswith("kworker"):
            return "kworker"
        switch = self._switches.get(event.cpu)
        idle = switch is not None and not switch.next
        if idle and FLAVOURS[event.flavour].idle_is_quiescent:
            return "idle"
        return "voluntary" if switch is None or switch.voluntary else "preempted"

    def _note(self, way: str, *, synchronized: bool) -> None:
        self._seen.add(f"quiescent:{way}")
        self._seen.add(f"quiescent:{way}:{'sync' if synchronized else 'nosync'}")
