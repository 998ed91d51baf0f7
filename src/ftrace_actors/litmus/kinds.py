"""How wide the C types are that a litmus test declares its locations with."""

from __future__ import annotations

__all__ = ["size_of"]

_SIZES = {
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
}
_QUALIFIERS = frozenset({"const", "signed", "unsigned", "volatile"})


def size_of(kind: str) -> int:
    """Bytes of a type; those that are not known, and pointers, have 8."""
    if kind in _SIZES:
        return _SIZES[kind]
    words = [word for word in kind.split() if word not in _QUALIFIERS]
    if kind.endswith("*") or "long" in words:
        return 8
    return _SIZES.get(words[0], 8) if words else 4 if kind else 8
