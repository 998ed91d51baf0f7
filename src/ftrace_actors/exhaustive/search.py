"""All runs of a world, by number of deviations: 0, 1, 2, ... until there are no more.

A *deviation* is a choice that is not the dull one: somebody else moves than the one who moved last, a load takes an
older write, a tick comes.  Level k of the search goes through all places that can be reached with k deviations and no
fewer, so the first failure found has as few as any.  Early stores are counted apart.

Two reductions, each of which can be turned off:

* **merge**: a place that was seen before is not gone through again.  What is the same is said by `Stepper.key`, in
  which everything counts that can still matter to the machine, the kernel and the checks.  It is a hash of 64 bits.
* **fuse**: where some actors' next steps are independent of whatever the others can do before them, only these are
  made (a persistent set; Godefroid, LNCS 1032, 1996).  What is independent is not said by anybody: footprints of all
  steps are recorded, and `Learned` answers what the others can touch.  A choice between fused steps is not
  counted as a deviation.

While the graph of `Learned` still grows, a decision to fuse may turn out wrong.  So decisions are kept (`decisions`),
and what was decided wrongly is decided and gone through again after each level.  While that costs little, all is gone
through once more instead, knowing what was learned: that leaves fewer places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import InputError
from .collecting import collecting_rarely
from .crew import Crew, WorkerLost
from .endless import Ways
from .item import Item
from .learned import Learned
from .limits import Ending, Level, Limits
from .saved import SavedFound, State, lesson_of, nodes_of, saved_lesson, waiting_of
from .seen import Seen, keys_in, packed
from .visitor import Finds, Found, Reductions, Tally, Visitor, Waiting

if TYPE_CHECKING:
    from ..scenario import World

__all__ = ["Ending", "Found", "Level", "Limits", "Reductions", "Search", "collision_bound"]

_MANY_PLACES = 3000
_MANY_ITEMS = 64
"""From that number of places on, and of items in a level, other processes are worth what they cost to start."""

_PLACES_EACH = 3
"""How many places are reached from one with which a level begins, roughly."""

_FIRST_SHARE = 2000
"""Of places, of the first pass."""

_REPEATED = 10_000
"""A pass with more places is not made again for what it has learned."""

_LOST = 5
"""How often a level is begun again because a process was lost."""


@dataclass(slots=True)
class Search:
    """Goes through the runs of a world.

    Args:
        source: makes the world in another process; needed when there are `jobs` to share.
        jobs: processes that go through a large level together.
        share: of places, after which a pass that has learned something is broken off.
        keeps: write down before each level where the search is, for `state`.

    Attributes:
        found: (invariant, subject, window) -> how it was reached first in the last pass that did.
        ends: how runs ended -> in how many of the places.
        places, steps: of this pass.
        passes: begun.
        ending: how it ended; STOPPED until then.
        fused: places in which not everybody had to move.
        endless: from how many places no run ends, once all were gone through.
        proven: the highest level up to which nothing was left out, -1 for none.
    """

    world: World
    limits: Limits = field(default_factory=Limits)
    reductions: Reductions = field(default_factory=Reductions)
    source: Callable[[], World] | None = None
    jobs: int = 1
    found: dict[tuple[str, str, str | None], Found] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    places: int = 0
    steps: int = 0
    passes: int = 0
    fused: int = 0
    endless: int = 0
    proven: int = -1
    ending: Ending = Ending.STOPPED
    learned: Learned = field(default_factory=Learned)
    keeps: bool = False
    share: int = _FIRST_SHARE
    _pass: _Pass | None = None

    def levels(self) -> Iterator[Level]:
        """One level after the other; each pass begins with level 0 again.  Afterwards the attributes say the result."""
        with ExitStack() as stack:
            stack.enter_context(collecting_rarely())
            crew = self._crew(stack)
            while True:
                self.ending = Ending.STOPPED
                if self._pass is None:
                    self.passes += 1
                    self._pass = _Pass(self)
                    self._pass.begin()
                now = self._pass
                yield from now.levels(crew)
                if not now.broken_off and (self.ending is Ending.STOPPED or not self._again(now)):
                    return
                self._pass = None

    def _again(self, done: _Pass) -> bool:
        """Whether a decision to fuse may have been wrong in this pass."""
        return self.reductions.fuse and done.doubtful

    def state(self) -> State:
        """Where the search is, between two levels; after a level in which it stopped, where that level began."""
        assert self._pass is not None, "asked for after a level"
        state = self._pass.state
        assert state is not None, "asked for of a search that keeps its state"
        return state

    def take_up(self, state: State) -> None:
        """Continue where another search of the same world with the same reductions and bounds was."""
        self.passes = state.passes
        self.learned.absorb(lesson_of(state.lesson))
        self._pass = _Pass(self)
        self._pass.take_up(state)

    def _crew(self, stack: ExitStack) -> Callable[[], Crew] | None:
        """What makes the other processes, once they are wanted; None when there are to be none."""
        source = self.source
        if source is None or self.jobs < 2 or not self.reductions.merge:
            return None
        made: list[Crew] = []

        def crew() -> Crew:
            if not made:
                made.append(stack.enter_context(Crew(source, self.reductions, self.limits.early, self.jobs)))
            return made[0]

        return crew


class _Pass:
    """Once through all levels.

    Attributes:
        state: where the level that comes next begins; None unless the search keeps it.
        broken_off: it ended in the middle, since there will be another one.
    """

    state: State | None

    def __init__(self, search: Search) -> None:
        self.search = search
        self.waiting: Waiting = {}
        self.level = 0
        self.broken_off = False
        self.found = Finds()
        self._ways = Ways()
        self._whole = True
        self._grown = self._checked = search.learned.grown
        self._lost: int | None = None
        self._crew: Crew | None = None
        self._make_crew: Callable[[], Crew] | None = None
        self._seen = Seen()
        self._keys: list[int] = []
        self._visitor = Visitor(
            search.world, search.learned, self._seen, search.reductions, early=search.limits.early
        )

    @property
    def grew(self) -> bool:
        """Something was learned in it."""
        return self.search.learned.grown != self._grown

    @property
    def doubtful(self) -> bool:
        """Something was learned since decisions were made that nobody holds any more."""
        return self._lost is not None and self.search.learned.grown != self._lost

    def begin(self) -> None:
        """With the place where every run begins."""
        search = self.search
        # What was found in earlier passes are runs like any other: they are kept until this pass finds them as well.
        search.ends.clear()
        search.places = search.steps = search.fused = 0
        root = self._visitor.root()
        self.waiting[0] = {root.key: root}
        self._save()

    def take_up(self, state: State) -> None:
        """Where another one was."""
        search = self.search
        search.places, search.steps, search.fused = state.places, state.steps, state.fused
        search.proven = state.proven
        search.ends.update(state.ends)
        for each in state.found:
            self.found.add(each.found())
        search.found.update(self.found)
        self.level = state.level
        self.waiting = waiting_of(state)
        self._whole = False  # which place led to which is not kept
        self._grown = self._checked = search.learned.grown
        self._lost = -1 if state.doubtful else self._checked
        self._keys = list(keys_in(state.keys))
        for key in self._keys:
            self._seen.add(key)
        self._save()

    def _save(self) -> None:
        search = self.search
        if not search.keeps:
            self.state = None
            return
        nodes, waiting = nodes_of(self.waiting)
        self.state = State(
            self.level,
            search.passes,
            search.places,
            search.steps,
            search.fused,
            self.doubtful,
            search.proven,
            search.ends.copy(),
            tuple([SavedFound.of(found) for found in search.found.values()]),
            packed(self._keys),
            nodes,
            waiting,
            saved_lesson(search.learned.lesson()),
        )

    def levels(self, crew: Callable[[], Crew] | None) -> Iterator[Level]:
        """One after the other."""
        search, limits = self.search, self.search.limits
        self._make_crew = crew
        while self.waiting:
            level = min(self.waiting)
            if limits.deviations is not None and level > limits.deviations:
                search.ending = Ending.BOUND
                return
            items = self._items(self.waiting.pop(level, {}))
            tally = self._gone_through(level, items)
            self._add(tally)
            if tally.stopped:
                return
            self._reconsider()
            if not (search.reductions.fuse and self.doubtful):
                search.proven = max(search.proven, min(self.waiting, default=level + 1) - 1)
            self.level = level + 1
            self._save()
            yield Level(
                level,
                search.places,
                search.steps,
                sum(map(len, self.waiting.values())),
                sum(search.ends.values()),
            )
            if limits.first and self.found and min(self.waiting, default=level + 1) > level:
                if search.reductions.fuse and self.grew and search.places <= _REPEATED:
                    # A decision that was wrong has others counted at too low a level.
                    self.broken_off = True
                    return
                search.ending = Ending.BROKEN
                search.found = dict(self.found)  # what earlier passes counted was counted otherwise
                return
            if self._should_begin_again():
                self.broken_off = True
                return
        search.endless = self._ways.endless() if self._whole else 0
        search.ending = Ending.ENDLESS if search.endless or not search.ends else Ending.COMPLETE

    def _reconsider(self) -> None:
        """Have what was decided wrongly, by what is known now, gone through again."""
        learned = self.search.learned
        if not self.search.reductions.fuse or learned.grown == self._checked:
            return
        wrong = self._visitor.wrong()
        if self._crew is not None:
            try:
                wrong += self._crew.wrong(learned)
            except WorkerLost:
                self._lose()
        for level, item in wrong:
            self.waiting.setdefault(level, {})[item.key] = item
        self._checked = learned.grown

    def _lose(self) -> None:
        """A process was lost, with all that it held: others begin where the keys say that the search is."""
        assert self._crew is not None
        if self._lost is None:
            self._lost = self._checked
        self._crew.begin(self._keys)

    def _should_begin_again(self) -> bool:
        """What was learned makes another pass necessary, and there is much to come.

        Either the next level costs more than all up to now, or the pass has had its share of places: twice that of
        the one before it, so that what is thrown away is never more than what is kept.
        """
        search = self.search
        if not (search.reductions.fuse and self.grew and self.waiting) or search.places > _REPEATED:
            return False
        if search.places >= search.share:
            search.share = 2 * search.places
            return True
        return sum(map(len, self.waiting.values())) * _PLACES_EACH >= search.places

    def _items(self, put_off: dict[int, Item]) -> list[Item]:
        """Where a level begins: what was put off until then and was not reached otherwise meanwhile."""
        seen = self._seen if self._crew is None else self._crew.seen
        items = [item for key, item in put_off.items() if seen.add(key) or item.again]
        self._keys.extend(item.key for item in items if not item.again)
        return items

    def _gone_through(self, level: int, items: list[Item]) -> Tally:
        search, limits = self.search, self.search.limits
        left = None if limits.places is None else limits.places - search.places
        if self._crew is None and self._is_large(items):
            self._share()
        if self._crew is None:
            return self._visitor.level(level, items, places=left, stop=limits.stop)
        room = self._crew.room - len(self._keys)
        left = room if left is None else min(left, room)
        for attempt in range(_LOST):
            try:
                return self._crew.level(level, items, search.learned, places=left, stop=limits.stop)
            except WorkerLost as error:
                if attempt == _LOST - 1:
                    raise InputError(
                        "worker processes",
                        "",
                        f"were killed {_LOST} times in one level; one job (--jobs 1) needs none",
                    ) from error
                self._lose()
        raise AssertionError("an attempt returns or raises")

    def _is_large(self, items: list[Item]) -> bool:
        return (
            self._make_crew is not None and self.search.places >= _MANY_PLACES and len(items) >= _MANY_ITEMS
        )

    def _share(self) -> None:
        """From now on other processes do it, to which no place is known yet but by its trail."""
        assert self._make_crew is not None
        self._crew = self._make_crew()
        self._crew.begin(self._keys)
        for put_off in self.waiting.values():
            for item in put_off.values():
                item.place = None

    def _add(self, tally: Tally) -> None:
        search = self.search
        search.places += tally.places
        search.steps += tally.steps
        search.fused += tally.fused
        self._keys.extend(tally.keys)
        self._ways.add(tally.ways)
        for status, count in tally.ends.items():
            search.ends[status] = search.ends.get(status, 0) + count
        self.found.add_all(tally.found)
        search.found.update(self.found)
        for level, put_off in tally.waiting.items():
            into = self.waiting.setdefault(level, {})
            for key, item in put_off.items():
                into.setdefault(key, item)


def collision_bound(places: int) -> float:
    """A bound for the probability that two different places had the same key, so that one was left out by mistake."""
    return min(1.0, places * places / 2**65)
