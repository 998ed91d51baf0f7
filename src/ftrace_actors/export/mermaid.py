"""A run as a Mermaid sequence diagram: the messages, and notes at the events that are marked.

Marked are the events that prove the failure and fetches that took an old word.  A message is drawn where it is
received; one that nobody received, where it was sent.  A diagram of more than `ROWS_MAX` rows cannot be read, so of a
long run the last ones are shown, up to the last event of the proof, and a note says how many are not.

What Mermaid would take for its own is written by number or name (`#59;` for a semicolon), as its page on sequence
diagrams has it; participants have numbers for names, so that none is a word of the language.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..events import Event, Fetch, Receive, Send
from ..terminal import one_line
from .recorded import Recorded, lane_of

__all__ = ["ROWS_MAX", "as_mermaid"]

ROWS_MAX: Final = 60

_ESCAPED: Final = {
    **{ord(char): f"#{ord(char)};" for char in "#;%\\{}"},
    ord("<"): "#lt;",
    ord(">"): "#gt;",
    ord('"'): "#quot;",
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A message or a note; `arrow` is "" for a note, which is at `target`."""

    source: str
    arrow: str
    target: str
    text: str


def as_mermaid(run: Recorded) -> bytes:
    """The file."""
    rows = list(_rows(run))
    shown = rows[-ROWS_MAX:]
    lanes = sorted({lane for row in shown for lane in (row.source, row.target)}, key=_order)
    names = {lane: f"p{number}" for number, lane in enumerate(lanes)}
    everybody = ",".join(dict.fromkeys(["p0", f"p{len(names) - 1}"]))
    lines = ["sequenceDiagram", f"    title {_text(run.title)}"]
    lines += [f"    participant {name} as {_text(lane)}" for lane, name in names.items()]
    if left := len(rows) - len(shown):
        lines.append(f"    Note over {everybody}: {left} earlier messages and marked events are not shown")
    for row in shown:
        pair = f"{names[row.source]}{row.arrow}{names[row.target]}"
        lines.append(f"    {pair if row.arrow else f'Note over {names[row.target]}'}: {_text(row.text)}")
    if run.reason and names:
        lines.append(f"    Note over {everybody}: {_text(run.reason)}")
    return "\n".join([*lines, ""]).encode()


def _rows(run: Recorded) -> Iterator[_Row]:
    end = max(run.proof, default=run.end)
    received = {event.cause for event in run.events if isinstance(event, Receive)}
    sent: dict[int, Send] = {}
    tasks: dict[str, str] = {}
    for event in run.events:
        if event.seq > end:
            return
        lane = lane_of(event)
        if event.task and event.cpu >= 0:
            tasks[event.task] = lane
        match event:
            case Send():
                sent[event.seq] = event
                if event.seq not in received:
                    to = event.to.removesuffix(" replies")
                    yield _Row(lane, "-x", tasks.get(to, to), f"{event.message} ({event.seq}, not received)")
            case Receive() if event.cause in sent:
                text = f"{event.message} ({event.cause} to {event.seq})"
                yield _Row(lane_of(sent[event.cause]), "->>", lane, text)
            case _ if event.seq in run.proof or _stale(event):
                who = f"{event.task} " if event.task else ""
                yield _Row(lane, "", lane, f"{event.seq} {who}{run.words(event)}")
            case _:
                """Not in the picture."""


def _stale(event: Event) -> bool:
    return isinstance(event, Fetch) and event.order < event.newest


def _order(lane: str) -> tuple[bool, int, str]:
    """CPUs first, by number."""
    digits = lane.removeprefix("cpu")
    is_cpu = lane.startswith("cpu") and digits.isascii() and digits.isdigit() and len(digits) < 9
    return not is_cpu, int(digits) if is_cpu else 0, lane


def _text(text: str) -> str:
    return one_line(text).translate(_ESCAPED)
