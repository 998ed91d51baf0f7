"""How the instructions that the oracle knows are spelled, and small arithmetic."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

CELL = 16
"""Bytes of memory that are looked at together: no access that is one goes over the edge of its cell."""
FULL = (1 << CELL) - 1

ACCESS = re.compile(
    r"(LDR|STR|LDUR|STUR|LDAR|LDAPR|STLR|LDXR|LDAXR)(B|H|) "
    r"([WX])(\w+),\[X(\d+)(?:,#(\d+)|,([WX]\d+)(?:,SXTW|,UXTW)?)?\]"
)
PAIR = re.compile(r"(LDP|STP|LDIAPP|STILP) ([WX])(\w+),[WX](\w+),\[X(\d+)(?:\]|(?P<down>,#-(?:8|16)\]!))")
LDXP = re.compile(r"(LDXP|LDAXP) ([WX])(\w+),[WX](\w+),\[X(\d+)\]")
STXP = re.compile(r"(STXP|STLXP) W(\w+),([WX])(\w+),[WX](\w+),\[X(\d+)\]")
CASP = re.compile(r"CASP(A?L?) ([WX])(\w+),[WX](\w+),[WX](\w+),[WX](\w+),\[X(\d+)\]")
SWPP = re.compile(r"(SWP|LDSET|LDCLR)P(A?L?) X(\w+),X(\w+),\[X(\d+)\]")
STXR = re.compile(r"(STXR|STLXR)(B|H|) W(\w+),([WX])(\w+),\[X(\d+)\]")
AMO = re.compile(r"(SWP|CAS|LDADD|LDSET|LDCLR|LDEOR)(A?L?)(B|H|) ([WX])(\w+),[WX](\w+),\[X(\d+)\]")
STAMO = re.compile(r"ST(ADD|SET|CLR|EOR)(L?)(B|H|) ([WX])(\w+),\[X(\d+)\]")
ALU = re.compile(r"(ADD|SUB|EOR|AND|ORR)(S?) ([WX])(\w+),[WX](\w+),(?:#(\w+)|([WX]\w+)(?:,(SXTW|UXTW))?)")
MOV = re.compile(r"MOV ([WX])(\w+),(?:#(\w+)|[WX](\w+))")
CMP = re.compile(r"CMP ([WX])(\w+),(?:#(\w+)|[WX](\w+))")
CSEL = re.compile(r"CSEL ([WX])(\w+),[WX](\w+),[WX](\w+),(EQ|NE)")
CSET = re.compile(r"CSET [WX](\w+),(EQ|NE)")
JUMP = re.compile(r"(B|BL|B\.EQ|B\.NE|CBZ|CBNZ) (?:([WX])(\w+),)?(\.[+-]\d+|\w+)")
INDIRECT = re.compile(r"(BLR|BR|RET)(?: X(\d+))?")
CACHE = re.compile(r"(DC CVAU|DC CIVAC|IC IVAU),X(\d+)")
BARRIER = re.compile(r"(DMB|DSB) (SY|ISH|NSH|OSH|)(LD|ST|)")
ADR = re.compile(r"ADR X(\d+),(\w+)")

OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "ADD": lambda old, operand: old + operand,
    "SET": lambda old, operand: old | operand,
    "CLR": lambda old, operand: old & ~operand,
    "EOR": lambda old, operand: old ^ operand,
    "SUB": lambda old, operand: old - operand,
    "AND": lambda old, operand: old & operand,
    "ORR": lambda old, operand: old | operand,
}


def signed(value: int, width: str) -> int:
    """An index register: W is sign-extended."""
    if width == "X":
        return value
    value &= 0xFFFF_FFFF
    return value - (value >> 31 << 32)


@cache
def spread(mask: int) -> int:
    """One bit a byte to eight bits a byte."""
    return sum(0xFF << 8 * byte for byte in range(CELL) if mask >> byte & 1)


def mask_of(at: int, size: int) -> int:
    """The bytes of an access in its cell, one bit a byte."""
    return ((1 << size) - 1) << (at % CELL)
