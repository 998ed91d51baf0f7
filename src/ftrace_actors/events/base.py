"""What every event has; what the fields mean is said in `schema`."""

from __future__ import annotations

import msgspec

__all__ = ["Event"]


class Event(msgspec.Struct, frozen=True, gc=False, tag_field="kind"):
    """What every event has."""

    seq: int
    step: int
    actor: str
    cpu: int
    task: str
    cause: int
