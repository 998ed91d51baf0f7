"""What a scenario changes in the protocol must be there to be changed, or its verdict answers another question."""

from __future__ import annotations

from collections.abc import Collection

from ..events.flavours import FLAVOURS, TASKS
from ..kernel.abilities import Abilities, abilities
from ..kernel.designs import DesignError
from ..kernel.image import Image
from ..kernel.orderings import GRACE_PERIODS, ordering_of
from .model import ScenarioError

__all__ = ["require_steps", "without_effect"]


def require_steps(path: str, image: Image) -> None:
    """Raise ScenarioError for a `drop`, `weaken`, `wait` or `handover` for which the design of a world has no step."""
    protocol = image.spec.protocol
    if not (protocol.drop or protocol.weaken or protocol.wait or protocol.handover):
        return
    try:
        can = abilities(image)
    except DesignError:
        return  # a run says what is wrong with it, where it is wrong
    name = image.design.name
    known = ", ".join(sorted(can.orderings))
    for dropped in sorted(protocol.drop - can.orderings):
        raise ScenarioError(
            path, "$.protocol.drop", f"{name} has no step {dropped!r} to drop; it has {known}"
        )
    for weakened in sorted({ordering_of(one) for one in protocol.weaken} - can.orderings):
        raise ScenarioError(
            path, "$.protocol.weaken", f"{name} has no step {weakened!r} to weaken; it has {known}"
        )
    idle = {} if protocol.wait is None else without_effect((*protocol.wait, *protocol.handover))
    for dropped, reason in idle.items():
        if dropped in protocol.drop:
            raise ScenarioError(path, "$.protocol.drop", f"{dropped!r} drops nothing here: {reason}")
    if protocol.wait and not can.waits:
        raise ScenarioError(path, "$.protocol.wait", f"{name} has no step that waits; {_has(can)}")
    if protocol.handover and not can.hands_over:
        raise ScenarioError(path, "$.protocol.handover", f"{name} has no handover; {_has(can)}")


def without_effect(waits: Collection[str]) -> dict[str, str]:
    """Orderings that nothing comes to where `waits` is all that is waited for: each with the reason.

    What a machine with IDC or DIC leaves out may be dropped: that it is not needed there is an answer.
    """
    if not set(waits) & FLAVOURS.keys():
        return dict.fromkeys(("gp-start", "gp-end", *GRACE_PERIODS), "no grace period is waited for")
    return {} if TASKS.name in waits else {"voluntary-only": f'protocol.wait has no "{TASKS.name}"'}


def _has(can: Abilities) -> str:
    """Which of the two kinds of wait a design does have."""
    kinds = [key for key, there in (("wait", can.waits), ("handover", can.hands_over)) if there]
    return f"it has {' and '.join(kinds)}" if kinds else "it has neither wait nor handover"
