"""Feeding events to checks: who sees what is settled once a run, so that an event costs one look-up.

A check sees the event stream and nothing else, and it never steers: whether checks are attached changes no run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeAlias

from ..events import Event
from ..words import Severity
from .finding import Finding
from .scene import Handlers, Scene

__all__ = ["Check", "Checker"]

_Findings: TypeAlias = dict[tuple[str, str, str | None], Finding]
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
    _findings: _Findings

    def attach(self, scene: Scene, findings: _Findings) -> None:
        """Called by the `Checker`: the scene to read, and where findings go."""
        self.scene = scene
        self._findings = findings

    def handlers(self) -> Handlers:
        """Event type -> bound method."""
        return {}

    def finish(self) -> None:
        """The run is over."""

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


class Checker:
    """All checks of one run.

    ```
    checker = Checker(default_checks())
    for event in events:
        checker.feed(event)
    findings = checker.finish()
    ```
    """

    __slots__ = ("_checks", "_findings", "_finished", "_table")

    def __init__(self, checks: Iterable[Check]) -> None:
        self._checks = tuple(checks)
        self._findings: _Findings = {}
        self._finished = False
        scene = Scene()
        # Without a check nobody reads the scene, so no event need be made for it.
        handlers = scene.handlers() if self._checks else {}
        table: dict[type[Event], list[Callable[[Any], None]]] = {
            kind: [handler] for kind, handler in handlers.items()
        }
        for check in self._checks:
            check.attach(scene, self._findings)
            for kind, handler in check.handlers().items():
                if kind in table:
                    table[kind].append(handler)
                else:
                    table[kind] = [handler]
        self._table = table

    def feed(self, event: Event) -> None:
        """One event, in the order of `seq`."""
        handlers = self._table.get(event.__class__)
        if handlers is not None:
            for handler in handlers:
                handler(event)

    def wants(self, kind: type[Event]) -> bool:
        """False when no check looks at events of this type, so that an unrecorded run need not make them."""
        return kind in self._table

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
