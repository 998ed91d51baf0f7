"""A run as Chrome's trace events: JSON, which chrome://tracing, Perfetto and Speedscope open.

"Trace Event Format", the document of the Catapult project: complete events (`X`) for slices, instants (`i`) with the
scope of their thread, flow events (`s`, `f`) for arrows, metadata (`M`) for names and order.  A group of tracks is a
process, a track is a thread.  Times are in microseconds, one for each event.

A flow event belongs to the slice around its time on its thread, so an instant at the end of an arrow is a slice of one
microsecond here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ..events import Event
from ..events.encoding import to_plain
from ..terminal import shown
from .recorded import Recorded
from .timeline import GROUPS, Timeline, Track, timeline_of

__all__ = ["as_chrome"]


def as_chrome(run: Recorded) -> bytes:
    """The file; one trace event a line."""
    timeline = timeline_of(run)
    encode = msgspec.json.Encoder().encode
    lines = b",\n".join(encode(event) for event in _events(timeline))
    other = encode({"run": run.title, **({"failure": run.reason} if run.reason else {})})
    content = b'{"displayTimeUnit":"ns","otherData":' + other + b',"traceEvents":[\n' + lines + b"\n]}\n"
    return shown(content.decode()).encode()


def _events(timeline: Timeline) -> Iterator[dict[str, Any]]:
    yield from _metadata(timeline)
    for one in timeline.slices:
        yield {
            "ph": "X",
            "name": one.name,
            "cat": type(one.event).__name__.lower(),
            "ts": one.begin,
            "dur": one.end - one.begin,
            **_where(one.track),
            "args": _arguments(one.event),
        }
    ends = {seq for arrow in timeline.arrows for seq in (arrow.source, arrow.target)}
    places: dict[int, Track] = {}
    for instant in timeline.instants:
        seq = instant.event.seq
        places[seq] = instant.track
        shape = {"ph": "X", "dur": 1} if seq in ends else {"ph": "i", "s": "t"}
        yield {
            **shape,
            "name": instant.name,
            "cat": type(instant.event).__name__.lower(),
            "ts": seq,
            **_where(instant.track),
            "args": _arguments(instant.event),
        }
    for number, arrow in enumerate(timeline.arrows, 1):
        same = {"name": arrow.kind, "cat": arrow.kind, "id": number}
        yield {"ph": "s", **same, "ts": arrow.source, **_where(places[arrow.source])}
        yield {"ph": "f", "bp": "e", **same, "ts": arrow.target, **_where(places[arrow.target])}


def _metadata(timeline: Timeline) -> Iterator[dict[str, Any]]:
    for number, group in enumerate(GROUPS, 1):
        yield {"ph": "M", "name": "process_name", "pid": number, "tid": 0, "args": {"name": group}}
        yield {
            "ph": "M",
            "name": "process_sort_index",
            "pid": number,
            "tid": 0,
            "args": {"sort_index": number},
        }
    for place, track in enumerate(timeline.tracks):
        yield {"ph": "M", "name": "thread_name", **_where(track), "args": {"name": track.name}}
        yield {"ph": "M", "name": "thread_sort_index", **_where(track), "args": {"sort_index": place}}


def _where(track: Track) -> dict[str, int]:
    return {"pid": GROUPS.index(track.group) + 1, "tid": track.number}


def _arguments(event: Event) -> dict[str, Any]:
    """The event's fields; 64-bit values are hexadecimal text, which JavaScript does not round."""
    return to_plain(event)
