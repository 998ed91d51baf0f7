"""Whose parts are asked about: a scenario with options, and its worlds with some parts left out.

A value, so that a worker process builds the same worlds from it.  Nothing is read but its text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ...explore.replay import DesignPart, Origin, variant_of
from ...kernel.designs import DESIGNS, DesignFile, with_own
from ...scenario import Scenario, World, build, loads
from .parts import Part, without

__all__ = ["Subject"]


@dataclass(frozen=True, slots=True)
class Subject:
    """A scenario as it was given.

    Attributes:
        name, path, text: the scenario's; `path` is for messages.
        overrides: what `--set` and `--design` changed, in order of the keys.
        own: the design's file, when a user wrote it.
        label: which of several configurations, "" where there is one.
    """

    name: str
    path: str
    text: str
    overrides: tuple[tuple[str, str], ...] = ()
    own: DesignFile | None = None
    label: str = ""

    def scenario(self, more: Mapping[str, str] | None = None) -> Scenario:
        """Read it, with `more` overrides.  Raises ScenarioError."""
        overrides = {**dict(self.overrides), **(more or {})}
        return loads(self.text, self.path, overrides, with_own(self.own, DESIGNS))

    def world(self, more: Mapping[str, str] | None = None) -> World:
        """Build it, with `more` overrides.  Raises ScenarioError, and DesignError for a user's design."""
        return build(self.scenario(more))

    def without(self, world: World, parts: Iterable[Part]) -> Subject:
        """The same with some parts left out; `world` is its own."""
        return self.changed(without(world.image, parts))

    def changed(self, more: Mapping[str, str]) -> Subject:
        """The same with `more` overrides."""
        overrides = {**dict(self.overrides), **more}
        return replace(self, overrides=tuple(sorted(overrides.items())))

    @property
    def variant(self) -> str:
        """What sets its files apart from those of other configurations of the scenario; "" for the scenario's own."""
        own = "" if self.own is None else self.own.digest
        return variant_of(dict(self.overrides), own, self.text if self.label else "")

    def origin(self, name: str, strategy: str, seed: int, run: int) -> Origin:
        """What a replay file says of a run of it."""
        design = None if self.own is None else DesignPart.of(self.own)
        return Origin(name, self.path, self.text, dict(self.overrides), strategy, seed, run, design)
