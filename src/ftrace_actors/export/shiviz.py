r"""A run as ShiViz reads it: a regular expression, an empty line, then two lines an event, with a vector clock.

Read in ShiViz's js/model/parser.js and vectorTimestamp.js: `clock` is a JSON object of hosts and positive numbers,
which has the event's own host, and the numbers of one host rise by one.  The first line of a file is the expression,
the second what separates several executions: nothing here.  `.` and `\S` of the expression do not match line ends, so
no name and no text may have one.

A host is a CPU, or an actor that runs on none.  A clock is made from what `log --causes` follows: causes, messages,
reads, writes that were early, program order.  So an arrow in the picture is one of these and never a barrier.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from ..inspect.causes import Followed, Relations
from ..terminal import one_line
from .recorded import Recorded, lane_of

__all__ = ["as_shiviz"]

EXPRESSION: Final = r"(?<host>\S*) (?<clock>{.*})\n(?<event>.*)"

_BLANK: Final = re.compile(r"\s")


def as_shiviz(run: Recorded) -> bytes:
    """The file."""
    hosts = _Hosts()
    relations = Relations()
    clocks: list[dict[str, int]] = []
    first = run.events[0].seq if run.events else 0
    lines = [EXPRESSION, ""]
    for event in run.events:
        host = hosts.name(lane_of(event))
        clock: dict[str, int] = {}
        for _, source in relations.of(Followed.of(event)):
            for other, count in clocks[source - first].items():
                clock[other] = max(count, clock.get(other, 0))
        clock[host] = clock.get(host, 0) + 1
        clocks.append(clock)
        mark = "* " if event.seq in run.proof else ""
        task = f"{event.task}: " if event.task else ""
        lines += [f"{host} {_clock(clock)}", f"{mark}{event.seq} {_text(task)}{run.words(event)}"]
    return "\n".join([*lines, ""]).encode()


def _clock(clock: dict[str, int]) -> str:
    return msgspec.json.encode(clock).decode()


def _text(text: str) -> str:
    return one_line(_BLANK.sub(" ", text))


class _Hosts:
    """Names without blanks, different for different lanes."""

    __slots__ = ("_names",)

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def name(self, lane: str) -> str:
        """The host that stands for a lane."""
        if lane not in self._names:
            wanted = one_line(_BLANK.sub("_", lane)) or "_"
            while wanted in self._names.values():
                wanted += "_"
            self._names[lane] = wanted
        return self._names[lane]
