"""Run-level events, always: what a campaign was asked and what came out, as JSON lines in the output directory.

The events of single steps are another matter (they exist for kept runs only). There is no clock in this log: the same
command writes the same bytes. With ``-v`` or ``--log-format`` the events are also shown on stderr as they come.
"""

import os
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec
import structlog
from structlog.typing import FilteringBoundLogger, Processor

from ..atomic_file import fresh_file
from ..terminal import one_line
from .session import Session

__all__ = ["LOG_NAME", "LogFormat", "campaign_log", "live_log"]

LOG_NAME = "campaign.log.jsonl"

LogFormat: TypeAlias = Literal["console", "json"]
_COLUMNS = 16
"""Room for the name of an event, so that the fields begin in one column."""


def live_log(session: Session, form: LogFormat) -> FilteringBoundLogger:
    """A logger that shows events on stderr: one JSON object a line, or columns for people (in colour on a terminal)."""
    processors: list[Processor] = [structlog.processors.add_log_level]
    if form == "json":
        processors.append(structlog.processors.JSONRenderer())
    else:
        processors += [
            _harmless,
            structlog.dev.ConsoleRenderer(colors=session.coloured, pad_event_to=_COLUMNS),
        ]
    return _logger(_Screen(session), processors)


@contextmanager
def campaign_log(
    session: Session, out: Path, *, verbose: bool, form: LogFormat | None = None
) -> Iterator[FilteringBoundLogger]:
    """A logger that writes ``OUT/campaign.log.jsonl`` anew; where it cannot, it says so once and logs nothing."""
    sink = _Sink(session, out / LOG_NAME)
    live = live_log(session, form or "console") if verbose or form is not None else None

    def show(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if live is not None:
            fields = {key: value for key, value in event.items() if key not in {"event", "level"}}
            live.info(event["event"], **fields)
        return event

    try:
        yield _logger(sink, [structlog.processors.add_log_level, show, _encode])
    finally:
        sink.close()


def _logger(sink: object, processors: list[Processor]) -> FilteringBoundLogger:
    """A logger of our own, whatever the program that we are part of has configured."""
    logger: FilteringBoundLogger = structlog.wrap_logger(
        sink, processors=processors, wrapper_class=structlog.make_filtering_bound_logger("info")
    )
    return logger


def _encode(_: object, __: str, event: MutableMapping[str, Any]) -> bytes:
    return msgspec.json.encode(event)


def _harmless(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Text of a scenario as one line in which a terminal finds nothing to obey; other values as JSON."""
    return {
        key: one_line(value if isinstance(value, str) else msgspec.json.encode(value).decode())
        for key, value in event.items()
    }


class _Screen:
    """Stderr, line by line."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def info(self, line: str) -> None:
        """One more line."""
        self._session.rendered(line)


class _Sink:
    """Where lines go: a file, until that takes no more."""

    def __init__(self, session: Session, path: Path) -> None:
        self._session = session
        self._path = path
        self._file: int | None = None
        self._whole = 0
        try:
            self._file = fresh_file(path)
        except OSError as error:
            self._give_up(error)

    def info(self, line: bytes) -> None:
        """One more line, at once and whole: what a full disk took of it is taken back."""
        if self._file is None:
            return
        rest = memoryview(line + b"\n")
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
            self._whole += len(line) + 1
        except OSError as error:
            os.ftruncate(self._file, self._whole)
            self.close()
            self._give_up(error)

    def close(self) -> None:
        """No more lines."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _give_up(self, error: OSError) -> None:
        self._session.note(f"no log of the campaign: cannot write {self._path}: {error.strerror or error}")
