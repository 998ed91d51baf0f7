"""The seam between the command line and the room that knows scenarios.

Commands are written against :class:`Worlds`, so that they can be tried on a world small enough to know everything
about; :class:`~.scenario_worlds.ScenarioWorlds` is the real one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..checks import Finding
from ..explore import Driver, Plan, World
from ..kernel.designs import DesignFile
from ..result import Expect, RunResult

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from ..actors import Chooser
    from ..inspect.phrases import Narrator
    from ..report import States

__all__ = ["Card", "Shown", "Worlds", "world_of"]


@dataclass(frozen=True, slots=True)
class Card:
    """What can be said of a scenario without building it."""

    name: str
    path: str
    text: str
    summary: str
    expect: Expect
    design: str = ""


class Shown(World, Protocol):
    """A world whose runs can be shown."""

    def run_live(self, chooser: Chooser, driver: Driver, log: FilteringBoundLogger) -> RunResult:
        """One recorded run, each event logged as it happens."""

    def timeline(self, result: RunResult, finding: Finding | None, width: int) -> str:
        """The run in lanes and why each finding is one, `finding` first; no line is wider than `width`."""

    def brief(self, result: RunResult, width: int) -> str:
        """A run that holds, in a page."""

    def kernel(self) -> Mapping[str, str]:
        """On which kernel it plays, in the order to print it; empty where there is no telling."""

    def log_lines(self, result: RunResult, *, seed: int, run: int, strategy: str) -> list[bytes]:
        """The log of a recorded run, line by line; seed, run and strategy say where it came from."""

    @property
    def watched(self) -> Collection[int]:
        """Addresses of words that matter as a literal does, and of instructions that matter as a site does."""

    def states(self, chooser: Chooser, narrator: Narrator) -> States:
        """What the machine is like after each step of a run; `narrator` knows its events."""

    def listing(self) -> list[str]:
        """What is in memory at the start, disassembled, with symbols."""


class Worlds(Protocol):
    """Where commands get worlds from."""

    @property
    def loader(self) -> Callable[[str, str, Mapping[str, str]], Shown]:
        """Builds a world, as `explore.Loader` does."""

    def with_design(self, file: DesignFile) -> Worlds:
        """The same, where scenarios may also name the user's design in `file`."""

    def read(self, path: Path) -> Card:
        """Read a scenario file; raises an `InputError`."""


def world_of(worlds: Worlds, plan: Plan) -> Shown:
    """The world of a plan.  Raises an `InputError`."""
    return worlds.loader(plan.text, plan.path, plan.overrides)
