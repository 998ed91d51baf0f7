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

The number of turns is two to four; half the steps are drawn from those that race (`Profile.racing`), the others from
all instructions. Relaxations have a budget of their own (`budget`).
"""

from __future__ import annotations

from collections.abc import Sequence

from ...actors.choices import Kind, RunInfo
from .budget import Budgeted
from .picking import Picking
from .profile import Profile
from .relaxation import NEVER

__all__ = ["Turns"]

_TURNS = (2, 2, 3, 3, 3, 4)
_MAIN = 0.9
"""Probability that the actor that executes most is one of the pair."""
_WHOLE = 0.1
"""Probability that the first turn has no end: the other actor moves when the first is done, or has to."""
_LAZY = 0.5
"""Probability that one of the services is lazy."""
_WAITS, _ENDS = 0.25, 0.5
"""An actor that is not of the pair waits below the first, moves to its end below the second; else up to a step."""
_TICKS = (0.0, 0.0, 0.5, 0.9)
"""Probabilities of a tick when an actor has to move although it is not its turn."""


class Turns(Picking):
    """Lets two actors run by turns, each up to a drawn step.

    Attributes:
        turns: (actor, the number of the step before which it stops, from 0); the last one is without end.
        lazy: the service that moves only when no turn can continue; -1 without one.
    """

    __slots__ = (
        "_asked", "_creeps", "_fair", "_forced", "_made", "_movers", "_next", "_rank", "_stop", "_tick", "_waiting",
        "_waits", "lazy", "turns",
    )  # fmt: skip

    def __init__(self, seed: int, run: int, profile: Profile) -> None:
        super().__init__(seed, run, profile, 0x7475726E73, Budgeted)
        self.turns: list[tuple[int, int]] = []
        self.lazy = -1
        self._tick = self._rng.choice(_TICKS)
        self._fair = self._rng.random() < 0.5
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

    # -- what a run draws -------------------------------------------------------------------------------------

    def _draw_turns(self) -> list[tuple[int, int]]:
        rng, movers = self._rng, self._movers
        pair = rng.sample(movers, min(2, len(movers)))
        main = max(movers, key=self._profile.work)
        if main not in pair and rng.random() < _MAIN:
            pair[rng.randrange(len(pair))] = main
        whose = [pair[i % len(pair)] for i in range(rng.choice(_TURNS))]
        stops = {actor: sorted(self._profile.draw_step(rng, actor) for _ in whose) for actor in pair}
        turns = [(actor, stops[actor][i // len(pair)]) for i, actor in enumerate(whose)]
        if rng.random() < _WHOLE:
            return [(whose[0], NEVER), (whose[1 % len(whose)], NEVER)]
        return [*turns[:-1], (whose[-1], NEVER)]

    def _draw_limit(self, actor: int) -> int:
        """How far an actor that is not of the pair moves by itself."""
        at = self._rng.random()
        if at < _ENDS:
            return 0 if at < _WAITS else NEVER
        return self._profile.draw_step(self._rng, actor)

    # -- the run ----------------------------------------------------------------------------------------------

    def begin(self, run: RunInfo) -> None:
        """Draw the turns. Nobody has moved."""
        super().begin(run)
        rng, steps = self._rng, self._profile.steps
        everybody = range(len(run.actors))
        self._movers = self._profile.movers(len(everybody))
        self._waits = frozenset(self._movers)
        self.turns = self._draw_turns()
        pair = {actor for actor, _ in self.turns}
        self._stop = {actor: self._draw_limit(actor) for actor in self._movers if actor not in pair}
        services = [a for a in everybody[: len(steps)] if len(steps[a]) > 2 and a not in self._movers]
        self.lazy = rng.choice(services) if services and rng.random() < _LAZY else -1
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
        """The next turn begins."""
        self._next += self._next < len(self.turns) - 1
        return self.pick(actors)

    def pick(self, actors: Sequence[int]) -> int:
        """A service, else whose turn it is, else the lazy one, else one of those that wait."""
        self._forced = self._asked = False
        for actor in actors:
            if self._moves_freely(actor):
                return actor
        turn = self._turn()
        self._waiting = any(actor in self._waits for actor in actors if actor != turn)
        if turn in actors:
            return turn
        idle = [actor for actor in actors if actor not in self._waits]
        if idle:
            return self.lazy if self.lazy in idle else min(idle)
        self._forced = True
        # Either all creep on together, or one goes first, so that the rest stay where they are.
        creeps = self._creeps
        actor = min(actors, key=lambda actor: (creeps[actor] if self._fair else 0, self._rank[actor]))
        creeps[actor] += 1
        return actor

    def _moves_freely(self, actor: int) -> bool:
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
