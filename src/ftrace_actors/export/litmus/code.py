"""The two threads of a patching core: the patch routine executed once, and a caller followed to what it loads.

Both run alone on the scenario's own machine, and what they do to shared memory is written down with the registers of
the litmus test for the addresses of the scenario.

P0: X0 the literal, X1 the site, X2 patch_lock, X3 (and X13) the new literal, X4 the new word, X9 one, X11 a flag, X12
the head of the list, X14 what it becomes.  P1: X15 the literal, X14 the head of the list, X16 a flag; X10 and X11 what
it loaded of the first two, X6 of the flag.
"""

from __future__ import annotations

from enum import Enum

from ...arm64.isa import ACCESS, BARRIER, CACHE, SYNC, Bound, format_instruction
from ...arm64.pe import FAULT, FETCH, LIMIT, MARK, PE, RETURN
from ...arm64.private import PRIVATE_HI, PRIVATE_LO
from ...arm64.program import RETURN_ADDRESS
from ...arm64.registers import SP
from ...arm64.timeline import Timeline
from ...errors import ModelError
from ...kernel.designs.base import NOP
from .story import Story, refusal

__all__ = ["CALLS", "Core", "Form"]

STEPS_MAX = 4_000
CALLS = {"lit": "LDR X10,[X15]", "high": "LDR W11,[X15,#4]", "list": "LDR X11,[X14]"}
"""How the caller loads what the patcher wrote."""


class Form(Enum):
    """How the literal is written and read: in one access, in two of which each may be old or new, or over code."""

    NONE = "none"
    WHOLE = "whole"
    HALVES = "halves"
    CODE = "code"


class Core:
    """A story with its two threads."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.image = story.world.image
        self.site = story.layout.site
        self.literal = story.layout.literal
        self.head = self.image.symbols["ftrace_ops_list"]
        self.old_word = story.word_at(self.site)
        self.new_word = story.patch.word
        self.covered = self._covered()
        self.form = self._form()

    def _covered(self) -> int:
        """The word of code that the literal overlaps, 0 when there is none."""
        sites = {site.layout.site for site in self.image.sites}
        return next(
            (
                a
                for a in (self.literal, self.literal + 4)
                if a in self.story.program.modifiable and a not in sites
            ),
            0,
        )

    def _form(self) -> Form:
        if not self.literal:
            return Form.NONE
        if self.covered:
            return Form.CODE
        together = self.image.spec.options.lse2 and (self.literal & 15) + 8 <= 16
        return Form.HALVES if self.literal % 8 and not together else Form.WHOLE

    # -- P0 ------------------------------------------------------------------------------------------------------------

    def patcher(self) -> list[str]:
        """What the patch routine does to memory."""
        pe = self.machine(self.story.cells)
        patch = self.story.patch
        for number, value in enumerate((self.literal, patch.literal, self.site, self.old_word, patch.word)):
            pe.regs[number] = (value, 0, 0, 0)
        pe.pc = self.image.symbols[patch.action]
        lines: list[str] = []
        for _ in range(STEPS_MAX):
            pending = pe.advance()
            if pending in {RETURN, FAULT, LIMIT, FETCH}:
                break
            if pending != MARK:
                assert pe.next is not None
                lines += self._written(pe, pe.next, pending)
            pe.execute()
        if pe.pending != RETURN or pe.regs[0][0]:
            raise ModelError(f"{patch.action} does not come back as it should: stopped at {pe.pc:#x}")
        return lines

    def machine(self, cells: dict[int, tuple[int, int]]) -> PE:
        """A CPU alone over this memory, about to come back where it was called from."""
        pe = PE(0, Timeline(cells), self.image.spec.options, self.image.program)
        pe.regs[30] = (RETURN_ADDRESS, 0, 0, 0)
        pe.regs[SP] = (PRIVATE_HI - 0x1000, 0, 0, 0)
        pe.write_sysreg("sp_el0", (PRIVATE_LO, 0, 0, 0))
        return pe

    def private(self, address: int) -> bool:
        """Is it on the stack?"""
        return PRIVATE_LO <= address < PRIVATE_HI

    def _written(self, pe: PE, bound: Bound, kind: int) -> list[str]:
        if kind in {BARRIER, SYNC}:
            return [format_instruction(bound.insn, pe.pc).upper()]
        if kind not in {ACCESS, CACHE} or bound.address is None:
            return []
        address = bound.address(pe)
        if kind == CACHE and address == self.site & -self.image.spec.options.line:
            return [format_instruction(bound.insn, pe.pc).upper().split(",")[0] + ",X1"]
        if kind == ACCESS and address == self.literal:
            return self._literal_written(bound.insn.mnemonic)
        if kind == ACCESS and address == self.site:
            return self._plain(bound.insn.mnemonic, {"ldr": "LDR W7,[X1]", "str": "STR W4,[X1]"})
        if kind == ACCESS and address == self.image.symbols["patch_lock"]:
            return self._locked(bound.insn.mnemonic)
        raise refusal(
            self.story.world, "protocol.design", f"its patch routine touches {self._name(address)} as well"
        )

    def _name(self, address: int) -> str:
        return self.image.symbols.describe(address)

    def _plain(self, mnemonic: str, known: dict[str, str]) -> list[str]:
        if mnemonic not in known:
            raise refusal(
                self.story.world,
                "protocol.design",
                f"its patch routine has a {mnemonic}, for which no litmus form is known",
            )
        return [known[mnemonic]]

    def _locked(self, mnemonic: str) -> list[str]:
        if mnemonic in {"cas", "casa"}:
            return ["MOV W8,WZR", f"{mnemonic.upper()} W8,W9,[X2]", "CBNZ W8,stop"]
        return self._plain(mnemonic, {"str": "STR WZR,[X2]", "stlr": "STLR WZR,[X2]"})

    def _literal_written(self, mnemonic: str) -> list[str]:
        if self.form is Form.HALVES:
            return [*self._plain(mnemonic, {"str": "STR W3,[X0]"}), "STR W13,[X0,#4]"]
        return self._plain(mnemonic, {"str": "STR W3,[X0]" if self.form is Form.CODE else "STR X3,[X0]"})

    # -- P1 ------------------------------------------------------------------------------------------------------------

    def calls(self) -> dict[int, list[str]]:
        """Each word that calls, with what a caller loads because of it; the new word first."""
        words = dict.fromkeys(word for word in (self.new_word, self.old_word) if word != NOP)
        return {word: self._loads(word) for word in words}

    def _loads(self, word: int) -> list[str]:
        """Follow a call through `word`, with the old literal and the old list."""
        cells = dict(self.story.cells)
        shift = 8 * (self.site & 4)
        value, prov = cells[self.site & ~7]
        cells[self.site & ~7] = (value & ~(0xFFFF_FFFF << shift) | word << shift, prov)
        pe = self.machine(cells)
        pe.pc = self.story.layout.entry
        found: dict[str, None] = {}
        for _ in range(STEPS_MAX):
            pending = pe.advance()
            if pending in {RETURN, FAULT, LIMIT}:
                break
            if pending == ACCESS and pe.next is not None and pe.next.address is not None:
                address = pe.next.address(pe)
                if address == self.literal:
                    found |= dict.fromkeys(["lit", "high"] if self.form is Form.HALVES else ["lit"])
                elif address == self.head:
                    found["list"] = None
            pe.execute()
        return list(found)

    def caller(self, before: list[str], calls: dict[int, list[str]]) -> list[str]:
        """P1: what it does before the call, the function with its patch site, what the call leads to."""
        old = "NOP" if self.old_word == NOP else f"BL call{list(calls).index(self.old_word) or ''}"
        stubs: list[str] = []
        for number, loads in enumerate(calls.values()):
            wide = [CALLS[what].replace("X10", "W10") if "high" in loads else CALLS[what] for what in loads]
            body = [*wide, "RET"]
            stubs += [f"call{number or ''}: {body[0]}", *body[1:]]
        return [
            *before,
            "BL f",
            "B end",
            "f: MOV X9,X30",
            f"site: {old}",
            "B body",
            *stubs,
            "body: MOV X30,X9",
            "RET",
            "end: NOP",
        ]

    def word_text(self, word: int, calls: dict[int, list[str]]) -> str:
        """A word at the site as the initial state of a register says it."""
        if word == NOP:
            return "NOP"
        words = list(calls)
        at = 8 + 4 * sum(len(calls[each]) + 1 for each in words[: words.index(word)])
        return f'instr:"BL .+{at}"'
