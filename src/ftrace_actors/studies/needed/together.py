"""Leaving out several parts together, of those that may go one by one.

A part that no run comes to cannot help another one to break anything, and one that may go needs no weaker form of it:
neither is a candidate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...explore.proposals import drive
from .cells import AsItIs, Cell, Evidence, evidence_of, probe
from .means import Broken, Budget, Strength
from .parts import Part
from .sets import Names, splitting
from .subject import Subject

__all__ = ["Together", "candidates", "leave_out_together"]


@dataclass(frozen=True, slots=True)
class Together:
    """What several parts do for each other.

    Attributes:
        breaking: minimal sets without which something breaks, the smallest first, each with a failing run.
        holding: largest sets without which nothing breaks, and how far that was looked for.
        tried: sets that took runs.
        whole: there are no other minimal sets, as far as leaving out more never helps.
        interrupted: it was ended by an interrupt.
    """

    breaking: tuple[tuple[tuple[str, ...], Evidence], ...]
    holding: tuple[tuple[tuple[str, ...], Strength], ...]
    tried: int
    whole: bool
    interrupted: bool = False


def candidates(whole: AsItIs, cells: Sequence[Cell]) -> list[Part]:
    """The parts worth leaving out together, in the order of the table."""
    may_go = {cell.name for cell in cells if cell.may_go and not cell.unreached}
    dropped = {(part.key, part.value) for part in whole.parts if part.name in may_go and not part.instead}
    return [
        part
        for part in whole.parts
        if part.name in may_go and not (part.instead and (part.key, part.value) in dropped)
    ]


def leave_out_together(
    subject: Subject,
    parts: Sequence[Part],
    budget: Budget,
    out: Path,
    tries_max: int,
    tried: Callable[[int], object] = lambda _: None,
) -> Together:
    """Find the minimal sets of parts without which something breaks; `tried` hears how many sets took runs.

    An interrupt ends it; what was found by then is returned.  Raises DesignError for a user's design.
    """
    outcomes: dict[Names, Broken | Strength | str] = {}
    named = {part.name: part for part in parts}
    interrupted = False

    def breaks(one: Names) -> bool | None:
        nonlocal interrupted
        tried(len(outcomes))
        try:
            outcome = probe(subject, [part for part in parts if part.name in one], budget)
        except KeyboardInterrupt:
            interrupted = True
            return None
        if budget.over():
            return None  # it may have been cut short
        outcomes[one] = outcome
        return isinstance(outcome, Broken)

    split = drive(splitting(list(named), tries_max), breaks)
    order = {part.name: place for place, part in enumerate(parts)}
    return Together(
        tuple(
            (names, evidence_of(subject, [named[name] for name in names], broken, budget, out))
            for names, broken in _of(split.breaking, outcomes, order)
            if isinstance(broken, Broken)
        ),
        tuple(
            (names, strength)
            for names, strength in _of(split.holding, outcomes, order)
            if isinstance(strength, Strength)
        ),
        len(outcomes),
        split.whole,
        interrupted,
    )


def _of(
    sets: Sequence[Names], outcomes: dict[Names, Broken | Strength | str], order: dict[str, int]
) -> list[tuple[tuple[str, ...], Broken | Strength | str]]:
    """Sets with what came of them, their names in the order of the table."""
    return [(tuple(sorted(one, key=order.__getitem__)), outcomes[one]) for one in sets if one in outcomes]
