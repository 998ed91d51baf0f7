"""The result of one run as a line of JSON, and back.

A line holds all that a campaign counts of a run and, where the run failed, what it takes to make it again without the
seed: its non-zero choices. The key ``run`` comes first, keys that would hold nothing are left out, and the same run
gives the same bytes. So two results can be compared as text, and lines of several files can be merged without being
understood.

A run that was given up, since it killed its worker twice, has the verdict ``lost`` and no other key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec

from ..actors.choices import Pick
from ..checks import Ending, Finding
from ..errors import InputError
from ..events.encoding import BAD_JSON, json_fault
from ..result import RunResult
from ..words import Verdict, counted

__all__ = ["LOST", "Row", "decode", "encode", "lost_line", "refuse_more"]

LOST = "lost"

_NO_ENDING = Ending()


_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a line may hold; see `RunResult`.

    `choices` are those asked, `picks` those that were not 0.  `behaviour` is in hexadecimal digits, since many readers
    of JSON take numbers for floating-point ones.
    """

    run: _Count
    verdict: str
    choices: _Count = 0
    schedule_choices: _Count = 0
    steps: _Count = 0
    instructions: _Count = 0
    behaviour: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{1,16}$")] | None = None
    seen: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    picks: tuple[Pick, ...] = ()
    wait_for: str = ""
    ending: Ending | None = None


_DECODER = msgspec.json.Decoder(_Line)
_ENCODER = msgspec.json.Encoder()
_VERDICTS = frozenset(Verdict)


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it was read: the run's number, and what it came to; None when it was given up."""

    line: bytes
    run: int
    result: RunResult | None


def encode(run: int, result: RunResult) -> bytes:
    """The line of a run, without its end."""
    failed = result.verdict != Verdict.HOLDS
    return _ENCODER.encode(
        _Line(
            run=run,
            verdict=result.verdict,
            choices=result.positions,
            schedule_choices=result.schedule_choices,
            steps=result.steps,
            instructions=result.instructions,
            behaviour=None if result.behaviour is None else f"{result.behaviour:x}",
            seen=tuple(sorted(result.seen)),
            findings=result.findings,
            picks=result.picks if failed else (),
            wait_for=result.wait_for,
            ending=None if result.ending == _NO_ENDING else result.ending,
        )
    )


def lost_line(run: int) -> bytes:
    """The line of a run that was given up."""
    return _ENCODER.encode(_Line(run=run, verdict=LOST))


def decode(line: bytes, file: str, place: str) -> Row:
    """A line, without its end, read; raises an `InputError` that names `file` and `place` in it."""
    try:
        found = _DECODER.decode(line)
    except msgspec.ValidationError as error:
        message, _, key_path = str(error).partition(" - at ")
        where = f"{place}, {key_path.strip('`').removeprefix('$.')}" if key_path else place
        raise InputError(file, where, message) from None
    except BAD_JSON as error:
        raise InputError(file, place, f"not the result of a run: {json_fault(error)}") from None
    if found.verdict == LOST:
        return Row(line, found.run, None)
    if found.verdict not in _VERDICTS:
        raise InputError(file, f"{place}, verdict", f"unknown verdict {found.verdict!r}")
    if found.verdict == Verdict.HOLDS and (found.findings or found.picks):
        raise InputError(file, f"{place}, verdict", "is holds, and yet the line says what broke")
    if found.verdict in {Verdict.VIOLATED, Verdict.UNPREDICTABLE} and not found.findings:
        raise InputError(file, f"{place}, findings", f"is missing, although the verdict is {found.verdict}")
    return Row(line, found.run, _result(found))


def refuse_more(file: str, more: Row | None, runs: int, *, over: bool) -> None:
    """Raise `InputError` for a run `more` after the `runs` of a campaign; `over`: the last of these ended it."""
    if more is None:
        return
    why = (
        f"follows the run in line {runs}, which ended the campaign"
        if over
        else f"is there, although the campaign has only {counted(runs, 'run')} here"
    )
    raise InputError(file, f"line {runs + 1}", f"run {more.run} {why}; cut the file after line {runs}")


def _result(line: _Line) -> RunResult:
    return RunResult(
        Verdict(line.verdict),
        line.findings,
        line.picks,
        positions=line.choices,
        schedule_choices=line.schedule_choices,
        steps=line.steps,
        instructions=line.instructions,
        seen=frozenset(line.seen),
        wait_for=line.wait_for,
        ending=line.ending or _NO_ENDING,
        behaviour=None if line.behaviour is None else int(line.behaviour, 16),
    )
