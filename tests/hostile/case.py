"""A command line that cannot be obeyed, what it brings along, and what must be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HUGE = "9" * 5_000
"""More digits than Python turns into a number."""
DEEP = 100_000
"""More levels than any parser here is made for."""


@dataclass(frozen=True, slots=True)
class Case:
    """A command line, what it brings along, and what must be said.

    `said` are words of the line on stderr; `lines` is how many lines that says; `out` words of stdout, where usable
    inputs stand beside the bad one.
    """

    name: str
    args: tuple[str, ...]
    said: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    out: str = ""
    lines: int = 1
    code: int = 2
    env: Mapping[str, str] = field(default_factory=dict)
