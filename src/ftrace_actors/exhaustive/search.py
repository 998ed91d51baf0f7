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

While the graph of `Learned` still grows, a decision to fuse may have been wrong; then all is gone through once more,
knowing what was learned.  A pass that learns nothing is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from ..actors.choices import Kind
from ..checks import Finding, settle
from ..scenario.world import ending_of
from .learned import Effects, Learned
from .place import Inner, Place, Step, Stepper

if TYPE_CHECKING:
    from ..scenario import World

__all__ = ["Ending", "Found", "Level", "Limits", "Reductions", "Search", "collision_bound"]


class Ending(StrEnum):
    """Why a search ended."""

    COMPLETE = "complete"
    """There are no other runs."""
    BOUND = "bound"
    """The last level that was wanted is done."""
    BROKEN = "broken"
    """Something broke, and the level in which it did is done."""
    STOPPED = "stopped"
    """A limit was reached in the middle of a level."""


@dataclass(frozen=True, slots=True)
class Reductions:
    """What is left out of a search."""

    merge: bool = True
    fuse: bool = True
    early_seen: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a search stops; None: nowhere.

    Attributes:
        deviations: the last level.
        early: stores made early, of one run.
        places: places gone through in one pass.
        first: stop after the level in which something broke.
        stop: asked often; the search stops when it says yes.
    """

    deviations: int | None = None
    early: int | None = 0
    places: int | None = None
    first: bool = False
    stop: Callable[[], bool] = lambda: False


class _Trail:
    """How a place was reached: a list that shares its beginning with others'."""

    __slots__ = ("before", "step")

    def __init__(self, before: _Trail | None, step: tuple[int, ...]) -> None:
        self.before = before
        self.step = step

    def answers(self) -> tuple[int, ...]:
        """To every choice of the run so far, in order."""
        found: list[tuple[int, ...]] = []
        at: _Trail | None = self
        while at is not None:
            found.append(at.step)
            at = at.before
        return tuple([answer for step in reversed(found) for answer in step])


@dataclass(frozen=True, slots=True)
class Found:
    """Something that broke, as it was reached first.

    Attributes:
        finding: what broke.
        deviations: how many it took, early stores aside.
        early: how many early stores.
        answers: to every choice of the run until then; 0 from there on.
    """

    finding: Finding
    deviations: int
    early: int
    answers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """One level, gone through."""

    deviations: int
    places: int
    steps: int
    waiting: int
    over: int


@dataclass(slots=True)
class _Item:
    place: Place
    trail: _Trail | None
    early: int


@dataclass(slots=True)
class Search:
    """Goes through the runs of a world.

    Attributes:
        found: (invariant, subject, window) -> how it was reached first.
        ends: how runs ended -> in how many of the places.
        places, steps: of this pass.
        passes: begun.
        ending: how it ended; STOPPED until then.
        fused: places in which not everybody had to move.
    """

    world: World
    limits: Limits = field(default_factory=Limits)
    reductions: Reductions = field(default_factory=Reductions)
    found: dict[tuple[str, str, str | None], Found] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    places: int = 0
    steps: int = 0
    passes: int = 0
    fused: int = 0
    ending: Ending = Ending.STOPPED
    learned: Learned = field(default_factory=Learned)

    def levels(self) -> Iterator[Level]:
        """One level after the other; each pass begins with level 0 again.  Afterwards the attributes say the result."""
        while True:
            self.passes += 1
            self.ending = Ending.STOPPED
            grown = self.learned.grown
            yield from _Pass(self).levels()
            if self.ending is Ending.STOPPED or not self.reductions.fuse or self.learned.grown == grown:
                return


class _Pass:
    """Once through all levels."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.learned = search.learned
        self.stepper = Stepper(search.world, search.learned)
        self.visited: set[bytes] = set()
        self.waiting: dict[int, dict[bytes, _Item]] = {}
        self.count = 0
        search.found.clear()
        search.ends.clear()
        search.places = search.steps = search.fused = 0

    def levels(self) -> Iterator[Level]:
        """One after the other."""
        search, limits = self.search, self.search.limits
        root = self.stepper.root()
        self.visited.add(self._key(root, 0))
        items = [_Item(root, None, 0)]
        level = 0
        while items or self.waiting:
            if limits.deviations is not None and level > limits.deviations:
                search.ending = Ending.BOUND
                return
            items.reverse()
            while items:
                if limits.stop() or (limits.places is not None and search.places >= limits.places):
                    return
                self._visit(items.pop(), level, items)
            yield Level(
                level,
                search.places,
                search.steps,
                sum(map(len, self.waiting.values())),
                sum(search.ends.values()),
            )
            if limits.first and search.found:
                search.ending = Ending.BROKEN
                return
            level += 1
            items = self._next(level)
        search.ending = Ending.COMPLETE

    def _next(self, level: int) -> list[_Item]:
        """Where a level begins: what was put off until then and was not reached otherwise meanwhile."""
        following = self.waiting.pop(level, {})
        if not self.search.reductions.merge:
            return list(following.values())
        items = [item for key, item in following.items() if key not in self.visited]
        self.visited.update(key for key in following)
        return items

    def _key(self, place: Place, early: int) -> bytes:
        if not self.search.reductions.merge:
            self.count += 1
            return self.count.to_bytes(8)
        extra = early if self.search.limits.early is not None else None
        return self.stepper.key(place, extra)

    def _visit(self, item: _Item, level: int, items: list[_Item]) -> None:
        search = self.search
        search.places += 1
        place = item.place
        steps, chosen = self._steps(item)
        forced = len(chosen) == 1 and len(place.enabled) > 1
        dull = place.last if place.last in chosen or not chosen else chosen[0]
        for step in steps:
            trail = _Trail(item.trail, step.answers)
            cost = (step.mover != dull and step.mover >= 0) + _deviations(step)
            early = item.early + len(step.early)
            self._record(step, trail, level + cost, early)
            made = step.place
            if made is None:
                continue
            if forced:
                made.last = place.last
            key = self._key(made, early)
            if key in self.visited:
                continue
            if cost:
                self.waiting.setdefault(level + cost, {}).setdefault(key, _Item(made, trail, early))
            else:
                self.visited.add(key)
                items.append(_Item(made, trail, early))

    def _record(self, step: Step, trail: _Trail, deviations: int, early: int) -> None:
        """Note what broke, before anything is left out."""
        search = self.search
        findings = step.checker.findings
        if step.outcome is not None:
            status = str(step.outcome.status)
            search.ends[status] = search.ends.get(status, 0) + 1
            _, findings = settle(step.checker.finish(), ending_of(step.outcome))
        for finding in findings:
            key = (finding.invariant, finding.subject, finding.window)
            known = search.found.get(key)
            if known is None or (deviations, early) < (known.deviations, known.early):
                search.found[key] = Found(finding, deviations, early, trail.answers())

    # -- which steps ----------------------------------------------------------------------------------------------

    def _steps(self, item: _Item) -> tuple[list[Step], tuple[int, ...]]:
        """The steps to be made from a place, and who makes them."""
        place = item.place
        enabled = place.enabled
        if not enabled:
            return list(self._ways(item, -1)), ()
        made: dict[int, list[Step]] = {}
        if len(enabled) > 1 and self.search.reductions.fuse:
            chosen = self._persistent(item, enabled, made)
            if chosen is not None:
                self.search.fused += 1
                if len(chosen) == 1:
                    return made[chosen[0]], chosen
                enabled = chosen
        steps = []
        for actor in enabled:
            if actor not in made:
                made[actor] = list(self._ways(item, actor))
            steps.extend(made[actor])
            if self._early_left(item):
                steps.extend(self._early_ways(item, made[actor]))
        return steps, enabled

    def _persistent(
        self, item: _Item, enabled: tuple[int, ...], made: dict[int, list[Step]]
    ) -> tuple[int, ...] | None:
        """The fewest actors whose next steps are independent of all that the others can do before them."""
        best: tuple[int, ...] | None = None
        order = sorted(
            enabled, key=lambda actor: (_PROMISING.get(item.place.system.actors[actor].op, 9), actor)
        )
        for first in order:
            chosen = [first]
            while len(chosen) < len(enabled) and (best is None or len(chosen) < len(best)):
                for actor in chosen:
                    if actor not in made:
                        made[actor] = list(self._ways(item, actor))
                other = self._dependent(item.place, chosen, made)
                if other is None:
                    best = tuple(sorted(chosen))
                    break
                if other not in enabled or other in chosen:
                    break
                chosen.append(other)
            if best is not None and len(best) == 1:
                break
        return best

    def _dependent(self, place: Place, chosen: list[int], made: dict[int, list[Step]]) -> int | None:
        """Somebody else who may do what a next step of those chosen depends on; None when nobody may."""
        steps = [step for actor in chosen for step in made[actor]]
        effects: frozenset[Effects] = frozenset(step.effects for step in steps)
        reach = self.learned.reach(place.control, frozenset(chosen), effects)
        found: int | None = None
        for step in steps:
            reads, writes = step.touched
            reads |= step.alternatives
            for other, (read, written) in enumerate(reach):
                if other != step.mover and (writes & (read | written) or reads & written):
                    if other in place.enabled and other not in chosen:
                        return other
                    found = other
        return found

    def _ways(self, item: _Item, actor: int) -> Iterator[Step]:
        """Every step that an actor may make from a place, but for early stores."""
        waiting: list[Inner] = [()]
        while waiting:
            inner = waiting.pop()
            step = self.stepper.step(item.place, actor, inner)
            self.search.steps += 1
            for at in range(len(inner), len(step.asked)):
                asked = step.asked[at]
                if asked.kind is Kind.EARLY:
                    continue
                before = (*inner, *(0,) * (at - len(inner)))
                waiting.extend((*before, pick) for pick in range(1, asked.count))
            yield step

    def _early_left(self, item: _Item) -> bool:
        early = self.search.limits.early
        return early is None or item.early < early

    def _early_ways(self, item: _Item, plain: list[Step]) -> Iterator[Step]:
        """The steps that an actor may make from a place with something made visible early first."""
        for first in plain:
            for at, asked in enumerate(first.asked):
                if asked.kind is not Kind.EARLY or at < len(first.inner):
                    continue
                waiting: list[Inner] = [(*first.inner, *(0,) * (at - len(first.inner)), 1)]
                while waiting:
                    inner = waiting.pop()
                    step = self.stepper.step(item.place, first.mover, inner)
                    self.search.steps += 1
                    for later in range(len(inner), len(step.asked)):
                        before = (*inner, *(0,) * (later - len(inner)))
                        waiting.extend((*before, pick) for pick in range(1, step.asked[later].count))
                    if not step.early:
                        continue
                    if self.search.reductions.early_seen and not self.learned.shared & set(step.early):
                        continue
                    yield step


_PROMISING = {"start": 0, "send": 1, "receive": 2}
"""Steps that are most often independent of all others come first."""


def _deviations(step: Step) -> int:
    """Picks inside a step that are not the dull ones, early stores aside."""
    return sum(
        1
        for pick, asked in zip(step.inner, step.asked, strict=False)
        if pick and asked.kind is not Kind.EARLY
    )


def collision_bound(places: int) -> float:
    """A bound for the probability that two different places had the same key, so that one was left out by mistake."""
    return min(1.0, places * places / 2**65)
