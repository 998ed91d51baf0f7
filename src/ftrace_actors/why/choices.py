"""Which choices of a failing run it needs: each is put back to dull alone, and the run is made again.

The other choices are followed leniently (`explore.lenient`), because a run without one of them asks its later choices
at other positions. A choice is *needed* when no way of following the others shows the failure. That says nothing of
several choices put back at once, nor of other schedules; a run of which the failure still shows without a choice may
need another one in its place.

Which events a choice led to is found by making the run once more and counting its events at each choice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from ..actors.choices import Kind, Pick, ReplayChooser, RunInfo
from ..events import Early, Event, Fetch, Load, Switch, Window
from ..events.encoding import KINDS
from ..explore.lenient import Anchor, Schedule, follow, schedule_of
from ..kernel.boot import System
from ..result import RunResult
from ..scenario.run import Watcher
from ..studies.needed.means import never
from .chain import place_words, value_words
from .reading import Reading
from .source import Source, other_words

__all__ = ["RELAXATIONS", "Choices", "PutBack", "put_back"]

STEPS_MAX: Final = 400_000
"""Visible steps of all runs together: some hundred runs of the usual size, and few of one that never ends."""
RELAXATIONS: Final = frozenset({Kind.FETCH, Kind.LOAD, Kind.EARLY})
"""Kinds of choice that the memory model makes, and not who moves."""


@dataclass(frozen=True, slots=True)
class PutBack:
    """One choice, put back to dull.

    Attributes:
        pick: the choice.  what: what it led to, in words.  event: the first event after it.
        needed: the failure does not show any more.
        outcome: what the run came to.
        result: that run, recorded.  token: the word for it.
        held: of a choice of who moves, the task or actor that would have moved, and `window` where that task is.
        moves: who moves instead.  moved: the first event of that one's after the choice.
        place: the instruction before which the task is held, "" where it runs no code.
        preempted: the event at which the task that is held is preempted, if that is the next that it comes to.
    """

    pick: Pick
    what: str
    event: int
    needed: bool
    outcome: str
    result: RunResult
    token: str
    held: str = ""
    window: str = ""
    moves: str = ""
    moved: int = -1
    place: str = ""
    preempted: int | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices of a run that were put back, in their order, and how many were not tried.

    They are not tried when somebody asks to end, and beyond `STEPS_MAX`.
    """

    tried: tuple[PutBack, ...]
    left: int = 0


def put_back(
    source: Source,
    reading: Reading,
    tried: Callable[[int, int], None] = lambda done, of: None,
    over: Callable[[], bool] = never,
) -> Choices:
    """Each choice of a run put back alone; `tried` hears how far it is, and `over` ends it."""
    picks = source.result.picks
    run = partial(source.world.run, driver="bare")
    schedule = schedule_of(picks, run=run, actors=source.result.actors)
    places = _places(source)
    found: list[PutBack] = []
    steps = 0
    for index, pick in enumerate(picks):
        if over() or steps > STEPS_MAX:
            break
        rest = Schedule(_without(schedule.anchors, index), schedule.exact)
        followed = follow(rest, run, source.shows)
        result = source.recorded(followed.result)
        outcome = "the failure still shows" if followed.shows else other_words(source.world, result)
        place = places.get(pick.position, _Place(0))
        made = PutBack(pick, "", place.event, not followed.shows, outcome, result, source.token(result))
        found.append(_in_words(made, place, source.result.actors, reading))
        steps += result.steps
        tried(index + 1, len(picks))
    return Choices(tuple(found), len(picks) - len(found))


def _without(anchors: Sequence[Anchor], index: int) -> tuple[Anchor, ...]:
    return (*anchors[:index], *anchors[index + 1 :])


# -- where a choice is in the run -------------------------------------------------------------------------------------


class _Counting(Watcher):
    """How many events there were so far, and the run's kernel."""

    wanted = frozenset(KINDS.values())

    def __init__(self) -> None:
        self.events = 0
        self._system: System | None = None

    def start(self, system: System) -> None:
        """The run begins."""
        self._system = system

    def at(self, actor: int) -> int:
        """The address of the instruction that the CPU with that id is at; 0 for other actors."""
        cpus = () if self._system is None else self._system.cpus
        return next((cpu.pe.pc for cpu in cpus if cpu.id == actor), 0)

    def see(self, event: Event) -> None:
        """One more."""
        self.events = event.seq + 1


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a choice was made: the next event; of a choice of who moves, the dull answer, what that would do, where."""

    event: int
    dull: int = -1
    op: str = ""
    object: int | str = ""
    at: int = 0


class _Placing(ReplayChooser):
    """Notes where each choice was made."""

    def __init__(self, picks: Sequence[Pick], counting: _Counting) -> None:
        super().__init__(picks)
        self._counting = counting
        self._pending: Callable[[int], tuple[str, int | str]] | None = None
        self._place = _Place(0)
        self.places: dict[int, _Place] = {}

    def begin(self, run: RunInfo) -> None:
        """As any replay."""
        super().begin(run)
        self._pending = run.pending

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """As any replay."""
        picked = super().choose(kind, count, actors)
        if picked:
            self._place = _Place(self._counting.events)
            if kind is Kind.SCHEDULE and self._pending is not None:
                dull = actors[0]
                self._place = _Place(
                    self._counting.events, dull, *self._pending(dull), self._counting.at(dull)
                )
        return picked

    def confirm(self, made: Pick) -> None:
        """As any replay."""
        super().confirm(made)
        self.places[made.position] = self._place


def _places(source: Source) -> dict[int, _Place]:
    """Position of a choice -> where that is."""
    counting = _Counting()
    chooser = _Placing(source.result.picks, counting)
    source.world.run(chooser, driver="bare", record=True, watchers=[counting])
    return chooser.places


# -- in words ---------------------------------------------------------------------------------------------------------


def _in_words(made: PutBack, place: _Place, actors: Sequence[str], reading: Reading) -> PutBack:
    """The same with what the choice led to."""
    pick, at = made.pick, place.event
    actor = _named(actors, pick.actor)
    match pick.kind:
        case Kind.FETCH:
            event = _next(reading, at, actor, Fetch)
            if isinstance(event, Fetch):
                word = reading.narrator.word(event.word, event.addr)
                where = reading.narrator.place(event.addr)
                return replace(made, what=f"{_who(event)} fetches the old `{word}` at {where} [{event.seq}]")
        case Kind.LOAD:
            event = _next(reading, at, actor, Load)
            if isinstance(event, Load):
                value, where = value_words(reading, event), place_words(reading, event.addr)
                age = "a partly old" if event.prov < 0 else "the old"
                return replace(made, what=f"{_who(event)} reads {age} {value} from {where} [{event.seq}]")
        case Kind.EARLY:
            event = _next(reading, at, actor, Early)
            if isinstance(event, Early):
                where = place_words(reading, event.addr)
                return replace(
                    made, what=f"{_who(event)} has its {event.what} to {where} seen early [{event.seq}]"
                )
        case Kind.SCHEDULE:
            return _held(made, place, actors, reading)
        case _:
            """Below."""
    about = f"{pick.op} {pick.object}".strip()
    return replace(made, what=f"{_OTHERWISE[pick.kind].format(actor)}, at `{about}` [{at}]")


_TOUCHING: Final = frozenset({"ldr", "str", "load", "store", "fetch", "atomic"})
"""Operations whose object is what they touch, and not where the instruction is."""
_OTHERWISE: Final[dict[Kind, str]] = {
    Kind.FETCH: "{} fetches an old word",
    Kind.LOAD: "{} reads an old value",
    Kind.EARLY: "{} tries to have a store seen early",
    Kind.SCHEDULE: "{} does not move",
    Kind.INTERRUPT: "{} takes a pending interrupt later",
    Kind.DELIVER: "{} receives another message first",
    Kind.TIMER: "{} has another timer fire first",
    Kind.ALLOC: "{} gets another address for an allocation",
    Kind.DATA: "{} gets another input",
}


def _held(made: PutBack, place: _Place, actors: Sequence[str], reading: Reading) -> PutBack:
    at, held_actor = place.event, _named(actors, place.dull)
    mover = _named(actors, made.pick.mover)
    held, moves = _task_of(reading, at, held_actor), _task_of(reading, at, mover)
    next_of_mover = _next(reading, at, mover, Event)
    moved = at if next_of_mover is None else next_of_mover.seq
    thing = place.object if isinstance(place.object, str) else ""
    if isinstance(place.object, int) and place.op in _TOUCHING:
        thing = reading.narrator.cell(place.object)
    window = _window_of(reading, at, held)
    preempted = _preempted(reading, at, held_actor, held)
    where = f" in {window}" if window else ""
    more = f", and is preempted [{preempted}]" if preempted is not None else ""
    code = reading.symbols.describe(place.at) if place.at and " on " in held else ""
    code = "" if code.startswith("0x") else code  # not in code of the kernel's: on its way out of a call
    about = f" at {code}" if code else f" before its `{f'{place.op} {thing}'.strip()}`"
    return replace(
        made,
        what=f"{held} is held{where}{about}, while {moves} moves [{moved}]{more}",
        held=held,
        window=window,
        moves=moves,
        moved=moved,
        place=code,
        preempted=preempted,
    )


def _named(actors: Sequence[str], number: int) -> str:
    return actors[number] if 0 <= number < len(actors) else "somebody"


def _next(reading: Reading, at: int, actor: str, kind: type[Event]) -> Event | None:
    found = (event for event in reading.events[at:] if event.actor == actor and isinstance(event, kind))
    return next(found, None)


def _task_of(reading: Reading, at: int, actor: str) -> str:
    """The task that an actor works for from then on; the actor where there is none, or it is not a CPU."""
    if not actor.startswith("cpu"):
        return actor
    event = next((event for event in reading.events[at:] if event.actor == actor), None)
    task = event.task if event is not None else ""
    if isinstance(event, Switch):
        task = event.prev or event.next
    return f"{task} on {actor}" if task else actor


def _who(event: Event) -> str:
    return f"{event.task} on {event.actor}" if event.task else event.actor


def _window_of(reading: Reading, at: int, held: str) -> str:
    task = held.partition(" on ")[0]
    for event in reversed(reading.events[:at]):
        if isinstance(event, Window) and event.task == task:
            return event.window
    return ""


def _preempted(reading: Reading, at: int, actor: str, held: str) -> int | None:
    """Where the task that is held is switched out, if that is the next that it comes to."""
    task = held.partition(" on ")[0]
    for event in reading.events[at:]:
        if event.actor != actor:
            continue
        if isinstance(event, Switch) and event.prev == task:
            return None if event.voluntary else event.seq
        if event.task == task and isinstance(event, (Fetch, Load, Window)):
            return None
    return None
