"""``list``: scenarios, with what they expect and what they are about; and designs.

What builds and checks a scenario loads the kernel, which takes longer than the rest of the command.  So of a scenario
that came with the package only its first lines and its [expect] are read: that such a file can be used is tested where
it is made.  Anybody else's is checked as `run` checks it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter

from ..errors import InputError
from ..reading import read_text
from ..shipped import came_with_package
from ..terminal import fold, one_line
from .exit_codes import ExitCode
from .options import Here
from .session import Session
from .targets import resolve_each

if TYPE_CHECKING:
    from ..result import Expect

__all__ = ["command", "list_designs", "list_scenarios"]

INDENT = " " * 4
_FLAG = Parameter(negative="")


class _ExpectTable(msgspec.Struct, frozen=True):
    """[expect] of a scenario; its types are checked in `scenario.schema`."""

    verdict: str | tuple[str, ...]
    invariants: tuple[str, ...] = ()
    window: str | None = None

    @property
    def verdicts(self) -> tuple[str, ...]:
        return (self.verdict,) if isinstance(self.verdict, str) else self.verdict


class _Head(msgspec.Struct, frozen=True):
    """What `list` needs of a scenario file."""

    summary: str
    expect: _ExpectTable


@dataclass(frozen=True, slots=True)
class _Row:
    """A scenario, as far as it is listed."""

    name: str
    path: str
    summary: str
    expect: Expect | _ExpectTable


def command(
    *targets: str,
    design: str | None = None,
    designs: Annotated[bool, _FLAG] = False,
    json: Annotated[bool, _FLAG] = False,
    session: Here,
) -> int:
    """Scenarios, one line each, with what they expect.

    Parameters
    ----------
    targets
        Files, directories or names; the shipped scenarios when none is given.
    design
        A design file of your own, which the scenarios may name.
    designs
        List the designs instead.
    json
        One object a line.
    """
    if design is not None:
        from .designs import adopt  # noqa: PLC0415  # loads the kernel

        adopt(session, design, {})
    if designs:
        return list_designs(session, targets, json=json)
    return list_scenarios(session, targets, json=json)


def list_scenarios(session: Session, targets: Sequence[str], *, json: bool) -> ExitCode:
    """The command; its exit code. An unusable scenario is named on stderr, and the others are listed."""
    rows: list[_Row] = []
    code = ExitCode.OK
    for path in resolve_each(targets):
        try:
            if isinstance(path, InputError):
                raise path
            rows.append(_read(session, path))
        except InputError as error:
            session.note(str(error))
            code = ExitCode.USAGE
    name_width = max((len(row.name) for row in rows), default=0)
    for row in rows:
        if json:
            session.plain(msgspec.json.encode(_as_json(row)).decode())
            continue
        session.say(f"{one_line(row.name):<{name_width}}  {_expected(row)}")
        for line in fold(row.summary, session.width, INDENT):
            session.plain(line)
    return code


def _read(session: Session, path: Path) -> _Row:
    """The scenario in a file.  Raises `InputError`."""
    if came_with_package(path):
        try:
            head = msgspec.convert(tomllib.loads(read_text(path)), _Head)
            return _Row(path.stem, str(path), head.summary, head.expect)
        except ValueError:
            pass  # somebody edited it; below it is said what is wrong
    card = session.worlds.read(path)
    return _Row(card.name, card.path, card.summary, card.expect)


def list_designs(session: Session, targets: Sequence[str], *, json: bool) -> ExitCode:
    """``list --designs``: the shipped ones, then the user's; its exit code."""
    from ..kernel.designs import DESIGNS  # noqa: PLC0415  # loads the kernel

    if targets:
        raise InputError("--designs", "", f"lists designs, not scenarios; leave out {' '.join(targets)}")
    own = [] if session.own is None else [session.own.design()]
    designs = [*DESIGNS.values(), *own]
    width = max(len(design.name) for design in designs)
    for design in designs:
        if json:
            row = {"name": design.name, "summary": design.summary, "file": design.source or None}
            session.plain(msgspec.json.encode(row).decode())
            continue
        head = f"{design.name:<{width}}  "
        for line in fold(design.summary, session.width, head, " " * len(head)):
            session.plain(line)
    return ExitCode.OK


def _expected(row: _Row) -> str:
    words = " or ".join(row.expect.verdicts)
    return f"{words} in {row.expect.window}" if row.expect.window else words


def _as_json(row: _Row) -> dict[str, object]:
    return {
        "name": row.name,
        "path": row.path,
        "expect": {
            "verdict": list(row.expect.verdicts),
            "invariants": list(row.expect.invariants),
            "window": row.expect.window,
        },
        "summary": row.summary,
    }
