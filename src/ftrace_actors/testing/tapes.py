"""Schedules drawn by Hypothesis: one binary string is a whole schedule.

A schedule drawn this way shrinks together with everything else that the test draws (how many tasks, which wait, which
function), which exploring with a fixed world cannot do.

How the bytes are read. They come in pairs, *gap* and *pick*: so many choices are answered with 0, then one is not, and
the pick says which of its other options is taken. So most choices are dull whatever the bytes are, a tape of a few
bytes reaches far into a long run, taking a pair away is taking one deviation away, and what the shrinker leaves is
about two bytes for each choice that matters. Gaps grow exponentially with the byte, since runs are ten or ten thousand
choices long. One draw of bytes costs a tenth of one draw a choice.

Hypothesis knows nothing of schedulers: without such a draw every example of an async test executes one and the same
schedule, because trio's generator is reseeded alike for each example.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ..actors import Kind, RunInfo, RunOutcome
from .schedule import Schedule

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["ByteChooser", "schedule_of", "schedules"]

SIZE_MAX: Final = 512
_OCTAVE: Final = 21
"""Bytes to the doubling of a gap: 255 is a gap of a few thousand choices."""
_NEVER: Final = 1 << 62


def gap_of(byte: int) -> int:
    """How many choices a gap byte answers with 0: 0 for 0, never falling, about 2 to the power of byte / 21."""
    octave, part = divmod(byte, _OCTAVE)
    return (1 << octave) - 1 + ((part << octave) // _OCTAVE)


class ByteChooser:
    """Reads the answers of a run from bytes, as the module tells; zeros when they run out."""

    __slots__ = ("_at", "_gap", "_pairs")

    def __init__(self, data: bytes) -> None:
        # A last byte without a partner is a gap that leads to nothing.
        self._pairs = tuple(pairwise(data))[::2]
        self._rewind()

    def _rewind(self) -> None:
        self._at = -1
        self._advance()

    def _advance(self) -> None:
        self._at += 1
        self._gap = gap_of(self._pairs[self._at][0]) if self._at < len(self._pairs) else _NEVER

    def begin(self, run: RunInfo) -> None:
        """Start from the first byte, also when used for a second run."""
        self._rewind()

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """0 within a gap, else the option that the pick byte names."""
        if self._gap:
            self._gap -= 1
            return 0
        picked = 1 + self._pairs[self._at][1] % (count - 1)
        self._advance()
        return picked

    def end(self, outcome: RunOutcome) -> None:
        """Nothing to conclude."""


def schedule_of(data: bytes) -> Schedule:
    """The schedule that these bytes are; what a falsifying example shows can be run with it."""
    return Schedule(ByteChooser(data), trace=True, text=f"schedule_of({data!r})")


def schedules() -> SearchStrategy[Schedule]:
    """A Hypothesis strategy for schedules; draw one for each run."""
    from hypothesis import strategies as st

    # Strings of bytes are a few bytes long unless a size is asked for; the shortest kind comes first, since that is
    # the direction of shrinking.
    lengths = (0, 16, 64)
    tapes = st.one_of([st.binary(min_size=size, max_size=SIZE_MAX) for size in lengths])
    return tapes.map(schedule_of)
