"""INV-LIT and INV-PAIR: the pointer at a patch site is one that may be there, and goes with the function called.

The literal before a function is read by `ftrace_caller` with no lock at any time, so whatever it holds must be usable
then: `ftrace_nop_ops`, `ftrace_list_ops`, or an ops published for that record whose unregister has not *returned*
(nor its register failed).  Whose load it is does not matter.

Callbacks come in pairs of func and ops.  When both are taken from one pointer they cannot be crossed; when one sits in
a variable and the other in an instruction (Mark Rutland's report of 2024-03-07) they can.
"""

from __future__ import annotations

from typing import ClassVar

from ..events import Callback, Load
from ..words import Severity
from .checker import Stateless
from .scene import Handlers

__all__ = ["Literal", "Pair"]


class Literal(Stateless):
    """INV-LIT, see the module."""

    __slots__ = ()

    name: ClassVar[str] = "INV-LIT"
    about: ClassVar[str] = (
        "a literal read at a patch site is nop_ops, list_ops or an ops published there and not taken back"
    )

    def handlers(self) -> Handlers:
        """Loads."""
        return {Load: self._on_load}

    def _on_load(self, event: Load) -> None:
        scene = self.scene
        function = scene.literals.get(event.addr)
        if function is None:
            return
        ops = scene.ops_at.get((event.value, event.prov))
        who = f"{event.task or event.actor} on cpu{event.cpu}"
        window = scene.window_of(event.task)
        if ops is None:
            self.report(
                Severity.CORRUPTION,
                f"{who} reads {scene.pointer(event.value, event.prov)} from the literal of {function}: no ops is there",
                function,
                window,
                (event,),
            )
            return
        if ops.role != "tracer" or scene.registered_for(ops, function):
            return
        registration = scene.registrations.newest.get(ops.name)
        if registration is None or registration.unregister_returned is None or function not in ops.functions:
            severity, why = Severity.CORRUPTION, f"which was never published for {function}"
        else:
            severity = Severity.STALE_POINTER
            why = "whose register had failed" if registration.failed else "whose unregister had returned"
        self.report(
            severity,
            f"{who} reads &{ops.name} from the literal of {function}, {why}",
            f"{ops.name} on {function}",
            window,
            (registration.unregister_returned if registration is not None else None, event),
        )


class Pair(Stateless):
    """INV-PAIR, see the module."""

    __slots__ = ()

    name: ClassVar[str] = "INV-PAIR"
    about: ClassVar[str] = "a tracer's function is called with an ops whose function it is"

    def handlers(self) -> Handlers:
        """Callbacks."""
        return {Callback: self._on_callback}

    def _on_callback(self, event: Callback) -> None:
        if not event.begins:
            return
        ops = self.scene.ops_at.get((event.ops, event.prov))
        if ops is not None and ops.func == event.func:
            return
        call = self.scene.call_of(event.task)
        handed = self.scene.pointer(event.ops, event.prov)
        owner = "no ops at all" if ops is None else f"the ops of {ops.func}"
        self.report(
            Severity.CORRUPTION,
            f"{event.task or event.actor} on cpu{event.cpu} calls {event.func} with {handed}, {owner}",
            f"{event.func} with {ops.name if ops is not None else 'no ops'}",
            self.scene.window_of(event.task),
            (call.literal if call is not None else None, event),
        )
