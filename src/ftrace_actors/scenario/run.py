"""One run: the only place where a run's kernel is made from an image, fed to its checks and driven to the end.

```
run = Run(world.image, chooser, checks=world.settings.checks(), watchers=[watcher], record=True)
outcome = run.bare()  # or: await run.trio()
findings = run.checker.finish()
```

Whatever wants to look at a run is a `Watcher`: it is given the system before the first step and the events it asks for.
A watcher may remember the system for a chooser that steers by it, or read the instruction counters.  It must not change
what an actor decides: a run is a function of its image and its choices.  (A test may still break the system on purpose
before the first step.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from ..actors import Conductor, run_bare
from ..actors.drivers.trio_driver import run_trio
from ..actors.errors import ActorError
from ..actors.hearing import tape_for
from ..checks import Checker
from ..events.recorder import Recorder
from ..kernel.boot import System
from ..kernel.designs import DesignError
from ..kernel.locks import HELD, SPINNING

if TYPE_CHECKING:
    from trio import Nursery

    from ..actors import Chooser, RunOutcome
    from ..checks import Check
    from ..events import Event
    from ..kernel.build import Image

__all__ = ["Run", "Watcher", "blaming_the_design"]


class Watcher:
    """Looks at one run.  A subclass overrides what it needs.

    Attributes:
        wanted: the kinds of event that `see` is called with; an unrecorded run makes no event that nobody wants.
    """

    wanted: frozenset[type[Event]] = frozenset()

    def start(self, system: System) -> None:
        """The run's kernel is made, and no actor has moved yet.  Definitions of records and ops were seen already."""

    def see(self, event: Event) -> None:
        """An event of a wanted kind; the checks have seen it."""


class Run:
    """A run to be made; once only, with either driver.

    Args:
        image: what the world was built to.
        chooser: answers every choice.
        checks: fresh ones; `checker.finish()` says what broke.
        watchers: see `Watcher`.
        record: keep every event in `log.events`.
        conducting: the class of conductor; a `SteppedConductor` is driven by `run_in_steps`.

    Attributes:
        tape: the choices made.  log: the events.  system: the kernel.
    """

    __slots__ = ("checker", "log", "system", "tape")

    def __init__(
        self,
        image: Image,
        chooser: Chooser,
        *,
        checks: Iterable[Check] = (),
        watchers: Sequence[Watcher] = (),
        record: bool = False,
        conducting: type[Conductor] = Conductor,
    ) -> None:
        self.checker = Checker(checks)
        self.tape = tape_for(chooser, image.place, counting=record)
        feed, wants = _audience(self.checker, watchers)
        self.log = Recorder(feed, keep=record, wants=wants)
        self.system = System.boot(image, self.tape, self.log, conducting=conducting)
        for watcher in watchers:
            watcher.start(self.system)

    def bare(self) -> RunOutcome:
        """Make it without an event loop: for many runs, the fastest.  Raises DesignError for a user's design."""
        with blaming_the_design():
            return _essential(run_bare(self.system.conductor))

    async def trio(self, nursery: Nursery | None = None) -> RunOutcome:
        """Make it inside a trio program, each actor as a task; the same choices give the same run as `bare`.

        The tasks are below `nursery` when one is given; see `run_trio`.
        """
        with blaming_the_design():
            return _essential(await run_trio(self.system.conductor, nursery=nursery))


def _audience(
    checker: Checker, watchers: Sequence[Watcher]
) -> tuple[Callable[[Event], None], Callable[[type[Event]], bool]]:
    """What to do with an event, and whether anybody looks at a kind of event."""
    table: dict[type[Event], list[Callable[[Event], None]]] = {}
    for watcher in watchers:
        for kind in watcher.wanted:
            table.setdefault(kind, []).append(watcher.see)
    if not table:
        # The usual case: no detour on a path that every event takes.
        return checker.feed, checker.wants

    def feed(event: Event) -> None:
        checker.feed(event)
        for see in table.get(event.__class__, ()):
            see(event)

    return feed, lambda kind: kind in table or checker.wants(kind)


@contextmanager
def blaming_the_design() -> Iterator[None]:
    """A mistake in a user's design shows inside an actor, and comes out as itself."""
    try:
        yield
    except ActorError as group:
        for error in group.exceptions:
            if isinstance(error, DesignError):
                raise error from None
        raise


def _essential(outcome: RunOutcome) -> RunOutcome:
    """Without rows that only repeat others: locks nobody waits for, and CPUs spinning for a task that has a row."""
    wanted = {edge.target for edge in outcome.waits}
    tasks = {edge.waiter for edge in outcome.waits}
    waits = tuple(
        edge
        for edge in outcome.waits
        if not (edge.point == HELD and edge.waiter not in wanted)
        and not (edge.point == SPINNING and edge.target in tasks)
    )
    return replace(outcome, waits=waits)
