"""Non-dull choices under names that survive a change, as shrinking handles them: who names, who answers, what to try.

A list of `Step` is a candidate. The functions at the end make smaller candidates of one; which of them still fail is
found out by `shrink`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from itertools import combinations, pairwise
from typing import NamedTuple, TypeAlias

from ..actors.choices import Kind, Pick, RunInfo
from ..actors.outcome import RunOutcome

__all__ = [
    "SLIDING",
    "LenientChooser",
    "Naming",
    "Numbering",
    "Place",
    "Step",
    "exchanged",
    "kin",
    "order",
    "redirected",
    "without_parts",
]


class Naming(StrEnum):
    """Which name of a change of actor survives what; see the module."""

    OPERATION = "operation"
    TOUCHED = "touched"
    ACTOR = "actor"
    ORDINAL = "ordinal"


Place: TypeAlias = tuple[int | str, ...]
"""Where a choice is asked, by some naming."""


class Step(NamedTuple):
    """One non-zero choice: the `number`-th asked at `place`, from 0.

    `picked` is the index, or for SCHEDULE under a naming by actors the actor that goes instead.
    """

    kind: Kind
    place: Place
    number: int
    picked: int


class _Namer:
    """Names choices as they are asked, and remembers the names of those that were not dull."""

    __slots__ = ("_actor", "_asked", "_heard", "_naming", "_pending", "names", "steps")

    def __init__(self, naming: Naming) -> None:
        self._naming = naming
        self._actor = -1
        self._asked: dict[tuple[Kind, Place], int] = {}
        self._pending: Callable[[int], tuple[str, int | str]] = _nothing_pending
        self._heard: tuple[str, str] | None = None
        self.names: tuple[str, ...] = ()
        self.steps: list[Step] = []

    def begin(self, run: RunInfo) -> None:
        """Learn what the actors are called, and how to ask what one is about to do."""
        self.names = run.actors
        self._pending = run.pending

    def hear(self, kind: Kind, actor: int, op: str, obj: str) -> None:
        """What the next choice is about, said by a tape that says it."""
        self._heard = op, obj

    def end(self, outcome: RunOutcome) -> None:
        """Nothing to conclude."""

    def _name(self, kind: Kind, actors: Sequence[int]) -> tuple[Place, int]:
        """The name of the choice that is asked now."""
        if actors:
            self._actor = actors[0]
        place: Place = ()
        if self._naming is not Naming.ORDINAL:
            place = (self._actor,)
            if self._naming is Naming.OPERATION and self._heard is not None:
                place = (self._actor, *self._heard)
            elif actors and self._naming in {Naming.OPERATION, Naming.TOUCHED}:
                place = (self._actor, *self._pending(self._actor))
        number = self._asked.get((kind, place), 0)
        self._asked[kind, place] = number + 1
        return place, number

    def _answer(self, kind: Kind, place: Place, number: int, actors: Sequence[int], index: int) -> int:
        if index:
            by_actor = actors and self._naming is not Naming.ORDINAL
            self.steps.append(Step(kind, place, number, actors[index] if by_actor else index))
        if actors:
            self._actor = actors[index]
        return index


class LenientChooser(_Namer):
    """Answers by name, 0 where a choice does not fit; `steps` is what it really answered."""

    __slots__ = ("_wanted",)

    def __init__(self, steps: Sequence[Step], naming: Naming = Naming.OPERATION) -> None:
        super().__init__(naming)
        self._wanted = {step[:3]: step.picked for step in steps}

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """What is wanted, when there is such an option."""
        place, number = self._name(kind, actors)
        picked = self._wanted.get((kind, place, number))
        if picked is None:
            index = 0
        elif actors and self._naming is not Naming.ORDINAL:
            index = actors.index(picked) if picked in actors else 0
        else:
            index = picked if picked < count else 0
        return self._answer(kind, place, number, actors, index)


class Numbering(_Namer):
    """A replay by position that learns the name of each pick."""

    __slots__ = ("_picks", "_position")

    def __init__(self, picks: Sequence[Pick], naming: Naming) -> None:
        super().__init__(naming)
        self._picks = {pick.position: pick.picked for pick in picks}
        self._position = 0

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """The recorded index."""
        place, number = self._name(kind, actors)
        index = self._picks.get(self._position, 0)
        self._position += 1
        return self._answer(kind, place, number, actors, index if index < count else 0)


def _nothing_pending(actor: int) -> tuple[str, int | str]:
    return "", ""


def order(steps: Sequence[Step | Pick]) -> tuple[int, int, int]:
    """How far from dull: fewer relaxations, then fewer changes of actor, then smaller picks. Picks and steps agree."""
    switches = sum(step.kind is Kind.SCHEDULE for step in steps)
    return (
        len(steps) - switches,
        switches,
        sum(step.picked for step in steps if step.kind is not Kind.SCHEDULE),
    )


SLIDING = 3
"""Parts up to this size are tried at every place, not only at multiples of their size."""


def without_parts(steps: Sequence[Step], size: int) -> Iterator[list[Step]]:
    """The list without each part of `size` in turn.

    Last part first: what came after the failure, or only delayed it, goes first and shifts nothing.
    """
    for end in range(len(steps), 0, -1 if size <= SLIDING else -size):
        yield [*steps[: max(0, end - size)], *steps[end:]]


def redirected(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Go where a later change of actor leads at once: the list without what was a detour. For namings by actors."""
    moves = [at for at, step in enumerate(steps) if step.kind is Kind.SCHEDULE]
    next_but_one = zip(moves, moves[2:], strict=False)
    for here, there in (*reversed([*pairwise(moves)]), *reversed([*next_but_one])):
        at_once = steps[here]._replace(picked=steps[there].picked)
        between = [step for step in steps[here + 1 : there] if step.kind is not Kind.SCHEDULE]
        yield [*steps[:here], at_once, *between, *steps[there + 1 :]]


def exchanged(steps: Sequence[Step], one: int, other: int) -> Iterator[list[Step]]:
    """Two actors in each other's place, and one step less. For namings by actors."""

    def swapped(actor: int) -> int:
        return other if actor == one else one if actor == other else actor

    there = [
        step._replace(
            place=(swapped(int(step.place[0])), *step.place[1:]),
            picked=swapped(step.picked) if step.kind is Kind.SCHEDULE else step.picked,
        )
        for step in steps
    ]
    for at in range(len(there) - 1, -1, -1):
        yield [*there[:at], *there[at + 1 :]]


def kin(names: Sequence[str], steps: Sequence[Step]) -> list[tuple[int, int]]:
    """Pairs of actors that only a number tells apart, one of which is in the steps; for namings by actors."""
    used = {step.place[0] for step in steps if step.place}
    used |= {step.picked for step in steps if step.kind is Kind.SCHEDULE}
    plain = [name.rstrip("0123456789") for name in names]
    return [
        (one, other)
        for one, other in combinations(range(len(names)), 2)
        if plain[one] == plain[other] and (one in used or other in used)
    ]
