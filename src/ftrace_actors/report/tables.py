"""What a report of many runs shows, as values: lines of a head, sentences, tables and curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from .model import FORMAT, Fact

__all__ = ["CURVE_MAX", "Curve", "Table", "TablesReport", "thinned"]

CURVE_MAX: Final = 400
"""Points of a curve that are drawn; more do not show on a screen."""


class _Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a report."""


class Table(_Part, frozen=True):
    """A table.

    Attributes:
        title, note: above and below it.
        heads: of its columns.
        rows: the first cell of each is its head.
        bad: texts of cells that say that something breaks begin with one of these.
        code: the columns that are to be typed.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    bad: tuple[str, ...] = ()
    code: tuple[int, ...] = ()


class Curve(_Part, frozen=True):
    """A count over the runs: `points` are (runs made, count); `marks` are runs to be pointed out."""

    title: str
    across: str
    up: str
    points: tuple[tuple[int, int], ...]
    words: str
    marks: tuple[int, ...] = ()


class TablesReport(_Part, frozen=True):
    """All of it; `kind` is "campaign", "needed" or "matrix"."""

    kind: str
    title: str
    verdict: str
    ok: bool
    facts: tuple[Fact, ...]
    sentences: tuple[str, ...]
    tables: tuple[Table, ...]
    curves: tuple[Curve, ...] = ()
    legend: tuple[str, ...] = ()
    format: str = FORMAT
    schema: int = 1


def thinned(points: Sequence[tuple[int, int]], most: int = CURVE_MAX) -> tuple[tuple[int, int], ...]:
    """At most about `most` of the points, the first and the last among them."""
    if len(points) <= most:
        return tuple(points)
    stride = -(-len(points) // most)
    kept = [*points[::stride]]
    return tuple(kept if kept[-1] == points[-1] else [*kept, points[-1]])
