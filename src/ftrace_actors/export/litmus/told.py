"""A caller that is notified: the scenario's own routine, from reading a flag to the call that must be traced."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...arm64.isa import ACCESS, BARRIER, SYNC, Bound, bind, format_instruction
from ...kernel.actions import Store
from ...kernel.marks import ClaimMark
from .code import Core
from .story import refusal

__all__ = ["Told", "told_of"]

_BRANCHES = ("cbz", "cbnz", "tbz", "tbnz")
_STEPS_MAX = 200


@dataclass(frozen=True, slots=True)
class Told:
    """How P0 says it (`stored`), what P1 does before the call (`steps`), and the flag's `value`."""

    stored: list[str]
    steps: list[str]
    value: int


def told_of(core: Core) -> Told | None:
    """The flag and the routine of a scenario that tells its callers; None when it has none."""
    image = core.image
    claims = {
        addr
        for addr, mark in image.marks.items()
        if isinstance(mark, ClaimMark) and mark.function == core.story.patch.function
    }
    routines = [r.name for r in image.spec.routines if _within(core, r.name, claims)]
    stores = [a for task in image.spec.tasks for a in task.actions if isinstance(a, Store)]
    if not routines or not stores:
        return None
    flag = stores[-1]
    steps = _Routine(core, image.symbols[flag.word], flag.value, claims).steps(image.symbols[routines[0]])
    value = "W9" if flag.value == 1 else "W10"
    stored = [] if flag.value == 1 else [f"MOV W10,#{flag.value}"]
    return Told([*stored, f"STR {value},[X11]"], steps, flag.value)


def _within(core: Core, routine: str, marks: set[int]) -> bool:
    piece = core.image.symbols.piece_at(core.image.symbols[routine])
    return piece is not None and any(piece.addr <= addr < piece.end for addr in marks)


class _Routine:
    """Runs the routine alone with the flag set, and writes down how the call depends on it."""

    def __init__(self, core: Core, flag: int, value: int, claims: set[int]) -> None:
        self.core = core
        self.flag = flag
        self.claims = claims
        cells = dict(core.story.cells)
        cells[flag] = (value, 0)
        self.pe = core.machine(cells)
        self.names: dict[str, str] = {}

    def steps(self, start: int) -> list[str]:
        """Every instruction on the way to the claim that can order something."""
        pe, program = self.pe, self.core.image.program
        pe.pc = start
        lines: list[str] = []
        for _ in range(_STEPS_MAX):
            if pe.pc in self.claims:
                return lines
            bound = bind(program.words[pe.pc])
            lines += self._written(bound)
            bound.run(pe)
        raise self._refused("never comes to its claim")

    def _refused(self, why: str) -> Exception:
        return refusal(self.core.story.world, "routine", f"the routine of its caller {why}")

    def _written(self, bound: Bound) -> list[str]:
        text = format_instruction(bound.insn, self.pe.pc).upper().replace(", ", ",")
        if bound.visible in {BARRIER, SYNC}:
            return [text]
        if bound.visible == ACCESS and bound.address is not None:
            return self._access(bound, text)
        used = [name for name in self.names if re.search(rf"\b[WX]{name}\b", text)]
        if bound.insn.mnemonic.startswith(_BRANCHES) and used:
            operands = self._renamed(text).split(",")
            return [",".join([*operands[:-1], "end"])]
        if used:
            raise self._refused(f"computes with what it read ({text}), for which no litmus form is known")
        return []

    def _access(self, bound: Bound, text: str) -> list[str]:
        assert bound.address is not None
        if self.core.private(bound.address(self.pe)):
            return []
        if bound.address(self.pe) != self.flag or not bound.insn.mnemonic.startswith(("ldr", "lda")):
            raise self._refused(f"touches more than the flag ({text})")
        register = re.search(r"[WX](\d+)", text)
        assert register is not None
        self.names[register[1]] = "6"
        return [f"{bound.insn.mnemonic.upper()} {self._renamed(register[0])},[X16]"]

    def _renamed(self, text: str) -> str:
        return re.sub(r"\b([WX])(\d+)\b", lambda m: m[1] + self.names.get(m[2], m[2]), text)
