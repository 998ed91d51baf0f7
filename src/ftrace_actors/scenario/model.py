"""A scenario that was read and checked."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InputError
from ..kernel.spec import Spec

__all__ = ["Expect", "Scenario", "ScenarioError"]


class ScenarioError(InputError):
    """A scenario cannot be used: `file`, `key_path` and `message` say where and why."""


@dataclass(frozen=True, slots=True)
class Expect:
    """What must come out: any of `verdicts`; for "violated" any of `invariants` (none: any), in `window`."""

    verdicts: tuple[str, ...]
    invariants: tuple[str, ...] = ()
    window: str | None = None

    def __str__(self) -> str:
        text = " or ".join(self.verdicts)
        if self.invariants:
            text += f" {{{', '.join(self.invariants)}}}"
        return f"{text} in {self.window}" if self.window else text


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario: its world as a `Spec`, and what must come out of it.

    `sometimes`: properties a campaign must have witnessed.
    """

    name: str
    path: str
    text: str
    summary: str
    spec: Spec
    expect: Expect
    sometimes: tuple[str, ...]
