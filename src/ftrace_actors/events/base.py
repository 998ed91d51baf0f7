"""What every event has; what the fields mean is said in `schema`."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, TypeAlias

import msgspec

__all__ = ["AllocationNumber", "Counted", "Event", "Numbering"]


class Numbering(Enum):
    """What a number stands for that another run may give to something else."""

    POSITION = "position"
    """A place in the stream, on the timeline or in a count: any earlier difference moves it."""
    ALLOCATION = "allocation"
    """The number of an allocation where it is positive; 0 and -1 mean the same in every run."""


Counted: TypeAlias = Annotated[int, Numbering.POSITION]
AllocationNumber: TypeAlias = Annotated[int, Numbering.ALLOCATION]


class Event(msgspec.Struct, frozen=True, gc=False, tag_field="kind"):
    """What every event has."""

    seq: Counted
    step: Counted
    actor: str
    cpu: int
    task: str
    cause: Counted
