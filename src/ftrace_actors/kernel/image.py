"""A world's memory before anything runs: code, data, names, patch sites."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

from ..arm64.image import OverlapError, Symbols
from ..arm64.program import Program
from .designs import Design, SiteLayout
from .designs.base import NOP
from .layout import OPS_SIZE
from .mail import Mail
from .marks import Mark
from .ops import Ops
from .records import Record
from .slots import Template, branch_word
from .spec import Spec

__all__ = ["BuildError", "Image", "Site"]


class BuildError(Exception):
    """A world that cannot be built.  `where` is the key path in the scenario, as far as it is known."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(message)
        self.where = where


@dataclass(frozen=True, slots=True)
class Site:
    """One usable patch site: the function's name and where its parts are."""

    function: str
    layout: SiteLayout


@dataclass
class Image:
    """Memory before anything runs.

    `cells` maps aligned 8-byte addresses to (value, prov).  `ops` are all there are, nop and list ops first; those not
    allocated yet have address 0.  `mail`: the addresses of all mailboxes.  `refused` says which functions have no
    usable site, and why.
    """

    spec: Spec
    design: Design
    program: Program = field(default_factory=Program)
    symbols: Symbols = field(default_factory=Symbols)
    cells: dict[int, tuple[int, int]] = field(default_factory=dict)
    marks: dict[int, Mark] = field(default_factory=dict)
    sites: list[Site] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    ops: list[Ops] = field(default_factory=list)
    heap: tuple[int, ...] = ()
    template: Template | None = None
    allocations: int = 0
    mail: Mail = field(init=False, repr=False)
    _places: dict[int, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.mail = Mail.of((task.name for task in self.spec.tasks), self.spec.cpus)

    def name(self, name: str, addr: int, size: int, where: str) -> None:
        """Name `size` bytes at `addr`.  Raises BuildError, which blames an address that the scenario fixed first."""
        try:
            self.symbols.add(name, addr, size)
        except OverlapError as error:
            raise BuildError(self._fixed(error) or where, str(error)) from None
        except ValueError as error:
            raise BuildError(where, str(error)) from None

    def _fixed(self, overlap: OverlapError) -> str:
        """The key of the address that somebody gave to one of two pieces; "" when nobody did."""
        names = {overlap.new.name, overlap.old.name}
        for index, function in enumerate(self.spec.functions):
            if function.address is not None and names & {function.name, f"{function.name}.literal"}:
                return f"$.function[{index}].address"
        return ""

    def place(self, addr: int) -> str:
        """An address in words that name the same place in another layout: `vfs_read+0x0`, or hexadecimal without one.

        The offset is always there, so that no name of anything else looks like a place.
        """
        found = self._places.get(addr)
        if found is None:
            # A cell may begin in front of the piece that is in it: a literal that is not 8-byte aligned.
            piece = self.symbols.piece_at(addr) or self.symbols.piece_at(addr + 4)
            if piece is not None:
                found = f"{piece.name}{addr - piece.addr:+#x}"
            elif self.heap and self.heap[0] <= addr < self.heap[-1] + OPS_SIZE:
                found = f"heap+{addr - self.heap[0]:#x}"
            else:
                found = f"{addr:#x}"
            self._places[addr] = found
        return found

    @cached_property
    def layout(self) -> str:
        """A hash of where everything is: runs of two worlds have the same events only when this is the same."""
        pieces = sorted((name, addr) for name, addr in self.symbols.names().items())
        sizes = [(piece.addr, piece.size) for piece in self.symbols.pieces()]
        return blake2b(repr((pieces, sizes, self.heap)).encode(), digest_size=8).hexdigest()

    def records(self) -> list[Record]:
        """A record for each site, disabled."""
        return [
            Record(
                site.function,
                site.layout.entry,
                site.layout.site,
                site.layout.literal,
                site.layout.body,
                NOP,
                self.design.specialises,
                veneer=site.layout.veneer,
            )
            for site in self.sites
        ]

    @property
    def hazards(self) -> frozenset[int]:
        """Addresses of modifiable words that may leave the concurrent-modification list."""
        return frozenset(addr for addr, unlisted in self.program.modifiable.items() if unlisted)

    @property
    def watched(self) -> frozenset[int]:
        """Addresses of the design's own words and calls, and of the words that PLT entries go by.

        They are to a call what its literal and its site are: what leads it to one tracer or another.
        """
        names = (*(name for name, _ in self.design.words), *self.design.modifiable)
        own = {self.symbols[name] for name in names if name in self.symbols}
        return frozenset(own | {site.layout.veneer for site in self.sites if site.layout.veneer})

    @property
    def resting_literal(self) -> int:
        """What the books say a disabled site's literal holds; 0 without literals."""
        resting = self.design.resting(self.spec.protocol)
        if resting == "text":
            return NOP << 32 | NOP
        return self.symbols[f"ftrace_{resting}_ops"] if resting else 0

    def branch(self, site: int, target: str) -> int:
        """The word that calls `target`, a symbol, from `site`."""
        return branch_word(site, self.symbols[target])
