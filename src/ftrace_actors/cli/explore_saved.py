"""A search in a file: written between two levels, so that another `explore` continues there."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
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

_HEAD = 16
"""Bytes of the digest with which the file begins."""

_MOST = 1 << 30
"""Bytes of a file that is read."""


class Saved(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is in the file: which search it is, and where it was; `code` is the hash of the program that searched."""

    format: int
    tool: str
    code: str
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
    if data[:_HEAD] != blake2b(data[_HEAD:], digest_size=_HEAD).digest():
        raise InputError(str(path), "", "holds no search that explore --save wrote, or is damaged")
    try:
        found = msgspec.msgpack.decode(data[_HEAD:], type=Saved)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(str(path), "", f"holds no search that explore --save wrote: {error}") from None
    if found.format != 1:
        raise InputError(str(path), "format", f"is {found.format}; this version reads 1")
    if (found.tool, found.code) != (__version__, _code()):
        other = "another state of it" if found.tool == __version__ else f"version {found.tool}"
        raise InputError(
            str(path), "tool", f"written by {other}; places of this one, {__version__}, may be others"
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
            code=_code(),
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
            data = msgspec.msgpack.encode(saved)
            write_whole(self.path, blake2b(data, digest_size=_HEAD).digest() + data)
        except OSError as error:
            raise InputError("--save", "", f"cannot write {self.path}: {error.strerror or error}") from None


@cache
def _code() -> str:
    """The hash of this program's own files: which places there are depends on all of them."""
    root = Path(__file__).parents[1]
    digest = blake2b(digest_size=16)
    for file in sorted(root.rglob("*.py")):
        digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
