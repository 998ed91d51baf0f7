"""``needed``: which parts of a protocol are needed, each left out and looked for a run that breaks."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from ..errors import InputError
from ..kernel.designs import DESIGNS, with_own
from ..reading import shortened
from ..scenario import load
from ..studies.needed import (
    Answer,
    AsItIs,
    Budget,
    Evidence,
    Part,
    Strength,
    Subject,
    ask_each,
    axis_of,
    candidates,
    configurations,
    leave_out_together,
    look_at_each,
    missing_of,
    parts_of,
)
from ..suggestions import did_you_mean
from ..terminal import fold, unbroken
from ..words import Verdict
from .designs import adopt
from .exit_codes import ExitCode
from .needed_json import column_json
from .needed_mends import mend
from .needed_report import Column, report_lines
from .options import JOBS_MAX, RUNS_MAX, SEED_MAX, Here, Pairs, cores, duration, number
from .progress import Bar, shown_bar
from .session import Session
from .stopping import Over, stoppable
from .sweeps import changes, each_change
from .targets import resolve

__all__ = ["NeededOptions", "command", "needed"]

_FLAG = Parameter(negative="", show_default=False)
_SETS = 40
"""Sets to leave out together, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class NeededOptions:
    """The options of ``needed``; see its help."""

    budget: Budget = field(default_factory=Budget)
    overrides: tuple[tuple[str, str], ...] = ()
    parts: tuple[str, ...] = ()
    vary: tuple[str, ...] = ()
    sets: int | None = None
    jobs: int = 1
    out: Path = Path("out/needed")
    json: bool = False


def command(
    target: str,
    /,
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
    sets: Annotated[int | None, number(0, 10**6)] = None,
    time_: Annotated[str | None, Parameter(name="--time")] = None,
    vary: Annotated[list[str] | None, Parameter(negative="", consume_multiple=False)] = None,
    session: Here,
) -> int:
    """Which barriers, cache operations, waits and interrupts a protocol needs: each left out, and what breaks then.

    Parameters
    ----------
    target
        A scenario file, or the name of a shipped scenario, which must hold as it is. Or a replay file: then every
        single change of its protocol is tried, and those that forbid the run are said.
    design
        As for run.
    early
        How many stores may become visible early in one run of a search; any number when not given.
    jobs
        Worker processes; the number of cores when not given. The answers do not depend on it.
    json
        One object a configuration on stdout.
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
        KEY.PATH=VALUE replaces a value of the scenario; may be repeated. KEY=VALUE,VALUE is --vary KEY=VALUE,VALUE.
    sets
        How many sets of parts to leave out together; 40, or with --vary none, when not given.
    time_
        When to end at the latest: 90, 60s, 5m, 1.5h. What is not asked by then has no answer.
    vary
        One column for each value: machine.idc, machine.dic, machine.pac and the like, preempt, bystander (with and
        without a dynamic ops on another function), or KEY=VALUE,VALUE. Repeated, every combination is a column.
    """
    with stoppable(None if time_ is None else duration(time_)) as over:
        budget = Budget(places, early, runs, seed, over)
        if target.endswith(".json"):
            for option, value in (("--part", part), ("--set", set_), ("--sets", sets), ("--vary", vary)):
                if value is not None:
                    raise InputError(option, "", f"does not go with {target}, which has the scenario in it")
            return mend(
                session, Path(target), over, design=design, budget=budget, jobs=jobs or cores(), json=json
            )
        turns = each_change(set_)
        varied = changes(turns)
        change = {key: value for key, value in turns[0].items() if key not in varied}
        vary = [*(vary or ()), *(f"{key}={','.join(values)}" for key, values in varied.items())]
        given = tuple(sorted(adopt(session, design, change).items()))
        options = NeededOptions(
            budget, given, tuple(part or ()), tuple(vary or ()), sets, jobs or cores(), out, json
        )
        return needed(session, target, options, over)


def needed(session: Session, target: str, options: NeededOptions, over: Over) -> ExitCode:
    """The command; its exit code: 1 when the scenario breaks as it is, or a part has no answer.

    Once `over` is interrupted, what is being asked has the answer that it has come to, and nothing else is asked.
    """
    subject = _subject(session, target, options)
    subjects = configurations(subject, [axis_of(text, subject) for text in _varied(options)])
    if not _has_parts(session, subjects, options):
        return ExitCode.USAGE
    columns: list[Column] = []
    interrupted = True
    with suppress(KeyboardInterrupt):
        _look(session, subjects, columns, options, over)
        _ask(session, columns, options, over)
        _leave_out_together(session, columns, options, over)
        interrupted = over.interrupted
    if not columns:
        session.note("interrupted before the protocol was looked at as it is; nothing was found out")
        return ExitCode.INTERRUPTED
    _say(session, columns, options)
    if interrupted:
        answers = sum(len(column.cells) for column in columns)
        session.note(f"interrupted: {answers} of {sum(map(_wanted_of, columns))} parts have an answer")
        return ExitCode.INTERRUPTED
    lost = any(cell.answer is Answer.LOST for column in columns for cell in column.cells)
    broken = any(isinstance(column.whole.outcome, Evidence) for column in columns)
    return ExitCode.UNEXPECTED if lost or broken or len(columns) < len(subjects) else ExitCode.OK


def _varied(options: NeededOptions) -> list[str]:
    """One text an axis: keys without values may be given together, with commas."""
    return [
        part for text in options.vary for part in ([text] if "=" in text else text.split(",")) if part.strip()
    ]


def _wanted_of(column: Column) -> int:
    return len(column.whole.parts) + len(column.whole.missing)


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


def _look(
    session: Session, subjects: Sequence[Subject], columns: list[Column], options: NeededOptions, over: Over
) -> None:
    """Add a column for every configuration that was looked at, in their order, as it is."""
    found: dict[str, AsItIs] = {}
    try:
        with shown_bar(session) as bar:
            if bar is not None:
                bar.update(subjects[0].name, 0, len(subjects), phase="as it is")
            for subject, whole in look_at_each(subjects, options.budget, options.out, options.jobs):
                if whole is None:
                    session.note(f"{subject.label or subject.name}: given up, it killed its worker twice")
                elif not (over.interrupted and _is_empty(whole)):
                    found[subject.label] = _only_wanted(whole, options)
                if bar is not None:
                    bar.update(subject.name, len(found), len(subjects), phase="as it is")
    finally:
        for subject in subjects:
            if subject.label in found:
                whole = found[subject.label]
                columns.append(Column(whole, whole.settled()))


def _is_empty(whole: AsItIs) -> bool:
    """Whether nothing was made of it in time."""
    return isinstance(whole.outcome, Strength) and not whole.outcome.looked


def _has_parts(session: Session, subjects: Sequence[Subject], options: NeededOptions) -> bool:
    """Whether there is a part of each name that was asked for; otherwise it says which there are."""
    if not options.parts:
        return True
    known: dict[str, None] = {}
    for image in [subject.world().image for subject in subjects]:
        known |= dict.fromkeys(part.name for part in parts_of(image))
        known |= dict.fromkeys(one.name for one in missing_of(image))
    for wanted in options.parts:
        if not any(wanted in name for name in known):
            hint = did_you_mean(wanted, known, "these are there:")
            session.note(f"--part: no part is named like {shortened(wanted)!r}; {hint}")
            session.details("\n".join(fold(", ".join(map(unbroken, known)), session.width, "  ")))
            return False
    return True


def _only_wanted(whole: AsItIs, options: NeededOptions) -> AsItIs:
    def is_wanted(name: str) -> bool:
        return not options.parts or any(wanted in name for wanted in options.parts)

    return replace(
        whole,
        parts=tuple(part for part in whole.parts if is_wanted(part.name)),
        missing=tuple(one for one in whole.missing if is_wanted(one.name)),
    )


def _ask(session: Session, columns: Sequence[Column], options: NeededOptions, over: Over) -> None:
    """Add a cell to its column for every part that takes runs, as it is done, unless an interrupt left it empty."""
    holding = [column for column in columns if not isinstance(column.whole.outcome, Evidence)]
    _ask_of(session, holding, [column.whole.asked() for column in holding], options, over)
    weaker = [column.whole.weaker(column.cells) for column in holding]
    for column, parts in zip(holding, weaker, strict=True):
        column.whole = column.whole.with_parts(parts)
    _ask_of(session, holding, weaker, options, over)


def _ask_of(
    session: Session,
    columns: Sequence[Column],
    parts: Sequence[Sequence[Part]],
    options: NeededOptions,
    over: Over,
) -> None:
    by_label = {column.whole.subject.label: column for column in columns}
    asked = [
        (column.whole.subject, part)
        for column, of_column in zip(columns, parts, strict=True)
        for part in of_column
    ]
    with shown_bar(session) as bar:
        for done, cell in enumerate(ask_each(asked, options.budget, options.out, options.jobs), 1):
            if not (over.interrupted and cell.answer is Answer.LOST):
                by_label[cell.label].cells.append(cell)
            if bar is not None:
                bar.update(columns[0].whole.subject.name, done, len(asked), f"  {cell.name}")


def _leave_out_together(
    session: Session, columns: Sequence[Column], options: NeededOptions, over: Over
) -> None:
    """Find the sets of each column, where they are wanted."""
    tries = options.sets if options.sets is not None else 0 if options.vary else _SETS
    for column in columns:
        parts = candidates(column.whole, column.cells)
        if not tries or len(parts) < 2 or over():
            continue
        subject = column.whole.subject
        with shown_bar(session) as bar:
            tried = _ignored if bar is None else partial(_show, bar, subject.name, tries)
            column.together = leave_out_together(subject, parts, options.budget, options.out, tries, tried)


def _ignored(done: int) -> None:
    """Nobody watches."""


def _show(bar: Bar, name: str, tries: int, done: int) -> None:
    bar.update(name, done, tries, phase="several at once")


def _say(session: Session, columns: Sequence[Column], options: NeededOptions) -> None:
    if options.json:
        for column in columns:
            session.plain(msgspec.json.encode(column_json(column, session.own)).decode())
        return
    for line in report_lines(columns, session):
        session.plain(line)
