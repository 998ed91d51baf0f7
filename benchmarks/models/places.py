"""All states of a model, and exact probabilities on them.

The graph has no cycle: each step of an actor makes something smaller that only finitely many others make larger.  So
probabilities of the whole are sums over it (dynamic programming), and nothing is drawn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from .ftp import Ftp, Mover

__all__ = ["Counted", "Weights", "count", "ends", "failing", "sticky", "uniform"]

Weights = Callable[[tuple[int, ...], int], tuple[float, ...]]
"""Of a memoryless strategy: the actors that may move, and who moved last (-1: nobody) -> probability of each."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a search went through: states, steps between them, and whether one was bad."""

    states: int
    steps: int
    broken: bool


def count(ftp: Ftp, *, sort: bool = False) -> Counted:
    """Go through all states breadth-first; with `sort` those that differ only in which CPU is which count once."""
    movers = [(mover.may, mover.move) for mover in ftp.movers()]
    start, is_bad, canonical = ftp.start(), ftp.is_bad, ftp.sorted
    seen, level = {start}, [start]
    steps, broken = 0, False
    while level:
        following: list[bytes] = []
        for state in level:
            before = bytearray(state)
            for may, move in movers:
                if not may(before):
                    continue
                after = before.copy()
                move(after)
                steps += 1
                key = canonical(bytes(after)) if sort else bytes(after)
                if key not in seen:
                    seen.add(key)
                    following.append(key)
                    broken = broken or is_bad(key)
        level = following
    return Counted(len(seen), steps, broken)


def uniform(enabled: tuple[int, ...], last: int) -> tuple[float, ...]:
    """Each actor that may move with the same probability."""
    return (1.0 / len(enabled),) * len(enabled)


def sticky(switch: float) -> Weights:
    """The one that moved last goes on, but with probability `switch` all are drawn from."""

    def weights(enabled: tuple[int, ...], last: int) -> tuple[float, ...]:
        even = 1.0 / len(enabled)
        if last not in enabled:
            return (even,) * len(enabled)
        return tuple([switch * even + (1.0 - switch if actor == last else 0.0) for actor in enabled])

    return weights


def failing(ftp: Ftp, weights: Weights = uniform) -> float:
    """The exact probability that a run is bad somewhere."""
    return sum(probability for (_, was_bad), probability in _ended(ftp, weights).items() if was_bad)


def ends(ftp: Ftp, weights: Weights = uniform) -> dict[bytes, float]:
    """The exact probability of each end of a run."""
    found: defaultdict[bytes, float] = defaultdict(float)
    for (state, _), probability in _ended(ftp, weights).items():
        found[state] += probability
    return dict(found)


def _ended(ftp: Ftp, weights: Weights) -> dict[tuple[bytes, bool], float]:
    """(end, whether the run was bad somewhere) -> its probability, in the chain whose states are (state, last mover).

    By number of steps: whatever leads to a state in a number of steps is known before that state is left.
    """
    movers = ftp.movers()
    level: dict[tuple[bytes, int, bool], float] = {(ftp.start(), -1, False): 1.0}
    ended: defaultdict[tuple[bytes, bool], float] = defaultdict(float)
    while level:
        following: defaultdict[tuple[bytes, int, bool], float] = defaultdict(float)
        for (state, last, was_bad), probability in level.items():
            enabled = _enabled(movers, state)
            if not enabled:
                ended[state, was_bad] += probability
                continue
            for actor, weight in zip(enabled, weights(enabled, last), strict=True):
                if weight:
                    after = bytearray(state)
                    movers[actor].move(after)
                    key = bytes(after), actor, was_bad or ftp.is_bad(after)
                    following[key] += probability * weight
        level = following
    return ended


def _enabled(movers: tuple[Mover, ...], state: bytes) -> tuple[int, ...]:
    now = bytearray(state)
    return tuple([actor for actor, mover in enumerate(movers) if mover.may(now)])
