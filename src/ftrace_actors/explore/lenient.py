"""Following a recorded schedule in a world that is not the recorded one.

A strict replay insists: a run is its scenario and its choices, so one choice that does not fit makes it another run.
But a person who has fixed a barrier, dropped a task or updated the tool asks something else: does the failure still
show under *that very schedule*, as far as it still makes sense? So each non-dull choice becomes an *anchor*: who was
asked, about to do what, on what, and how often that had been so before. In the other world a choice that fits an anchor
is answered as it was then, by the name of the actor that moves instead and not by its number; every other one is dull.

No name survives everything, so there are three ways to name an anchor (`Way`), tried one after the other:

- *operation*: operation and object. Survives another layout and other actors.
- *routine*: the operation and the routine it is in, without the offset. Survives instructions that come or go, as
  those of a barrier do.
- *actor*: nothing but the actor and the kind of choice. Survives what changes the operation itself.

Where the option of an anchor is not there yet, say because an actor that should move still waits, the anchor is taken
late: at the next choice of the same name at which it is. One that finds no place is skipped. `Followed` says both. What
a run then really picked is in its result, so it replays strictly. A failure that no way shows may still be there: this
is one schedule and not a search.

```
schedule = schedule_of(picks, run=partial(broken.run, driver="bare"))
followed = follow(schedule, partial(fixed.run, driver="bare"), shows=target.met)
```
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from ..actors.choices import Chooser, Kind, Pick, ReplayChooser, RunInfo
from ..actors.errors import ReplayDiverged
from ..actors.outcome import RunOutcome
from ..result import RunResult

__all__ = [
    "Anchor",
    "AnchoringChooser",
    "Followed",
    "FollowingChooser",
    "Schedule",
    "Skipped",
    "Way",
    "Why",
    "follow",
    "schedule_of",
]

Make: TypeAlias = Callable[[Chooser], RunResult]
"""Makes one run under a chooser."""

_Name: TypeAlias = tuple[str, ...]


class Way(StrEnum):
    """How an anchor is found again; see the module."""

    OPERATION = "operation"
    ROUTINE = "routine"
    ACTOR = "actor"


class Why(StrEnum):
    """Why an anchor was skipped."""

    NOT_ASKED = "never asked"
    NO_OPTION = "asked, but that option was not there"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A non-dull choice of a recorded run.

    Attributes:
        kind, op, object, picked: as of a `Pick`.
        actor: name of the actor that asked.
        mover: for SCHEDULE the name of the actor that moved instead; "" where that is not known.
        numbers: how often a choice of the same name had been asked before, by each way that is known.
    """

    kind: Kind
    actor: str
    op: str
    object: str
    picked: int
    mover: str
    numbers: Mapping[Way, int]

    def __str__(self) -> str:
        where = f"{self.op} {self.object}".strip() or "nothing"
        number = self.numbers.get(Way.OPERATION, -1)
        moves = f", {self.mover} moves" if self.mover else f", option {self.picked}"
        return f"{self.kind} of {self.actor} at {where}" + (f" #{number}" if number >= 0 else "") + moves


@dataclass(frozen=True, slots=True)
class Skipped:
    """An anchor that found no place in a run, and why."""

    anchor: Anchor
    why: Why


@dataclass(frozen=True, slots=True)
class Schedule:
    """The anchors of a recorded run, in order.

    `exact`: they were learned from the run, made again. Otherwise they are what the record says, which names them by
    operation only.
    """

    anchors: tuple[Anchor, ...]
    exact: bool


@dataclass(frozen=True, slots=True)
class Followed:
    """A run under a schedule of another one.

    Attributes:
        result: the run; its picks replay strictly.
        way: how the anchors were found.
        taken: how many were.
        late: those of them that were taken on a later occasion than recorded.
        skipped: the others, in order.
        shows: whether it shows what was asked for.
    """

    result: RunResult
    way: Way
    taken: int
    late: tuple[Anchor, ...]
    skipped: tuple[Skipped, ...]
    shows: bool


class _Counting:
    """Names each choice by every way as it is asked, and counts."""

    __slots__ = ("_actor", "_asked", "_names", "_object", "_op", "_ways")

    def __init__(self, ways: Sequence[Way]) -> None:
        self._ways = ways
        self._names: tuple[str, ...] = ()
        self._asked: Counter[_Name] = Counter()
        self._actor = self._op = self._object = ""

    def begin(self, run: RunInfo) -> None:
        """Learn what the actors are called."""
        self._names = run.actors
        self._asked.clear()

    def hear(self, kind: Kind, actor: int, op: str, obj: str) -> None:
        """What the next choice is about."""
        self._actor = self._named(actor)
        self._op = op
        self._object = obj

    def _named(self, actor: int) -> str:
        return self._names[actor] if 0 <= actor < len(self._names) else ""

    def _count(self, kind: Kind) -> dict[Way, tuple[_Name, int]]:
        """The names of the choice that is asked now, and how often each was asked before."""
        found = {}
        for way in self._ways:
            name = _name(way, kind, self._actor, self._op, self._object)
            found[way] = (name, self._asked[name])
            self._asked[name] += 1
        return found


def _name(way: Way, kind: Kind, actor: str, op: str, obj: str) -> _Name:
    match way:
        case Way.OPERATION:
            return (way, kind, actor, op, obj)
        case Way.ROUTINE:
            return (way, kind, actor, op, obj.rpartition("+")[0] or obj)
        case Way.ACTOR:
            return (way, kind, actor)


class AnchoringChooser(_Counting):
    """A strict replay that learns the `anchors` of its picks, in all ways. It has to be heard (`actors.hearing`)."""

    __slots__ = ("_replay", "anchors", "confirm", "end")

    def __init__(self, picks: Sequence[Pick]) -> None:
        super().__init__(tuple(Way))
        self._replay = ReplayChooser(picks)
        self.anchors: list[Anchor] = []
        self.confirm = self._replay.confirm
        self.end = self._replay.end

    @property
    def names(self) -> tuple[str, ...]:
        """What the actors are called, once a run has begun."""
        return self._names

    def begin(self, run: RunInfo) -> None:
        """A run starts."""
        super().begin(run)
        self._replay.begin(run)

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """The recorded index; raises `ReplayDiverged`."""
        counted = self._count(kind)
        picked = self._replay.choose(kind, count, actors)
        if picked:
            mover = self._named(actors[picked]) if actors else ""
            numbers = MappingProxyType({way: number for way, (_, number) in counted.items()})
            self.anchors.append(Anchor(kind, self._actor, self._op, self._object, picked, mover, numbers))
        return picked


class FollowingChooser(_Counting):
    """Answers by anchors, found by one `way`; dull where none fits. It has to be heard (`actors.hearing`)."""

    __slots__ = ("_anchors", "_due", "_late", "_left", "_refused", "_taken")

    def __init__(self, anchors: Sequence[Anchor], way: Way = Way.OPERATION) -> None:
        super().__init__((way,))
        self._anchors = tuple(anchors)
        self._due: dict[_Name, tuple[tuple[int, int], ...]] = {}
        for index, anchor in enumerate(self._anchors):
            if way in anchor.numbers:
                name = _name(way, anchor.kind, anchor.actor, anchor.op, anchor.object)
                self._due[name] = (*self._due.get(name, ()), (anchor.numbers[way], index))
        self._rewind()

    def _rewind(self) -> None:
        self._left = {name: list(due) for name, due in self._due.items()}
        self._taken: set[int] = set()
        self._late: set[int] = set()
        self._refused: set[int] = set()

    @property
    def taken(self) -> int:
        """How many anchors found their place."""
        return len(self._taken)

    @property
    def late(self) -> tuple[Anchor, ...]:
        """Those of them that found it later than recorded."""
        return tuple(self._anchors[index] for index in sorted(self._late))

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The anchors that found none."""
        return tuple(
            Skipped(anchor, Why.NO_OPTION if index in self._refused else Why.NOT_ASKED)
            for index, anchor in enumerate(self._anchors)
            if index not in self._taken
        )

    def begin(self, run: RunInfo) -> None:
        """A run starts."""
        super().begin(run)
        self._rewind()

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """What the first anchor says that is due here, when there is such an option."""
        ((name, number),) = self._count(kind).values()
        left = self._left.get(name, ())
        for due in left:
            wanted, index = due
            if wanted > number:
                break
            picked = self._option(self._anchors[index], count, actors)
            if picked is not None:
                self._take(name, due, late=wanted < number)
                return picked
            self._refused.add(index)
        return 0

    def _take(self, name: _Name, due: tuple[int, int], *, late: bool) -> None:
        self._left[name].remove(due)
        self._taken.add(due[1])
        if late:
            self._late.add(due[1])

    def _option(self, anchor: Anchor, count: int, actors: Sequence[int]) -> int | None:
        """The index of what was picked; None where it cannot be picked."""
        if anchor.mover:
            movers = [self._named(actor) for actor in actors]
            return movers.index(anchor.mover) if anchor.mover in movers else None
        return anchor.picked if anchor.picked < count else None

    def end(self, outcome: RunOutcome) -> None:
        """Nothing to conclude."""


def schedule_of(picks: Sequence[Pick], *, run: Make | None = None, actors: Sequence[str] = ()) -> Schedule:
    """The anchors of a recorded run.

    `run` makes a run of the recorded world: the anchors are learned from it, in all ways. Where there is no such world
    any more, or the choices do not fit it, they are what `picks` say; `actors` are then the names by id.
    """
    learning = AnchoringChooser(picks)
    if run is not None:
        try:
            run(learning)
        except ReplayDiverged:
            pass
        else:
            return Schedule(tuple(learning.anchors), True)
    names = tuple(actors) or learning.names
    return Schedule(tuple(_as_recorded(pick, names) for pick in picks), False)


def _as_recorded(pick: Pick, names: Sequence[str]) -> Anchor:
    def named(actor: int) -> str:
        return names[actor] if 0 <= actor < len(names) else ""

    numbers = {Way.OPERATION: pick.occurrence} if pick.occurrence >= 0 else {}
    return Anchor(
        pick.kind,
        named(pick.actor),
        pick.op,
        pick.object,
        pick.picked,
        named(pick.mover),
        MappingProxyType(numbers),
    )


def follow(
    schedule: Schedule,
    run: Make,
    shows: Callable[[RunResult], bool],
    ways: Sequence[Way] = tuple(Way),
) -> Followed:
    """Follow a schedule in the world that `run` makes runs of, until one of the `ways` shows what is asked for.

    Where none does, the run by the finest of them; by a coarser one where that finds a place for more anchors, but by
    the actor alone only where nothing else finds any. Deterministic: the same arguments, the same run.
    """
    best: Followed | None = None
    for way in ways:
        chooser = FollowingChooser(schedule.anchors, way)
        result = run(chooser)
        followed = Followed(result, way, chooser.taken, chooser.late, chooser.skipped, shows(result))
        if followed.shows:
            return followed
        if best is None or (followed.taken > best.taken and (way is not Way.ACTOR or not best.taken)):
            best = followed
    assert best is not None, "there is at least one way"
    return best
