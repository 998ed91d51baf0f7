"""One run of a cell's world: who used what too late, from where, and what was covered."""

from __future__ import annotations

from dataclasses import dataclass

from ...actors.choices import Chooser, Pick
from ...checks import Check
from ...checks.cmodx import Unpredictables
from ...scenario import Run, World
from ...words import Hang, hang_of
from .places import Hold, Situation
from .resting import Resting
from .uses import Bench, GraceWitness, LifeWitness, LiteralWitness, Use
from .worlds import FUNCTION

__all__ = ["Attempt", "Seen"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One run, over.

    Attributes:
        uses: bad uses, in the order of `ranked`.
        covered: (object, place) that it says something about (`pressure`).
        freed: kinds of object that the run freed.
        preempted: those of `covered` whose task was preempted before its last use.
        resting: the ops that the words in front of functions name at the end, where nothing frees it; "" when one of
            the words names something else; None when there is no such word.
        tried: a caller came to the site when everything was gone.  exposed: one could have come in late (`places`).
        hang: why it never came to its end, None when it did.
        picks: the non-zero choices.
    """

    uses: tuple[Use, ...]
    covered: frozenset[tuple[str, str]]
    preempted: frozenset[tuple[str, str]]
    freed: frozenset[str]
    resting: str | None
    tried: bool
    exposed: bool
    hang: Hang | None
    picks: tuple[Pick, ...]


class Attempt:
    """A run to be made: its situation exists first, for a chooser may look at it.

    Only the checks that the table is about are attached; they never steer, so it is the same run with all of them.
    """

    __slots__ = ("_bench", "_world", "situation")

    def __init__(self, world: World, hold: Hold | None = None) -> None:
        self._world = world
        self.situation = Situation(hold)
        self._bench = Bench(self.situation)

    def run(self, chooser: Chooser) -> Seen:
        """Make it; once only."""
        settings = self._world.settings
        unpredictables = Unpredictables(settings.hazards, idc=settings.idc, line=settings.line)
        bench = self._bench
        resting = Resting(FUNCTION)
        checks: list[Check] = [
            unpredictables, self.situation, resting, LifeWitness(bench), LiteralWitness(bench), GraceWitness(bench),
        ]  # fmt: skip
        run = Run(self._world.image, chooser, checks=checks)
        outcome = run.bare()
        run.checker.finish()
        since = self.situation.scene.unpredictable
        return Seen(
            # What a task does once the architecture gives no answer is not the protocol's doing.
            tuple(use for use in bench.uses if since.get(use.task, use.seq) >= use.seq),
            frozenset(self.situation.pressed),
            frozenset(self.situation.pressed & self.situation.preempted),
            frozenset(self.situation.freed_objects),
            resting.names(),
            self.situation.tried,
            self.situation.exposed,
            hang_of(outcome.status),
            run.tape.picks,
        )
