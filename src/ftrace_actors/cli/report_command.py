"""``report``: one HTML file that shows a run, a campaign or a table; nothing but a browser is needed to read it."""

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from ..atomic_file import can_be_written, write_whole
from ..errors import InputError
from ..inspect import FORMAT as LOG
from ..reading import TEXT_MAX, is_directory, open_regular
from ..report import RunReport, TablesReport, run_page, tables_page
from .exit_codes import ExitCode
from .log_sources import begins_replay
from .options import Here
from .report_campaign import report_of_campaign
from .report_sources import report_of_log, report_of_replay
from .report_tables import WHAT, is_study, report_of_study
from .session import Session

__all__ = ["command"]

_FLAG = Parameter(negative="", show_default=False)
_HEAD = 4096


def command(
    file: Path,
    /,
    *,
    design: str | None = None,
    json: Annotated[bool, _FLAG] = False,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    session: Here,
) -> int:
    """One HTML file that shows a run step by step, with the machine after each; or a campaign, or a study's table.

    Parameters
    ----------
    file
        A replay file, whose run is made again, or a log; the directory of `run --campaign`; what `needed --json` or
        `matrix --json` printed.
    design
        The file of the design, for a replay file or a campaign that was made with one of your own.
    json
        Print what the page shows as one object instead.
    output
        The HTML file to write, whole or not at all.
    """
    if output is None and not json:
        raise InputError("report", "", "where to? give -o OUT.html, or --json for what the page shows")
    if output is not None:
        _check_output(file, output)
    report = _report(session, file, design)
    if json:
        session.plain(msgspec.json.encode(report).decode())
    if output is not None:
        page = run_page(report) if isinstance(report, RunReport) else tables_page(report)
        _write_page(session, output, page)
    return ExitCode.OK


def _report(session: Session, path: Path, design: str | None) -> RunReport | TablesReport:
    if is_directory(path):
        return report_of_campaign(session, path, design)
    with open_regular(path, max(TEXT_MAX, 1 << 33)) as file:
        head = file.read(_HEAD)
    if begins_replay(head) and not is_study(head):
        return report_of_replay(session, path, design)
    if design is not None:
        raise InputError("--design", "", f"goes with a replay file or a campaign; {path} says what was run")
    if LOG.encode() in head:
        return report_of_log(path)
    if is_study(head):
        return report_of_study(path)
    raise InputError(str(path), "", f"is not a file that can be shown: {WHAT}")


def _check_output(source: Path, output: Path) -> None:
    """Before any work is done.  Raises `InputError`."""
    try:
        can_be_written(output)
    except OSError as error:
        raise InputError("--output", "", f"cannot write {output}: {error.strerror}") from None
    if output.exists() and source.exists() and output.samefile(source):
        raise InputError("--output", "", f"{output} is the file to report on; name another one")


def _write_page(session: Session, output: Path, data: bytes) -> None:
    """Write a page and say so.  Raises `InputError` when it cannot be written."""
    try:
        write_whole(output, data)
    except OSError as error:
        raise InputError("--output", "", f"cannot write {output}: {error.strerror}") from None
    session.note(f"{output}: {len(data) // 1024 + 1} KiB; open it in a browser")
