"""Makes the runs of which a profile is made, and writes them down.

- The *dull* run.
- One in which some actors are *late*: once they have begun, they move only when nobody else can. The last actor of all
  is later still: as long as it can move there is a choice, and steps are seen.
- One in which they are *held*: actors that serve others come before the main one, and a service that nobody has asked
  for before the held ones only. When a held one moves all the same, or is alone, a tick comes now and then, since all
  that is wanted of it is that a grace period gets past it. Strategies that let two actors take turns (`turns`) have
  services move in that order, so steps have the same numbers there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...actors.choices import DullChooser, Kind, RunInfo
from .profile import Profile, Shown, Step, is_instruction

__all__ = ["Profiler"]

_TICK_EVERY = 4
"""Of the steps at which a held actor may get a tick, one in this many has one; a CPU has few ticks in a run."""


class Profiler(DullChooser):
    """Makes one run, and says what it showed.

    Args:
        late: actors that are late; nobody is in the dull run.
        main: they are held, and this one is not; -1 where they are only late.
    """

    __slots__ = (
        "_able", "_alone", "_begun", "_early", "_forced", "_last", "_late", "_main", "_pending", "_since", "_steps",
        "_tickable",
    )  # fmt: skip

    def __init__(self, late: Iterable[int] = (), main: int = -1) -> None:
        self._late = frozenset(late)
        self._main = main

    @property
    def is_dull(self) -> bool:
        """Whether it makes the dull run."""
        return not self._late

    def begin(self, run: RunInfo) -> None:
        """Start the books of each actor."""
        self._pending = run.pending
        self._steps: list[list[Step]] = [[] for _ in run.actors]
        self._early: list[list[int]] = [[] for _ in run.actors]
        # By actor, how many steps all had made: when it began to be able to move, as of now; when it began so before
        # its first instruction; and, of a late one, when it first could move after its first step.
        self._since: dict[int, tuple[int, ...]] = {}
        self._begun: dict[int, tuple[int, ...]] = {}
        self._able: dict[int, tuple[int, ...]] = {}
        self._last = -1
        self._alone = self._forced = False
        self._tickable = 0

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """Option 0, but for actors that are late, and ticks of those that are held."""
        if kind is Kind.SCHEDULE:
            index = self.pick(actors)
            self.moves(actors[index], actors)
            return index
        if kind is Kind.TIMER and self._main >= 0:
            return count - 1 if self._ticks() else 0
        if kind is Kind.EARLY and self._last >= 0:
            self._early[self._last].append(len(self._steps[self._last]))
        return 0

    def pick(self, actors: Sequence[int]) -> int:
        """The index of the actor that is to move."""
        return min(range(len(actors)), key=lambda i: (self._lateness(actors[i]), i)) if self._late else 0

    def _lateness(self, actor: int) -> int:
        begun = bool(self._steps[actor])
        if self._main < 0:
            return 2 if actor == len(self._steps) - 1 else int(actor in self._late and begun)
        if actor in self._late:
            return 3 if begun else 0
        if actor == self._main:
            return 1
        return 0 if begun else 2

    def moves(self, actor: int, actors: Sequence[int]) -> None:
        """Write down that an actor moves, of those that could."""
        made = tuple(map(len, self._steps))
        self._since = {other: self._since.get(other, made) for other in actors}
        for other in self._late.intersection(actors):
            if self._steps[other]:
                self._able.setdefault(other, made)
        step = self._pending(actor)
        if is_instruction(step):
            self._begun.setdefault(actor, self._since[actor])
        self._last = actor
        self._alone = False
        self._forced = actor in self._late and bool(self._steps[actor])
        self._steps[actor].append(step)

    def _ticks(self) -> bool:
        """Whether a tick comes. One actor asks at most once a step; asked again before who moves was, it is alone."""
        alone, self._alone = self._alone, True
        self._tickable += alone or self._forced
        return (alone or self._forced) and self._tickable % _TICK_EVERY == 0

    def shown(self) -> Shown:
        """What the run showed; after it."""
        first = self._able | self._begun
        company = tuple(
            min((made[actor] for other, made in first.items() if other != actor), default=0)
            for actor in range(len(self._steps))
        )
        return Shown(tuple(map(tuple, self._steps)), tuple(map(tuple, self._early)), company)

    def profile(self, schedule_choices: int) -> Profile:
        """A profile of this run alone, which is the dull one."""
        shown = self.shown()
        return Profile(schedule_choices, shown.steps, shown.early, shown.company)
