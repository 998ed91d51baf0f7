"""What a scenario's world is made of, when that is text alone: so a replay file can say all of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from .. import scenario
from ..explore import Origin
from ..explore.replay import DesignPart
from ..kernel.designs import DESIGNS, DesignFile, with_own
from ..scenario import Scenario, World
from ..scenario.designs import put_design
from .files import located

__all__ = ["Source"]

_WORLDS_KEPT: Final = 128
"""A test that draws the shape of its world comes back to each many times. Built they are a tenth of a megabyte."""


@dataclass(frozen=True, slots=True)
class Source:
    """A scenario as it was written, what was overridden in it, and the design that a user wrote for it.

    Attributes:
        path: what messages call the scenario.
        overrides: the pairs of ``--set``, ascending.
        own: the file of the user's own design, or None.
    """

    text: str
    path: str
    overrides: tuple[tuple[str, str], ...] = ()
    own: DesignFile | None = None

    @classmethod
    def of(cls, text: str, path: str, overrides: Mapping[str, str], design: Path | str | None) -> Self:
        """With `design`, a name or the file of one, in place of the scenario's own.  Raises `InputError`."""
        own = None
        if design is not None:
            file = located(design)
            named = str(design) if file == Path(design) else os.path.relpath(file)
            overrides, own = put_design(named, overrides, "design=")
        return cls(text, path, tuple(sorted(overrides.items())), own)

    @classmethod
    def of_file(cls, path: Path | str, overrides: Mapping[str, str], design: Path | str | None) -> Self:
        """As `of`; a relative path starts from pytest's rootdir, or else from where pytest was started."""
        file = located(path)
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            scenario.load(file)  # says what is wrong with it
            raise
        return cls.of(text, str(path), overrides, design)

    def read(self) -> Scenario:
        """Raises `InputError`."""
        return scenario.loads(self.text, self.path, dict(self.overrides), with_own(self.own, DESIGNS))

    def world(self) -> World:
        """A built world; all runs of a test share one.  Raises `InputError`."""
        world = _worlds.pop(self, None) or scenario.build(self.read())
        while len(_worlds) >= _WORLDS_KEPT:
            del _worlds[next(iter(_worlds))]
        _worlds[self] = world
        return world

    def origin(self, strategy: str, seed: int, run: int) -> Origin:
        """What a replay file says of where a run came from."""
        part = None if self.own is None else DesignPart.of(self.own)
        return Origin(self.read().name, self.path, self.text, dict(self.overrides), strategy, seed, run, part)


_worlds: dict[Source, World] = {}
"""The last used is the last."""
