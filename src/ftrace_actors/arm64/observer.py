"""What the machine reports to whoever watches it.

The machine writes no log.  It calls these methods at the moment an effect happens, with everything a check may later
need; the caller turns them into events.  While a PE runs ahead alone (certification, search) nobody watches.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["Observer"]


class Observer(Protocol):
    """Receives the effects of one PE, in program order."""

    def loaded(self, addr: int, size: int, value: int, t: int, pointer: int, prov: int) -> None:
        """A shared read through `pointer` took `value`, a pointer of allocation `prov`, from the message at `t`."""

    def stored(self, addr: int, size: int, value: int, t: int, pointer: int, prov: int) -> None:
        """A shared write through `pointer` of `value`, a pointer of allocation `prov`, took position `t`."""

    def fetched(self, addr: int, word: int, t: int, floor: int, newest: int, sync: int) -> None:
        """A fetch of a modifiable word took the message at `t`; `floor` is the oldest and `newest` the
        youngest it could have taken, `sync` what context synchronization had raised the fetch view to.
        """

    def barrier(self, name: str, view: int) -> None:
        """A DMB or DSB; `view` is what this PE's DSBs have completed so far."""

    def maintained(self, name: str, addr: int, t: int) -> None:
        """A DC or IC took position `t` (0 when this machine needs none)."""

    def synchronized(self, reason: str, tau: int) -> None:
        """A context synchronization event left the fetch view at `tau`."""

    def unpredictable(self, reason: str, addr: int, t: int) -> None:
        """The architecture gives no answer (CONSTRAINED UNPREDICTABLE)."""

    def faulted(self, reason: str, addr: int, prov: int) -> None:
        """An access or fetch that raises a synchronous exception."""
