"""Rows of the plain loads, stores and pairs (Arm ARM C4.1.94)."""

from __future__ import annotations

from collections.abc import Callable

from . import semantics_memory as memory
from . import semantics_pairs as pairs
from . import semantics_system as system
from .codecs_immediate import BranchTarget
from .codecs_memory import PairOffset, RegisterOffset, ScaledOffset, SignedOffset
from .codecs_name import Named
from .codecs_register import Reg
from .fields import RN, RT, RT2, bits
from .row import Row, access, row

__all__ = ["ROWS"]

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


def _single(name: str, unscaled: str, size: str, opc: str, width: int, count: int) -> list[Row]:
    """All addressing forms of one load or store."""
    rt = Reg(width, RT)
    scale = count.bit_length() - 1
    start = f"{size} 111 0 00 {opc} 0"
    indexed, address = memory.bind_indexed, memory.address_indexed
    plain = f"{start} iiiiiiiii 00 nnnnn ttttt"
    return [
        access(
            name,
            f"{size} 111 0 01 {opc} iiiiiiiiiiii nnnnn ttttt",
            (rt, ScaledOffset(count)),
            memory.bind_scaled,
            memory.address_scaled,
        ),
        access(
            f"{name[:2]}t{name[2:]}",
            f"{start} iiiiiiiii 10 nnnnn ttttt",
            (rt, SignedOffset("offset")),
            memory.bind_unprivileged,
            memory.address_unscaled,
        ),
        access(unscaled, plain, (rt, SignedOffset("offset")), indexed, address),
        access(name, plain, (rt, SignedOffset("offset")), indexed, address, assemble_only=True),
        access(
            name,
            f"{start} iiiiiiiii 01 nnnnn ttttt",
            (rt, SignedOffset("post")),
            indexed,
            address,
            when=_base_kept,
        ),
        access(
            name,
            f"{start} iiiiiiiii 11 nnnnn ttttt",
            (rt, SignedOffset("pre")),
            indexed,
            address,
            when=_base_kept,
        ),
        access(
            name,
            f"{size} 111 0 00 {opc} 1 mmmmm ooo s 10 nnnnn ttttt",
            (rt, RegisterOffset(scale)),
            memory.bind_register,
            memory.address_register,
        ),
    ]


def _literals() -> list[Row]:
    return [
        access(
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
                access(
                    name,
                    f"{opc} 101 0 {form} {load} iiiiiii uuuuu nnnnn ttttt",
                    (Reg(width, RT), Reg(width, RT2), PairOffset(count, mode)),
                    pairs.bind_pair,
                    pairs.address_pair,
                    when=_pair_rule(load == "1", mode != "offset"),
                )
            )
        if name != "ldpsw":
            rows.append(
                access(
                    f"{name[:2]}n{name[2:]}",
                    f"{opc} 101 0 000 {load} iiiiiii uuuuu nnnnn ttttt",
                    (Reg(width, RT), Reg(width, RT2), PairOffset(count, "offset")),
                    pairs.bind_pair,
                    pairs.address_pair,
                    when=_pair_rule(load == "1", writes_back=False),
                )
            )
    return rows


_PREFETCHES = {
    kind << 3 | level << 1 | policy: f"{('pld', 'pli', 'pst')[kind]}l{level + 1}{('keep', 'strm')[policy]}"
    for kind in range(3)
    for level in range(3)
    for policy in range(2)
}


def _prefetches() -> list[Row]:
    """PRFM changes nothing anybody can see, so it does not count as an access."""
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
    *_prefetches(),
)
