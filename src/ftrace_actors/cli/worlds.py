"""The seam between the command line and the room that knows scenarios.

Commands are written against :class:`Worlds`, so that they can be tried on a world small enough to know everything
about; :class:`ScenarioWorlds` is the real one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # this is imported at every start, and they are most of the laboratory
    from ..explore import Expect, Finding, Loader, RunResult, World
    from ..kernel.designs import DesignFile

__all__ = ["Card", "Worlds"]


@dataclass(frozen=True, slots=True)
class Card:
    """What can be said of a scenario without building it."""

    name: str
    path: str
    text: str
    summary: str
    expect: Expect


class Worlds(Protocol):
    """What commands need."""

    @property
    def loader(self) -> Loader:
        """Builds a world from text, here or in a worker."""

    def with_design(self, file: DesignFile) -> Worlds:
        """The same, where scenarios may also name the user's design in `file`."""

    def read(self, path: Path) -> Card:
        """Read a scenario file; raises an `InputError`."""

    def timeline(self, world: World, result: RunResult, finding: Finding | None, width: int) -> str:
        """The run in lanes and why each finding is one, `finding` first; no line is wider than `width`."""

    def kernel(self, world: World) -> Mapping[str, str]:
        """On which kernel it plays, in the order to print it; empty where there is no telling."""

    def log_lines(
        self, world: World, result: RunResult, *, seed: int, run: int, strategy: str
    ) -> list[bytes]:
        """The log of a recorded run, line by line; seed, run and strategy say where it came from."""

    def listing(self, world: World) -> list[str]:
        """What is in memory at the start, disassembled, with symbols."""
