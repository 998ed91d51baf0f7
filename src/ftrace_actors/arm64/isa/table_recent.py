"""Rows of extensions younger than Armv8.6, and of FEAT_LOR: what litmus tests of today use.

FEAT_LRCPC3 (LDIAPP, STILP, LDAPR and STLR that move their base), FEAT_LSE128 (SWPP, LDCLRP, LDSETP), FEAT_CSSC.
"""

from __future__ import annotations

from . import semantics_bits, semantics_memory, semantics_pairs
from .codec import Codec
from .codecs_immediate import Signed, Unsigned
from .codecs_memory import BaseOnly, FixedOffset
from .codecs_register import Reg
from .fields import RD, RM, RN, RT, bits
from .row import Row, access, both_widths

__all__ = ["ROWS"]

_PAIR_SECOND = 16
_ORDERS = (("", "0", "0"), ("a", "1", "0"), ("l", "0", "1"), ("al", "1", "1"))


# As in `table_memory.py`: what is CONSTRAINED UNPREDICTABLE is not decoded and not assembled.


def _base_kept(word: int) -> bool:
    base = bits(word, RN, 5)
    return base == 31 or base != bits(word, RT, 5)


def _pair_apart(word: int) -> bool:
    return bits(word, RT, 5) != bits(word, _PAIR_SECOND, 5)


def _pair_base_kept(word: int) -> bool:
    base = bits(word, RN, 5)
    return base == 31 or base not in (bits(word, RT, 5), bits(word, _PAIR_SECOND, 5))


def _pair_apart_base_kept(word: int) -> bool:
    return _pair_apart(word) and _pair_base_kept(word)


def _two_apart(word: int) -> bool:
    """Two registers, neither of them XZR, which both name operands and take results."""
    return _pair_apart(word) and 31 not in (bits(word, RT, 5), bits(word, _PAIR_SECOND, 5))


def _limited_ordering() -> list[Row]:
    """LDLAR and STLLR (FEAT_LOR)."""
    return [
        access(
            f"{name}{suffix}",
            f"{size} 001000 1{load}0 11111 0 11111 nnnnn ttttt",
            (Reg(width, RT), BaseOnly()),
            semantics_memory.bind_ordered,
            semantics_memory.address_base,
        )
        for size, suffix, width in (("00", "b", 32), ("01", "h", 32), ("10", "", 32), ("11", "", 64))
        for name, load in (("ldlar", "1"), ("stllr", "0"))
    ]


def _moving() -> list[Row]:
    return [
        access(
            name,
            f"{size} 011001 {opc} 0 00000 0000 10 nnnnn ttttt",
            (Reg(width, RT), FixedOffset(mode, offset)),
            semantics_memory.bind_ordered_moving,
            semantics_memory.address_ordered_moving,
            when=_base_kept,
        )
        for size, width, count in (("10", 32, 4), ("11", 64, 8))
        for name, opc, mode, offset in (("ldapr", "11", "post", count), ("stlr", "10", "pre", -count))
    ]


def _ordered_pairs() -> list[Row]:
    rows: list[Row] = []
    for size, width, count in (("10", 32, 8), ("11", 64, 16)):
        for name, opc, mode, offset in (("ldiapp", "01", "post", count), ("stilp", "00", "pre", -count)):
            load = name == "ldiapp"
            registers = (Reg(width, RT), Reg(width, _PAIR_SECOND))
            start = f"{size} 011001 {opc} 0 uuuuu"
            for form, operand, when in (
                ("0001", BaseOnly(), _pair_apart if load else None),
                ("0000", FixedOffset(mode, offset), _pair_apart_base_kept if load else _pair_base_kept),
            ):
                rows.append(
                    access(
                        name,
                        f"{start} {form} 10 nnnnn ttttt",
                        (*registers, operand),
                        semantics_pairs.bind_ordered_pair,
                        semantics_pairs.address_ordered_pair,
                        when=when,
                    )
                )
    return rows


def _atomic_pairs() -> list[Row]:
    return [
        access(
            f"{name}{order}",
            f"00 011001 {acquire}{release} 1 uuuuu {opc} 00 nnnnn ttttt",
            (Reg(64, RT), Reg(64, _PAIR_SECOND), BaseOnly()),
            semantics_pairs.bind_atomic_pair,
            semantics_memory.address_base,
            when=_two_apart,
        )
        for name, opc in (("swpp", "1000"), ("ldclrp", "0001"), ("ldsetp", "0011"))
        for order, acquire, release in _ORDERS
    ]


def _short_sequences() -> list[Row]:
    """FEAT_CSSC, common short sequence compression."""
    rows: list[Row] = []
    for name, op in (("ctz", "0110"), ("cnt", "0111"), ("abs", "1000")):
        rows += both_widths(
            name,
            f"z10 11010110 00000 00{op} nnnnn ddddd",
            lambda w: (Reg(w, RD), Reg(w, RN)),
            semantics_bits.bind_one_source,
        )
    for number, name in enumerate(("smax", "umax", "smin", "umin")):
        second: Codec = Unsigned(10, 8) if name[0] == "u" else Signed(10, 8)
        rows += both_widths(
            name,
            f"z00 11010110 mmmmm 0110{number:02b} nnnnn ddddd",
            lambda w: (Reg(w, RD), Reg(w, RN), Reg(w, RM)),
            semantics_bits.bind_two_source,
        )
        rows += both_widths(
            name,
            f"z00 100011100{number:02b} iiiiiiii nnnnn ddddd",
            lambda w, second=second: (Reg(w, RD), Reg(w, RN), second),  # type: ignore[misc]
            semantics_bits.bind_extreme_immediate,
        )
    return rows


ROWS: tuple[Row, ...] = (
    *_limited_ordering(),
    *_moving(),
    *_ordered_pairs(),
    *_atomic_pairs(),
    *_short_sequences(),
)
