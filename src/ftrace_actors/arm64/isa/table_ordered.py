"""Rows of ordered accesses, exclusives and atomics (Arm ARM C4.1.94), single registers and pairs."""

from __future__ import annotations

from collections.abc import Callable

from . import semantics_atomic as atomic
from . import semantics_memory as memory
from . import semantics_pairs as pairs
from .codec import Codec
from .codecs_immediate import Unsigned
from .codecs_memory import BaseOnly, SignedOffset
from .codecs_register import Even, Following, Reg
from .fields import RN, RS, RT, RT2, bits
from .row import Row, Run, access, row

__all__ = ["ROWS"]

_SIZES = (("00", "b", 32), ("01", "h", 32), ("10", "", 32), ("11", "", 64))


# The same rule as in `table_memory.py`: what is CONSTRAINED UNPREDICTABLE is not decoded and not assembled.


def _status_apart(word: int) -> bool:
    """The status of a store-exclusive overwrites neither its data nor its base."""
    status, base = bits(word, RS, 5), bits(word, RN, 5)
    return status != bits(word, RT, 5) and (status != base or base == 31)


def _status_apart_from_pair(word: int) -> bool:
    return _status_apart(word) and bits(word, RS, 5) != bits(word, RT2, 5)


def _pair_apart(word: int) -> bool:
    """A pair is loaded into two registers."""
    return bits(word, RT, 5) != bits(word, RT2, 5)


def _with_base(
    mnemonic: str,
    pattern: str,
    registers: tuple[Codec, ...],
    semantics: Callable[[int], Run],
    when: Callable[[int], bool] | None = None,
) -> Row:
    operands = (*registers, BaseOnly())
    return access(mnemonic, f"{pattern} nnnnn ttttt", operands, semantics, memory.address_base, when=when)


def _ordered() -> list[Row]:
    rows: list[Row] = []
    for size, suffix, width in _SIZES:
        rt, rs = Reg(width, RT), Reg(32, RS)
        rows += [
            _with_base(f"stlr{suffix}", f"{size} 001000 100 11111 1 11111", (rt,), memory.bind_ordered),
            _with_base(f"ldar{suffix}", f"{size} 001000 110 11111 1 11111", (rt,), memory.bind_ordered),
            _with_base(f"ldapr{suffix}", f"{size} 111000 101 11111 1 10000", (rt,), memory.bind_ordered),
            _with_base(f"ldxr{suffix}", f"{size} 001000 010 11111 0 11111", (rt,), atomic.bind_exclusive),
            _with_base(f"ldaxr{suffix}", f"{size} 001000 010 11111 1 11111", (rt,), atomic.bind_exclusive),
            _with_base(
                f"stxr{suffix}",
                f"{size} 001000 000 sssss 0 11111",
                (rs, rt),
                atomic.bind_exclusive,
                _status_apart,
            ),
            _with_base(
                f"stlxr{suffix}",
                f"{size} 001000 000 sssss 1 11111",
                (rs, rt),
                atomic.bind_exclusive,
                _status_apart,
            ),
        ]
    return rows


#: mnemonic, size, opc, register width
_UNSCALED = (
    ("stlurb", "00", "00", 32),
    ("ldapurb", "00", "01", 32),
    ("ldapursb", "00", "10", 64),
    ("ldapursb", "00", "11", 32),
    ("stlurh", "01", "00", 32),
    ("ldapurh", "01", "01", 32),
    ("ldapursh", "01", "10", 64),
    ("ldapursh", "01", "11", 32),
    ("stlur", "10", "00", 32),
    ("ldapur", "10", "01", 32),
    ("ldapursw", "10", "10", 64),
    ("stlur", "11", "00", 64),
    ("ldapur", "11", "01", 64),
)


def _unscaled() -> list[Row]:
    return [
        access(
            name,
            f"{size} 011001 {opc} 0 iiiiiiiii 00 nnnnn ttttt",
            (Reg(width, RT), SignedOffset("offset")),
            memory.bind_ordered_unscaled,
            memory.address_unscaled,
        )
        for name, size, opc, width in _UNSCALED
    ]


_ORDERS = (("", "0", "0"), ("a", "1", "0"), ("l", "0", "1"), ("al", "1", "1"))
_OPERATIONS = ("add", "clr", "eor", "set", "smax", "smin", "umax", "umin")


def _atomics() -> list[Row]:
    rows: list[Row] = []
    for size, suffix, width in _SIZES:
        rs, rt = Reg(width, RS), Reg(width, RT)
        for order, acquire, release in _ORDERS:
            end = f"{order}{suffix}"
            rows.append(
                _with_base(
                    f"cas{end}",
                    f"{size} 0010001 {acquire} 1 sssss {release} 11111",
                    (rs, rt),
                    atomic.bind_compare_and_swap,
                )
            )
            rows.append(
                _with_base(
                    f"swp{end}",
                    f"{size} 111000 {acquire}{release} 1 sssss 1 000 00",
                    (rs, rt),
                    atomic.bind_atomic,
                )
            )
            for number, op in enumerate(_OPERATIONS):
                pattern = f"{size} 111000 {acquire}{release} 1 sssss 0 {number:03b} 00"
                if acquire == "0":
                    rows.append(
                        access(
                            f"st{op}{end}",
                            f"{pattern} nnnnn 11111",
                            (rs, BaseOnly()),
                            atomic.bind_atomic,
                            memory.address_base,
                        )
                    )
                rows.append(_with_base(f"ld{op}{end}", pattern, (rs, rt), atomic.bind_atomic))
    return rows


def _pairs() -> list[Row]:
    """Exclusive pairs and compare-and-swap pairs; the latter take two consecutive registers, the first one even."""
    rows: list[Row] = []
    for size, width in (("0", 32), ("1", 64)):
        rt, rt2, status = Reg(width, RT), Reg(width, RT2), Reg(32, RS)
        for ordered, load, store in (("0", "ldxp", "stxp"), ("1", "ldaxp", "stlxp")):
            rows += [
                _with_base(
                    load,
                    f"1{size} 001000 011 11111 {ordered} uuuuu",
                    (rt, rt2),
                    pairs.bind_exclusive_pair,
                    _pair_apart,
                ),
                _with_base(
                    store,
                    f"1{size} 001000 001 sssss {ordered} uuuuu",
                    (status, rt, rt2),
                    pairs.bind_exclusive_pair,
                    _status_apart_from_pair,
                ),
            ]
        two = (Even(width, RS), Following(width, RS), Even(width, RT), Following(width, RT))
        rows += [
            _with_base(
                f"casp{order}",
                f"0{size} 0010000 {acquire} 1 sssss {release} 11111",
                two,
                pairs.bind_compare_and_swap_pair,
            )
            for order, acquire, release in _ORDERS
        ]
    return rows


def _clear() -> list[Row]:
    """CLREX, whose immediate says nothing and is shown only if it is not 15."""
    start = "1101010100 0 00 011 0011"
    return [
        row("clrex", f"{start} 1111 010 11111", (), atomic.bind_clear_exclusive),
        row("clrex", f"{start} iiii 010 11111", (Unsigned(8, 4),), atomic.bind_clear_exclusive),
    ]


ROWS: tuple[Row, ...] = (*_ordered(), *_unscaled(), *_atomics(), *_pairs(), *_clear())
