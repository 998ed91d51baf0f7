"""Two actors take turns and change over at drawn steps of their own code: ours, made for bugs of teardown.

What our broken protocols have in common is that one CPU sits between two particular instructions for very long: a task
in a trampoline while the ops is taken away, the patcher between two writes while a caller comes past. Such a schedule
has few switches, at places that are few in the *code* of one actor however long the run is. So the places are drawn
there, and not from all decisions of a run: a *turn* is an actor and the number of the step before which it stops. With
s and t such steps of two actors, a bug that needs one switch of each is found with probability about 1/(s t) a run,
where PCT (Burckhardt et al., ASPLOS'10, whose change points these are otherwise) has 1/(n k^2). That switches belong at
few places of the program's text is the idea of CHESS (Musuvathi et al., OSDI'08) and SKI (Fonseca et al., OSDI'14).

The other actors move at once when they can if they execute nothing, for such a service does the work of whoever asked
it; one of them may be *lazy*, and moves only when no turn can continue. An actor that executes something and is not of
the pair waits, or moves up to a drawn step or to its end. When nobody else can move, one of those that wait has to, one
step at a time; ticks come early then, since all that is wanted of it is that a grace period or an interrupt gets past
it.

There are two to five turns; half the steps are drawn from those that race (`Profile.racing`), the others from all
instructions; of whoever comes second mostly from what it does once it is traced. Relaxations have a budget of their own
(`budget`). When something was made visible early, another actor mostly moves for a moment only, to look at it, and the
turn continues; so there can be more such moments than turns. What matters most (whose turns, where they stop, the
budget, who is lazy) is *spread* over the runs of a campaign, and not drawn independently in each (`spread`).
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from ...actors.choices import Kind, RunInfo
from .budget import Budgeted
from .picking import Picking
from .profile import Profile
from .relaxation import NEVER, draw_gap
from .spread import spread

__all__ = ["Turns"]

_SHAPES = (
    ((0, 1), 0.12),
    ((1, 0, 1), 0.20),
    ((0, 1, 0), 0.20),
    ((0, 1, 0, 1), 0.30),
    ((1, 0, 1, 0), 0.13),
    ((0, 1, 0, 1, 0), 0.05),
)
"""Whose turns there are, and how likely; 0 is the one of the pair that touches most."""
_MAIN = 0.97
"""Probability that the actor that touches most different things is one of the pair."""
_LAZY = 0.5
"""Probability that one of the services is lazy."""
_WAKER = 0.6
"""Probability that it is one that wakes others."""
_WAITS, _ENDS = 0.3, 0.45
"""An actor that is not of the pair waits below the first, moves to its end below the second; else up to a step."""
_TICKS = (0.0, 0.1, 0.3, 0.5, 0.5, 0.9)
"""Probabilities of a tick when an actor has to move although it is not its turn."""
_FAIR = 0.6
"""Probability that all who have to move although it is not their turn creep on together."""
_TRACED = {False: 0.75, True: 0.25}
"""Probability that the steps are drawn from what an actor does when it is traced, by whether it has the first turn."""
_LOOKS = 0.7
"""Probability that an actor moves only for a moment when something was made visible early."""
_LOOKING = 8
"""About how many steps that takes, on the average."""
_START = "start"
"""What an actor does first; see `actors.Actor`."""


class Turns(Picking):
    """Lets two actors run by turns, each up to a drawn step.

    Attributes:
        turns: (actor, the number of the step before which it stops, from 0); the last one is without end.
        lazy: the service that moves only when no turn can continue; -1 without one.
    """

    __slots__ = (
        "_asked", "_at", "_creeps", "_fair", "_forced", "_last", "_looker", "_looks", "_made", "_movers", "_next",
        "_rank", "_stop", "_tick", "_waiting", "_waits", "lazy", "turns",
    )  # fmt: skip

    def __init__(self, seed: int, run: int, profile: Profile) -> None:
        self._at = spread(seed, run)
        super().__init__(seed, run, profile, 0x7475726E73, self._budgeted)
        self.turns: list[tuple[int, int]] = []
        self.lazy = -1
        self._tick = self._rng.choice(_TICKS)
        self._fair = self._rng.random() < _FAIR
        self._movers: Sequence[int] = ()
        self._waits: frozenset[int] = frozenset()
        self._waiting = False
        self._asked = False
        self._stop: dict[int, int] = {}
        self._rank: list[int] = []
        self._creeps: list[int] = []
        self._made: list[int] = []
        self._next = 0
        self._forced = False
        self._last = self._looker = -1
        self._looks = 0

    def _budgeted(self, rng: Random, profile: Profile) -> Budgeted:
        return Budgeted(rng, profile, self._at[3])

    # -- what a run draws -------------------------------------------------------------------------------------

    def _draw_turns(self) -> list[tuple[int, int]]:
        """The actors that have turns, and where they stop; the last turn of each has no end."""
        movers = self._movers
        if len(movers) < 2:
            return [(movers[0], NEVER)]
        pair = self._draw_pair(movers)
        shape = _drawn(_SHAPES, self._at[0])
        stops = [
            self._draw_stops(actor, shape.count(i) - 1, self._at[1 + i], first=i == shape[0])
            for i, actor in enumerate(pair)
        ]
        return [(pair[i], stops[i].pop(0)) for i in shape]

    def _draw_pair(self, movers: Sequence[int]) -> list[int]:
        """Two actors, mostly with the one that touches most, which is the first then."""
        rng = self._rng
        main = self._profile.main
        pair = rng.sample(movers, 2)
        if main not in pair and rng.random() < _MAIN:
            pair[0] = main
        return pair if pair[1] != main else pair[::-1]

    def _draw_stops(self, actor: int, count: int, at: float, *, first: bool) -> list[int]:
        """The steps before which it stops, in order, and the end."""
        profile, rng = self._profile, self._rng
        run = profile.best(actor, traced=rng.random() < _TRACED[first])
        steps = [profile.draw_step(at if i == 0 else rng.random(), actor, run) for i in range(count)]
        return [*sorted(steps), NEVER]

    def _draw_limit(self, actor: int) -> int:
        """How far an actor that is not of the pair moves by itself."""
        at = self._rng.random()
        if at < _ENDS:
            return 0 if at < _WAITS else NEVER
        return self._profile.draw_step(self._rng.random(), actor)

    def _draw_lazy(self) -> int:
        """A service that moves only when no turn can continue: often one that wakes others, so that those are late."""
        rng, profile = self._rng, self._profile
        services = [
            actor for actor, of in enumerate(profile.steps) if len(of) > 2 and actor not in self._waits
        ]
        at = self._at[4]
        if not services or at >= _LAZY:
            return -1
        wakers = [actor for actor in services if profile.wakes(actor, self._movers)]
        return rng.choice(wakers if wakers and at < _LAZY * _WAKER else services)

    # -- the run ----------------------------------------------------------------------------------------------

    def begin(self, run: RunInfo) -> None:
        """Draw the turns. Nobody has moved."""
        super().begin(run)
        rng = self._rng
        everybody = range(len(run.actors))
        self._movers = self._profile.movers(len(everybody))
        self._waits = frozenset(self._movers)
        self.turns = self._draw_turns()
        pair = {actor for actor, _ in self.turns}
        self._stop = {actor: self._draw_limit(actor) for actor in self._movers if actor not in pair}
        self.lazy = self._draw_lazy()
        self._rank = list(everybody)
        rng.shuffle(self._rank)
        self._creeps = [0] * len(run.actors)
        self._made = [0] * len(run.actors)

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """Pick one of `count` options."""
        if kind is Kind.TIMER:
            # One actor asks at most once a step; asked again before who moves was, somebody is alone.
            forced = self._forced or (self._asked and self._waiting)
            self._asked = True
            if forced:
                return count - 1 if self._rng.random() < self._tick else 0
        elif kind is Kind.INTERRUPT and self._forced:
            return 0
        return super().choose(kind, count, actors)

    def hand_over(self, actors: Sequence[int]) -> int:
        """Another actor looks for a moment, if it has begun; or the next turn begins."""
        if self._rng.random() < _LOOKS:
            others = [
                actor
                for actor in actors
                if actor in self._waits and actor != self._last and self._made[actor]
            ]
            pair = [actor for actor in others if any(actor == turn for turn, _ in self.turns)]
            if others:
                self._looker = self._rng.choice(pair or others)
                self._looks = 1 + draw_gap(self._rng, 1 / _LOOKING)
            return self.pick(actors)
        self._next += self._next < len(self.turns) - 1
        return self.pick(actors)

    def pick(self, actors: Sequence[int]) -> int:
        """A service, else who looks or whose turn it is, else the lazy one, else one of those that wait."""
        self._forced = self._asked = False
        for actor in actors:
            if self._moves_freely(actor):
                return actor
        if self._looks and self._looker in actors:
            self._looks -= 1
            return self._looker
        turn = self._turn()
        self._waiting = any(actor in self._waits for actor in actors if actor != turn)
        if turn in actors:
            return turn
        idle = [actor for actor in actors if actor not in self._waits]
        if idle:
            return min(idle, key=lambda actor: (actor == self.lazy, actor))
        self._forced = True
        # Either all creep on together, or one goes first, so that the rest stay where they are.
        creeps = self._creeps
        actor = min(actors, key=lambda actor: (creeps[actor] if self._fair else 0, self._rank[actor]))
        creeps[actor] += 1
        return actor

    def _moves_freely(self, actor: int) -> bool:
        if actor in self._waits and not self._made[actor] and self._info.pending(actor)[0] == _START:
            return True  # a CPU that has not begun is not idle, and everything waits for it
        if actor in self._stop:
            return self._made[actor] < self._stop[actor]
        # One that has not begun has nothing to do, and while it has not, there is somebody to choose.
        return actor not in self._waits and actor != self.lazy and self._made[actor] > 0

    def _turn(self) -> int:
        """Whose turn it is; those that have come to their stop are over. -1 when all are."""
        turns, made = self.turns, self._made
        while self._next < len(turns):
            actor, stop = turns[self._next]
            if made[actor] < stop:
                return actor
            self._next += 1
        return -1

    def moves(self, actor: int, actors: Sequence[int]) -> None:
        """Count a step."""
        self._made[actor] += 1
        self._last = actor


def _drawn(weighted: Sequence[tuple[tuple[int, ...], float]], at: float) -> tuple[int, ...]:
    """The one that a number from 0 to 1 falls on; the weights add up to 1."""
    for value, weight in weighted:
        if at < weight:
            return value
        at -= weight
    return weighted[-1][0]
