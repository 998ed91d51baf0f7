"""What the tracing core has to do next, as values: the items of its agenda.

They are about the request that it serves, and the task that called.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from .messages import AllocateText, KickIn, PatchSite, ReleaseText, RunRoutine, SyncIpiIn

if TYPE_CHECKING:
    from ..actors import Mailbox

__all__ = [
    "Allocate",
    "Announcement",
    "Execute",
    "Finish",
    "Free",
    "Interrupt",
    "Item",
    "Link",
    "NextStep",
    "NoteWait",
    "Patch",
    "Synchronize",
]


@dataclass(frozen=True, slots=True)
class Link:
    """To do: have the ops linked into ftrace_ops_list or out of it; then take up the design's steps."""

    routine: RunRoutine


@dataclass(frozen=True, slots=True)
class NextStep:
    """To do: ask the design for its next step."""


@dataclass(frozen=True, slots=True)
class Patch:
    """To do: have a site patched, to call `target`; `literal`: what is in front of it then, None: the same.

    `by`: the patching service.
    """

    by: Mailbox[PatchSite]
    request: PatchSite
    target: str
    literal: int | None


@dataclass(frozen=True, slots=True)
class Execute:
    """To do: have the caller's CPU execute a routine; its answer is the operation's if it `counts`."""

    routine: RunRoutine
    counts: bool


@dataclass(frozen=True, slots=True)
class Allocate:
    """To do: get text for a trampoline, and have it written."""

    request: AllocateText


@dataclass(frozen=True, slots=True)
class Free:
    """To do: give the text of a trampoline back."""

    request: ReleaseText


@dataclass(frozen=True, slots=True)
class Synchronize:
    """To do: have the caller wait for a grace period of `flavour`."""

    flavour: str


@dataclass(frozen=True, slots=True)
class Interrupt:
    """To do: have the caller interrupt every other CPU and wait for it."""

    request: KickIn | SyncIpiIn


Announcement: TypeAlias = tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[int, ...]]
"""What the log learns of a wait: for which ops, flavours, windows; which objects and words go."""


@dataclass(frozen=True, slots=True)
class NoteWait:
    """To do: say that a wait begins or ends."""

    begins: bool
    about: Announcement


@dataclass(frozen=True, slots=True)
class Finish:
    """To do: the last step was made."""


Item = Link | NextStep | Patch | Execute | Allocate | Free | Synchronize | Interrupt | NoteWait | Finish
