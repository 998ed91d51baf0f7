"""Thread-private memory: stacks and per-task words, which bypass the timeline.

It belongs to a task and moves with it.  A slot keeps (value, views, provenance), so a spill and reload keeps
dependencies.
"""

from __future__ import annotations

from .registers import Reg
from .views import Views

__all__ = ["PRIVATE_HI", "PRIVATE_LO", "PrivateMemory"]

PRIVATE_LO = 0xFFFF_C000_0000_0000
PRIVATE_HI = 0xFFFF_D000_0000_0000
"""Addresses of thread-private memory (stacks, per-task words): they bypass the timeline."""


class PrivateMemory(Views):
    """Views plus private memory."""

    __slots__ = ()

    def load_private(self, addr: int, size: int) -> Reg:
        """Read thread-private memory: (value, views, provenance) come back as they were stored."""
        slot = self.private.get(addr & ~7)
        if slot is None:
            return (0, 0, 0, 0)
        if size == 8 and not addr & 7:
            return slot
        if (addr & 7) + size > 8:
            high = self.load_private((addr & ~7) + 8, size - (8 - (addr & 7)))
            low = self.load_private(addr, 8 - (addr & 7))
            value = low[0] | high[0] << 8 * (8 - (addr & 7))
            return (value, max(low[1], high[1]), max(low[2], high[2]), 0)
        return (slot[0] >> 8 * (addr & 7) & (1 << 8 * size) - 1, slot[1], slot[2], 0)

    def store_private(self, addr: int, size: int, data: Reg) -> None:
        """Write thread-private memory, views and provenance with the value."""
        if size == 8 and not addr & 7:
            self.private[addr] = data
            return
        if (addr & 7) + size > 8:
            cut = 8 - (addr & 7)
            self.store_private(addr, cut, data)
            self.store_private((addr & ~7) + 8, size - cut, (data[0] >> 8 * cut, data[1], data[2], 0))
            return
        old = self.private.get(addr & ~7, (0, 0, 0, 0))
        mask = (1 << 8 * size) - 1
        shift = 8 * (addr & 7)
        value = old[0] & ~(mask << shift) | (data[0] & mask) << shift
        self.private[addr & ~7] = (value, max(old[1], data[1]), max(old[2], data[2]), 0)
