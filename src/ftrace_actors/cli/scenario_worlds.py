"""The real worlds: scenarios of this package."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..explore import Finding, Loader, World
from .worlds import Card

__all__ = ["ScenarioWorlds"]


def load_world(text: str, path: str, overrides: Mapping[str, str]) -> World:
    """Build a scenario's world, here or in a worker. Raises an `InputError`."""
    raise InputError(path, "", "this build has no kernel yet")


class ScenarioWorlds:
    """See `ftrace_actors.cli.worlds.Worlds`."""

    loader: Loader = staticmethod(load_world)

    def read(self, path: Path) -> Card:
        """Read a scenario file."""
        raise InputError(str(path), "", "this build has no kernel yet")

    def timeline(self, events: Sequence[Any], finding: Finding | None, width: int) -> str:
        """The run in lanes."""
        return ""

    def log_lines(self, events: Sequence[Any]) -> list[bytes]:
        """The events as JSON."""
        return []

    def listing(self, text: str, path: str, overrides: Mapping[str, str]) -> list[str]:
        """What is in memory, disassembled."""
        return []
