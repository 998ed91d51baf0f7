"""Where the fields of an ftrace_ops are in emulated memory: for what places one, and for what reads a log back.

The names are those of struct ftrace_ops (include/linux/ftrace.h), but for `hits`, which our callbacks count in.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

__all__ = ["FIELDS", "FLAG_NAMES", "field_words", "flag_words", "with_fields"]

FIELDS: Final = {0: "func", 8: "next", 16: "flags", 24: "hits", 32: "func_hash", 40: "direct_call"}
"""Offset -> field; each has 8 bytes."""
FLAG_NAMES: Final = {1 << 0: "FL_STUB", 1 << 1: "FL_RECURSION", 1 << 2: "FL_RCU"}

_OFFSET: Final = re.compile(r"(?<![\w.])([A-Za-z_][\w.]*)(?:\+0x([0-9a-f]+))?")


def field_words(place: str, ops: Collection[str]) -> str:
    """A place in words, as ``tracer_a+0x8``, with the field where it is in an ops: ``tracer_a->next``."""
    found = _OFFSET.fullmatch(place)
    if found is None or found[1] not in ops:
        return place
    field = FIELDS.get(int(found[2] or "0", 16))
    return place if field is None else f"{found[1]}->{field}"


def with_fields(text: str, ops: Collection[str]) -> str:
    """A text with such places in it, each with its field; a bare name of an ops stays."""
    return _OFFSET.sub(lambda found: field_words(found[0], ops) if found[2] is not None else found[0], text)


def flag_words(bits: int) -> str:
    """What a flags word holds: ``FL_RECURSION|FL_RCU``; a number where bits have no name."""
    names = [name for bit, name in FLAG_NAMES.items() if bits & bit]
    return "|".join(names) if names and not bits & ~sum(FLAG_NAMES) else f"{bits:#x}" if bits else "0"
