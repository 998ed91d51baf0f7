"""``why``: why a run fails, in sentences made from its events and from runs with one thing changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import msgspec
from cyclopts import Parameter

from ..atomic_file import write_whole
from ..errors import InputError
from ..explore import DEFAULT
from ..studies.needed import Budget
from ..terminal import shown
from ..why import Answer, Tells, answer_of, look_closer
from .designs import adopt
from .exit_codes import ExitCode
from .options import JOBS_MAX, RUNS_MAX, SEED_MAX, Here, Pairs, Strategy, cores, number
from .progress import shown_bar
from .session import Session
from .stopping import Over, stoppable
from .sweeps import one_change
from .why_cases import Case, Sampled, case_of_file, is_file, sample
from .why_json import answer_json, holds_json
from .why_junit import CaseResult, junit
from .why_mail import mail_lines
from .why_text import answer_lines, title

__all__ = ["WhyOptions", "command", "why"]

Format: TypeAlias = Literal["text", "mail", "json", "junit"]

_FLAG = Parameter(negative="", show_default=False)


@dataclass(frozen=True, slots=True)
class WhyOptions:
    """The options of ``why``; see its help."""

    form: Format
    quick: bool
    runs: int
    tries: int
    tokens: bool
    seed: int
    strategy: str
    jobs: int
    replays: Path
    output: Path | None
    design: str | None
    overrides: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Explained:
    """A failing run and why it fails."""

    case: Case
    answer: Answer


def command(
    *targets: str,
    design: str | None = None,
    format: Format = "text",  # noqa: A002 -- the option is called so
    jobs: Annotated[int | None, number(1, JOBS_MAX)] = None,
    out: Annotated[Path, Parameter()] = Path("out"),
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    quick: Annotated[bool, _FLAG] = False,
    runs: Annotated[int, number(1, RUNS_MAX)] = 1000,
    seed: Annotated[int, number(0, SEED_MAX)] = 0,
    set_: Pairs = None,
    strategy: Strategy | None = None,
    tokens: Annotated[bool, _FLAG] = False,
    tries: Annotated[int, number(1, RUNS_MAX)] = 200,
    session: Here,
) -> int:
    """Why a run fails: what broke, what led there, what the run needs, what helps, the nearest run that holds.

    Parameters
    ----------
    targets
        Replay files, logs of failing runs, or scenarios: of those runs are made until one fails, which is shrunk.
    design
        The file of the design, when a run was recorded with one of your own; for a scenario as for run.
    format
        As text; as a mail of 72 columns; as JSON, one object a line; as JUnit XML, for CI systems.
    jobs
        Worker processes, to try changes of the protocol; the number of cores when not given.
    out
        Directory for the replay files of failing runs of scenarios.
    output
        Write the answer to this file.
    quick
        Only what the events say; no runs are made to find out what is needed and what helps.
    runs
        How many runs of a scenario to make at most.
    seed
        As for run, for scenarios.
    set_
        KEY.PATH=VALUE replaces a value of the scenario; may be repeated.
    strategy
        As for run, for scenarios.
    tokens
        List the commands of all runs that were made, and not of a handful.
    tries
        How many runs to sample with each change of the protocol.
    """
    if not targets:
        raise InputError("why", "", "of what? name a replay file, a log of a failing run, or a scenario")
    changed = one_change(set_, "`why` explains runs of one scenario")
    options = WhyOptions(
        format,
        quick,
        runs,
        tries,
        tokens,
        seed,
        strategy or DEFAULT,
        jobs or cores(),
        out,
        output,
        design,
        changed,
    )
    with stoppable(None) as over:
        code = why(session, targets, options, over)
        if over.interrupted:
            session.note("interrupted: what was not tried by then is not in the answer")
            return ExitCode.INTERRUPTED
        return code


def why(session: Session, targets: Sequence[str], options: WhyOptions, over: Over) -> ExitCode:
    """The command; its exit code: 0 when all is explained, 4 when a file has another run than it says.

    For a scenario 0 when it came out as expected, failing or not, else 1.
    """
    found: list[_Explained | Sampled] = []
    codes = [ExitCode.OK]
    for target in targets:
        if over.interrupted:
            break
        code, one = _one(session, target, options, over)
        codes.append(code)
        if isinstance(one, Case):
            found.append(_Explained(one, _answer(session, one, options, over)))
        elif one is not None:
            found.append(one)
    if found:
        _say(session, _written(session, found, options), options.output)
    return ExitCode.worst(*codes)


def _one(
    session: Session, target: str, options: WhyOptions, over: Over
) -> tuple[ExitCode, Case | Sampled | None]:
    """The exit code of one target and the failing run, or that none was found; None when it is another run now."""
    code = ExitCode.OK
    path = Path(target)
    if is_file(target):
        if options.overrides:
            raise InputError("--set", "", f"does not go with {target}, which has the scenario in it")
    else:
        sampled = _sampled(session, target, options, over)
        if sampled is None:
            return code, None
        code = ExitCode.OK if sampled.expected else ExitCode.UNEXPECTED
        if sampled.replay is None:
            return code, sampled
        path = sampled.replay
    case = case_of_file(session, path, options.design)
    return (ExitCode.DIVERGED, None) if case is None else (code, case)


def _say(session: Session, lines: Sequence[str], output: Path | None) -> None:
    if output is None:
        for line in lines:
            session.plain(line)
        return
    text = "".join(f"{shown(line)}\n" for line in lines)
    try:
        write_whole(output, text.encode())
    except OSError as error:
        raise InputError("--output", "", f"cannot write {output}: {error.strerror or error}") from None


def _written(session: Session, found: Sequence[_Explained | Sampled], options: WhyOptions) -> list[str]:
    """The lines of all answers."""
    form = options.form
    if form == "junit":
        return junit([_tested(session, one, options) for one in found]).decode().splitlines()
    if form == "json":
        return [msgspec.json.encode(_as_json(session, one)).decode() for one in found]
    lines: list[str] = []
    for one in found:
        lines += [*([""] if lines else []), *_prose(session, one, options)]
    return lines


def _as_json(session: Session, one: _Explained | Sampled) -> dict[str, object]:
    return (
        holds_json(session, one) if isinstance(one, Sampled) else answer_json(session, one.case, one.answer)
    )


def _prose(session: Session, one: _Explained | Sampled, options: WhyOptions) -> list[str]:
    if isinstance(one, Sampled):
        return [_holds(one)]
    if options.form == "mail":
        return list(mail_lines(session, one.case, one.answer, tokens=options.tokens))
    return list(answer_lines(session, one.case, one.answer, session.width, tokens=options.tokens))


def _tested(session: Session, one: _Explained | Sampled, options: WhyOptions) -> CaseResult:
    text = "\n".join(_prose(session, one, options))
    if isinstance(one, Sampled):
        return CaseResult(one.plan.name, one.plan.path, one.expected, "", _holds(one), text)
    case = one.case
    return CaseResult(
        case.name, str(case.path), bool(case.expected), case.finding.invariant, title(case), text
    )


def _sampled(session: Session, target: str, options: WhyOptions, over: Over) -> Sampled | None:
    """What sampling a scenario came to; None when it was interrupted before anything failed."""
    overrides = adopt(session, options.design, options.overrides)
    with shown_bar(session) as bar:

        def progress(name: str, done: int, of: int) -> None:
            if bar is not None:
                bar.update(name, done, of)

        return sample(
            session,
            target,
            overrides,
            strategy=options.strategy,
            seed=options.seed,
            runs=options.runs,
            out=options.replays,
            progress=progress,
            over=over,
        )


def _holds(sampled: Sampled) -> str:
    expected = "as expected" if sampled.expected else f"expected {sampled.expect}"
    return f"{sampled.plan.name}: no failure in {sampled.runs} runs of strategy {sampled.plan.strategy}, {expected}"


def _answer(session: Session, case: Case, options: WhyOptions, over: Over) -> Answer:
    answer = answer_of(
        case.events,
        case.finding,
        case.findings,
        case.symbols,
        watched=case.watched,
        wait_for=case.wait_for,
    )
    if options.quick or case.source is None:
        return answer
    budget = Budget(places=0, runs=options.tries, over=over)
    with shown_bar(session) as bar:

        def progress(part: str, done: int, of: int) -> None:
            if bar is not None:
                bar.update(case.name, done, of, f"  {part}")

        return look_closer(answer, case.source, budget, options.jobs, Tells(progress))
