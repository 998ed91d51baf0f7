"""``export``: a run, or the answer to a litmus test, as a file that other tools read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from ..atomic_file import write_whole
from ..checks import ranked
from ..errors import InputError
from ..events.ftrace_ops import with_fields
from ..events.own import ActorStep, Note
from ..explore.judge import matching_finding
from ..export.forms import FORMS
from ..export.recorded import Recorded
from ..inspect import proof_of, recheck
from ..reading import shortened
from ..suggestions import did_you_mean
from ..terminal import one_line
from .exit_codes import ExitCode
from .log_output import narrator_of
from .log_sources import log_of
from .options import Here
from .output import write_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..checks import Finding
    from ..events import Event
    from ..inspect import LogFile
    from .session import Session

__all__ = ["command", "headline_of", "recorded"]

STDOUT: Final = Path("-")
LITMUS: Final = ".litmus"
EVENTS_MAX: Final = 1_000_000
"""They are kept in memory, a kilobyte each."""


def command(
    file: Path,
    /,
    *,
    to: str,
    out: Annotated[Path, Parameter(alias="-o", allow_leading_hyphen=True)] = STDOUT,
    design: str | None = None,
    why: str | None = None,
    session: Here,
) -> int:
    """A run as a file for another tool: a trace viewer, a diagram, a graph, the kernel's own trace text.

    Parameters
    ----------
    file
        A replay file, whose run is then made, or a log; or a litmus test.
    to
        perfetto, chrome (trace viewers), shiviz (vector clocks), mermaid (sequence diagram), trace (the layout of the
        kernel's file of that name) or dot (graph; also of a litmus test).
    out
        The file to write; - is stdout.
    design
        The file of the design, for a replay file that was recorded with one of your own.
    why
        Of a litmus test, the state to ask about, as '0:X1=1; [x]=2'; without it the test's own condition.
    """
    form = FORMS.get(to)
    if form is None:
        known = ", ".join(FORMS)
        raise InputError(
            "--to",
            "",
            f"{shortened(repr(to))} is not a form; {did_you_mean(to, FORMS, f'known are {known}')}",
        )
    if out == STDOUT and not form.text and sys.stdout.isatty():
        raise InputError("--out", "", f"{to} is not text and this is a terminal; name a file by -o")
    if file.suffix == LITMUS:
        if to != "dot":
            raise InputError("--to", "", f"a litmus test leaves as dot, not as {to}")
        content = _execution(file, why)
    elif why is not None:
        raise InputError("--why", "", f"goes with a litmus test, a file that ends in {LITMUS}")
    else:
        content = form.make(recorded(log_of(session, file, design)))
    _put(session, out, content)
    return ExitCode.OK


def recorded(log: LogFile) -> Recorded:
    """The run in a log, with what proves its failure.  Raises `InputError`."""
    events: list[Event] = []
    for event in log.events():
        events.append(event)
        if len(events) > EVENTS_MAX:
            raise InputError(str(log.path), "", f"more than {EVENTS_MAX} events are too many to be drawn")
    narrator = narrator_of(log)
    header = log.header
    finding = headline_of(log, events)
    proof = () if finding is None else proof_of(events, finding)
    verdict = f": {header.verdict}" if header.verdict else ""
    title = f"{header.scenario}, seed {header.seed}, run {header.run}{verdict}"
    reason = "" if finding is None else _reason(finding)
    return Recorded(
        one_line(title), one_line(with_fields(reason, narrator.ops_names)), events, narrator, frozenset(proof)
    )


def headline_of(log: LogFile, events: Sequence[Event]) -> Finding | None:
    """The finding that a log is about; None where nothing broke, or a test's own actors made the steps."""
    if any(isinstance(event, (ActorStep, Note)) for event in events):
        return None
    findings = recheck(log).findings
    expect = log.header.expected()
    wanted = None if expect is None else matching_finding(expect, findings)
    return wanted or next(iter(ranked(findings)), None)


def _reason(finding: Finding) -> str:
    where = f" in {finding.window}" if finding.window else ""
    return f"{finding.invariant} ({finding.severity}{where}): {finding.message}"


def _execution(path: Path, state: str | None) -> bytes:
    """The answer to a litmus test as a graph.  Raises `InputError`, of which `LitmusError` is one."""
    # These load the exhaustive search, which runs do without.
    from ..export.execution import answer_as_dot  # noqa: PLC0415
    from ..litmus.why import answer, own_state  # noqa: PLC0415
    from .litmus_command import LitmusOptions, limits_of, machine_options, read_test  # noqa: PLC0415

    test, options = read_test(path), LitmusOptions()
    asked = state or own_state(test)
    return answer_as_dot(answer(test, asked, machine_options(test, options), limits_of(options)))


def _put(session: Session, out: Path, content: bytes) -> None:
    if out == STDOUT:
        write_bytes(content)
        return
    try:
        write_whole(out, content)
    except OSError as error:
        raise InputError(str(out), "", f"cannot be written: {error.strerror or error}") from None
    session.note(f"wrote {out} ({len(content)} bytes)")
