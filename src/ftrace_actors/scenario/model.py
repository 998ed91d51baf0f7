"""A scenario that was read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import InputError
from ..kernel.spec import Spec
from ..result import Expect

__all__ = ["Scenario", "ScenarioError"]


class ScenarioError(InputError):
    """A scenario cannot be used: `file`, `key_path` and `message` say where and why."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario: its world as a `Spec`, and what must come out of it.

    `sometimes`: properties a campaign must have witnessed.  `overrides`: what options changed, by key.
    """

    name: str
    path: str
    text: str
    summary: str
    spec: Spec
    expect: Expect
    sometimes: tuple[str, ...]
    overrides: Mapping[str, str] = field(default_factory=dict[str, str])
