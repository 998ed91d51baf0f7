"""A schedule under which a test fails, and all that is reported of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from .attempt import Attempt
from .pins import Numbers

__all__ = ["Failing", "remarked"]


@dataclass(frozen=True, slots=True)
class Failing:
    """A schedule under which the test fails.

    Attributes:
        attempt: the execution, with its steps written down.
        numbers: where it came from.
        before: non-zero choices before shrinking.
        replays: executions that shrinking took.
        minimal: shrinking was not cut short.
        file: where it is written down, or None.
        by_command: the command line can replay the file.
        remark: what else must be said.
    """

    attempt: Attempt
    numbers: Numbers
    before: int
    replays: int = 0
    minimal: bool = True
    file: Path | None = None
    by_command: bool = False
    remark: str = ""


def remarked(failing: Failing, remark: str) -> Failing:
    """With one more thing to say."""
    return replace(failing, remark="; ".join(part for part in (failing.remark, remark) if part))
