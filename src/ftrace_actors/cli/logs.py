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

from ..errors import InputError
from ..explore.atomic_file import fresh_file
from .session import Session

__all__ = ["LOG_NAME", "campaign_log"]

LOG_NAME = "campaign.log.jsonl"


def _encode(_: object, __: str, event: MutableMapping[str, Any]) -> bytes:
    return msgspec.json.encode(event)


@contextmanager
def campaign_log(
    session: Session, out: Path, *, verbose: bool
) -> Iterator[structlog.typing.FilteringBoundLogger]:
    """A logger that writes ``OUT/campaign.log.jsonl`` anew. Raises `InputError` when it cannot."""
    path = out / LOG_NAME
    try:
        file = os.fdopen(fresh_file(path), "wb", buffering=0)
    except OSError as error:
        raise InputError("--out", "", f"cannot write {path}: {error.strerror}") from None

    def show(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if verbose:
            words = " ".join(
                f"{key}={value}" for key, value in event.items() if key not in {"event", "level"}
            )
            session.note(f"{event['event']} {words}")
        return event

    with file:
        yield structlog.wrap_logger(
            structlog.BytesLogger(file),
            processors=[structlog.processors.add_log_level, show, _encode],
            wrapper_class=structlog.make_filtering_bound_logger("info"),
        )
