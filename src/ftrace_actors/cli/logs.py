"""Run-level events, always: what a campaign was asked and what came out, as JSON lines in the output directory.

The events of single steps are another matter (they exist for kept runs only). There is no clock in this log: the same
command writes the same bytes. With ``-v`` the events are also shown on stderr.
"""

import os
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import structlog

from ..explore.atomic_file import fresh_file
from .session import Session

__all__ = ["LOG_NAME", "campaign_log"]

LOG_NAME = "campaign.log.jsonl"


def _encode(_: object, __: str, event: MutableMapping[str, Any]) -> bytes:
    return msgspec.json.encode(event)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


@contextmanager
def campaign_log(
    session: Session, out: Path, *, verbose: bool
) -> Iterator[structlog.typing.FilteringBoundLogger]:
    """A logger that writes ``OUT/campaign.log.jsonl`` anew; where it cannot, it says so once and logs nothing."""
    sink = _Sink(session, out / LOG_NAME)

    def show(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if verbose:
            words = " ".join(
                f"{key}={_plain(value)}" for key, value in event.items() if key not in {"event", "level"}
            )
            session.note(f"{event['event']} {words}")
        return event

    try:
        yield structlog.wrap_logger(
            sink,
            processors=[structlog.processors.add_log_level, show, _encode],
            wrapper_class=structlog.make_filtering_bound_logger("info"),
        )
    finally:
        sink.close()


class _Sink:
    """Where lines go: a file, until that takes no more."""

    def __init__(self, session: Session, path: Path) -> None:
        self._session = session
        self._path = path
        self._file: int | None = None
        try:
            self._file = fresh_file(path)
        except OSError as error:
            self._give_up(error)

    def info(self, line: bytes) -> None:
        """One more line, at once."""
        if self._file is None:
            return
        try:
            os.write(self._file, line + b"\n")
        except OSError as error:
            self.close()
            self._give_up(error)

    def close(self) -> None:
        """No more lines."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _give_up(self, error: OSError) -> None:
        self._session.note(f"no log of the campaign: cannot write {self._path}: {error.strerror or error}")
