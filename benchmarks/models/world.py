"""The model as actors under a conductor: run like a scenario, by the strategies and drivers that there are.

Every actor waits until it may move, and moves: one visible step.  The bytes of the state are what they share.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from random import Random

from ftrace_actors.actors import Actor, Chooser, Conductor, Kind, RunInfo, RunOutcome, run_bare
from ftrace_actors.checks import Finding
from ftrace_actors.explore.strategies import mix_seed
from ftrace_actors.result import RunResult
from ftrace_actors.words import Severity, Verdict

from .ftp import Ftp, Mover
from .places import Weights, uniform

__all__ = ["Memoryless", "behaviour_of", "run"]

_START = "start"


class _Moving(Actor):
    """An actor that makes the moves of one `Mover`."""

    __slots__ = ("_bad", "_ftp", "_mover", "_state")

    def __init__(
        self, conductor: Conductor, ftp: Ftp, mover: Mover, state: bytearray, bad: list[str]
    ) -> None:
        super().__init__(conductor, mover.name, daemon=mover.daemon)
        self._ftp, self._mover, self._state, self._bad = ftp, mover, state, bad

    async def body(self) -> None:
        """Wait and move, until there is nothing more to do."""
        while not self._mover.over(self._state):
            await self.wait(guard=self._may, point="move")
            self._mover.move(self._state)
            if self._ftp.is_bad(self._state):
                self._bad.append(self.name)

    def _may(self) -> bool:
        return self._mover.may(self._state)


def run(ftp: Ftp, chooser: Chooser) -> RunResult:
    """One run; its behaviour is how it ended."""
    conductor = Conductor(chooser)
    state, bad = bytearray(ftp.start()), list[str]()
    for mover in ftp.movers():
        _Moving(conductor, ftp, mover, state, bad)
    outcome = run_bare(conductor)
    found = (
        Finding("INV-FTP", Severity.USE_AFTER_FREE, "freed ops are used", None, bad[0], ()) if bad else None
    )
    return RunResult(
        Verdict.VIOLATED if found else Verdict.HOLDS,
        (found,) if found else (),
        conductor.tape.picks,
        positions=outcome.positions,
        steps=outcome.steps,
        behaviour=behaviour_of(state),
    )


def behaviour_of(end: bytes | bytearray) -> int:
    """What tells the ends of runs apart."""
    return int.from_bytes(blake2b(end, digest_size=8).digest(), "big")


class Memoryless:
    """A chooser of a memoryless strategy: who moves depends on who may, and on who moved last.

    All actors are started before anybody moves, since a start is no step of the model.
    """

    __slots__ = ("_info", "_last", "_rng", "_weights")

    _info: RunInfo

    def __init__(self, seed: int, run: int, weights: Weights = uniform) -> None:
        self._rng = Random(mix_seed(seed, run))
        self._weights = weights
        self._last = -1

    def begin(self, run: RunInfo) -> None:
        """Remember whom to ask about pending steps."""
        self._info = run

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """Draw one of those that may move."""
        assert kind is Kind.SCHEDULE
        for index, actor in enumerate(actors):
            if self._info.pending(actor)[0] == _START:
                return index
        enabled = tuple(sorted(actors))
        self._last = self._rng.choices(enabled, self._weights(enabled, self._last))[0]
        return actors.index(self._last)

    def end(self, outcome: RunOutcome) -> None:
        """Nothing is learned."""
