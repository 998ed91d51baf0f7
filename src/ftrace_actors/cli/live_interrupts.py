"""Interrupts as live values, for a command that is a trio program."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import trio
from trio_util import AsyncBool

from .interrupts import handling

__all__ = ["LiveInterrupts", "live_interrupts"]


class LiveInterrupts:
    """For a trio program: whether there was a `first` and a `second` one, as live values."""

    __slots__ = ("_token", "first", "second")

    def __init__(self) -> None:
        self.first = AsyncBool()
        self.second = AsyncBool()
        self._token = trio.lowlevel.current_trio_token()

    def note(self, number: int, frame: FrameType | None) -> None:
        """The signal handler, which may come at any point: what is to be done waits for its turn in the event loop."""
        self._token.run_sync_soon(self._count)

    def _count(self) -> None:
        if self.first.value:
            self.second.value = True
        self.first.value = True


@contextmanager
def live_interrupts() -> Iterator[LiveInterrupts]:
    """Within it, inside a trio program, interrupts do nothing but show in the values."""
    found = LiveInterrupts()
    with handling(found.note):
        yield found
