"""Coroutines that a test or an actor made and never awaited: nothing of them happened, so the test shows nothing.

Python says so in a RuntimeWarning when such a coroutine is dropped, which is at once where nobody keeps it. A warning
is easily overlooked, and filters may hide it; here it is collected. Other warnings go where they always go.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TextIO

from ..errors import InputError

__all__ = ["Forgotten", "require_awaited", "unawaited"]

_SAID: Final = r"coroutine '(.*)' was never awaited"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A coroutine that was dropped, and the line at which that was."""

    coroutine: str
    file: str
    line: int


@contextmanager
def unawaited() -> Iterator[list[Forgotten]]:
    """The coroutines that are dropped inside, as they come."""
    found: list[Forgotten] = []
    with warnings.catch_warnings():
        warnings.filterwarnings("always", _SAID, RuntimeWarning)
        others = warnings.showwarning

        def note(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            said = re.match(_SAID, str(message))
            if said is not None and issubclass(category, RuntimeWarning):
                found.append(Forgotten(said[1], filename, lineno))
            else:
                others(message, category, filename, lineno, file, line)

        warnings.showwarning = note
        yield found


def require_awaited(found: list[Forgotten]) -> None:
    """Raises `InputError` for the first of them, and forgets them all."""
    __tracebackhide__ = True
    if not found:
        return
    first = found[0]
    found.clear()
    place = f"{os.path.relpath(first.file)}:{first.line}"
    raise InputError(
        place, "await", f"is missing: the coroutine {first.coroutine} was never awaited, so it did nothing"
    )
