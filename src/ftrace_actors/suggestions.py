"""Did you mean: names that are known and close to one that is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches

__all__ = ["close_to", "did_you_mean"]

_LENGTH_MAX = 200
"""No name is longer, and comparing takes time with the square of a length."""


def close_to(name: str, known: Iterable[str], count: int = 1) -> list[str]:
    """At most `count` of the known names that are close to `name`, the closest first."""
    return get_close_matches(name, list(known), count) if len(name) <= _LENGTH_MAX else []


def did_you_mean(
    name: str, known: Iterable[str], otherwise: str, count: int = 1, show: Callable[[str], str] = repr
) -> str:
    """The question, with each close name as `show` has it; where none is close, what to say `otherwise`."""
    close = close_to(name, known, count)
    return f"did you mean {' or '.join(map(show, close))}?" if close else otherwise
