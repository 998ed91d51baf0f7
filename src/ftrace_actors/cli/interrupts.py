"""Ctrl-C, and what means the same: a request to end (SIGTERM) and a terminal that goes away (SIGHUP).

The first one asks a command to finish up, to keep and to judge what is finished; the next one ends the program at once.
Each leads to exit code 130.  A signal that is ignored when the program starts stays so, as SIGHUP under nohup.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from ..endings import ENDINGS

__all__ = ["Interrupts", "handling", "interruptible", "interrupts"]


@contextmanager
def interruptible() -> Iterator[None]:
    """Within it SIGTERM and SIGHUP raise KeyboardInterrupt, as SIGINT does."""
    with handling(signal.default_int_handler):
        yield


class Interrupts:
    """Whether there was one, by calling it; `again` is what the next one does, from within a signal handler."""

    __slots__ = ("_pressed", "again")

    def __init__(self) -> None:
        self._pressed = False
        self.again: Callable[[], None] = _raise

    def __call__(self) -> bool:
        """Was there one?"""
        return self._pressed

    def note(self, number: int, frame: FrameType | None) -> None:
        """The signal handler."""
        if self._pressed:
            self.again()
        self._pressed = True


@contextmanager
def interrupts() -> Iterator[Interrupts]:
    """Within it the first interrupt is only noted."""
    found = Interrupts()
    with handling(found.note):
        yield found


def _raise() -> None:
    raise KeyboardInterrupt


@contextmanager
def handling(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Within it `handler` gets those of `ENDINGS` that are not ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield  # no other may have handlers; there they are whoever's that runs us
        return
    before = {number: signal.getsignal(number) for number in ENDINGS}
    for number, old in before.items():
        if old is not signal.SIG_IGN:
            signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            if old is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL if old is None else old)
