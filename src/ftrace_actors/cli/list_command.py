"""``list``: scenarios, with what they expect and what they are about; and designs.

What builds and checks a scenario loads the kernel, which takes longer than the rest of the command.  So of a scenario
that came with the package only its first lines and its [expect] are read: that such a file can be used is tested where
it is made.  Anybody else's is checked as `run` checks it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from cyclopts import Parameter

from ..errors import InputError
from ..reading import exists, read_text, shortened
from ..shipped import came_with_package
from ..suggestions import did_you_mean
from ..terminal import fold, one_line
from ..words import Verdict
from .exit_codes import ExitCode
from .groups import GROUPS, Group, group_of
from .options import Here
from .session import Session
from .targets import ALL, resolve_each

if TYPE_CHECKING:
    from ..result import Expect

__all__ = ["command", "list_designs", "list_scenarios"]

INDENT = " " * 4
_FLAG = Parameter(negative="", show_default=False)
_SUMMARY_MIN = 16
"""Columns of a summary that are worth showing after the name."""


class _ExpectTable(msgspec.Struct, frozen=True):
    """[expect] of a scenario; its types are checked in `scenario.schema`."""

    verdict: str | tuple[str, ...]
    invariants: tuple[str, ...] = ()
    window: str | None = None

    @property
    def verdicts(self) -> tuple[str, ...]:
        return (self.verdict,) if isinstance(self.verdict, str) else self.verdict


class _ProtocolTable(msgspec.Struct, frozen=True):
    """[protocol] of a scenario, as far as it is listed."""

    design: str = "call-ops"


class _Head(msgspec.Struct, frozen=True):
    """What `list` needs of a scenario file."""

    summary: str
    expect: _ExpectTable
    protocol: _ProtocolTable = _ProtocolTable()


@dataclass(frozen=True, slots=True)
class _Row:
    """A scenario, as far as it is listed."""

    name: str
    path: str
    summary: str
    expect: Expect | _ExpectTable
    design: str
    shipped: bool = False

    @property
    def group(self) -> Group | None:
        """The group of a shipped scenario."""
        return group_of(self.name) if self.shipped else None

    def mentions(self, word: str) -> bool:
        """Whether its name, its summary or the question of its group has the word, in any case."""
        question = "" if self.group is None else self.group.question
        return word.lower() in f"{self.name} {self.summary} {question}".lower()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which scenarios are listed; what is None does not matter."""

    design: str | None
    invariant: str | None
    verdict: Verdict | None

    def has(self, row: _Row) -> bool:
        return (
            self.design in {None, row.design}
            and (self.invariant is None or self.invariant in row.expect.invariants)
            and (self.verdict is None or self.verdict in row.expect.verdicts)
        )


def command(
    *targets: str,
    design: str | None = None,
    designs: Annotated[bool, _FLAG] = False,
    groups: Annotated[bool, _FLAG] = False,
    invariant: str | None = None,
    json: Annotated[bool, _FLAG] = False,
    long: Annotated[bool, Parameter(alias="-l", negative="", show_default=False)] = False,
    verdict: Literal["holds", "violated", "deadlock", "livelock", "unpredictable"] | None = None,
    session: Here,
) -> int:
    """Scenarios, one line each, with what they expect.

    Parameters
    ----------
    targets
        Files, directories, names, groups, patterns such as 'teardown-*', or words that name or summary has; the
        shipped scenarios when none is given.
    design
        Only those of this design (list --designs); or the file of one of your own, which scenarios may name.
    designs
        List the designs instead.
    groups
        List the groups of shipped scenarios instead; commands take their names.
    invariant
        Only those that expect a finding of this invariant, as INV-LIFE.
    json
        One object a line.
    long
        Summaries in full.
    verdict
        Only those that expect this verdict.
    """
    if design is not None and (design.endswith(".py") or exists(Path(design))):
        from .designs import adopt  # noqa: PLC0415  # loads the kernel

        adopt(session, design, {})
        design = None
    wanted = _Wanted(
        None if design is None else _known_design(design),
        None if invariant is None else _known_invariant(invariant),
        None if verdict is None else Verdict(verdict),
    )
    if designs:
        return list_designs(session, targets, json=json)
    if groups:
        return list_groups(session, targets, json=json)
    return list_scenarios(session, targets, wanted, json=json, long=long)


def _known_design(name: str) -> str:
    from ..kernel.designs import DESIGNS  # noqa: PLC0415  # loads the kernel

    if name not in DESIGNS:
        hint = did_you_mean(name, DESIGNS, f"known are {', '.join(DESIGNS)}")
        raise InputError("--design", "", f"unknown design {shortened(name)!r}; {hint}")
    return name


def _known_invariant(name: str) -> str:
    from ..checks import CHECKS  # noqa: PLC0415  # not needed otherwise

    if name not in CHECKS:
        hint = did_you_mean(name.upper(), CHECKS, f"known are {', '.join(CHECKS)}")
        raise InputError("--invariant", "", f"unknown invariant {shortened(name)!r}; {hint}")
    return name


def list_scenarios(
    session: Session, targets: Sequence[str], wanted: _Wanted, *, json: bool, long: bool
) -> ExitCode:
    """The command; its exit code. An unusable scenario is named on stderr, and the others are listed."""
    rows, code = _rows(session, targets)
    rows = [row for row in rows if wanted.has(row)]
    if not rows and code == ExitCode.OK:
        session.note("no scenario is like that")
    if json:
        for row in rows:
            session.plain(msgspec.json.encode(_as_json(row)).decode())
        return code
    for group in [*GROUPS, None]:
        members = [row for row in rows if row.group is group]
        if members and group is not None and len(rows) > 1:
            session.plain(f"{group.name}: {group.question}")
        indent = "  " if group is not None and len(rows) > 1 else ""
        _print(session, members, indent, long=long or len(rows) == 1)
    return code


def _rows(session: Session, targets: Sequence[str]) -> tuple[list[_Row], ExitCode]:
    """The scenarios meant, each once; what is wrong with a file or a target goes to stderr."""
    rows: dict[str, _Row] = {}
    code = ExitCode.OK
    for target in targets or [ALL]:
        for path in resolve_each([target] if targets else []):
            try:
                if isinstance(path, InputError):
                    found = _mentioning(session, target)
                    if not found:
                        raise path
                else:
                    found = [_read(session, path)]
                rows.update({row.path: row for row in found})
            except InputError as error:
                session.note(str(error))
                code = ExitCode.USAGE
    return list(rows.values()), code


def _mentioning(session: Session, word: str) -> list[_Row]:
    """The shipped scenarios that have a word; none where it cannot be one."""
    if not word or Path(word).suffix or len(Path(word).parts) > 1:
        return []
    paths = [path for path in resolve_each([]) if isinstance(path, Path)]
    return [row for row in (_read(session, path) for path in paths) if row.mentions(word)]


def _read(session: Session, path: Path) -> _Row:
    """The scenario in a file.  Raises `InputError`."""
    ours = came_with_package(path)
    if ours:
        try:
            head = msgspec.convert(tomllib.loads(read_text(path)), _Head)
            return _Row(path.stem, str(path), head.summary, head.expect, head.protocol.design, shipped=True)
        except ValueError:
            pass  # somebody edited it; below it is said what is wrong
    card = session.worlds.read(path)
    return _Row(card.name, card.path, card.summary, card.expect, card.design, ours)


def _print(session: Session, rows: Sequence[_Row], indent: str, *, long: bool) -> None:
    """A line for each: name, what it expects, and as much of the summary as fits; `long`: all of it, on its own."""
    name_width = max((len(row.name) for row in rows), default=0)
    verdict_width = max((len(_expected(row)) for row in rows), default=0)
    for row in rows:
        head = f"{indent}{one_line(row.name):<{name_width}}  {_expected(row)}"
        room = session.width - len(indent) - name_width - verdict_width - 4
        if long or room < _SUMMARY_MIN:
            session.say(head)
            for line in fold(row.summary, session.width, indent + INDENT) if long else ():
                session.plain(line)
            continue
        summary = one_line(row.summary)
        summary = summary if len(summary) <= room else f"{summary[: room - 1].rstrip()}…"
        session.say(f"{head:<{session.width - room}}{summary}")


def list_groups(session: Session, targets: Sequence[str], *, json: bool) -> ExitCode:
    """``list --groups``; its exit code."""
    if targets:
        raise InputError("--groups", "", f"lists groups, not scenarios; leave out {' '.join(targets)}")
    if json:
        for group in GROUPS:
            row = {"name": group.name, "question": group.question, "scenarios": _names([group.name])}
            session.plain(msgspec.json.encode(row).decode())
    else:
        _say_each(session, {group.name: group.question for group in GROUPS})
    return ExitCode.OK


def _say_each(session: Session, texts: Mapping[str, str]) -> None:
    """A name and what it means, one below the other."""
    width = max(map(len, texts))
    for name, text in texts.items():
        head = f"{name:<{width}}  "
        for line in fold(text, session.width, head, " " * len(head)):
            session.plain(line)


def _names(targets: Sequence[str]) -> list[str]:
    return [path.stem for path in resolve_each(targets) if isinstance(path, Path)]


def list_designs(session: Session, targets: Sequence[str], *, json: bool) -> ExitCode:
    """``list --designs``: the shipped ones, then the user's; its exit code."""
    from ..kernel.designs import DESIGNS  # noqa: PLC0415  # loads the kernel

    if targets:
        raise InputError("--designs", "", f"lists designs, not scenarios; leave out {' '.join(targets)}")
    own = [] if session.own is None else [session.own.design()]
    designs = [*DESIGNS.values(), *own]
    if json:
        for design in designs:
            row = {"name": design.name, "summary": design.summary, "file": design.source or None}
            session.plain(msgspec.json.encode(row).decode())
    else:
        _say_each(session, {design.name: design.summary for design in designs})
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
        "design": row.design,
        "group": None if row.group is None else row.group.name,
    }
