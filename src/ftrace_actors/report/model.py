"""What a report of a run shows, as values: the page draws them, `report --json` prints them.

Everything that is a sentence is made here, in Python, so that the page and the JSON say the same.  Numbers of events
are those of the log.  The page gets this as JSON and sets it as text only.
"""

from __future__ import annotations

from typing import Final

import msgspec

__all__ = [
    "FORMAT",
    "Arrow",
    "Band",
    "Bar",
    "Chapter",
    "Column",
    "Fact",
    "Found",
    "Phase",
    "Race",
    "RunReport",
    "ShownEvent",
    "States",
]

FORMAT: Final = "ftrace-actors-report"


class _Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a report."""


class Fact(_Part, frozen=True):
    """A line of the head: `name` and what it is; `code` where it is something to type."""

    name: str
    text: str
    code: bool = False


class Found(_Part, frozen=True):
    """A finding in words, and the events that prove it."""

    title: str
    message: str
    events: tuple[int, ...]


class Chapter(_Part, frozen=True):
    """Sentences under a heading; numbers of events are in square brackets, or follow the word "event"."""

    heading: str
    sentences: tuple[str, ...]


class Column(_Part, frozen=True):
    """A column of the picture: `kind` is "cpu", "service" or "task"."""

    name: str
    kind: str


class ShownEvent(_Part, frozen=True):
    """One event.

    Attributes:
        cpu: where its words stand; -1 for what services do.
        name: its name that survives another layout, as `log --around` takes it.
        text, remark: as the lanes of `replay` have it.
        focus: those lanes show it.
        marks: "proof", "race", "stale" (an old word was fetched or read), "free".
        note: more on a marked event: what memory held instead.
    """

    seq: int
    step: int
    actor: str
    kind: str
    name: str
    text: str
    cpu: int = -1
    task: str = ""
    remark: str = ""
    cause: int = -1
    focus: bool = False
    across: bool = False
    marks: tuple[str, ...] = ()
    note: str = ""


class Arrow(_Part, frozen=True):
    """A message from one event to another."""

    sent: int
    received: int
    message: str


class Band(_Part, frozen=True):
    """A task in a window, or running: from one event until another (-1: to the end)."""

    task: str
    what: str
    begin: int
    end: int = -1


class Phase(_Part, frozen=True):
    """A part of the life of an ops or of text; `what` is one of `lifetimes.PHASES`."""

    what: str
    begin: int
    end: int = -1
    note: str = ""


class Bar(_Part, frozen=True):
    """The life of an ops or of text: `freed` is the event that ends it, -1 where it outlives the run."""

    name: str
    kind: str
    phases: tuple[Phase, ...]
    freed: int = -1


class Race(_Part, frozen=True):
    """The two events that conflict, and in words what is missing between them."""

    late: int
    other: int
    words: tuple[str, ...]


class States(_Part, frozen=True):
    """What the machine is like after each step.

    Attributes:
        source: "run" when the run was made again and looked at, "log" when events are all there is.
        note: what that means.
        fields: (group, name) of each field.
        first: the value of each field at the beginning.
        changes: (number of the last event before this state, then pairs of field and value that are others now).
    """

    source: str
    note: str
    fields: tuple[tuple[str, str], ...]
    first: tuple[str, ...]
    changes: tuple[tuple[int | str, ...], ...]


class RunReport(_Part, frozen=True):
    """All of it; `story` says why it fails, `phases` what each phase of a bar is."""

    title: str
    verdict: str
    ok: bool
    facts: tuple[Fact, ...]
    findings: tuple[Found, ...]
    hang: str
    race: Race | None
    story: tuple[Chapter, ...]
    columns: tuple[Column, ...]
    events: tuple[ShownEvent, ...]
    arrows: tuple[Arrow, ...]
    bands: tuple[Band, ...]
    bars: tuple[Bar, ...]
    states: States
    lanes: str
    phases: dict[str, str]
    format: str = FORMAT
    schema: int = 1
    kind: str = "run"
