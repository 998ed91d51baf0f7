"""What a call of a traced function executes, by how many tracers want it and how many want only others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...events import Event, Returned
from ...kernel.designs import Design
from ...kernel.spec import OpsSpec
from .dull import Setting, run_dull, world

__all__ = ["PAIRS", "CallCost", "call_costs"]

PAIRS = (
    (0, 0), (0, 1), (0, 2), (0, 10), (0, 100),
    (1, 0), (1, 1), (1, 2), (1, 10), (1, 100),
    (2, 0), (10, 0), (100, 0),
)  # fmt: skip
"""Relevant and irrelevant tracers: those that trace the called function, and those that trace another one."""

_CALLS = 2
"""The last of them is counted."""


@dataclass(frozen=True, slots=True)
class CallCost:
    """A64 instructions from a traced function's entry to its return, tracers' functions included."""

    design: str
    relevant: int
    irrelevant: int
    instructions: int


def call_costs(
    design: Design, setting: Setting, pairs: Sequence[tuple[int, int]] = PAIRS
) -> Iterator[CallCost]:
    """One cost for each pair.  All ops are static, so a design may call a single one directly.  Raises DesignError."""
    for relevant, irrelevant in pairs:
        yield CallCost(
            design.name, relevant, irrelevant, _instructions(design, setting, relevant, irrelevant)
        )


def _instructions(design: Design, setting: Setting, relevant: int, irrelevant: int) -> int:
    called = [OpsSpec(f"relevant_{number}", ("called",), dynamic=False) for number in range(relevant)]
    others = [OpsSpec(f"irrelevant_{number}", ("other",), dynamic=False) for number in range(irrelevant)]
    ops = [*others, *called]
    actions = [*(f"register {one.name}" for one in ops), f"call called x{_CALLS}"]
    counts: list[int] = []

    def watch(event: Event, executed: int) -> None:
        counts.append(executed)

    run_dull(world(design, setting, ("called", "other"), ops, actions), frozenset({Returned}), watch)
    return counts[-1] - counts[-2]
