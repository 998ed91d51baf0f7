"""Where everything goes: code assembled and placed, traced functions with their patch sites, static data."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from ..arm64.isa import AssemblyError, Source, parse
from .actions import Action, Ask
from .asm_files import asm_text
from .designs import Design, DesignError, SiteLayout
from .designs.base import NOP
from .image import BuildError, Image, Site
from .layout import CONSTANTS, DATA_BASE, FUNCTIONS_BASE, HEAP_BASE, OPS_SIZE, TEXT_BASE
from .marks import BodyMark, EntryMark, parse_mark
from .slots import BL_RANGE
from .spec import FunctionSpec
from .templates import reaches, slots_of, veneer_source

__all__ = ["Placer"]

COMMON_ASM = ("ops.S", "patch.S", "ftrace_ops_list_func.S", "ftrace_caller.S")
LAST_ASM = ("ftrace_ops_assist_func.S",)
"""After everything else.

Nothing but the frozen digests of events, which hold addresses, keeps it there (tests/scenario/frozen.jsonl): recorded
runs name places by symbol, and replay wherever it goes.
"""


def _blame(design: Design, method: str, message: str) -> DesignError:
    """A design's method answers something that this world has no use for."""
    return DesignError(design.source or design.name, design.line_of(method), f"{method}() {message}")


def _allocates(action: Action) -> bool:
    match action:
        case Ask("alloc"):
            return True
        case _:
            return False


class Placer:
    """Gives every piece of code and data an address, then encodes the code."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self.spec = image.spec
        self.pending: list[tuple[int, Source, str]] = []

    def place_text(self) -> None:
        """Trampolines, patch routines, tracers' functions and the scenario's own routines."""
        cursor = TEXT_BASE
        drop, weaken = self.spec.protocol.drop, self.spec.protocol.weaken
        fixed = {"FIXED_LITERAL": 20 if self.spec.kernel.bti else 16}
        design = self.image.design
        for name in dict.fromkeys((*COMMON_ASM, *design.asm)):
            cursor = self._place(cursor, asm_text(name, drop, design.beside, weaken), name, fixed)
        for ops in self.spec.ops:
            name = "tracer_calls.S" if ops.calls else "tracer.S"
            text = re.sub(r"\btracer\b", f"{ops.name}_func", asm_text(name))
            text = re.sub(r"\bcallee\b", ops.calls, text)
            cursor = self._place(cursor, text, name, fixed)
        for index, routine in enumerate(self.spec.routines):
            text = f"{routine.name}:\n{routine.asm}\n"
            cursor = self._place(cursor, text, f"$.routine[{index}].asm", fixed)
        for name in LAST_ASM:
            cursor = self._place(cursor, asm_text(name, drop, None, weaken), name, fixed)

    def _place(self, cursor: int, text: str, filename: str, constants: dict[str, int]) -> int:
        try:
            source = parse(text, filename=filename, constants={**CONSTANTS, **constants})
        except AssemblyError as error:
            raise self._assembly_error(filename, error) from None
        base = cursor + 63 & ~63
        self._define(base, source, filename)
        return base + source.size

    def _define(self, base: int, source: Source, filename: str) -> None:
        labels = sorted(source.labels.items(), key=lambda item: item[1])
        for index, (name, offset) in enumerate(labels):
            end = next((later for _, later in labels[index + 1 :] if later > offset), source.size)
            shared = any(other == offset for _, other in labels[:index])
            self._symbol(name, base + offset, 0 if shared else end - offset, filename)
        self.pending.append((base, source, filename))

    def _symbol(self, name: str, addr: int, size: int, where: str) -> None:
        try:
            self.image.name(name, addr, size, where)
        except BuildError as error:
            raise self._mistake(error.where, str(error)) from None

    def _assembly_error(self, filename: str, error: AssemblyError) -> Exception:
        """For a scenario's routine, lines count from the first that the scenario has: the label before it is ours."""
        if filename in self.image.design.beside:
            return self._mistake(filename, error.message, f"line {error.line}")
        if filename.startswith("$"):
            return BuildError(filename, f"line {error.line - 1}: {error.message}")
        return BuildError("", str(error))

    def _mistake(self, where: str, message: str, line: str = "") -> Exception:
        """A mistake in the assembly next to a user's design is that file's; else `where` is in the scenario."""
        design = self.image.design
        if where in design.beside:
            return DesignError(str(Path(design.source).parent / where), line, message)
        return BuildError(where, message)

    # -- traced functions ---------------------------------------------------------------------------------------

    def place_functions(self) -> None:
        """Every traced function with its patch site, packed as a linker would."""
        cursor = FUNCTIONS_BASE
        for index, function in enumerate(self.spec.functions):
            cursor = self._place_function(cursor, function, f"$.function[{index}]")

    def _place_function(self, cursor: int, function: FunctionSpec, where: str) -> int:
        design, protocol, bti = self.image.design, self.spec.protocol, self.spec.kernel.bti
        pre = 4 * design.pre_nops
        if function.address is not None:
            entry = function.address
        else:
            if function.offset not in (0, 4):
                raise BuildError(
                    f"{where}.offset", f"{function.name} has offset {function.offset}; right is 0 or 4"
                )
            entry = cursor + pre
            while entry % 8 != function.offset:
                entry += 4
        layout = design.layout(entry, bti, protocol)
        body = re.sub(r"\btracee\b", function.name, asm_text("tracee.S"))
        extra = "\tnop\n" * function.extra_words
        head = ("\tbti c\n" if bti else "") + "\tmov x9, x30\n\tnop\n"
        source = parse(f"{head}{extra}{body}", filename="tracee.S", constants=CONSTANTS)
        if layout.site % 4 or not entry <= layout.site < entry + source.size:
            what = f"the site of {function.name} at {layout.site:#x}"
            raise _blame(design, "layout", f"puts {what}, where none of its instructions is")
        far = self._out_of_range(function.name, layout, where)
        if pre:
            self._symbol(f"{function.name}.literal", entry - pre, pre, where)
            self.image.program.place(entry - pre, [NOP] * design.pre_nops, {})
        self._symbol(function.name, entry, source.size, where)
        self.pending.append((entry, source, "tracee.S"))
        end = entry + source.size
        if far:
            layout, end = self._place_veneer(function.name, layout, end)
        refused = design.refuses(layout, protocol)
        if refused:
            self.image.refused[function.name] = refused
        else:
            self.image.sites.append(Site(function.name, layout))
        self.image.marks[entry] = EntryMark(function.name)
        self.image.marks[layout.body] = BodyMark(function.name)
        return end

    def _out_of_range(self, function: str, layout: SiteLayout, where: str) -> bool:
        """Does the site need a PLT entry?  Raises BuildError when the design has none."""
        design, symbols = self.image.design, self.image.symbols
        for name in design.trampolines(self.spec.protocol):
            if name not in symbols:
                raise _blame(design, "trampolines", f"names {name!r}, which no assembly file defines")
            trampoline = symbols[name]
            if not reaches(layout.site, [trampoline]) and not design.template:
                raise BuildError(
                    f"{where}.address",
                    f"{function} at {layout.entry:#x} is out of BL range of {name} at {trampoline:#x};"
                    f" at most {BL_RANGE:#x} bytes away",
                )
        if not design.template:
            return False
        static = [symbols[name] for name in design.trampolines(self.spec.protocol)]
        return not reaches(layout.site, [*static, *slots_of(self.spec)])

    def _place_veneer(self, function: str, layout: SiteLayout, cursor: int) -> tuple[SiteLayout, int]:
        """The PLT entry after a function; at first it goes to the design's first trampoline."""
        source = veneer_source(function)
        base = cursor + 7 & ~7
        self._define(base, source, "ftrace_plt.S")
        held = base + source.size
        self.image.cells[held] = (self.image.symbols[self.image.design.trampolines(self.spec.protocol)[0]], 0)
        return replace(layout, veneer=held), self._datum(f"{function}.plt.target", held, 8, "ftrace_plt.S")

    # -- data ---------------------------------------------------------------------------------------------------

    def place_data(self) -> None:
        """Static ops, the list head, patch_lock, the scenario's words, filters and the heap."""
        cursor = DATA_BASE
        for name, size in (("patch_lock", 64), ("ftrace_ops_list", 64)):
            cursor = self._datum(name, cursor, size, "")
        for index, word in enumerate(self.spec.words):
            self.image.cells[cursor] = (word.value, 0)
            cursor = self._datum(word.name, cursor, 64, f"$.word[{index}]")
        for name in ("ftrace_nop_ops", "ftrace_list_ops", "ftrace_list_end"):
            cursor = self._datum(name, cursor, OPS_SIZE, "")
        for name, first in self.image.design.words:
            if first not in self.image.symbols:
                raise DesignError(self.image.design.source, "", f"words names {first!r}, which is not there")
            self.image.cells[cursor] = (self.image.symbols[first], 0)
            cursor = self._datum(name, cursor, 64, "")
        for index, ops in enumerate(self.spec.ops):
            cursor = self._datum(
                f"{ops.name}.filter", cursor, 8 * (len(ops.functions) + 1), f"$.ops[{index}]"
            )
            cursor = cursor + 63 & ~63
            if not ops.dynamic:
                cursor = self._datum(ops.name, cursor, OPS_SIZE, f"$.ops[{index}]")
        self.image.heap = tuple(HEAP_BASE + OPS_SIZE * slot for slot in range(self._allocations_max()))
        for slot in self.image.heap:
            self._zero(slot, OPS_SIZE)

    def _allocations_max(self) -> int:
        """How many ops are ever allocated: no task does an action twice, so actions can be counted."""
        allocated = sum(_allocates(action) for task in self.spec.tasks for action in task.actions)
        return sum(ops.dynamic and ops.allocated for ops in self.spec.ops) + allocated

    def _datum(self, name: str, addr: int, size: int, where: str) -> int:
        self._symbol(name, addr, size, where)
        self._zero(addr, size)
        return addr + size

    def _zero(self, addr: int, size: int) -> None:
        for cell in range(addr, addr + size, 8):
            self.image.cells.setdefault(cell, (0, 0))

    def encode(self) -> None:
        """Assemble everything, now that all names have addresses; annotations become marks."""
        names = self.image.symbols.names()
        for base, source, filename in self.pending:
            try:
                words = source.encode(base, names)
            except AssemblyError as error:
                raise self._assembly_error(filename, error) from None
            for offset, text in source.annotations:
                try:
                    self.image.marks[base + offset] = parse_mark(text)
                except ValueError as error:
                    raise self._mistake(filename, str(error)) from None
            texts = {
                at: str(mark) for at, mark in self.image.marks.items() if base <= at < base + source.size
            }
            self.image.program.place(base, words, texts)
