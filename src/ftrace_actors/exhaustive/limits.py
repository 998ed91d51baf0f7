"""Where a search stops, where it is, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Ending", "Level", "Limits"]


class Ending(StrEnum):
    """Why a search ended."""

    COMPLETE = "complete"
    """There are no other runs."""
    BOUND = "bound"
    """The last level that was wanted is done."""
    ENDLESS = "endless"
    """There are no other places, and some from which no run ends."""
    BROKEN = "broken"
    """Something broke, and the level in which it did is done."""
    STOPPED = "stopped"
    """A limit was reached in the middle of a level."""


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


@dataclass(frozen=True, slots=True)
class Level:
    """One level, gone through."""

    deviations: int
    places: int
    steps: int
    waiting: int
    over: int
