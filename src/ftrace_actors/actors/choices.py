"""Choices: the one place where a run may go either way.

A run is a pure function of (scenario, choices). Whatever is undecided, be it who moves next or which of two
stale words a fetch returns, is one call `Tape.choose(kind, count, ...) -> index`, and option 0 is always the
dull one. So a run *is* its list of picks, and since most picks are 0 it is enough to remember the others,
each with its position (how many choices were asked before it).

Three parties meet here:

- the **tape** is what the machine and the actors hold. It numbers the choices, hands them on, checks the
  answer and remembers the non-zero ones (`picks`). A single option is not a choice and has no
  position.
- a **chooser** answers. It is the whole extension point for strategies and has three verbs: `begin`,
  `choose`, `end`; one that also has `confirm` hears who asked (`Confirming`). It does not hear of the operation:
  what a strategy may want to know about who is about to do what is `RunInfo.pending`, asked only by those
  that need it.
- **replaying** is a chooser like any other (`ReplayChooser`).

Prior art: shuttle's `Scheduler` trait (new_execution, next_task, next_u64) is this protocol with scheduling
and data kept apart; Hypothesis showed that one list for both shrinks better. Rejected: recording every pick
(a run asks thousands of choices and nearly all answers are 0), and passing the operation to the chooser (it
would have to be built for each call, though most strategies ignore it).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from .errors import ConductError, ReplayDiverged

if TYPE_CHECKING:
    from .outcome import RunOutcome

__all__ = [
    "Chooser",
    "Confirming",
    "CountingTape",
    "DullChooser",
    "Kind",
    "Pick",
    "ReplayChooser",
    "RunInfo",
    "Tape",
]


class Kind(StrEnum):
    """What a choice is about; the text is what replay files say."""

    SCHEDULE = "schedule"
    """Which enabled actor moves."""
    LOAD = "load"
    """Which visible write a load reads."""
    FETCH = "fetch"
    """Which visible word a fetch returns."""
    EARLY = "early"
    """Whether a store, DC or IC becomes visible before its turn, and which."""
    INTERRUPT = "interrupt"
    """Whether a pending interrupt is taken now (0) or later."""
    DELIVER = "deliver"
    """Which channel's message is received next."""
    TIMER = "timer"
    """Which timer fires."""
    ALLOC = "alloc"
    """Which address an allocation gets."""
    DATA = "data"
    """Inputs of the scenario."""


@dataclass(frozen=True, slots=True)
class Pick:
    """One non-zero choice.

    Attributes:
        position: how many choices were asked before it in the run.
        kind: what it was about.
        actor: id of the actor that asked; -1 before the first actor ran.
        op: what that actor was about to do.
        object: on what: a name, or an address in words (`Tape.name`), so that it survives another layout of memory.
        picked: the index picked, never 0.
        count: how many options there were.
        occurrence: how often that actor had been asked the same (kind, op, object) before; -1 where nobody counted.
            It follows from the rest, so it does not make two picks different.
        mover: for SCHEDULE the id of the actor that moves instead, -1 otherwise; follows from the rest, too.
    """

    position: int
    kind: Kind
    actor: int
    op: str
    object: str
    picked: int
    count: int
    occurrence: int = field(default=-1, compare=False)
    mover: int = field(default=-1, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a chooser is given when a run begins.

    Attributes:
        actors: names by actor id.
        steps_max: visible steps after which nobody is asked any more.
        pending: actor id -> (op, object) of the visible step that actor will make next; the object is what the
            step touches (`Actor.touches`), so an access is to an address and not at one. Meaningful for the actors
            listed in a SCHEDULE choice, and only during that call.
        position: how many choices were asked before; 0, unless the run is a copy that continues another one.
    """

    actors: tuple[str, ...]
    steps_max: int
    pending: Callable[[int], tuple[str, int | str]]
    position: int = 0


class Chooser(Protocol):
    """What a strategy implements."""

    def begin(self, run: RunInfo) -> None:
        """A run starts, or a copy of one continues; a chooser that answers a copy is a new one."""

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """Pick one of `count` >= 2 options.

        `actors` holds the ids of the enabled actors for SCHEDULE, option 0 first, and is empty otherwise.
        """

    def end(self, outcome: RunOutcome) -> None:
        """The run is over."""


@runtime_checkable
class Confirming(Chooser, Protocol):
    """A chooser with one verb more, which a wrapper around one should hand on: it wants to hear who asked."""

    def confirm(self, made: Pick) -> None:
        """The choice that was answered last, if the answer was not 0. May raise `ReplayDiverged`."""


class Tape:
    """Numbers the choices of one run and remembers the non-zero ones.

    Args:
        name: puts an address into words, and the other way: equal words, equal places. By default in hexadecimal.

    Attributes:
        position: how many choices were asked so far.
        frozen: while true nobody is asked and no position is taken: a SCHEDULE choice goes round-robin, all
            others are 0 (the fair suffix, see `conductor`).
        chooser: who answers.
    """

    __slots__ = ("_ask", "_confirm", "_name", "_picks", "chooser", "frozen", "position")

    def __init__(self, chooser: Chooser, name: Callable[[int], str] = hex) -> None:
        self.chooser = chooser
        self._name = name
        # No `isinstance`: a copied run makes a tape, and asking a protocol takes longer than copying the rest of it.
        self._confirm: Callable[[Pick], None] | None = getattr(chooser, "confirm", None)
        self.position = 0
        # Plain tuples, since most runs of a campaign are never looked at: `picks` makes values of them.
        self._picks: list[tuple[int, Kind, int, str, int | str, int, int, int]] = []
        self.frozen = False
        self._ask = chooser.choose

    def copy(self, chooser: Chooser) -> Tape:
        """A tape with the same choices so far; `chooser` answers those to come."""
        other = Tape(chooser, self._name)
        self._copy_to(other)
        return other

    def _copy_to(self, other: Tape) -> None:
        other.position = self.position
        other.frozen = self.frozen
        other._picks = self._picks.copy()

    @property
    def picks(self) -> tuple[Pick, ...]:
        """The non-zero choices so far, in order."""
        return tuple(self._pick(*pick) for pick in self._picks)

    def _pick(
        self,
        position: int,
        kind: Kind,
        actor: int,
        op: str,
        obj: int | str,
        picked: int,
        count: int,
        mover: int,
    ) -> Pick:
        named = self._name(obj) if isinstance(obj, int) else obj
        return Pick(position, kind, actor, op, named, picked, count, mover=mover)

    def choose(
        self,
        kind: Kind,
        count: int,
        actor: int,
        op: str,
        obj: int | str,
        actors: Sequence[int] = (),
    ) -> int:
        """Ask one choice: `count` options, asked by `actor` about to do `op` on `obj`.

        Returns the index picked, 0 without asking when there is nothing to choose. Raises `ConductError` when
        the chooser answers out of range.
        """
        if count < 2:
            return 0
        if self.frozen:
            return _next_round(actor, actors) if actors else 0
        picked = self._ask(kind, count, actors)
        if picked:
            if not 0 < picked < count:
                raise ConductError(
                    f"{type(self.chooser).__name__} picked {picked} of {count} options"
                    f" ({kind}, choice {self.position})"
                )
            mover = actors[picked] if actors else -1
            if self._confirm is not None:
                self._confirm(self._pick(self.position, kind, actor, op, obj, picked, count, mover))
            self._picks.append((self.position, kind, actor, op, obj, picked, count, mover))
        self.position += 1
        return picked


class CountingTape(Tape):
    """A tape whose picks know their `occurrence`: for runs that are written down, since counting takes time."""

    __slots__ = ("_asked", "_occurrences")

    def __init__(self, chooser: Chooser, name: Callable[[int], str] = hex) -> None:
        super().__init__(chooser, name)
        self._asked: Counter[tuple[Kind, int, str, int | str]] = Counter()
        self._occurrences: list[int] = []

    def copy(self, chooser: Chooser) -> CountingTape:
        """As of any tape, with the counts so far."""
        other = CountingTape(chooser, self._name)
        self._copy_to(other)
        other._asked = self._asked.copy()
        other._occurrences = self._occurrences.copy()
        return other

    @property
    def picks(self) -> tuple[Pick, ...]:
        """As of any tape, each with its `occurrence`."""
        return tuple(
            replace(pick, occurrence=occurrence)
            for pick, occurrence in zip(super().picks, self._occurrences, strict=True)
        )

    def choose(
        self,
        kind: Kind,
        count: int,
        actor: int,
        op: str,
        obj: int | str,
        actors: Sequence[int] = (),
    ) -> int:
        """As any tape, and count."""
        before = self.position
        picked = super().choose(kind, count, actor, op, obj, actors)
        if self.position > before:
            asked = (kind, actor, op, obj)
            if picked:
                self._occurrences.append(self._asked[asked])
            self._asked[asked] += 1
        return picked


def _next_round(last: int, actors: Sequence[int]) -> int:
    """Index of the next id after that of the actor that ran last, going round."""
    later = [actor for actor in actors if actor > last]
    return actors.index(min(later or actors))


class DullChooser:
    """All zeros: the sequentially consistent run without a preemption."""

    __slots__ = ()

    def begin(self, run: RunInfo) -> None:
        """Nothing to prepare."""

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """Option 0."""
        return 0

    def end(self, outcome: RunOutcome) -> None:
        """Nothing to conclude."""


class ReplayChooser:
    """Feeds recorded picks back, and notices when the run is not the recorded one.

    What can be noticed from a sparse record: at a recorded position the choice is not the recorded one (another
    kind, number of options, actor, operation or object), or the run ends before the last recorded position. Each
    raises `ReplayDiverged`. The tape passes on who asks (`confirm`); a chooser is not given it.

    Args:
        picks: the non-zero choices, positions ascending.
    """

    __slots__ = ("_at", "_next", "_picks", "_position")

    def __init__(self, picks: Iterable[Pick]) -> None:
        self._picks = tuple(picks)
        positions = [pick.position for pick in self._picks]
        if any(a >= b for a, b in pairwise(positions)):
            raise ValueError("positions of recorded choices must ascend")
        self._rewind(0)

    def _rewind(self, position: int) -> None:
        self._position = position
        self._at = bisect_left(self._picks, position, key=attrgetter("position"))
        self._seek()

    def _seek(self) -> None:
        self._next = self._picks[self._at].position if self._at < len(self._picks) else -1

    def begin(self, run: RunInfo) -> None:
        """Start from the first choice to come, also when used for a second run; a copy has had those before it."""
        self._rewind(run.position)

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """The recorded index, 0 where nothing is recorded."""
        position = self._position
        self._position = position + 1
        if position != self._next:
            return 0
        pick = self._picks[self._at]
        if pick.kind is not kind or pick.picked >= count:
            raise ReplayDiverged(
                position, f"{pick.kind} with option {pick.picked}", f"{kind} with {count} options"
            )
        if pick.count != count:
            raise ReplayDiverged(
                position,
                f"{pick.kind} with option {pick.picked} of {pick.count}",
                f"{kind} with {count} options",
            )
        self._at += 1
        self._seek()
        return pick.picked

    def confirm(self, made: Pick) -> None:
        """The tape tells who asked the choice that was answered last; raises `ReplayDiverged` when it was another."""
        pick = self._picks[self._at - 1]
        if _asked(pick) != _asked(made):
            raise ReplayDiverged(made.position, _asked(pick), _asked(made))

    def end(self, outcome: RunOutcome) -> None:
        """Check that nothing recorded is left over."""
        if self._at < len(self._picks):
            pick = self._picks[self._at]
            raise ReplayDiverged(
                pick.position,
                f"{pick.kind} with option {pick.picked}",
                f"the end of the run ({outcome.status}) after {self._position} choices",
            )


def _asked(pick: Pick) -> str:
    """The actor that asked and what it asked for, in words."""
    what = f"{pick.op} {pick.object}".strip() or "nothing"
    return f"{pick.kind} asked by actor {pick.actor} about to do {what}"
