"""On which kernel a scenario plays, in the few words without which its verdict says nothing."""

from __future__ import annotations

from ..kernel.spec import Spec

__all__ = ["kernel_facts"]


def kernel_facts(spec: Spec) -> dict[str, str]:
    """The kernel's version, how it was built and booted, and what unregister waits for; in the order to print it."""
    kernel, design = spec.kernel, spec.design
    waits = design.retire(kernel) if spec.protocol.wait is None else spec.protocol.wait
    return {
        "profile": kernel.profile,
        "preempt": kernel.preempt.value,
        "preemption": _yes(kernel.preemption),
        "rude": kernel.rude,
        "pac": _yes(kernel.pac),
        "design": design.name,
        "waits": "+".join(waits) or "none",
    }


def _yes(value: bool) -> str:
    return "yes" if value else "no"
