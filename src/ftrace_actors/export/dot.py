"""A run as a graph in Graphviz's language: what a person has to see of it, and what led to what.

Nodes are the events that the lanes report shows (`inspect.focus`), and every message.  Edges are program
order along a lane, messages, the write that a load or fetch read from, and in red the write that a stale fetch could
have taken and did not.  A graph of more than `NODES_MAX` nodes cannot be read, so of a long run the last ones are
drawn, up to the last event of the proof, and the title says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ..events import Early, Event, Fetch, Load, Receive, Send, Store
from ..inspect.focus import focus
from ..terminal import one_line
from .recorded import Recorded, lane_of

__all__ = ["NODES_MAX", "as_dot", "edge", "quoted"]

NODES_MAX: Final = 150


def quoted(text: str) -> str:
    """A text as a quoted string of the language; its lines stay lines."""
    lines = (one_line(line).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n"))
    return '"' + "\\n".join(lines) + '"'


def edge(source: str, target: str, label: str = "", **attributes: str) -> str:
    """An edge; attribute values are quoted."""
    given = {**({"label": label} if label else {}), **attributes}
    words = ", ".join(f"{name}={quoted(value)}" for name, value in given.items())
    return f"  {source} -> {target}{f' [{words}]' if words else ''};"


def as_dot(run: Recorded) -> bytes:
    """The file."""
    nodes, left = _nodes(run)
    cut = f"\n{left} earlier events are not shown" if left else ""
    label = f"{run.title}{cut}{chr(10) + run.reason if run.reason else ''}"
    lines = [
        "digraph run {",
        f"  graph [rankdir=TB, fontname=monospace, labelloc=t, label={quoted(label)}];",
        "  node [shape=box, fontname=monospace, fontsize=10];",
        "  edge [fontname=monospace, fontsize=9];",
    ]
    lanes = list(dict.fromkeys(lane_of(event) for event in nodes))
    lines += [
        f"  lane{number} [label={quoted(lane)}, group=g{number}, shape=plaintext, fontsize=14];"
        for number, lane in enumerate(lanes)
    ]
    lines += [_node(run, event, lanes.index(lane_of(event))) for event in nodes]
    lines += _edges(run, nodes)
    return "\n".join([*lines, "}", ""]).encode()


def _nodes(run: Recorded) -> tuple[Sequence[Event], int]:
    """The events to draw, and how many earlier ones are left out."""
    end = max(run.proof, default=run.end)
    shown = {event.seq for event in focus(run.events, set(run.proof), run.narrator)}
    found = [
        event
        for event in run.events
        if event.seq <= end and (event.seq in shown or isinstance(event, (Send, Receive)))
    ]
    return found[-NODES_MAX:], max(0, len(found) - NODES_MAX)


def _node(run: Recorded, event: Event, lane: int) -> str:
    where = f"{lane_of(event)} {event.task if event.cpu >= 0 else ''}".rstrip()
    style = ", style=filled, fillcolor=lightpink" if event.seq in run.proof else ""
    label = quoted(f"{event.seq} {where}\n{run.words(event)}")
    return f"  e{event.seq} [label={label}, group=g{lane}{style}];"


def _edges(run: Recorded, nodes: Sequence[Event]) -> Iterator[str]:
    drawn = {event.seq for event in nodes}
    lanes = list(dict.fromkeys(lane_of(event) for event in nodes))
    last = {lane: f"lane{number}" for number, lane in enumerate(lanes)}
    for event in nodes:
        lane = lane_of(event)
        yield edge(last[lane], f"e{event.seq}", color="gray50", weight="8")
        last[lane] = f"e{event.seq}"
    writes: dict[int, int] = {}
    for event in run.events:
        here = f"e{event.seq}"
        if isinstance(event, (Store, Early)):
            writes.setdefault(event.order, event.seq)
        if event.seq not in drawn:
            continue
        if isinstance(event, Receive) and event.cause in drawn:
            yield edge(f"e{event.cause}", here, color="blue")
        if isinstance(event, (Load, Fetch)) and writes.get(event.order) in drawn:
            yield edge(f"e{writes[event.order]}", here, "rf", color="darkgreen")
        if isinstance(event, Fetch) and event.order < event.newest and writes.get(event.newest) in drawn:
            yield edge(f"e{writes[event.newest]}", here, "not seen", color="red")
