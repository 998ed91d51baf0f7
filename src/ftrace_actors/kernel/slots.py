"""Text that is allocated for trampolines: what one is copied from, where it went, and the branch that calls it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BL_RANGE", "Template", "Text", "branch_word"]

BL_RANGE = 128 << 20
"""Bytes a BL reaches in either direction."""


def branch_word(site: int, target: int) -> int:
    """The BL at `site` that calls `target`."""
    return 0x9400_0000 | (target - site >> 2 & 0x03FF_FFFF)


@dataclass(frozen=True, slots=True)
class Template:
    """What a trampoline is copied from.

    `source`: where its words lie as data, `size` bytes.  `ops`, `call`: offsets of the pointer to the ops and of the BL
    to its function.  `slots`: addresses that can be allocated, each the symbol `ftrace_tramp.N`.
    """

    source: int
    size: int
    ops: int
    call: int
    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """One allocation: its symbol, address, the number of the allocation, and whether another was there before."""

    symbol: str
    addr: int
    prov: int
    reused: bool
