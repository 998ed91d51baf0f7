"""The events of a run in somebody's structlog, each as it happens; `relay` does the same for a log that was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events.encoding import KINDS
from ..scenario import Watcher
from .naming import Plain

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from ..events import Event
    from .symbols import Symbols

__all__ = ["Live"]


class Live(Watcher):
    """A watcher that logs every event, called as its kind, with the fields that a log holds of it.

    Addresses and 64-bit values are hexadecimal text. What else is in an entry (the scenario, the seed) was bound to the
    logger, and no clock is read: what stamps an entry with a time is the logger's configuration.
    """

    wanted = frozenset(KINDS.values())

    def __init__(self, logger: FilteringBoundLogger, symbols: Symbols) -> None:
        self._logger = logger
        self._plain = Plain(symbols)

    def see(self, event: Event) -> None:
        """Log it."""
        fields = self._plain(event)
        self._logger.info(fields.pop("kind"), **fields)
