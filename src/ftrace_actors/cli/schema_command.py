"""``schema``: the JSON Schema of scenario files, for editors, and that of logs, for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from ..atomic_file import write_whole
from ..errors import InputError
from ..inspect.file_schema import json_schema as line_schema
from ..scenario.keys import json_schema
from .exit_codes import ExitCode
from .options import Here

__all__ = ["command"]


def command(
    *,
    events: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    out: Annotated[Path | None, Parameter(alias="-o")] = None,
    session: Here,
) -> int:
    """The JSON Schema of scenario files: editors complete keys by it, and show what they mean.

    Parameters
    ----------
    events
        That of the lines of a log instead: a header, then events.
    out
        Write it to this file; else to stdout.
    """
    text = msgspec.json.format(msgspec.json.encode(line_schema() if events else json_schema()), indent=2)
    if out is None:
        session.plain(text.decode())
        return ExitCode.OK
    try:
        write_whole(out, text + b"\n")
    except OSError as error:
        raise InputError(str(out), "", f"cannot be written: {error.strerror or error}") from None
    return ExitCode.OK
