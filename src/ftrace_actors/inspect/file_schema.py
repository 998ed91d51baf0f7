"""What may be on a line of a log, as JSON Schema: for programs that write logs of their own, or read ours.

The first line is the header, each other one an event.  The schema is made from the types that are written and read, so
it cannot differ from them; what it cannot say is that `seq` counts from 0, that `cause` is before its event, and what
an event means, which docs/logs.md has.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ..events import EVENT_KINDS, SCHEMA_VERSION, Event
from ..events.encoding import HEX_NAMES
from ..events.fields import Field, fields_of
from .header import FORMAT, LogHeader

__all__ = ["json_schema"]

_COMMON: Final = {
    "seq": "the number of the event: its place in the log, from 0",
    "step": "which step of the run it is of",
    "actor": "who did it",
    "cpu": "where it happened; -1 is on no CPU",
    "task": "the task that ran there; empty when none did",
    "cause": "the number of the event that caused it; -1 when none did",
}
_HEX: Final = {"type": "string", "pattern": "^0x[0-9a-f]{1,16}$"}
_PLAIN: Final[dict[object, dict[str, Any]]] = {
    int: {"type": "integer"},
    str: {"type": "string"},
    bool: {"type": "boolean"},
    tuple[str, ...]: {"type": "array", "items": {"type": "string"}},
    tuple[int, ...]: {"type": "array", "items": {"type": "integer"}},
}


def json_schema() -> dict[str, Any]:
    """The schema of one line."""
    _, parts = msgspec.json.schema_components([LogHeader], ref_template="#/$defs/{name}")
    parts["LogHeader"]["required"] = ["scenario", "seed", "run", "strategy", "format", "schema"]
    parts["LogHeader"]["properties"]["format"] = {"const": FORMAT}
    parts["LogHeader"]["properties"]["schema"] = {"const": SCHEMA_VERSION}
    kinds = {str(kind.__struct_config__.tag): kind for kind in EVENT_KINDS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "a line of a log of ftrace-actors",
        "description": "The first line is the header, each other line is an event.",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in ("LogHeader", *kinds)],
        "$defs": {**parts, **{name: _event(name, kind) for name, kind in kinds.items()}},
    }


def _event(name: str, kind: type[Event]) -> dict[str, Any]:
    fields = list(fields_of(kind))
    defaults = {field.name for field in msgspec.structs.fields(kind) if not field.required}
    return {
        "type": "object",
        "description": " ".join((kind.__doc__ or "").split()),
        "properties": {
            "kind": {"const": name},
            **{field.name: _field(field) for field in fields},
            "symbol": {"type": "string", "description": "the name of addr; for readers, not read back"},
            "occurrence": {
                "type": "integer",
                "description": "how many such events the actor had made there before; for readers, not read back",
            },
        },
        "required": ["kind", *(field.name for field in fields if field.name not in defaults)],
        "additionalProperties": False,
    }


def _field(field: Field) -> dict[str, Any]:
    found = _PLAIN[field.held]
    if field.name in HEX_NAMES and field.held in {int, tuple[int, ...]}:
        found = _HEX if field.held is int else {"type": "array", "items": _HEX}
        if field.name == "word":
            found = {"type": "string", "pattern": "^0x[0-9a-f]{1,8}$"}
    about = _COMMON.get(field.name)
    return {**found, "description": about} if about else dict(found)
