"""What other tools would read out of our files, as far as they can be had here; else by the rules those tools state."""

import json
import re
from dataclasses import dataclass
from typing import Any

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackEvent


@dataclass(frozen=True)
class Read:
    """Slices as (track, name, begin, end), instants as (track, name, at), flows as sets of times."""

    slices: set[tuple[str, str, int, int]]
    instants: list[tuple[str, str, int]]
    flows: dict[int, list[int]]
    notes: list[dict[str, Any]]


def perfetto(content: bytes) -> Read:
    """By the protobuf classes of the package; slices end innermost first, as trace_processor ends them."""
    trace = Trace()
    trace.ParseFromString(content)
    names = {
        packet.track_descriptor.uuid: packet.track_descriptor.name
        for packet in trace.packet
        if packet.HasField("track_descriptor")
    }
    open_: dict[int, list[tuple[str, int]]] = {}
    read = Read(set(), [], {}, [])
    for packet in sorted((p for p in trace.packet if p.HasField("track_event")), key=lambda p: p.timestamp):
        event, track, at = packet.track_event, packet.track_event.track_uuid, packet.timestamp // 1000
        assert packet.timestamp % 1000 == 0
        if event.type == TrackEvent.TYPE_SLICE_BEGIN:
            open_.setdefault(track, []).append((event.name, at))
        elif event.type == TrackEvent.TYPE_SLICE_END:
            name, begin = open_[track].pop()
            read.slices.add((names[track], name, begin, at))
        else:
            assert event.type == TrackEvent.TYPE_INSTANT
            read.instants.append((names[track], event.name, at))
            for flow in event.flow_ids:
                read.flows.setdefault(flow, []).append(at)
        if event.debug_annotations:
            read.notes.append({note.name: note for note in event.debug_annotations})
    assert not any(open_.values())
    return read


def chrome(content: bytes) -> Read:
    """By the "Trace Event Format": complete events nest, flow events are inside of a slice of their thread."""
    events = json.loads(content)["traceEvents"]
    names = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["name"] == "thread_name"}
    read = Read(set(), [], {}, [])
    threads: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for event in events:
        if event["ph"] == "X":
            place, begin, end = (event["pid"], event["tid"]), event["ts"], event["ts"] + event["dur"]
            for low, high in threads.setdefault(place, []):
                assert (
                    end <= low
                    or high <= begin
                    or (low <= begin and end <= high)
                    or (begin <= low and high <= end)
                )
            threads[place].append((begin, end))
            read.slices.add((names[place], event["name"], begin, end))
        elif event["ph"] == "i":
            assert event["s"] == "t"
            read.instants.append((names[event["pid"], event["tid"]], event["name"], event["ts"]))
        elif event["ph"] in {"s", "f"}:
            assert event["ph"] == "s" or event["bp"] == "e"
            assert any(low <= event["ts"] < high for low, high in threads[event["pid"], event["tid"]])
            read.flows.setdefault(event["id"], []).append(event["ts"])
        else:
            assert event["ph"] == "M"
    return read


def shiviz(content: str) -> list[tuple[str, dict[str, int], str]]:
    """(host, clock, event) as js/model/parser.js finds them, held to js/model/vectorTimestamp.js and graphBuilder."""
    expression, delimiter, rest = content.split("\n", 2)
    assert not delimiter
    found = []
    counts: dict[str, int] = {}
    for match in re.finditer(expression.replace("(?<", "(?P<"), rest.strip(), re.ASCII):
        clock = json.loads(match["clock"])
        assert all(type(count) is int and count > 0 for count in clock.values())
        counts[match["host"]] = counts.get(match["host"], 0) + 1
        assert clock[match["host"]] == counts[match["host"]]
        found.append((match["host"], clock, match["event"]))
    return found


TRACE_LINE = re.compile(
    r" *(?P<comm>.+?)-(?P<pid>\d+) +\[(?P<cpu>\d{3})\] (?P<flags>[.dbnNphHzZsSm0-9a-fA-F]{4,5}) +"
    r"(?P<seconds>\d+)\.(?P<micros>\d{6}): (?P<function>[^ :]+):? ?(?P<text>.*)"
)
"""A line of the kernel's file; the examples of Documentation/trace/ftrace.rst match it (see the test)."""
