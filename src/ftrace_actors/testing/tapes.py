"""Schedules drawn by Hypothesis: one binary string is a whole schedule.

A schedule drawn this way shrinks together with everything else that the test draws (how many tasks, which wait, which
function), which exploring with a fixed world cannot do.

How the bytes are read; zeros when they run out:

- the first byte orders the actors, 0 not at all: of those who may move, the first in the order does, and among equals
  the dull option. A lasting order is what it takes to hold one actor between two steps while others get far (this is
  probabilistic concurrency testing, with Hypothesis for the dice; see `ftrace_actors.explore.strategies.pct`);
- after that each byte is an instruction. 0: the next choice is not interfered with. 1 to 191: it is; another option is
  taken, and when it was about who moves, the actor that would have moved becomes the last in the order. 192 to 255:
  that number of choices is left alone, 2 to about 80, growing exponentially.

So the empty tape is the dull run, zeros are dull, a few bytes reach far into a run, and taking an instruction away
leaves the others their meaning, and so does taking away an actor. One draw of bytes costs a tenth of one draw a choice.

Tried before: one byte a choice and pairs of gap and pick, both without an order. They find lost updates but none of
the teardown bugs among the shipped scenarios, of which this finds one in ten random tapes; and pairs shrink into
corners, since two bytes must change at once to leave a pair out.

Hypothesis knows nothing of schedulers: without such a draw every example of an async test executes one and the same
schedule, because trio's generator is reseeded alike for each example.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from ..actors import Kind, RunInfo, RunOutcome
from ..explore import Driver
from ..explore.strategies import mix_seed
from .schedule import Schedule

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["ByteChooser", "counting", "schedule_of", "schedules"]

SIZE_MAX: Final = 512
_SKIPS: Final = 192
"""From here on an instruction leaves several choices alone."""
_OCTAVE: Final = 12
"""Instructions to the doubling of that number."""
_PATIENCE: Final = 256
"""Choices one actor may win in a row, or one that spins would keep the others out for ever."""


def skip_of(byte: int) -> int:
    """How many choices an instruction of at least 192 leaves alone: 2 for 192, twice as many for 12 more."""
    octave, part = divmod(byte - _SKIPS, _OCTAVE)
    return ((_OCTAVE + part) << (octave + 1)) // _OCTAVE


class ByteChooser:
    """Reads the answers of a run from bytes, as the module tells."""

    __slots__ = ("_at", "_bottom", "_data", "_leader", "_priority", "_skip", "_streak")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._rewind(0)

    def _rewind(self, actors: int) -> None:
        order = self._data[0] if self._data else 0
        self._priority = [mix_seed(order, actor) if order else 0 for actor in range(actors)]
        self._at = 1
        self._skip = 0
        self._bottom = 0
        self._leader = -1
        self._streak = 0

    def begin(self, run: RunInfo) -> None:
        """Start from the first byte, also when used for a second run."""
        self._rewind(len(run.actors))

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """The option that the order and the next instruction lead to."""
        other = self._interference(count)
        if not actors:
            return other
        priority = self._priority
        # Sorting is stable, so equals stay in the order in which they are offered.
        ranked = sorted(range(count), key=lambda option: -priority[actors[option]])
        leader = actors[ranked[0]]
        self._streak = self._streak + 1 if leader == self._leader else 1
        self._leader = leader
        if self._streak > _PATIENCE:
            other = other or 1
        if other:
            self._bottom -= 1
            priority[leader] = self._bottom
        return ranked[other]

    def _interference(self, count: int) -> int:
        """0, or which of the other options the next instruction asks for."""
        if self._skip:
            self._skip -= 1
            return 0
        if self._at >= len(self._data):
            return 0
        byte = self._data[self._at]
        self._at += 1
        if byte >= _SKIPS:
            self._skip = skip_of(byte) - 1
            return 0
        return 1 + (byte - 1) % (count - 1) if byte else 0

    def end(self, outcome: RunOutcome) -> None:
        """Nothing to conclude."""


def schedule_of(data: bytes, driver: Driver = "trio") -> Schedule:
    """The schedule that these bytes are; what a falsifying example shows can be run with it."""
    text = f"schedule_of({data!r})" if driver == "trio" else f"schedule_of({data!r}, {driver!r})"
    schedule = Schedule(ByteChooser(data), driver=driver, trace=True, text=text)
    for drawn in _counted:
        # One that made its run says all there is to say, and may be large.
        if not drawn or drawn[-1].unmade:
            drawn[:] = [schedule]
    return schedule


def schedules(driver: Driver = "trio") -> SearchStrategy[Schedule]:
    """A Hypothesis strategy for schedules; draw one for each run.  `driver` is as for `Schedule`."""
    from hypothesis import strategies as st

    # Strings of bytes are a few bytes long unless a size is asked for; the shortest kind comes first, since that is
    # the direction of shrinking.
    lengths = (0, 16, 64)
    tapes = st.one_of([st.binary(min_size=size, max_size=SIZE_MAX) for size in lengths])
    return tapes.map(partial(schedule_of, driver=driver))


_counted: list[list[Schedule]] = []
"""What `counting` keeps for each test that is executed, the inner one last; empty outside pytest."""


@contextmanager
def counting() -> Iterator[list[Schedule]]:
    """Keep the last schedule that was drawn, until one of them made its run."""
    drawn: list[Schedule] = []
    _counted.append(drawn)
    try:
        yield drawn
    finally:
        _counted.remove(drawn)
