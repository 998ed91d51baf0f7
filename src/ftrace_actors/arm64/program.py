"""The code a machine runs: immutable words bound once, the few that may change, and marked places.

Only words declared modifiable have fetch choices; every other word is decoded when the world is built.  A *mark* is a
labelled edge in the code (`//@ ...` in the assembly): the PE stops there even where every access is private, so that
a task can be preempted exactly there and checks can see it pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .isa import Bound, bind

__all__ = ["CMODX_SAFE", "RETURN_ADDRESS", "Program", "concurrently_modifiable"]

RETURN_ADDRESS = 0xFFFF_FFFF_FFFF_F000
"""What a routine's caller leaves in LR: fetching there ends the routine."""

CMODX_SAFE = frozenset(
    {"b", "b.cond", "bl", "brk", "cbz", "cbnz", "tbz", "tbnz", "hvc", "isb", "nop", "smc", "svc", "udf"}
)
"""Instructions that may be changed while another PE executes them (Arm ARM B2.2.5)."""


def concurrently_modifiable(word: int, bcond_restricted: bool) -> bool:
    """May this word be modified, or written, while another PE may be executing it?"""
    name = bind(word).insn.mnemonic
    if name.startswith(("b.", "bc.")):
        return not bcond_restricted
    return name in CMODX_SAFE


@dataclass(slots=True)
class Program:
    """Code at addresses.  `words` is everything placed; `code` what runs without a stop; both by address."""

    words: dict[int, int] = field(default_factory=dict)
    code: dict[int, Bound] = field(default_factory=dict)
    marks: dict[int, str] = field(default_factory=dict)
    modifiable: dict[int, bool] = field(default_factory=dict)
    """Address of a word that may be written -> whether it may ever be outside `CMODX_SAFE`."""

    def place(self, base: int, words: list[int], marks: dict[int, str]) -> None:
        """Put words at `base`; `marks` maps addresses to the text of their mark.  Raises ValueError on overlap."""
        for index, word in enumerate(words):
            addr = base + 4 * index
            if addr in self.words:
                raise ValueError(f"two pieces of code at {addr:#x}")
            self.words[addr] = word
            self.code[addr] = bind(word)
        for addr, text in marks.items():
            self.marks[addr] = text
            self.code.pop(addr, None)

    def allow_modification(self, addr: int, unlisted: bool) -> None:
        """Declare the word at `addr` modifiable; `unlisted` when it may leave the concurrent-modification list."""
        self.modifiable[addr] = unlisted
        self.code.pop(addr, None)
