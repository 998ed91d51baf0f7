"""Events of a test with actors of its own, which has no kernel and no memory."""

from __future__ import annotations

from .base import Event

__all__ = ["ActorStep", "Note"]


class ActorStep(Event, tag="step", frozen=True, gc=False):
    """An actor of a test makes a visible step: `op` on `object`; of a receive, the `cause` is the step that sent it."""

    op: str
    object: str


class Note(Event, tag="note", frozen=True, gc=False):
    """What a test said by `schedule.note` of the step that is its `cause`."""

    text: str
