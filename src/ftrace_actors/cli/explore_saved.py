"""A search in a file: written between two levels, so that another `explore` continues there."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from .. import __version__
from ..atomic_file import can_be_written, write_whole
from ..errors import InputError
from ..exhaustive import Limits, Reductions, Search
from ..exhaustive.saved import State
from ..explore import Plan
from ..explore.portable import locate, portable
from ..explore.replay import ScenarioPart, hash_text
from ..reading import read_bytes
from .designs import adopt_scenario, recorded_design
from .session import Session

__all__ = ["Keeper", "Saved", "read_saved", "saved_limits"]

_EVERY = 20.0
"""Seconds between two writes."""

_MOST = 1 << 30
"""Bytes of a file that is read."""


class Saved(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is in the file: which search it is, and where it was."""

    format: int
    tool: str
    scenario: ScenarioPart
    early: int | None
    merge: bool
    fuse: bool
    state: State

    def plan(self, session: Session, path: Path, design: str | None, strategy: str) -> Plan:
        """The scenario that was searched; `design` is the user's, when it was one.  Raises `InputError`."""
        adopt_scenario(session, path, self.scenario, design)
        return Plan(
            self.scenario.name,
            str(locate(self.scenario.path)),
            self.scenario.text,
            session.worlds.loader,
            self.scenario.overrides,
            strategy=strategy,
            seed=0,
            runs=1,
            driver="bare",
        )


def saved_limits(saved: Saved, limits: Limits) -> tuple[Limits, Reductions]:
    """The limits of this time with the bounds of that search, and its reductions."""
    return (
        Limits(limits.deviations, saved.early, limits.places, limits.first, limits.stop),
        Reductions(merge=saved.merge, fuse=saved.fuse),
    )


def read_saved(path: Path) -> Saved:
    """Raises `InputError` for a file that holds no search, or that of another version of this program."""
    data = read_bytes(path, _MOST)
    try:
        found = msgspec.msgpack.decode(data, type=Saved)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(str(path), "", f"holds no search that explore --save wrote: {error}") from None
    if found.format != 1:
        raise InputError(str(path), "format", f"is {found.format}; this version reads 1")
    if found.tool != __version__:
        raise InputError(
            str(path),
            "tool",
            f"written by version {found.tool}, this is {__version__}, whose places may be others",
        )
    if hash_text(found.scenario.text) != found.scenario.hash:
        raise InputError(str(path), "scenario.hash", "does not fit scenario.text; the file was changed")
    return found


@dataclass(slots=True)
class Keeper:
    """Writes where a search is to a file, not too often."""

    session: Session
    path: Path
    plan: Plan
    search: Search
    _next: float = field(default_factory=lambda: time.monotonic() + _EVERY)

    def __post_init__(self) -> None:
        self.search.keeps = True
        try:
            can_be_written(self.path)
        except OSError as error:
            raise InputError("--save", "", f"cannot write {self.path}: {error.strerror or error}") from None

    def level_done(self) -> None:
        """Between two levels."""
        if time.monotonic() >= self._next:
            self.write()
            self._next = time.monotonic() + _EVERY

    def write(self) -> None:
        """Write it now.  Raises `InputError`."""
        search, plan = self.search, self.plan
        design = recorded_design(self.session)
        saved = Saved(
            format=1,
            tool=__version__,
            scenario=ScenarioPart(
                name=plan.name,
                path=portable(plan.path),
                hash=hash_text(plan.text),
                text=plan.text,
                overrides=dict(sorted(plan.overrides.items())),
                own_design=msgspec.UNSET if design is None else design,
            ),
            early=search.limits.early,
            merge=search.reductions.merge,
            fuse=search.reductions.fuse,
            state=search.state(),
        )
        try:
            write_whole(self.path, msgspec.msgpack.encode(saved))
        except OSError as error:
            raise InputError("--save", "", f"cannot write {self.path}: {error.strerror or error}") from None
