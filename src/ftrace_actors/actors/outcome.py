"""How a run ended, as a value: done, stopped, deadlock with its wait-for graph, or livelock with its
culprits.

The graph's nodes are names. Actors contribute an edge for each thing they say they wait for (`Actor.wait`),
the floors above contribute what only they know (a task that waits for a lock whose holder is another task). A
cycle is looked for over all of them, so it may lead through both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Busy", "RunOutcome", "Status", "WaitEdge", "cycle_of"]


class Status(StrEnum):
    """How a run ended."""

    DONE = "done"
    """Everybody who had to finish did."""
    STOPPED = "stopped"
    """Somebody asked the conductor to stop, with a reason."""
    DEADLOCK = "deadlock"
    """Nobody can continue, even if every timer fires."""
    LIVELOCK = "livelock"
    """The step limit and a fair suffix were used up."""


@dataclass(frozen=True, slots=True)
class WaitEdge:
    """`waiter`, at `point`, waits for `target` (the name of another node, or free text)."""

    waiter: str
    point: str
    target: str


@dataclass(frozen=True, slots=True)
class Busy:
    """An actor that kept running through the fair suffix: steps made there, and what it would do next."""

    actor: str
    steps: int
    op: str
    object: int | str


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The end of a run.

    Attributes:
        status: how it ended.
        steps: visible steps made.
        positions: choices asked (the non-zero ones are in `Tape.picks`).
        waits: wait-for graph, for DEADLOCK.
        busy: who kept running, most steps first, for LIVELOCK.
        reason: why, for STOPPED.
        digest: hex digest of the steps and choices when the conductor was asked to keep one, else "".
    """

    status: Status
    steps: int
    positions: int
    waits: tuple[WaitEdge, ...] = ()
    busy: tuple[Busy, ...] = ()
    reason: str = ""
    digest: str = ""

    @property
    def cycle(self) -> tuple[str, ...]:
        """Names along a cycle of the wait-for graph, each waiting for the next and the last for the first."""
        return cycle_of(self.waits)

    def render(self) -> str:
        """The outcome for people: one line, and under it the graph or the culprits."""
        lines = [f"{self.status} after {self.steps} steps, {self.positions} choices"]
        if self.reason:
            lines[0] += f": {self.reason}"
        on_cycle = self.cycle
        successor = dict(zip(on_cycle, on_cycle[1:] + on_cycle[:1], strict=True))
        for edge in self.waits:
            mark = "*" if successor.get(edge.waiter) == edge.target else " "
            lines.append(f"{mark} {edge.waiter} at {edge.point} waits for {edge.target}")
        if on_cycle:
            lines.append("cycle: " + " -> ".join((*on_cycle, on_cycle[0])))
        lines.extend(
            f"  {busy.actor} made {busy.steps} steps in the fair suffix, now at {busy.op} {busy.object}"
            for busy in self.busy
        )
        return "\n".join(lines)


def cycle_of(edges: Sequence[WaitEdge]) -> tuple[str, ...]:
    """The first cycle met by depth-first search in the order of the edges; () when there is none."""
    targets: dict[str, list[str]] = {}
    for edge in edges:
        targets.setdefault(edge.waiter, []).append(edge.target)
    path: list[str] = []
    explored: set[str] = set()

    def visit(node: str) -> tuple[str, ...]:
        if node in path:
            return tuple(path[path.index(node) :])
        if node in explored:
            return ()
        path.append(node)
        for target in targets.get(node, ()):
            if found := visit(target):
                return found
        path.pop()
        explored.add(node)
        return ()

    for start in targets:
        if found := visit(start):
            return found
    return ()
