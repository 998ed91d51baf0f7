"""A run as a Perfetto trace: TrackEvents in protobuf, which ui.perfetto.dev and trace_processor open.

Fields as in protos/perfetto/trace/track_event/track_event.proto and track_descriptor.proto.  A group of tracks is a
track with the tracks below it; arrows are flows; the fields of an event are its debug annotations.  Times are in
nanoseconds, 1,000 for each event, so that the viewer's microseconds are numbers of events.

The classes are those of the package `perfetto`, an extra: it is loaded only when this form is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from ..errors import InputError
from ..events import Event
from ..events.encoding import to_plain
from .recorded import Recorded
from .timeline import GROUPS, Instant, Slice, Timeline, Track, timeline_of

__all__ = ["as_perfetto"]

_EVENT_NS: Final = 1000
_SEQUENCE: Final = 1


def as_perfetto(run: Recorded) -> bytes:
    """The file.  Raises `InputError` where the package is not installed."""
    try:
        from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as protos  # noqa: PLC0415 -- an extra
        from perfetto.trace_builder.proto_builder import TraceProtoBuilder  # noqa: PLC0415 -- as above
    except ImportError:
        raise InputError(
            "--to perfetto", "", "needs the package perfetto: pip install 'ftrace-actors[perfetto]'"
        ) from None
    builder = TraceProtoBuilder()
    timeline = timeline_of(run)
    _describe(builder, protos.TrackDescriptor, timeline)
    writer = _Writer(builder, protos.TrackEvent, timeline)
    for _, _, _, item in sorted(_edges(timeline), key=lambda edge: edge[:3]):
        writer.write(*item)
    return bytes(builder.serialize())


_Item = tuple[Slice | Instant, bool]
"""What is written, and whether it is the end of a slice."""


def _edges(timeline: Timeline) -> Iterator[tuple[int, int, int, _Item]]:
    """(time, rank, order, what): at one time the inner slice ends first, and ends come before beginnings."""
    for one in timeline.slices:
        yield one.begin, 1, -one.end, (one, False)
        yield one.end, 0, -one.begin, (one, True)
    for instant in timeline.instants:
        yield instant.event.seq, 2, 0, (instant, False)


def _describe(builder: Any, descriptor: Any, timeline: Timeline) -> None:
    used = {track.group for track in timeline.tracks}
    for number, group in enumerate(GROUPS):
        if group in used:
            track_info = builder.add_packet().track_descriptor
            track_info.uuid, track_info.name = _group_uuid(group), group
            track_info.child_ordering = descriptor.EXPLICIT
            track_info.sibling_order_rank = number
    for place, track in enumerate(timeline.tracks):
        track_info = builder.add_packet().track_descriptor
        track_info.uuid, track_info.parent_uuid, track_info.name = (
            _uuid(track),
            _group_uuid(track.group),
            track.name,
        )
        track_info.sibling_order_rank = place


def _group_uuid(group: str) -> int:
    return GROUPS.index(group) + 1


def _uuid(track: Track) -> int:
    return len(GROUPS) + track.number


class _Writer:
    """Packets of events, one sequence."""

    __slots__ = ("_builder", "_flows", "_kinds")

    def __init__(self, builder: Any, kinds: Any, timeline: Timeline) -> None:
        self._builder = builder
        self._kinds = kinds
        self._flows: dict[int, list[int]] = defaultdict(list)
        for number, arrow in enumerate(timeline.arrows, 1):
            self._flows[arrow.source].append(number)
            self._flows[arrow.target].append(number)

    def write(self, item: Slice | Instant, ends: bool) -> None:
        """One packet."""
        packet = self._builder.add_packet()
        packet.trusted_packet_sequence_id = _SEQUENCE
        event = packet.track_event
        event.track_uuid = _uuid(item.track)
        if isinstance(item, Slice):
            packet.timestamp = (item.end if ends else item.begin) * _EVENT_NS
            event.type = self._kinds.TYPE_SLICE_END if ends else self._kinds.TYPE_SLICE_BEGIN
        else:
            packet.timestamp = item.event.seq * _EVENT_NS
            event.type = self._kinds.TYPE_INSTANT
            event.flow_ids.extend(self._flows.get(item.event.seq, ()))
        if not ends:
            event.name = item.name
            self._annotate(event, item.event)

    @staticmethod
    def _annotate(message: Any, event: Event) -> None:
        for name, value in to_plain(event).items():
            note = message.debug_annotations.add()
            note.name = name
            if isinstance(value, bool):
                note.bool_value = value
            elif isinstance(value, int):
                note.int_value = value
            else:
                note.string_value = value if isinstance(value, str) else ", ".join(map(str, value))
