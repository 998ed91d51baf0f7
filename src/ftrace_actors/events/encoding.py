"""Events as text and back, and their digest.

`to_plain` gives what a JSON log holds of one event: the fields by name, with addresses, instruction words and 64-bit
values as hexadecimal strings, because a JSON number is not safe beyond 2**53.  `from_plain` is its exact inverse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, Final, get_args

import msgspec

from ..reading import number, shortened
from .fields import fields_of
from .schema import AnyEvent, Event

__all__ = ["BAD_JSON", "HEX_NAMES", "KINDS", "Digest", "digest", "from_plain", "json_fault", "to_plain"]

BAD_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding JSON raises for text that somebody else wrote."""

KINDS: Final[dict[str, type[Event]]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(AnyEvent) if issubclass(kind, Event)
}
"""The `kind` of an event in a log -> its type."""

HEX_NAMES: Final = frozenset(
    {"addr", "blind", "entry", "ip", "literal", "ops", "regs", "site", "sites", "value", "word", "words"}
)
"""Fields that hold addresses, words or 64-bit values, where their type is int (`ops` is also a name elsewhere)."""


def _hex_fields(kind: type[Event]) -> frozenset[str]:
    return frozenset(
        field.name
        for field in fields_of(kind)
        if field.name in HEX_NAMES and field.held in {int, tuple[int, ...]}
    )


_HEX: Final[dict[type[Event], frozenset[str]]] = {kind: _hex_fields(kind) for kind in KINDS.values()}
_KIND_OF: Final[dict[type[Event], str]] = {kind: name for name, kind in KINDS.items()}
_encoder: Final = msgspec.json.Encoder()


def to_plain(event: Event) -> dict[str, Any]:
    """The event as a mapping of plain values, `kind` first."""
    kind = type(event)
    plain: dict[str, Any] = {"kind": _KIND_OF[kind]}
    hexes = _HEX[kind]
    for name in kind.__struct_fields__:
        value = getattr(event, name)
        if name in hexes:
            value = hex(value) if isinstance(value, int) else [hex(part) for part in value]
        plain[name] = value
    return plain


def from_plain(plain: Mapping[str, Any]) -> Event:
    """The event that `to_plain` turned into `plain`.

    Raises `ValueError`, in one sentence, when a field is missing, unknown or of the wrong type.
    """
    fields = dict(plain)
    name = fields.pop("kind", None)
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError(f"kind: no event is called {shortened(repr(name))}")
    unknown = sorted(set(fields) - set(kind.__struct_fields__))
    if unknown:
        raise ValueError(f"{shortened(unknown[0])}: {name} has no such field")
    for field in _HEX[kind] & set(fields):
        fields[field] = _from_hex(field, fields[field])
    try:
        return msgspec.convert({"kind": name, **fields}, type=kind)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error


def _from_hex(field: str, value: object) -> int | list[int]:
    return (
        [_hex_number(field, part) for part in value] if isinstance(value, list) else _hex_number(field, value)
    )


def _hex_number(field: str, value: object) -> int:
    found = number(value) if isinstance(value, str) else None
    bits = 32 if field == "word" else 64
    if found is None or not 0 <= found < 1 << bits:
        raise ValueError(f"{field}: {shortened(repr(value))} is not the hexadecimal text of {bits} bits")
    return found


def json_fault(error: Exception) -> str:
    """What is wrong with text that is not JSON, in words."""
    return "nested too deeply" if isinstance(error, RecursionError) else str(error).replace("`", "'")


class Digest:
    """The digest of a stream of events that is not kept."""

    __slots__ = ("_hasher",)

    def __init__(self) -> None:
        self._hasher = blake2b(digest_size=16)

    def add(self, event: Event) -> None:
        """The next event of the stream."""
        self._hasher.update(_encoder.encode(event))
        self._hasher.update(b"\n")

    def hex(self) -> str:
        """Of the events so far."""
        return self._hasher.hexdigest()


def digest(events: Iterable[Event]) -> str:
    """A hex digest of a stream of events; equal streams, and no others, have equal digests.

    It does not depend on the process, the driver or the form a log is kept in.
    """
    hasher = Digest()
    for event in events:
        hasher.add(event)
    return hasher.hex()
