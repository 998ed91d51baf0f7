"""The lives of ops and text: from allocation, by way of unlinking and the waits for users, to the free.

All of it comes from events.  An ops is *linked* from the moment a registration is asked for, and
*unlinked* once unregistering has patched its last site: from then on only calls that are under way can use it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..events import Alloc, Event, Free, OpsDefined, Patch, Register, Wait
from .model import Bar, Phase

__all__ = ["PHASES", "lifetimes"]

PHASES: Final = {
    "allocated": "allocated, not in use",
    "linking": "being registered",
    "linked": "registered",
    "unlinking": "being unregistered",
    "unlinked": "unlinked: only calls under way can use it",
    "waiting": "its users are waited for",
    "waited": "the wait is over",
}
"""What each phase of a bar is called."""


class _Life:
    """One allocation: its bar as far as it is known."""

    __slots__ = ("begin", "freed", "kind", "name", "phases")

    def __init__(self, name: str, kind: str, begin: int) -> None:
        self.name, self.kind = name, kind
        self.phases: list[tuple[str, int, str]] = [("allocated", begin, "")]
        self.freed = -1

    def enter(self, what: str, seq: int, note: str = "") -> None:
        """From event `seq` on it is in another phase."""
        if self.freed < 0 and self.phases[-1][0] != what:
            self.phases.append((what, seq, note))

    def bar(self) -> Bar:
        """As it is shown; each phase ends where the following one begins."""
        ends = [begin for _, begin, _ in self.phases[1:]] + [self.freed]
        phases = tuple(
            Phase(what, begin, end, note) for (what, begin, note), end in zip(self.phases, ends, strict=True)
        )
        return Bar(self.name, self.kind, phases, self.freed)


class _Lives:
    """All of a run, fed event by event."""

    __slots__ = ("_all", "_now", "_unregistering")

    def __init__(self) -> None:
        self._all: list[_Life] = []
        self._now: dict[str, _Life] = {}
        self._unregistering = ""

    def begin(self, name: str, kind: str, seq: int) -> None:
        life = _Life(name, kind, seq)
        self._all.append(life)
        self._now[name] = life

    def end(self, name: str, seq: int) -> None:
        life = self._now.get(name)
        if life is not None and life.freed < 0:
            life.freed = seq

    def registered(self, event: Register) -> None:
        if event.unregister:
            self._unregistering = "" if event.returns else event.ops
        names = (("linking", "linked"), ("unlinking", "unlinked"))[event.unregister]
        life = self._now.get(event.ops)
        failed = event.returns and event.errno
        if life is None or (
            event.returns and event.unregister and life.phases[-1][0] in {"waiting", "waited"}
        ):
            return
        life.enter("allocated" if failed else names[event.returns], event.seq)

    def patched(self, event: Patch) -> None:
        """The end of a patch that takes an ops away from a site."""
        life = self._now.get(self._unregistering)
        if life is not None and not event.begins and self._unregistering not in event.ops:
            life.enter("unlinked", event.seq)

    def waited(self, event: Wait) -> None:
        note = " and ".join(event.flavours) or "nothing"
        for name in event.objects:
            life = self._now.get(name)
            if life is not None:
                life.enter("waiting" if event.begins else "waited", event.seq, note)

    def bars(self) -> tuple[Bar, ...]:
        return tuple(life.bar() for life in self._all)


def lifetimes(events: Iterable[Event]) -> tuple[Bar, ...]:
    """A bar for each tracer's ops and each allocated text, in the order they came to be."""
    lives = _Lives()
    tracers: set[str] = set()
    for event in events:
        match event:
            case OpsDefined() if event.role == "tracer":
                tracers.add(event.name)
                if event.addr:
                    lives.begin(event.name, "ops", event.seq)
            case Alloc():
                lives.begin(event.name, "ops" if event.name in tracers else "text", event.seq)
            case Free():
                lives.end(event.name, event.seq)
            case Register():
                lives.registered(event)
            case Patch():
                lives.patched(event)
            case Wait():
                lives.waited(event)
            case _:
                """Nothing about a life."""
    return lives.bars()
