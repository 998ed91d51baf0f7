"""Rows of the loads, stores and atomics (Arm ARM C4.1.94)."""

from __future__ import annotations

from collections.abc import Callable

from . import semantics_memory as memory
from . import semantics_system as system
from .codec import Codec
from .codecs_immediate import BranchTarget
from .codecs_memory import BaseOnly, PairOffset, RegisterOffset, ScaledOffset, SignedOffset
from .codecs_name import Named
from .codecs_register import Reg
from .fields import RN, RS, RT, RT2, bits
from .row import ACCESS, Address, Row, Run, row

__all__ = ["ROWS"]

_SIZES = (("00", "b", 32), ("01", "h", 32), ("10", "", 32), ("11", "", 64))

#: mnemonic, unscaled mnemonic, size, opc, register width, bytes
_SINGLES: tuple[tuple[str, str, str, str, int, int], ...] = (
    ("strb", "sturb", "00", "00", 32, 1),
    ("ldrb", "ldurb", "00", "01", 32, 1),
    ("ldrsb", "ldursb", "00", "10", 64, 1),
    ("ldrsb", "ldursb", "00", "11", 32, 1),
    ("strh", "sturh", "01", "00", 32, 2),
    ("ldrh", "ldurh", "01", "01", 32, 2),
    ("ldrsh", "ldursh", "01", "10", 64, 2),
    ("ldrsh", "ldursh", "01", "11", 32, 2),
    ("str", "stur", "10", "00", 32, 4),
    ("ldr", "ldur", "10", "01", 32, 4),
    ("ldrsw", "ldursw", "10", "10", 64, 4),
    ("str", "stur", "11", "00", 64, 8),
    ("ldr", "ldur", "11", "01", 64, 8),
)


def _access(
    mnemonic: str,
    pattern: str,
    operands: tuple[Codec, ...],
    semantics: Callable[[int], Run],
    address: Callable[[int], Address],
    *,
    when: Callable[[int], bool] | None = None,
    assemble_only: bool = False,
) -> Row:
    return row(
        mnemonic,
        pattern,
        operands,
        semantics,
        visible=ACCESS,
        address=address,
        when=when,
        assemble_only=assemble_only,
    )


# Register combinations the architecture leaves CONSTRAINED UNPREDICTABLE. Being UNDEFINED is among the allowed
# behaviours and the one that hides nothing, so such words are not decoded and not assembled.


def _base_kept(word: int) -> bool:
    """Write-back must not compete with the transfer for the base register."""
    base = bits(word, RN, 5)
    return base == 31 or base != bits(word, RT, 5)


def _pair_apart(word: int) -> bool:
    """A pair is loaded into two registers."""
    return bits(word, RT, 5) != bits(word, RT2, 5)


def _pair_base_kept(word: int) -> bool:
    base = bits(word, RN, 5)
    return base == 31 or base not in (bits(word, RT, 5), bits(word, RT2, 5))


def _pair_load_base_kept(word: int) -> bool:
    return _pair_apart(word) and _pair_base_kept(word)


def _status_apart(word: int) -> bool:
    """The status of a store-exclusive overwrites neither its data nor its base."""
    status, base = bits(word, RS, 5), bits(word, RN, 5)
    return status != bits(word, RT, 5) and (status != base or base == 31)


def _single(name: str, unscaled: str, size: str, opc: str, width: int, count: int) -> list[Row]:
    """All addressing forms of one load or store."""
    rt = Reg(width, RT)
    scale = count.bit_length() - 1
    start = f"{size} 111 0 00 {opc} 0"
    indexed, address = memory.bind_indexed, memory.address_indexed
    plain = f"{start} iiiiiiiii 00 nnnnn ttttt"
    return [
        _access(
            name,
            f"{size} 111 0 01 {opc} iiiiiiiiiiii nnnnn ttttt",
            (rt, ScaledOffset(count)),
            memory.bind_scaled,
            memory.address_scaled,
        ),
        _access(unscaled, plain, (rt, SignedOffset("offset")), indexed, address),
        _access(name, plain, (rt, SignedOffset("offset")), indexed, address, assemble_only=True),
        _access(
            name,
            f"{start} iiiiiiiii 01 nnnnn ttttt",
            (rt, SignedOffset("post")),
            indexed,
            address,
            when=_base_kept,
        ),
        _access(
            name,
            f"{start} iiiiiiiii 11 nnnnn ttttt",
            (rt, SignedOffset("pre")),
            indexed,
            address,
            when=_base_kept,
        ),
        _access(
            name,
            f"{size} 111 0 00 {opc} 1 mmmmm ooo s 10 nnnnn ttttt",
            (rt, RegisterOffset(scale)),
            memory.bind_register,
            memory.address_register,
        ),
    ]


def _literals() -> list[Row]:
    return [
        _access(
            name,
            f"{opc} 011 0 00 iiiiiiiiiiiiiiiiiii ttttt",
            (Reg(width, RT), BranchTarget(5, 19)),
            memory.bind_literal,
            memory.address_literal,
        )
        for name, opc, width in (("ldr", "00", 32), ("ldr", "01", 64), ("ldrsw", "10", 64))
    ]


def _pair_rule(load: bool, writes_back: bool) -> Callable[[int], bool] | None:
    if writes_back:
        return _pair_load_base_kept if load else _pair_base_kept
    return _pair_apart if load else None


def _pairs() -> list[Row]:
    rows: list[Row] = []
    for name, opc, load, width, count in (
        ("stp", "00", "0", 32, 4),
        ("ldp", "00", "1", 32, 4),
        ("ldpsw", "01", "1", 64, 4),
        ("stp", "10", "0", 64, 8),
        ("ldp", "10", "1", 64, 8),
    ):
        for mode, form in (("offset", "010"), ("pre", "011"), ("post", "001")):
            rows.append(
                _access(
                    name,
                    f"{opc} 101 0 {form} {load} iiiiiii uuuuu nnnnn ttttt",
                    (Reg(width, RT), Reg(width, RT2), PairOffset(count, mode)),
                    memory.bind_pair,
                    memory.address_pair,
                    when=_pair_rule(load == "1", mode != "offset"),
                )
            )
    return rows


def _with_base(
    mnemonic: str,
    pattern: str,
    registers: tuple[Codec, ...],
    semantics: Callable[[int], Run],
    when: Callable[[int], bool] | None = None,
) -> Row:
    operands = (*registers, BaseOnly())
    return _access(mnemonic, f"{pattern} nnnnn ttttt", operands, semantics, memory.address_base, when=when)


def _ordered() -> list[Row]:
    rows: list[Row] = []
    for size, suffix, width in _SIZES:
        rt, rs = Reg(width, RT), Reg(32, RS)
        rows += [
            _with_base(f"stlr{suffix}", f"{size} 001000 100 11111 1 11111", (rt,), memory.bind_ordered),
            _with_base(f"ldar{suffix}", f"{size} 001000 110 11111 1 11111", (rt,), memory.bind_ordered),
            _with_base(f"ldapr{suffix}", f"{size} 111000 101 11111 1 10000", (rt,), memory.bind_ordered),
            _with_base(f"ldxr{suffix}", f"{size} 001000 010 11111 0 11111", (rt,), memory.bind_exclusive),
            _with_base(f"ldaxr{suffix}", f"{size} 001000 010 11111 1 11111", (rt,), memory.bind_exclusive),
            _with_base(
                f"stxr{suffix}",
                f"{size} 001000 000 sssss 0 11111",
                (rs, rt),
                memory.bind_exclusive,
                _status_apart,
            ),
            _with_base(
                f"stlxr{suffix}",
                f"{size} 001000 000 sssss 1 11111",
                (rs, rt),
                memory.bind_exclusive,
                _status_apart,
            ),
        ]
    return rows


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
                    memory.bind_compare_and_swap,
                )
            )
            rows.append(
                _with_base(
                    f"swp{end}",
                    f"{size} 111000 {acquire}{release} 1 sssss 1 000 00",
                    (rs, rt),
                    memory.bind_atomic,
                )
            )
            for number, op in enumerate(_OPERATIONS):
                pattern = f"{size} 111000 {acquire}{release} 1 sssss 0 {number:03b} 00"
                if acquire == "0":
                    rows.append(
                        _access(
                            f"st{op}{end}",
                            f"{pattern} nnnnn 11111",
                            (rs, BaseOnly()),
                            memory.bind_atomic,
                            memory.address_base,
                        )
                    )
                rows.append(_with_base(f"ld{op}{end}", pattern, (rs, rt), memory.bind_atomic))
    return rows


_PREFETCHES = {
    kind << 3 | level << 1 | policy: f"{('pld', 'pli', 'pst')[kind]}l{level + 1}{('keep', 'strm')[policy]}"
    for kind in range(3)
    for level in range(3)
    for policy in range(2)
}


def _prefetches() -> list[Row]:
    """PRFM changes nothing anybody can see, so it is no access."""
    what = Named("a prefetch operation", 0, 5, _PREFETCHES, numeric=True)
    start = "11 111 0 00 10"
    return [
        row("prfm", "11 111 0 01 10 iiiiiiiiiiii nnnnn ttttt", (what, ScaledOffset(8)), system.bind_nop),
        row("prfum", f"{start} 0 iiiiiiiii 00 nnnnn ttttt", (what, SignedOffset("offset")), system.bind_nop),
        row("prfm", f"{start} 1 mmmmm ooo s 10 nnnnn ttttt", (what, RegisterOffset(3)), system.bind_nop),
        row("prfm", "11 011 0 00 iiiiiiiiiiiiiiiiiii ttttt", (what, BranchTarget(5, 19)), system.bind_nop),
    ]


ROWS: tuple[Row, ...] = (
    *(each for single in _SINGLES for each in _single(*single)),
    *_literals(),
    *_pairs(),
    *_ordered(),
    *_atomics(),
    *_prefetches(),
)
