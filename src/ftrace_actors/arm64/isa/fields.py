"""Bit fields of A64 words, and the two immediates that are not plain numbers.

Source: Arm Architecture Reference Manual (DDI 0487), C4 for the layout and DecodeBitMasks in J1 for the
logical immediates.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = [
    "CONDITIONS",
    "CONDITION_ALIASES",
    "RA",
    "RD",
    "RM",
    "RN",
    "RS",
    "RT",
    "RT2",
    "bits",
    "decode_bitmask",
    "encode_bitmask",
    "move_wide_preferred",
    "sign_extend",
]

# Lowest bit of the five-bit register fields. They are shared by nearly all encodings.
RD = 0
RT = 0
RN = 5
RA = 10
RT2 = 10
RM = 16
RS = 16

CONDITIONS = ("eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "al", "nv")
CONDITION_ALIASES = {"hs": "cs", "lo": "cc"}


def bits(word: int, low: int, width: int) -> int:
    """The unsigned field of `width` bits whose lowest bit is `low`."""
    return (word >> low) & ((1 << width) - 1)


def sign_extend(value: int, width: int) -> int:
    """Read the low `width` bits of `value` as two's complement; the result may be negative."""
    sign = 1 << (width - 1)
    return ((value & ((1 << width) - 1)) ^ sign) - sign


def decode_bitmask(n: int, immr: int, imms: int, width: int) -> int | None:
    """The logical immediate N:immr:imms for a register of `width` bits, None if the encoding is reserved."""
    length = ((n << 6) | (~imms & 0x3F)).bit_length() - 1
    if length < 1 or (1 << length) > width:
        return None
    size = 1 << length
    ones = (imms & (size - 1)) + 1
    if ones == size:
        return None
    rotation = immr & (size - 1)
    element = (1 << ones) - 1
    element = ((element >> rotation) | (element << (size - rotation))) & ((1 << size) - 1)
    value = 0
    for low in range(0, width, size):
        value |= element << low
    return value


@lru_cache(maxsize=4096)
def encode_bitmask(value: int, width: int) -> tuple[int, int, int] | None:
    """N, immr and imms of a logical immediate, None if `value` is not a repeated, rotated run of ones."""
    size = width
    while size > 2:
        half = size // 2
        low = value & ((1 << half) - 1)
        if low != (value >> half) & ((1 << half) - 1):
            break
        size = half
    mask = (1 << size) - 1
    element = value & mask
    ones = element.bit_count()
    if ones in (0, size):
        return None
    run = (1 << ones) - 1
    for rotation in range(size):
        if ((run >> rotation) | (run << (size - rotation))) & mask == element:
            n = 1 if size == 64 else 0
            return n, rotation, (~(size * 2 - 1) & 0x3F) | (ones - 1)
    return None


def move_wide_preferred(value: int, width: int) -> bool:
    """True if MOVZ or MOVN can make `value`; then a MOV alias never means ORR (immediate)."""
    mask = (1 << width) - 1
    return any(
        candidate & ~(0xFFFF << shift) == 0
        for candidate in (value, ~value & mask)
        for shift in range(0, width, 16)
    )
