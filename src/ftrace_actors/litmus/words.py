"""Instructions of litmus tests as words, and words as they print.

The same few instructions come back in every test, so each is assembled once.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ..arm64.isa import assemble_line
from .conditions import BARE_MNEMONICS

__all__ = ["ADR", "BRANCH", "as_value", "relative_word", "word_of"]

_CONDITIONS = "eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|al"
_PC = 0x1000_0000

BRANCH = re.compile(
    rf"((?:b|bl|b\.?(?:{_CONDITIONS})|cbn?z|tbn?z|adrp?|ldr)\s.*?)([A-Za-z_][\w.$]*)", re.IGNORECASE
)
"""An instruction whose last operand may be a label: what is before the label, and the label."""

ADR = re.compile(r"adr\s+x\d+\s*,\s*([A-Za-z_][\w.$]*)", re.IGNORECASE)
"""An instruction that takes the address of a label."""

_UNDOTTED = re.compile(rf"\bb({_CONDITIONS})(?=\s)", re.IGNORECASE)


_WIDE_INDEX = re.compile(r"(\[\s*\w+\s*,\s*)X(\d+|ZR)(?=\s*,\s*[SU]XTW)", re.IGNORECASE)
"""`[X0,X1,SXTW]`, which the published tools take for `[X0,W1,SXTW]`."""


@lru_cache(maxsize=1 << 14)
def word_of(text: str) -> int:
    """The word of an instruction that depends on no label.  Raises `AssemblyError`."""
    text = _WIDE_INDEX.sub(r"\1W\2", text)
    return assemble_line(_UNDOTTED.sub(r"b.\1", text, count=1), _PC, {})


@lru_cache(maxsize=1 << 14)
def relative_word(text: str, delta: int) -> int:
    """The word of an instruction whose label, left out of `text`, is `delta` bytes away."""
    return assemble_line(_UNDOTTED.sub(r"b.\1", text, count=1) + "target", _PC, {"target": _PC + delta})


def as_value(text: str) -> str:
    """An instruction as the published tools print it in a state: `NOP`, `instr:"B .+12"`."""
    text = re.sub(r"\s*,\s*", ",", " ".join(text.upper().split()))
    return text if text in BARE_MNEMONICS else f'instr:"{text}"'
