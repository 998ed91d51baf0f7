"""Events as rows of text: where and when in columns, the rest as `field=value`.

The column for who it was has the task where one runs on a CPU, and the actor elsewhere.  An address that has a name
is written by it. Columns have fixed widths, because rows are written while a log is read.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ..events import Event
from ..events.encoding import KINDS

__all__ = ["HEADING", "row"]

HEADING: Final = f"{'seq':>8} {'step':>6} {'cpu':>4}  {'task or actor':<14} {'kind':<13} what"

_HIDDEN: Final = frozenset({*Event.__struct_fields__, "regs"})
"""In columns of their own, or left out: a row of registers hides the rest."""

_SHOWN: Final = {
    kind: tuple(name for name in struct.__struct_fields__ if name not in _HIDDEN)
    for kind, struct in KINDS.items()
}
"""Kind of event -> the fields in its row."""

_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


def row(line: bytes, mark: str = " ") -> str:
    """One event, as one line; `mark` is the first character."""
    event = _decode(line)
    cpu = event["cpu"]
    who = (event["task"] if cpu >= 0 else "") or event["actor"]
    return (
        f"{mark}{event['seq']:>7} {event['step']:>6} {f'cpu{cpu}' if cpu >= 0 else '-':>4}  "
        f"{who:<14} {event['kind']:<13} {fields(event)}"
    ).rstrip()


def fields(event: dict[str, Any]) -> str:
    """What only this kind of event has."""
    words = []
    for name in _SHOWN[event["kind"]]:
        value = event[name]
        if name == "addr":
            value = event.get("symbol", value)
        words.append(f"{name}={value if type(value) is int else _value(value)}")
    if event["cause"] >= 0:
        words.append(f"cause={event['cause']}")
    return " ".join(words)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value if value and " " not in value else f'"{value}"'
    if isinstance(value, list):
        return ",".join(map(str, value)) or "-"
    return "true" if value else "false"
