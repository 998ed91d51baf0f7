"""``report``: one HTML file that shows a run, a campaign or a table; nothing but a browser is needed to read it."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from ..atomic_file import can_be_written, write_whole
from ..errors import InputError
from ..inspect import FORMAT as LOG
from ..reading import TEXT_MAX, is_directory, open_regular
from ..report import RunReport, run_page
from .exit_codes import ExitCode
from .options import Here
from .report_sources import report_of_log, report_of_replay
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
    """One HTML file that shows a run step by step: lanes, messages, lives of memory, the machine after each step.

    Parameters
    ----------
    file
        A replay file, whose run is made again, or a log.
    design
        The file of the design, for a replay file that was recorded with one of your own.
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
        write_page(session, output, lambda: run_page(report))
    return ExitCode.OK


def _report(session: Session, path: Path, design: str | None) -> RunReport:
    if is_directory(path):
        raise InputError(str(path), "", "is a directory; give a replay file or a log")
    with open_regular(path, max(TEXT_MAX, 1 << 33)) as file:
        head = file.read(_HEAD)
    if LOG.encode() in head:
        if design is not None:
            raise InputError("--design", "", "goes with a replay file; a log says what its run did")
        return report_of_log(path)
    return report_of_replay(session, path, design)


def _check_output(source: Path, output: Path) -> None:
    """Before any work is done.  Raises `InputError`."""
    try:
        can_be_written(output)
    except OSError as error:
        raise InputError("--output", "", f"cannot write {output}: {error.strerror}") from None
    if output.exists() and source.exists() and output.samefile(source):
        raise InputError("--output", "", f"{output} is the file to report on; name another one")


def write_page(session: Session, output: Path, page: Callable[[], bytes]) -> None:
    """Write a page and say so.  Raises `InputError` when it cannot be written."""
    data = page()
    try:
        write_whole(output, data)
    except OSError as error:
        raise InputError("--output", "", f"cannot write {output}: {error.strerror}") from None
    session.note(f"{output}: {len(data) // 1024 + 1} KiB; open it in a browser")
