"""``check``: every invariant once more, on logs alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from ..checks import Finding, ranked
from ..errors import InputError
from ..explore.judge import matching_finding
from ..inspect import Rechecked, recheck
from ..terminal import fold, unbroken
from ..words import Verdict, counted
from .exit_codes import ExitCode
from .log_sources import log_of
from .options import Here
from .session import Session

__all__ = ["check_logs", "command"]

_FLAG = Parameter(negative="", show_default=False)


def command(
    *files: Annotated[Path, Parameter(required=True)],
    json: Annotated[bool, _FLAG] = False,
    session: Here,
) -> int:
    """Every invariant once more, on logs alone; exit 1 when the verdict is not as expected, or not as recorded.

    Parameters
    ----------
    files
        Logs, as `run --keep-logs`, `once --log-to` and `replay --log-to` write them; or replay files.
    json
        One object a log on stdout.
    """
    return check_logs(session, files, json=json)


def check_logs(session: Session, paths: Sequence[Path], *, json: bool) -> ExitCode:
    """The command; its exit code."""
    code = ExitCode.OK
    for path in paths:
        try:
            found = recheck(log_of(session, path))
        except InputError as error:
            session.note(str(error))
            code = ExitCode.worst(code, ExitCode.USAGE)
            continue
        reason = _complaint(found)
        if json:
            session.plain(msgspec.json.encode(_as_json(path, found, reason)).decode())
        else:
            for line in _lines(path, found, reason, session.width):
                session.say(line)
        if reason:
            code = ExitCode.worst(code, ExitCode.UNEXPECTED)
        if found.header.ending is None or found.header.checks is None:
            session.note(f"{path}: the header does not tell machine and ending; checked with the defaults")
        if not found.header.digest:
            session.note(f"{path}: the header has no digest, so nothing says whether the events are whole")
        elif found.header.is_as_written is None:
            session.note(
                f"{path}: the header has no seal, as in logs of earlier versions: it may have been edited"
            )
    return code


def _complaint(found: Rechecked) -> str:
    """Why the command exits 1; "" when all is well."""
    if found.same is False:
        return f"recorded as {found.header.verdict} by version {found.header.tool}"
    expect = found.header.expected()
    if expect is None or found.verdict == found.header.verdict == Verdict.HOLDS:
        return ""  # also where the scenario must break: some run of it must, not this one
    if found.verdict not in expect.verdicts:
        return f"expected {expect}"
    if found.verdict == Verdict.VIOLATED and matching_finding(expect, found.findings) is None:
        return f"expected {expect}; something else broke"
    return ""


def _lines(path: Path, found: Rechecked, reason: str, width: int) -> list[str]:
    mark = "FAIL" if reason else "ok  "
    head = f"{found.verdict.upper()}, {counted(len(found.findings), 'finding')} in {counted(found.events, 'event')}"
    lines = fold(f"{unbroken(f'{mark} {path}:')} {head}", width, "", "  ")
    if reason:
        lines.append(f"     {reason}")
    for finding in ranked(found.findings):
        lines += _finding_lines(finding, width)
    if found.seen:
        seen = f"happened: {', '.join(sorted(found.seen))}"
        lines += fold(seen, width, " " * 5, " " * 7)
    return lines


def _finding_lines(finding: Finding, width: int) -> list[str]:
    where = f" in {finding.window}" if finding.window else ""
    proof = f" [events {', '.join(map(str, finding.events))}]" if finding.events else ""
    text = f"{finding.invariant} ({finding.severity}{where}): {finding.message}{proof}"
    return fold(text, width, " " * 5, " " * 7)


def _as_json(path: Path, found: Rechecked, reason: str) -> dict[str, Any]:
    header = found.header
    return {
        "log": str(path),
        "name": header.scenario,
        "verdict": found.verdict,
        "expected": list(header.expect.verdicts) if header.expect else None,
        "ok": not reason,
        "reason": reason or None,
        "recorded": header.verdict,
        "findings": [
            {
                "invariant": finding.invariant,
                "severity": finding.severity,
                "message": finding.message,
                "window": finding.window,
                "subject": finding.subject,
                "events": list(finding.events),
            }
            for finding in found.findings
        ],
        "seen": sorted(found.seen),
        "events": found.events,
        "seed": header.seed,
        "run": header.run,
        "strategy": header.strategy,
        "digest": header.digest,
        "tool": header.tool,
    }
