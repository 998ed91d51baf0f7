"""INV-WARN: none of the kernel's own WARN_ONs fires.

The kernel states some invariants itself and says so when one does not hold.  A fix that makes one of them fire is not
a fix: kernels booted with panic_on_warn stop there.
"""

from __future__ import annotations

from typing import ClassVar

from ..events import Warn
from ..words import Severity
from .checker import Stateless
from .scene import Handlers

__all__ = ["Warned"]


class Warned(Stateless):
    """See the module."""

    __slots__ = ()

    name: ClassVar[str] = "INV-WARN"
    about: ClassVar[str] = "none of the kernel's own WARN_ONs fires"

    def handlers(self) -> Handlers:
        """What the kernel notices itself."""
        return {Warn: self._on_warn}

    def _on_warn(self, event: Warn) -> None:
        self.report(
            Severity.WARNING,
            f"{event.task or event.actor} runs into WARN_ON_ONCE({event.condition}) in {event.function}, for "
            f"{event.subject}",
            event.subject,
            None,
            (event,),
        )
