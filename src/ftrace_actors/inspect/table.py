"""Events as rows of text: where and when in columns, the rest as `field=value`.

Who is the task where one runs on a CPU, and the actor elsewhere.  An address that has a name is written by it.  Columns have fixed widths, because rows are written while a log is read.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ..events import Event

__all__ = ["HEADING", "row"]

HEADING: Final = f"{'seq':>8} {'step':>6} {'cpu':>4}  {'who':<14} {'kind':<13} what"

_COLUMNS: Final = frozenset({"kind", "symbol", *Event.__struct_fields__})
_WIDE: Final = frozenset({"regs"})
"""Left out: a row of registers hides the rest."""

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
    for name, value in event.items():
        if name in _COLUMNS or name in _WIDE:
            continue
        shown = event.get("symbol", value) if name == "addr" else value
        words.append(f"{name}={_value(shown)}")
    if event["cause"] >= 0:
        words.append(f"cause={event['cause']}")
    return " ".join(words)


def _value(value: Any) -> str:
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, list):
        return ",".join(map(str, value)) or "-"
    text = str(value)
    return text if text and " " not in text else f'"{text}"'
