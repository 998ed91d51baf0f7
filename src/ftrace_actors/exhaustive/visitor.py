"""One level of a search: goes through the places that were given, and says what was reached from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..actors.choices import Kind
from ..checks import Finding, settle
from ..scenario.world import ending_of
from .decisions import Decisions, Question
from .endless import Ways
from .item import Item
from .place import Place, Step, Stepper
from .trail import Inner, Trail, answers_of, moves_of

if TYPE_CHECKING:
    from ..scenario import World
    from .learned import Learned
    from .seen import Keys

__all__ = ["Finds", "Found", "Reductions", "Tally", "Visitor", "Waiting"]

_PROMISING = {"start": 0, "send": 1, "receive": 2}
"""Steps that are most often independent of all others come first."""

_STOP_EVERY = 16
"""After how many places it is asked whether to stop."""


@dataclass(frozen=True, slots=True)
class Reductions:
    """What is left out of a search."""

    merge: bool = True
    fuse: bool = True
    early_seen: bool = True


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

    @property
    def choices(self) -> int:
        """How many answers are not dull."""
        return sum(1 for answer in self.answers if answer)

    @property
    def raw(self) -> int:
        """Deviations of the run itself, early stores aside; with fusing more than those between fused steps."""
        return self.choices - self.early


class Finds(dict[tuple[str, str, str | None], Found]):
    """(invariant, subject, window) -> how it was reached with the fewest deviations."""

    __slots__ = ()

    def add(self, found: Found) -> None:
        """Unless it was reached with as few."""
        finding = found.finding
        key = (finding.invariant, finding.subject, finding.window)
        known = self.get(key)
        if known is None or (found.deviations, found.early) < (known.deviations, known.early):
            self[key] = found

    def add_all(self, others: Finds) -> None:
        """What somebody else found."""
        for found in others.values():
            self.add(found)


Waiting = dict[int, dict[int, Item]]
"""Level -> key -> what is to be gone through there."""


@dataclass(slots=True)
class Tally:
    """What came out.

    Attributes:
        waiting: what was put off until a later level.
        found: (invariant, subject, window) -> how it was reached first.
        ends: how runs ended -> in how many of the places.
        places, steps: gone through, for the first time, and made.
        fused: places in which not everybody had to move.
        keys: of the places reached.
        ways: which place leads to which.
        stopped: something was left over.
    """

    waiting: Waiting = field(default_factory=dict)
    found: Finds = field(default_factory=Finds)
    ends: dict[str, int] = field(default_factory=dict)
    places: int = 0
    steps: int = 0
    fused: int = 0
    keys: list[int] = field(default_factory=list)
    ways: Ways = field(default_factory=Ways)
    stopped: bool = False


class Visitor:
    """Goes through places of a world, in one process.

    Args:
        early: as `Limits.early`.
        seen: the keys of all places that were reached; others may add to it meanwhile.
        first: where to begin to count when places are not to be recognised.
    """

    def __init__(
        self,
        world: World,
        learned: Learned,
        seen: Keys,
        reductions: Reductions,
        *,
        early: int | None,
        first: int = 0,
    ) -> None:
        self._stepper = Stepper(world, learned, fuse=reductions.fuse)
        self._learned = learned
        self._seen = seen
        self._reductions = reductions
        self._early = early
        self._count = first
        self._made_again: list[tuple[Trail, Place]] = []
        self._root: Place | None = None
        self._tally = Tally()
        self._decisions = Decisions()
        self._fresh: list[Place] = []

    def root(self) -> Item:
        """Where every run begins."""
        place = self._stepper.root()
        return Item(self._key(place, 0), None, 0, place.last, place)

    def level(
        self, level: int, items: Sequence[Item], *, places: int | None, stop: Callable[[], bool]
    ) -> Tally:
        """Go through these places and all that are reached from them without a deviation.

        At most `places` of them, and until `stop`.
        """
        self._tally = tally = Tally()
        left = list(reversed(items))
        while left:
            if (tally.places % _STOP_EVERY == 0 and stop()) or (
                places is not None and tally.places >= places
            ):
                tally.stopped = True
                break
            self._visit(left.pop(), level, left)
        return tally

    def wrong(self) -> list[tuple[int, Item]]:
        """Places from which steps were left out that matter, by what is known now, each with its level.

        They are in an order in which places that were reached alike follow each other.
        """
        wrong = self._decisions.wrong(self._learned)
        wrong.sort(key=lambda each: moves_of(each[1].trail))
        return wrong

    # -- places -------------------------------------------------------------------------------------------------------

    def _key(self, place: Place, early: int) -> int:
        if not self._reductions.merge:
            self._count += 1
            return self._count
        return self._stepper.key(place, early if self._early is not None else None)

    def _place(self, item: Item) -> Place:
        """The place of an item, made again when this process does not hold it."""
        if item.place is not None:
            return item.place
        made = self._again(item.trail)
        return Place(made.system, made.checker, made.control, made.enabled, item.last, made.parts)

    def _again(self, trail: Trail | None) -> Place:
        """The place at the end of a trail; of the one before, the places up to where they part are still there."""
        if self._root is None:
            self._root = self._stepper.root()
        nodes: list[Trail] = []
        while trail is not None:
            nodes.append(trail)
            trail = trail.before
        nodes.reverse()
        known = self._made_again
        common = 0
        while common < min(len(known), len(nodes)) and known[common][0] is nodes[common]:
            common += 1
        for _, part in known[common:]:
            part.system.dismiss()
        del known[common:]
        place = known[-1][1] if known else self._root
        for node in nodes[common:]:
            made = self._stepper.step(place, *node.move[:2]).place
            assert made is not None, "a trail ends before the run does"
            place = made
            known.append((node, place))
        return place

    def _visit(self, item: Item, level: int, left: list[Item]) -> None:
        tally = self._tally
        tally.places += not item.again
        place = self._place(item)
        steps, chosen = self._steps(place, item, level)
        forced = len(chosen) == 1 and len(place.enabled) > 1
        dull = place.last if place.last in chosen or not chosen else chosen[0]
        kept: set[Place] = set()
        for step in steps:
            if step.mover in item.done and not step.early:
                continue
            trail = Trail(item.trail, (step.mover, step.inner, step.answers))
            cost = (step.mover != dull and step.mover >= 0) + _deviations(step)
            early = item.early + len(step.early)
            self._record(step, trail, level + cost, early)
            made = step.place
            if made is None:
                tally.ways.end(item.key)
                continue
            if made.system.conductor.tape.frozen:
                tally.stopped = True  # the bound for steps: from here on the conductor decides
                continue
            if forced:
                made.last = place.last
            key = self._key(made, early)
            tally.ways.step(item.key, key)
            if cost:
                waiting = tally.waiting.setdefault(level + cost, {})
                if key not in waiting and key not in self._seen:
                    waiting[key] = Item(key, trail, early, made.last, made)
                    kept.add(made)
            elif self._seen.add(key):
                tally.keys.append(key)
                left.append(Item(key, trail, early, made.last, made))
                kept.add(made)
        for fresh in self._fresh:
            if fresh not in kept:
                fresh.system.dismiss()
        self._fresh.clear()
        if item.place is not None:
            item.place.system.dismiss()

    def _record(self, step: Step, trail: Trail, deviations: int, early: int) -> None:
        """Note what broke, before anything is left out."""
        tally = self._tally
        findings = step.checker.findings
        if step.outcome is not None:
            status = str(step.outcome.status)
            tally.ends[status] = tally.ends.get(status, 0) + 1
            _, findings = settle(step.checker.finish(), ending_of(step.outcome))
        for finding in findings:
            known = tally.found.get((finding.invariant, finding.subject, finding.window))
            if known is None or (deviations, early) < (known.deviations, known.early):
                tally.found.add(Found(finding, deviations, early, answers_of(trail)))

    # -- which steps ----------------------------------------------------------------------------------------------

    def _steps(self, place: Place, item: Item, level: int) -> tuple[list[Step], tuple[int, ...]]:
        """The steps to be made from a place, and who makes them."""
        enabled, early = place.enabled, item.early
        if not enabled:
            return list(self._ways(place, -1)), ()
        made: dict[int, list[Step]] = {}
        chosen = None
        if len(enabled) > 1 and self._reductions.fuse:
            chosen = self._persistent(place, made)
            if chosen is not None:
                self._tally.fused += not item.again
                enabled = chosen
        again = Item(item.key, item.trail, early, item.last, done=item.done.union(enabled))
        if chosen is not None:
            self._decisions.fused(_question(place, chosen, made), level, again)
            if len(chosen) == 1:
                return made[chosen[0]], chosen
        steps = []
        for actor in enabled:
            if actor not in made:
                made[actor] = list(self._ways(place, actor))
            steps.extend(made[actor])
            if self._early is None or early < self._early:
                steps.extend(self._early_ways(place, made[actor], level, again))
        return steps, enabled

    def _persistent(self, place: Place, made: dict[int, list[Step]]) -> tuple[int, ...] | None:
        """The fewest actors whose next steps are independent of all that the others can do before them."""
        enabled = place.enabled
        best: tuple[int, ...] | None = None
        order = sorted(enabled, key=lambda actor: (_PROMISING.get(place.system.actors[actor].op, 9), actor))
        for first in order:
            chosen = [first]
            while len(chosen) < len(enabled) and (best is None or len(chosen) < len(best)):
                for actor in chosen:
                    if actor not in made:
                        made[actor] = list(self._ways(place, actor))
                other = self._dependent(place, chosen, made)
                if other is None:
                    # Of a cycle in which somebody never moves, one place at least must let everybody move.
                    if not any(step.back for actor in chosen for step in made[actor]):
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
        found: int | None = None
        for other in _question(place, chosen, made).others(self._learned):
            if other in place.enabled and other not in chosen:
                return other
            found = other
        return found

    def _ways(self, place: Place, actor: int) -> Iterator[Step]:
        """Every step that an actor may make from a place, but for early stores."""
        waiting: list[Inner] = [()]
        while waiting:
            inner = waiting.pop()
            step = self._step(place, actor, inner)
            for at in range(len(inner), len(step.asked)):
                asked = step.asked[at]
                if asked.kind is Kind.EARLY:
                    continue
                before = (*inner, *(0,) * (at - len(inner)))
                waiting.extend((*before, pick) for pick in range(1, asked.count))
            yield step

    def _early_ways(self, place: Place, plain: list[Step], level: int, again: Item) -> Iterator[Step]:
        """The steps that an actor may make from a place with something made visible early first."""
        for first in plain:
            for at, asked in enumerate(first.asked):
                if asked.kind is not Kind.EARLY or at < len(first.inner):
                    continue
                waiting: list[Inner] = [(*first.inner, *(0,) * (at - len(first.inner)), 1)]
                while waiting:
                    inner = waiting.pop()
                    step = self._step(place, first.mover, inner)
                    for later in range(len(inner), len(step.asked)):
                        before = (*inner, *(0,) * (later - len(inner)))
                        waiting.extend((*before, pick) for pick in range(1, step.asked[later].count))
                    if not step.early:
                        continue
                    if self._reductions.early_seen and not self._is_seen(step):
                        cells = [cell for cell in step.early if cell is not None]
                        self._decisions.hidden(cells, level, again)
                        continue
                    yield step

    def _step(self, place: Place, actor: int, inner: Inner) -> Step:
        """One of them; where it leads is taken apart once the place is gone through, unless somebody keeps it."""
        step = self._stepper.step(place, actor, inner)
        self._tally.steps += 1
        if step.place is not None:
            self._fresh.append(step.place)
        return step

    def _is_seen(self, step: Step) -> bool:
        """Whether somebody else may tell that something was made visible early."""
        return any(cell is None or cell in self._learned.shared for cell in step.early)


def _question(place: Place, chosen: Sequence[int], made: dict[int, list[Step]]) -> Question:
    """What it depends on whether only the steps of those chosen need be made."""
    steps = [step for actor in chosen for step in made[actor]]
    return Question(
        place.control,
        frozenset(chosen),
        frozenset([step.effects for step in steps]),
        tuple([(step.mover, step.touched) for step in steps]),
    )


def _deviations(step: Step) -> int:
    """Picks inside a step that are not the dull ones, early stores aside."""
    return sum(
        1
        for pick, asked in zip(step.inner, step.asked, strict=False)
        if pick and asked.kind is not Kind.EARLY
    )
