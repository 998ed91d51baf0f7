"""How wide the C types are that a litmus test declares its locations with."""

from __future__ import annotations

__all__ = ["is_unsigned", "size_of"]

_SIZES = {
    "bool": 1,
    "_Bool": 1,
    "int8_t": 1,
    "uint8_t": 1,
    "char": 1,
    "int16_t": 2,
    "uint16_t": 2,
    "short": 2,
    "int": 4,
    "int32_t": 4,
    "uint32_t": 4,
    "ins_t": 4,
    "instr_t": 4,
    "int64_t": 8,
    "uint64_t": 8,
    "intptr_t": 8,
    "uintptr_t": 8,
    "ptrdiff_t": 8,
    "size_t": 8,
    "int128_t": 16,
    "uint128_t": 16,
    "__int128": 16,
}
_QUALIFIERS = frozenset({"const", "signed", "unsigned", "volatile"})


def size_of(kind: str) -> int:
    """Bytes of a type; 8 without one, and for pointers; 0 for a type that is not known."""
    if kind in _SIZES:
        return _SIZES[kind]
    words = [word for word in kind.split() if word not in _QUALIFIERS]
    if not kind or kind.endswith("*") or "long" in words:
        return 8
    return _SIZES.get(words[0], 0) if words else 4


def is_unsigned(kind: str) -> bool:
    """Does the type print without a sign?  Everything of 8 bytes prints as registers do."""
    return size_of(kind) != 8 and kind.removeprefix("const ").startswith(("u", "ins", "bool", "_Bool"))
