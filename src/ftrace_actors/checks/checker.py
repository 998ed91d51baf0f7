"""Feeding events to checks: who sees what is settled once a run, so that an event costs one look-up.

A check sees the event stream and nothing else, and it never steers: whether checks are attached changes no run.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, ClassVar, Self, TypeAlias

from ..errors import ModelError
from ..events import Event
from ..words import Severity
from .finding import Finding
from .scene import Handlers, Scene

__all__ = ["Check", "Checker", "Findings", "Stateless"]

Findings: TypeAlias = dict[tuple[str, str, str | None], Finding]
"""(invariant, subject, window) -> the first finding of it."""


class Check:
    """An invariant.  An object serves one run.

    A subclass names itself, lists in `handlers` the event types it wants with what handles them, and calls `report`
    when the invariant breaks.  What is known only when the run is over belongs in `finish`.
    """

    __slots__ = ("_findings", "scene")

    name: ClassVar[str]
    about: ClassVar[str]
    """One sentence for people: what always holds."""

    scene: Scene
    _findings: Findings

    def attach(self, scene: Scene, findings: Findings) -> None:
        """Called by the `Checker`: the scene to read, and where findings go."""
        self.scene = scene
        self._findings = findings

    def handlers(self) -> Handlers:
        """Event type -> bound method."""
        return {}

    def finish(self) -> None:
        """The run is over."""

    def copy(self, scene: Scene, findings: Findings) -> Self:
        """An independent check in the state of this one, attached to a copy of its scene and of the findings.

        A check that remembers something extends this, and copies each of its fields.
        """
        other = self.__class__.__new__(self.__class__)
        other.scene = scene
        other._findings = findings
        return other

    def state(self) -> Hashable:
        """What of its memory decides what it will report; see `Checker.state`.

        Raises ModelError unless a subclass says it, so that no search can take two different places for one.
        """
        raise ModelError(f"the check {self.name} does not say what its state is")

    def report(
        self,
        severity: Severity,
        message: str,
        subject: str,
        window: str | None,
        proof: Iterable[Event | None],
    ) -> None:
        """Something broke.  The same thing in the same window is kept once, as it was first seen."""
        key = (self.name, subject, window)
        if key not in self._findings:
            self._findings[key] = self.finding(severity, message, subject, window, proof)

    def finding(
        self,
        severity: Severity,
        message: str,
        subject: str,
        window: str | None,
        proof: Iterable[Event | None],
    ) -> Finding:
        """What `report` keeps, as a value."""
        seqs = tuple(sorted({event.seq for event in proof if event is not None}))
        return Finding(self.name, severity, message, window, subject, seqs)


class Stateless(Check):
    """A check that judges each event by itself and by the scene."""

    __slots__ = ()

    def state(self) -> Hashable:
        """Nothing."""
        return ()


class Checker:
    """All checks of one run.

    ```
    checker = Checker(default_checks())
    for event in events:
        checker.feed(event)
    findings = checker.finish()
    ```
    """

    __slots__ = ("_checks", "_findings", "_finished", "_handled", "_scene", "_table")

    def __init__(self, checks: Iterable[Check]) -> None:
        self._checks = tuple(checks)
        self._findings: Findings = {}
        self._finished = False
        self._scene = Scene()
        for check in self._checks:
            check.attach(self._scene, self._findings)
        self._handled = _handled(self._scene, self._checks)
        self._table: dict[type[Event], tuple[Callable[[Any], None], ...]] = {}

    def copy(self) -> Checker:
        """The same checks in the same state, for a copy of the run: what one is fed, the other does not notice."""
        other = self.__class__.__new__(self.__class__)
        scene = other._scene = self._scene.copy()
        findings = other._findings = self._findings.copy()
        other._checks = tuple([check.copy(scene, findings) for check in self._checks])
        other._finished = self._finished
        other._handled = self._handled
        other._table = {}
        return other

    def state(self) -> tuple[Hashable, ...]:
        """What decides which findings are reported from here on, and which there are: (invariant, subject, window).

        Of two runs of one world whose checkers are in equal states, equal events from here on lead to equal findings,
        to their words and proofs.  Equal means: to the numbers of events (`Seq`) and the positions of the timeline
        (`At`), of which only the order counts; all other numbers count as they are: addresses, allocations, patches,
        grace periods.  Two rules of the machine are relied on: an event names a position of the timeline that it
        could name when a place was reached, or one that is new; and what was made visible early is announced by an
        `Early` event.  Ask between two steps of a run, and not after `finish`.
        """
        return (
            self._scene.state(),
            tuple([check.state() for check in self._checks]),
            tuple(sorted([(name, subject, window or "") for name, subject, window in self._findings])),
        )

    def feed(self, event: Event) -> None:
        """One event, in the order of `seq`."""
        handlers = self._table.get(event.__class__)
        if handlers is None:
            handlers = self._bind(event.__class__)
        for handler in handlers:
            handler(event)

    def _bind(self, kind: type[Event]) -> tuple[Callable[[Any], None], ...]:
        """What handles events of a type, looked up when the first comes: a copy may see few of them."""
        parties: tuple[Scene | Check, ...] = (self._scene, *self._checks)
        handlers = self._table[kind] = tuple(
            [
                getattr(parties[at], method) if method else parties[at].handlers()[kind]
                for at, method in self._handled.get(kind, ())
            ]
        )
        return handlers

    def wants(self, kind: type[Event]) -> bool:
        """False when no check looks at events of this type, so that an unrecorded run need not make them."""
        return kind in self._handled

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What broke so far, in the order it was found."""
        return tuple(self._findings.values())

    def finish(self) -> tuple[Finding, ...]:
        """The run is over; everything that broke, in the order it was found."""
        if not self._finished:
            self._finished = True
            for check in self._checks:
                check.finish()
        return self.findings


def _handled(scene: Scene, checks: tuple[Check, ...]) -> dict[type[Event], list[tuple[int, str]]]:
    """Event type -> who handles it, by which method ("": by something else); 0 is the scene, then come the checks."""
    found: dict[type[Event], list[tuple[int, str]]] = {}
    # Without a check nobody reads the scene, so no event need be made for it.
    parties: tuple[Scene | Check, ...] = (scene, *checks) if checks else ()
    for at, party in enumerate(parties):
        for kind, handler in party.handlers().items():
            own = getattr(handler, "__self__", None) is party
            found.setdefault(kind, []).append((at, handler.__name__ if own else ""))
    return found
