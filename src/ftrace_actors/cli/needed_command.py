"""``needed``: which parts of a protocol are needed, each left out and looked for a run that breaks."""

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from ..errors import InputError
from ..kernel.designs import DESIGNS, with_own
from ..scenario import load
from ..studies.needed import Answer, AsItIs, Budget, Cell, Evidence, Subject, as_it_is, ask_each
from ..studies.needed.means import never
from ..words import Verdict
from .designs import adopt
from .exit_codes import ExitCode
from .needed_report import broken_lines, report_json, table_lines
from .options import JOBS_MAX, RUNS_MAX, SEED_MAX, Here, Pairs, cores, duration, number, overrides
from .progress import shown_bar
from .session import Session
from .targets import resolve

__all__ = ["Deadline", "NeededOptions", "command", "needed"]

_FLAG = Parameter(negative="")


@dataclass(frozen=True, slots=True)
class Deadline:
    """Whether it is later than `until`, by a clock that all processes of a machine share."""

    until: float

    def __call__(self) -> bool:
        """Is it?"""
        return time.monotonic() >= self.until


@dataclass(frozen=True, slots=True)
class NeededOptions:
    """The options of ``needed``; see its help."""

    budget: Budget = field(default_factory=Budget)
    overrides: tuple[tuple[str, str], ...] = ()
    parts: tuple[str, ...] = ()
    jobs: int = 1
    out: Path = Path("out/needed")
    json: bool = False


def command(
    target: str,
    *,
    design: str | None = None,
    early: Annotated[int | None, number(0, 1000)] = None,
    jobs: Annotated[int | None, number(1, JOBS_MAX)] = None,
    json: Annotated[bool, _FLAG] = False,
    out: Annotated[Path, Parameter(alias="-o")] = Path("out/needed"),
    part: Annotated[list[str] | None, Parameter(negative="", consume_multiple=False)] = None,
    places: Annotated[int, number(0, 10**9)] = 4_000,
    runs: Annotated[int, number(1, RUNS_MAX)] = 2_000,
    seed: Annotated[int, number(0, SEED_MAX)] = 0,
    set_: Pairs = None,
    time_: Annotated[str | None, Parameter(name="--time")] = None,
    session: Here,
) -> int:
    """Which barriers, cache operations, waits and interrupts a protocol needs: each left out, and what breaks then.

    Parameters
    ----------
    target
        A scenario file, or the name of a shipped scenario; it must hold as it is.
    design
        As for run.
    early
        How many stores may become visible early in one run of a search; any number when not given.
    jobs
        Worker processes; the number of cores when not given. The answers do not depend on it.
    json
        One object on stdout.
    out
        Directory for replay files.
    part
        Only parts whose name contains this, as patch-lock; may be repeated.
    places
        How many places a search may go through; 0 for no search.
    runs
        How many runs to sample where a search is not complete.
    seed
        Where draws come from.
    set_
        KEY.PATH=VALUE replaces a value of the scenario; may be repeated.
    time
        When to end at the latest: 90, 60s, 5m, 1.5h. What is not asked by then has no answer.
    """
    over = never if time_ is None else Deadline(time.monotonic() + duration(time_))
    given = tuple(sorted(adopt(session, design, overrides(set_ or [])).items()))
    budget = Budget(places, early, runs, seed, over)
    options = NeededOptions(budget, given, tuple(part or ()), jobs or cores(), out, json)
    return needed(session, target, options)


def needed(session: Session, target: str, options: NeededOptions) -> ExitCode:
    """The command; its exit code: 1 when the scenario breaks as it is, or a part has no answer."""
    subject = _subject(session, target, options)
    cells: list[Cell] = []
    interrupted = False
    whole: AsItIs | None = None
    try:
        whole = _whole(session, subject, options)
        cells += _wanted(whole.settled(), options)
        _ask(session, whole, cells, options)
    except KeyboardInterrupt:
        interrupted = True
    if whole is None:
        session.note("interrupted before the protocol was looked at as it is; nothing was found out")
        return ExitCode.INTERRUPTED
    _say(session, whole, cells, options)
    if interrupted:
        parts = [*whole.parts, *(one for one in whole.missing if _is_wanted(one.name, options))]
        session.note(f"interrupted: {len(cells)} of {len(parts)} parts have an answer")
        return ExitCode.INTERRUPTED
    lost = any(cell.answer is Answer.LOST for cell in cells)
    return ExitCode.UNEXPECTED if lost or isinstance(whole.outcome, Evidence) else ExitCode.OK


def _subject(session: Session, target: str, options: NeededOptions) -> Subject:
    """What is asked about.  Raises `InputError`, also for a scenario that is there to break."""
    paths = resolve([target])
    if len(paths) != 1:
        raise InputError(target, "", f"names {len(paths)} scenarios; `needed` asks about exactly one")
    scenario = load(paths[0], dict(options.overrides), with_own(session.own, DESIGNS))
    if Verdict.HOLDS not in scenario.expect.verdicts:
        raise InputError(
            str(paths[0]),
            "$.expect.verdict",
            f"expects {' or '.join(scenario.expect.verdicts)}; what is needed can be asked of a protocol that holds",
        )
    return Subject(scenario.name, scenario.path, scenario.text, options.overrides, session.own)


def _whole(session: Session, subject: Subject, options: NeededOptions) -> AsItIs:
    with shown_bar(session) as bar:
        if bar is not None:
            bar.update(subject.name, 0, 0, phase="as it is")
        whole = as_it_is(subject, options.budget, options.out)
    if options.parts:
        known = [part.name for part in whole.parts] + [one.name for one in whole.missing]
        for wanted in options.parts:
            if not any(wanted in name for name in known):
                raise InputError(
                    "--part", "", f"no part is named like {wanted!r}; there are {', '.join(known)}"
                )
    return replace(whole, parts=tuple(part for part in whole.parts if _is_wanted(part.name, options)))


def _is_wanted(name: str, options: NeededOptions) -> bool:
    return not options.parts or any(wanted in name for wanted in options.parts)


def _wanted(cells: list[Cell], options: NeededOptions) -> list[Cell]:
    return [cell for cell in cells if _is_wanted(cell.name, options)]


def _ask(session: Session, whole: AsItIs, cells: list[Cell], options: NeededOptions) -> None:
    """Add a cell for every part that takes runs, as they are done."""
    if isinstance(whole.outcome, Evidence):
        return
    asked = [(whole.subject, part) for part in whole.asked()]
    with shown_bar(session) as bar:
        if bar is not None:
            bar.update(whole.subject.name, 0, len(asked))
        for done, cell in enumerate(ask_each(asked, options.budget, options.out, options.jobs), 1):
            cells.append(cell)
            if bar is not None:
                bar.update(whole.subject.name, done, len(asked), f"  {cell.name}")


def _say(session: Session, whole: AsItIs, cells: list[Cell], options: NeededOptions) -> None:
    if options.json:
        session.plain(msgspec.json.encode(report_json(whole, cells, session.own)).decode())
        return
    lines = (
        broken_lines(whole, session)
        if isinstance(whole.outcome, Evidence)
        else table_lines(whole, cells, session)
    )
    for line in lines:
        session.plain(line)
