"""What may differ between two Arm machines, as one frozen value.

Sources: Arm ARM D24 (`CTR_EL0.IDC`, `CTR_EL0.DIC`, FEAT_ExS, FEAT_LSE2) and, for the `herd` profile, the quirks of
the published tools that a comparison run has to share.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """Architectural options of every PE of one machine.

    `idc`: stores need no DC CVAU to be seen by fetches.  `dic`: fetches need no IC (then `idc` holds too).
    `lse2`: an unaligned access inside 16 aligned bytes is single-copy atomic.
    `eis`, `eos`: exception entry and return are context synchronization events (FEAT_ExS can clear them).
    `line`: bytes of a cache line, for DC and IC.
    `all_domains`: DSB NSH and IC IALLU count as fully broadcast, as the published tools have it.
    `cleans_to_pou`: a DC to the point of coherency or beyond (CIVAC, CVAC, ...) also reaches the PoU, as the
    architecture has it.  The published tools know only DC CVAU: for them the others order nothing.
    `exact_ic`: an IC completes at a moment of its own (COMP).  Without it an IC is one moment, which is the same as
    long as no code location is written twice.
    `bcond_restricted`: B.cond is outside the concurrent-modification list, as the published tools have it.
    """

    idc: bool = False
    dic: bool = False
    lse2: bool = False
    eis: bool = True
    eos: bool = True
    line: int = 64
    all_domains: bool = False
    bcond_restricted: bool = False
    cleans_to_pou: bool = True
    exact_ic: bool = True

    def __post_init__(self) -> None:
        if self.line < 4 or self.line & (self.line - 1):
            raise ValueError(f"line must be a power of two of at least 4 bytes, not {self.line}")

    @property
    def stores_reach_fetch(self) -> bool:
        """True when no DC is needed between a store and a fetch (IDC, or DIC which implies it)."""
        return self.idc or self.dic

    def herd(self) -> Options:
        """The same machine with the quirks of the published tools (one line a word, domains ignored, DC CVAU alone)."""
        return replace(self, line=4, all_domains=True, bcond_restricted=True, cleans_to_pou=False)
