"""A run's events for somebody's own structlog: one entry an event, under whatever configuration the logger has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from .logfile import LogFile
from .select import matches, select

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

__all__ = ["relay"]


def relay(log: LogFile, logger: FilteringBoundLogger, query: str | None = None) -> int:
    """Log the events of `log` that a query selects, or all, in their order; how many there were.

    An entry is of level info and called as the event's kind.  It has the event's fields as the log holds them
    (addresses and 64-bit values as hexadecimal text), and of the run its `scenario`, `seed`, `run` and `strategy`.  No
    clock is read: what stamps an entry with a time is the logger's configuration.

    Raises `InputError` for a file that is not a whole log, and `QueryError`.
    """
    header = log.header
    bound = logger.bind(scenario=header.scenario, seed=header.seed, run=header.run, strategy=header.strategy)
    count = 0
    for line, _ in matches(log, select(log, query)):
        event: dict[str, Any] = msgspec.json.decode(line)
        bound.info(event.pop("kind"), **event)
        count += 1
    return count
