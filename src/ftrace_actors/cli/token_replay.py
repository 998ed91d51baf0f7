"""``replay NAME TOKEN``: the run that a word stands for, strictly."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..errors import InputError, ReplayDiverged, clipped
from ..explore import Driver
from ..explore.judge import headline
from ..explore.token import TokenChooser, decode, encode
from ..result import RunResult
from ..terminal import unbroken
from .designs import adopt
from .evidence import write_log_to
from .exit_codes import ExitCode
from .plans import read_plan
from .report import broken_words, finding_json, print_failure, result_json
from .session import Session
from .setting import setting_json
from .targets import resolve
from .tokens import token_lines, world_hash
from .worlds import world_of

__all__ = ["TokenOptions", "replay_token"]

_STRATEGY = "token"
"""What a log says of where its run came from."""


@dataclass(frozen=True, slots=True)
class TokenOptions:
    """The options of ``replay`` that go with a token; see its help."""

    overrides: Mapping[str, str]
    design: str | None
    driver: Driver
    json: bool
    log: bool
    log_to: Path | None


def replay_token(session: Session, name: str, word: str, options: TokenOptions) -> ExitCode:
    """The command; its exit code. Raises `InputError` for a token of something else."""
    token = decode(word)
    paths = resolve([name])
    if len(paths) != 1:
        raise InputError(name, "", f"has {len(paths)} scenarios; a token is of one")
    overrides = adopt(session, options.design, options.overrides)
    plan = read_plan(
        session, paths[0], overrides=overrides, strategy=_STRATEGY, seed=0, runs=1, driver=options.driver
    )
    token.require(world_hash(session, plan.text, plan.overrides))
    world = world_of(session.worlds, plan)
    try:
        result = world.run(TokenChooser(token.picks), driver=plan.driver, record=True)
    except ReplayDiverged as error:
        session.note(f"{plan.path}: {clipped(str(error))}; {_WHY}")
        return ExitCode.DIVERGED
    same = token.is_of(result)
    finding = headline(world.expect, result.findings)
    lines: list[bytes] = []
    if options.log or options.log_to is not None:
        lines = world.log_lines(result, seed=0, run=0, strategy=_STRATEGY)
    if options.log_to is not None:
        write_log_to(options.log_to, lines)
    if options.log:
        for line in lines:
            session.plain(line.decode())
    elif options.json:
        setting = setting_json(world.kernel(), plan.overrides, session.own)
        summary = {"name": plan.name, "same": same, "verdict": result.verdict, **finding_json(finding)}
        session.plain(
            msgspec.json.encode(
                {**summary, **result_json(result), "token": encode(token), **setting}
            ).decode()
        )
    else:
        title = _title(plan.path, result, broken_words(result.verdict, finding))
        tail = "\n".join(token_lines(session, plan.path, plan.overrides, encode(token)))
        print_failure(session, title, plan.overrides, world, result, finding, tail)
    if not same:
        session.note(f"{plan.path}: the choices fit, but the events are not those of the token; {_WHY}")
        return ExitCode.DIVERGED
    return ExitCode.OK


_WHY = "it was made by another state of the tool"


def _title(path: str, result: RunResult, broke: str) -> str:
    return (
        f"{unbroken(f'{path}:')} {result.verdict.upper()}{broke} in {result.steps} steps, "
        f"{len(result.picks)} non-dull choices of {result.positions}"
    )
