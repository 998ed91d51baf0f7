"""The fields a query may name, worked out from the event schema.

A field's type may depend on the kind of event (`entry` is an address of a record and a truth of an exception), so a
field has for each of its types the kinds that have it.  Three fields are not in the schema: `symbol`, the name of what
contains `addr`, `occurrence`, how many events of its kind the actor had made there before, and `window`, the window the
event's task is in.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from ...events import EVENT_KINDS, Event
from ...events.encoding import HEX_NAMES, KINDS
from ...events.fields import fields_of

__all__ = ["COMMON", "FIELDS", "HEX", "Type", "words_of"]


class Type(StrEnum):
    """What a field holds."""

    NUMBER = "a number"
    TEXT = "text"
    TRUTH = "true or false"
    NUMBERS = "a list of numbers"
    TEXTS = "a list of texts"


_TYPES: Final[dict[object, Type]] = {
    int: Type.NUMBER,
    str: Type.TEXT,
    bool: Type.TRUTH,
    tuple[int, ...]: Type.NUMBERS,
    tuple[str, ...]: Type.TEXTS,
}

COMMON: Final = frozenset({"kind", *Event.__struct_fields__})
"""Fields that every event has."""

HEX: Final = HEX_NAMES
"""Fields whose numbers are hexadecimal strings in a log."""


def _fields() -> dict[str, dict[Type, frozenset[str]]]:
    everywhere = frozenset(KINDS)
    found: dict[str, dict[Type, frozenset[str]]] = {
        "kind": {Type.TEXT: everywhere},
        **{field.name: {_TYPES[field.held]: everywhere} for field in fields_of(Event)},
    }
    for kind in EVENT_KINDS:
        name = str(kind.__struct_config__.tag)
        for field in fields_of(kind):
            types = found.setdefault(field.name, {})
            held = _TYPES[field.held]
            types[held] = types.get(held, frozenset()) | {name}
    found["symbol"] = {Type.TEXT: found["addr"][Type.NUMBER]}
    found["occurrence"] = {Type.NUMBER: everywhere}
    found["window"] = {Type.TEXT: everywhere}
    return found


FIELDS: Final = _fields()
"""Name of a field -> its types -> the kinds of events that have it so."""


def words_of(types: frozenset[Type]) -> str:
    """Some types, in words."""
    return " or ".join(held.value for held in Type if held in types)
