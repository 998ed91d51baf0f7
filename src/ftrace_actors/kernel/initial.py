"""What memory holds before anything runs: the ops, the literals, and which words may be modified."""

from __future__ import annotations

from collections.abc import Iterator

from ..reading import number, shortened
from .designs import DesignError
from .image import BuildError, Image, Site
from .layout import FL_STUB, OPS_FILTER, OPS_FLAGS, OPS_FUNC, OPS_NEXT, OPS_SIZE
from .ops import Ops
from .spec import OpsSpec

__all__ = ["declare_modifiable", "initialise_ops"]


def initialise_ops(image: Image) -> None:
    """The ops in memory, and the kernel's books of them."""
    symbols, cells = image.symbols, image.cells
    stub, walk = symbols["ftrace_stub"], symbols["ftrace_ops_list_func"]
    end = symbols["ftrace_list_end"]
    for name, func, role in (("ftrace_nop_ops", stub, "nop"), ("ftrace_list_ops", walk, "list")):
        _write_ops(cells, symbols[name], func, FL_STUB, 0, 0)
        image.ops.append(Ops(name, symbols[name], 0, symbols.describe(func), func, role=role))
    _write_ops(cells, end, stub, FL_STUB, 0, 0)
    cells[symbols["ftrace_ops_list"]] = (end, 0)
    known = {site.function: site.layout.site for site in image.sites}
    heap = iter(image.heap)
    for ops in image.spec.ops:
        image.ops.append(_tracer_ops(image, ops, known, heap))


def _tracer_ops(image: Image, ops: OpsSpec, known: dict[str, int], heap: Iterator[int]) -> Ops:
    symbols, cells = image.symbols, image.cells
    filter_addr = symbols[f"{ops.name}.filter"]
    functions = tuple(name for name in ops.functions if name in known)
    for index, name in enumerate(functions):
        cells[filter_addr + 8 * index] = (known[name], 0)
    func = symbols[f"{ops.name}_func"]
    addr, prov = 0, 0
    if not ops.dynamic:
        addr = symbols[ops.name]
    elif ops.allocated:
        addr = next(heap)
        image.allocations += 1
        prov = image.allocations
        image.name(ops.name, addr, OPS_SIZE, f"$.ops[{image.spec.ops.index(ops)}].name")
    made = Ops(
        ops.name,
        addr,
        prov,
        f"{ops.name}_func",
        func,
        filter_addr,
        functions,
        ops.dynamic,
        ops.caller_waits,
        live=bool(addr),
        flags=ops.flags,
    )
    if addr:
        _write_ops(cells, addr, func, made.flag_bits, symbols["ftrace_list_end"], filter_addr)
    return made


def _write_ops(
    cells: dict[int, tuple[int, int]], addr: int, func: int, flags: int, following: int, filter_addr: int
) -> None:
    for cell in range(addr, addr + OPS_SIZE, 8):
        cells[cell] = (0, 0)
    cells[addr + OPS_FUNC] = (func, 0)
    cells[addr + OPS_NEXT] = (following, 0)
    cells[addr + OPS_FLAGS] = (flags, 0)
    cells[addr + OPS_FILTER] = (filter_addr, 0)


def declare_modifiable(image: Image) -> None:
    """Patch sites, literals and what the scenario names: only these have fetch choices."""
    program, cells = image.program, image.cells
    for site in image.sites:
        program.allow_modification(site.layout.site, unlisted=False)
    for name in image.design.modifiable:
        if name not in image.symbols:
            raise DesignError(
                image.design.source, "", f"modifiable names {name!r}, which no assembly file defines"
            )
        program.allow_modification(image.symbols[name], unlisted=False)
    for index, text in enumerate(image.spec.modifiable):
        program.allow_modification(_resolve(image, text, f"$.modifiable[{index}]"), unlisted=True)
    wanted = {addr & ~7 for addr in program.modifiable}
    for site in image.sites:
        if site.layout.literal:
            wanted |= {site.layout.literal & ~7, site.layout.literal + 7 & ~7}
    for cell in sorted(wanted):
        cells[cell] = (program.words.get(cell, 0) | program.words.get(cell + 4, 0) << 32, 0)
    if image.design.resting(image.spec.protocol):
        for site in image.sites:
            _set_literal(image, site, image.resting_literal)


def _set_literal(image: Image, site: Site, value: int) -> None:
    """ftrace_init_nop's work at boot.  A literal that overlaps code is left alone: nobody may write there."""
    literal, cells = site.layout.literal, image.cells
    if literal != site.layout.entry - 8:
        return
    for byte in range(8):
        cell, shift = literal + byte & ~7, 8 * (literal + byte & 7)
        old = cells[cell][0]
        cells[cell] = (old & ~(0xFF << shift) | (value >> 8 * byte & 0xFF) << shift, 0)


def _resolve(image: Image, text: str, where: str) -> int:
    """`symbol`, `symbol+0x10` or `symbol.last` (its last word)."""
    name, plus, offset = text.partition("+")
    last = name.endswith(".last")
    name = name.removesuffix(".last")
    if name not in image.symbols:
        raise BuildError(where, f"unknown symbol {shortened(name)!r}")
    addr = image.symbols[name]
    if last:
        piece = image.symbols.piece_at(addr)
        if piece is None:
            raise BuildError(where, f"{name!r} is at {addr:#x}, where no instruction is")
        addr = piece.end - 4
    if plus:
        distance = number(offset)
        if distance is None:
            raise BuildError(where, f"{shortened(offset)!r} is not a number of bytes")
        addr += distance
    if addr % 4 or addr not in image.program.words:
        raise BuildError(where, f"{shortened(text)!r} is at {addr:#x}, where no instruction is")
    return addr
