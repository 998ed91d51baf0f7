"""``once``: one numbered run of a scenario as it was drawn, whether it fails or holds, and its log."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from structlog.typing import FilteringBoundLogger

from ..checks import Finding
from ..errors import InputError
from ..explore import DEFAULT, Driver, Plan, Profile, make_chooser, prepare
from ..explore.chunk import shares_for
from ..explore.judge import headline, is_expected_failure
from ..explore.strategies.auto import Shares
from ..result import RunResult
from ..terminal import unbroken
from ..words import Verdict
from .evidence import write_log_to
from .exit_codes import ExitCode
from .logs import LogFormat, live_log
from .options import RUNS_MAX, Here, Pairs, Seed, Strategy, number
from .plans import read_plan
from .progress import shown_bar
from .report import broken_words, finding_json, print_failure, result_json
from .session import Session
from .setting import setting_json
from .sweeps import each_change, each_turn
from .targets import resolve
from .tokens import token_lines, token_words
from .worlds import Shown, world_of

__all__ = ["OnceOptions", "command", "once"]

_FLAG = Parameter(negative="", show_default=False)
_NUMBER = number(0, RUNS_MAX)
_PATIENCE = 1.0
"""Seconds of work that nobody is shown."""


@dataclass(frozen=True, slots=True)
class OnceOptions:
    """The options of ``once``; see its help."""

    run: int = 0
    seed: int = 0
    strategy: str = DEFAULT
    driver: Driver = "trio"
    overrides: tuple[tuple[str, str], ...] = ()
    log_to: Path | None = None
    json: bool = False
    log_format: LogFormat | None = None
    brief: bool = False


def command(
    target: str,
    /,
    *,
    brief: Annotated[bool, _FLAG] = False,
    design: str | None = None,
    driver: Driver = "trio",
    json: Annotated[bool, _FLAG] = False,
    log_format: LogFormat | None = None,
    log_to: Path | None = None,
    run: Annotated[int, _NUMBER] = 0,
    seed: Seed = 0,
    set_: Pairs = None,
    strategy: Strategy = DEFAULT,
    session: Here,
) -> int:
    """One run of those that `run` draws, as it was drawn: in lanes and as a log, whether it fails or holds.

    Parameters
    ----------
    target
        A scenario file, or the name of a shipped one.
    brief
        Of a run that holds only what services did, and how often each task did what.
    design
        As for run.
    driver
        What steps the actors; the output is the same under both.
    json
        One object instead of the timeline.
    log_format
        Show each event on stderr as it happens: one JSON object a line, or columns for people.
    log_to
        Write the log to this file, for `log` and `check`.
    run
        Which one, from 0.
    seed
        As for run.
    set_
        KEY.PATH=VALUE replaces a value of the scenario; may be repeated.
    strategy
        As for run.
    """
    turns = each_change(set_)
    if log_to is not None and len(turns) > 1:
        raise InputError("--log-to", "", f"--set asks for {len(turns)} runs; a log is of one")
    return ExitCode.worst(
        *[
            once(
                session,
                target,
                OnceOptions(run, seed, strategy, driver, given, log_to, json, log_format, brief),
            )
            for given in each_turn(session, design, turns, quiet=json)
        ]
    )


def once(session: Session, target: str, options: OnceOptions) -> ExitCode:
    """The command; its exit code: 1 when the run fails in a way that the scenario does not expect."""
    plan = _plan(session, resolve([target]), target, options)
    _, profile = prepare(plan)
    world = world_of(session.worlds, plan)
    shares = _shares(session, plan, options.run, world, profile)
    chooser = make_chooser(plan.strategy, plan.seed, options.run, profile, shares)
    if options.log_format is None:
        result = world.run(chooser, driver=plan.driver, record=True)
    else:
        log = _live(session, plan, options.run, world, options.log_format)
        result = world.run_live(chooser, plan.driver, log)
    finding = headline(world.expect, result.findings)
    if options.log_to is not None:
        lines = world.log_lines(result, seed=plan.seed, run=options.run, strategy=plan.strategy)
        write_log_to(options.log_to, lines)
    holds = result.verdict == Verdict.HOLDS
    token = "" if holds else token_words(session, plan.text, plan.overrides, result)
    ok = holds or is_expected_failure(world.expect, result)
    if options.json:
        setting = setting_json(world.kernel(), plan.overrides, session.own)
        summary = {**_summary(plan, options, result, finding, ok=ok), "token": token or None, **setting}
        session.plain(msgspec.json.encode(summary).decode())
    else:
        tail = _tail(
            plan,
            options,
            "" if ok else f"{world.expect}",
            token_lines(session, plan.path, plan.overrides, token),
        )
        title, brief = _title(plan, result, finding), options.brief and holds
        print_failure(session, title, plan.overrides, world, result, finding, tail, brief=brief)
    return ExitCode.OK if ok else ExitCode.UNEXPECTED


def _shares(session: Session, plan: Plan, run: int, world: Shown, profile: Profile) -> Shares:
    """What the runs before teach; they are counted on the screen when they take longer than `_PATIENCE`."""
    shown_from = time.monotonic() + _PATIENCE
    with shown_bar(session) as bar:

        def made(done: int, of: int) -> None:
            if bar is not None and time.monotonic() >= shown_from:
                bar.update(plan.name, done, of, phase="earlier runs")

        return shares_for(world, profile, plan.strategy, plan.seed, run, made)


def _live(session: Session, plan: Plan, run: int, world: Shown, form: LogFormat) -> FilteringBoundLogger:
    """A logger that shows events, and which run they are of."""
    design = {name: value for name, value in world.kernel().items() if name == "design"}
    bound = {"scenario": plan.name, "seed": plan.seed, "run": run, "strategy": plan.strategy}
    return live_log(session, form).bind(**bound, **design)


def _plan(session: Session, paths: Sequence[Path], target: str, options: OnceOptions) -> Plan:
    if len(paths) != 1:
        raise InputError(target, "", f"has {len(paths)} scenarios; once makes a run of one")
    return read_plan(
        session,
        paths[0],
        overrides=dict(options.overrides),
        strategy=options.strategy,
        seed=options.seed,
        runs=options.run + 1,
        driver=options.driver,
    )


def _title(plan: Plan, result: RunResult, finding: Finding | None) -> str:
    return (
        f"{unbroken(f'{plan.path}:')} {result.verdict.upper()}{broken_words(result.verdict, finding)} "
        f"in {result.steps} steps, {len(result.picks)} non-dull choices of {result.positions}"
    )


def _tail(plan: Plan, options: OnceOptions, expected: str, token: Sequence[str]) -> str:
    lines = [f"  expected  {expected}"] if expected else []
    lines.append(f"  seed  {plan.seed}, run {options.run}, strategy {plan.strategy}")
    lines += token
    if options.log_to is not None:
        lines.append(f"  log  {options.log_to}")
    return "\n".join(lines)


def _summary(
    plan: Plan, options: OnceOptions, result: RunResult, finding: Finding | None, *, ok: bool
) -> dict[str, object]:
    return {
        "name": plan.name,
        "verdict": result.verdict,
        "ok": ok,
        **finding_json(finding),
        "seed": plan.seed,
        "run": options.run,
        "strategy": plan.strategy,
        **result_json(result),
        "log": str(options.log_to) if options.log_to is not None else None,
    }
