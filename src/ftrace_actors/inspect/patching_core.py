"""The patching core of a scenario as a litmus test that others can run elsewhere.

P0 is the scenario's own patch routine, executed once on the scenario's machine: every instruction others could notice,
with whatever orderings and cache operations the scenario keeps, in the order it keeps them.  P1 is one caller: it
fetches the patch site, and if that is the call, loads the literal.  The test asks for the *lost call*: the caller took
the new call and loaded the old literal.

Only the first patch that the scenario makes is exported, and one caller; tasks, grace periods and what the caller
was told before are not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from ..actors import DullChooser
from ..arm64.isa import ACCESS, BARRIER, CACHE, SYNC, Bound, format_instruction
from ..arm64.options import Options
from ..arm64.pe import FAULT, FETCH, LIMIT, MARK, PE, RETURN
from ..arm64.private import PRIVATE_HI
from ..arm64.program import RETURN_ADDRESS
from ..arm64.registers import SP
from ..arm64.timeline import Timeline
from ..errors import ModelError
from ..events import Patch
from ..kernel.build import Image
from ..scenario import ScenarioError, World, build, load

__all__ = ["as_litmus", "core_of"]

CALLER = [
    "BL f",
    "B end",
    "f: MOV X9,X30",
    "site: NOP",
    "B body",
    "call: LDR X10,[X15]",
    "RET",
    "body: MOV X30,X9",
    "RET",
    "end: NOP",
]
"""`site` calls `call` once it is patched, as far away as `BL .+8` reaches."""


def as_litmus(path: Path, overrides: Mapping[str, str] | None = None) -> str:
    """The patching core of the scenario in a file.  Raises `ScenarioError`."""
    return core_of(build(load(path, overrides or {})))


def core_of(world: World) -> str:
    """The patching core of a built scenario.  Raises `ScenarioError` when it patches no literal and call."""
    image, scenario = world.image, world.scenario
    patch = _first_patch(world)
    site = next(each.layout for each in image.sites if each.function == patch.function)
    if site.literal % 8 or not site.literal:
        what = "is not aligned" if site.literal else "does not exist in this design"
        raise ScenarioError(
            scenario.path, "function", f"the literal of {patch.function} {what}: nothing to export"
        )
    patcher = _Patcher(image, patch, site.literal, site.site)
    old = _ops_name(image, image.cells[site.literal][0])
    new = _ops_name(image, patch.literal)
    return "\n".join(
        [
            f"AArch64 {scenario.name}",
            f'"{patch.action} of {patch.function}: is the call lost?"',
            *_cache_type(image.spec.options),
            "{",
            f"lit={old};",
            f'0:X0=lit; 0:X1=P1:site; 0:X2=lock; 0:X3={new}; 0:X4=instr:"BL .+8"; 0:X5=NOP; 0:X9=1;',
            "1:X15=lit;",
            "}",
            *_columns(patcher.trace(), CALLER),
            "locations [1:X10; lit;]",
            f"exists (1:X10={old})",
            "",
        ]
    )


def _first_patch(world: World) -> Patch:
    events = world.run(DullChooser(), record=True).events
    patch = next((event for event in events if isinstance(event, Patch) and event.begins), None)
    if patch is None:
        raise ScenarioError(world.scenario.path, "task", "nothing is patched in this scenario")
    return patch


def _ops_name(image: Image, address: int) -> str:
    name = image.symbols.describe(address)
    return re.sub(r"\W", "_", name)


def _cache_type(options: Options) -> list[str]:
    return ["CacheType=DIC"] if options.dic else ["CacheType=IDC"] if options.idc else []


def _columns(*threads: Sequence[str]) -> list[str]:
    widths = [max(map(len, thread)) for thread in threads]
    heads = [f"P{number}" for number in range(len(threads))]
    rows = [heads, *zip_longest(*threads, fillvalue="")]
    return [
        " " + " | ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) + " ;"
        for row in rows
    ]


class _Patcher:
    """Executes the patch routine alone and writes down what it does to memory."""

    def __init__(self, image: Image, patch: Patch, literal: int, site: int) -> None:
        self.registers = {literal: "X0", site: "X1", image.symbols["patch_lock"]: "X2"}
        self.values = {literal: "X3", site: "W4", image.symbols["patch_lock"]: "WZR"}
        self.line = image.spec.options.line
        self.site = site
        self.pe = PE(0, Timeline(dict(image.cells)), image.spec.options, image.program)
        old = image.cells[site & ~7][0] >> 8 * (site & 4) & 0xFFFF_FFFF
        for number, value in enumerate((literal, patch.literal, site, old, patch.word)):
            self.pe.regs[number] = (value, 0, 0, 0)
        self.pe.regs[30] = (RETURN_ADDRESS, 0, 0, 0)
        self.pe.regs[SP] = (PRIVATE_HI - 0x1000, 0, 0, 0)
        self.pe.pc = image.symbols[patch.action]

    def trace(self) -> list[str]:
        """The instructions of P0."""
        pe = self.pe
        lines: list[str] = []
        while (pending := pe.advance()) != RETURN:
            if pending in {FAULT, LIMIT, FETCH}:
                raise ModelError(f"the patch routine does not come back: stopped at {pe.pc:#x}")
            if pending != MARK:
                assert pe.next is not None
                lines += self._written(pe.next, pending)
            pe.execute()
        return [*lines, "stop: NOP"]

    def _written(self, bound: Bound, kind: int) -> list[str]:
        if kind in {BARRIER, SYNC}:
            return [format_instruction(bound.insn, self.pe.pc).upper()]
        if kind not in {ACCESS, CACHE} or bound.address is None:
            return []
        name, address = bound.insn.mnemonic, bound.address(self.pe)
        if kind == CACHE:
            assert address == self.site & -self.line
            operation = format_instruction(bound.insn, self.pe.pc).upper().split(",")[0]
            return [f"{operation},X1"]
        base = self.registers.get(address)
        if base is None:
            raise ModelError(f"the patch routine touches {address:#x}, which is no part of its core")
        match name:
            case "ldr":
                return [f"LDR W7,[{base}]", "CMP W7,W5", "B.NE stop"]
            case "cas" | "casa":
                return ["MOV W8,WZR", f"{name.upper()} W8,W9,[{base}]", "CBNZ W8,stop"]
            case "str" | "stlr":
                return [f"{name.upper()} {self.values[address]},[{base}]"]
            case _:
                raise ModelError(f"the patch routine's core has a {name}, which has no litmus form here")
