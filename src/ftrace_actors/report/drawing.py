"""A curve as lines and ticks of an SVG picture: numbers only, which a template puts into the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .tables import Curve

__all__ = ["Drawing", "Tick", "drawing_of"]

WIDTH: Final = 640
HEIGHT: Final = 240
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 40
TICKS: Final = 5


@dataclass(frozen=True, slots=True)
class Tick:
    """A number at an axis, and where it is."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where everything of a curve is."""

    curve: Curve
    line: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    marks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def drawing_of(curve: Curve) -> Drawing:
    """The picture of a curve that has a point."""
    most_x = max(x for x, _ in curve.points) or 1
    most_y = max(y for _, y in curve.points) or 1

    def x_of(value: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * value / most_x, 1)

    def y_of(value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / most_y, 1)

    line = " ".join(
        f"{'M' if number == 0 else 'L'}{x_of(x)} {y_of(y)}" for number, (x, y) in enumerate(curve.points)
    )
    return Drawing(
        curve,
        line,
        tuple(Tick(x_of(value), f"{value:,}") for value in _round_numbers(most_x)),
        tuple(Tick(y_of(value), f"{value:,}") for value in _round_numbers(most_y)),
        tuple(Tick(x_of(run + 1), f"run {run}") for run in curve.marks),
    )


def _round_numbers(most: int) -> Iterator[int]:
    """From 0 up to `most`, a handful, at 1, 2 or 5 times a power of ten."""
    steps = (factor * 10**power for power in range(len(str(most))) for factor in (1, 2, 5))
    step = next((step for step in steps if most <= TICKS * step), most)
    yield from range(0, most + 1, step)
