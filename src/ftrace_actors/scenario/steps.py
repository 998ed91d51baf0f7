"""What a scenario changes in the protocol must be there to be changed, or its verdict answers another question."""

from __future__ import annotations

from ..events.flavours import FLAVOURS, TASKS
from ..kernel.abilities import Abilities, abilities
from ..kernel.designs import DesignError
from ..kernel.image import Image
from ..kernel.orderings import GRACE_PERIODS
from .model import ScenarioError

__all__ = ["require_steps"]


def require_steps(path: str, image: Image) -> None:
    """Raise ScenarioError for a `drop`, `wait` or `handover` for which the design of a world has no step."""
    protocol = image.spec.protocol
    if not (protocol.drop or protocol.wait or protocol.handover):
        return
    try:
        can = abilities(image)
    except DesignError:
        return  # a run says what is wrong with it, where it is wrong
    name = image.design.name
    for dropped in sorted(protocol.drop - can.orderings):
        known = ", ".join(sorted(can.orderings))
        raise ScenarioError(
            path, "$.protocol.drop", f"{name} has no step {dropped!r} to drop; it has {known}"
        )
    for dropped, reason in _without_effect(image).items():
        if dropped in protocol.drop:
            raise ScenarioError(path, "$.protocol.drop", f"{dropped!r} drops nothing here: {reason}")
    if protocol.wait and not can.waits:
        raise ScenarioError(path, "$.protocol.wait", f"{name} has no step that waits; {_has(can)}")
    if protocol.handover and not can.hands_over:
        raise ScenarioError(path, "$.protocol.handover", f"{name} has no handover; {_has(can)}")


def _without_effect(image: Image) -> dict[str, str]:
    """Orderings of the design that no wait of the world comes to: each with the reason.

    What a machine with IDC or DIC leaves out may be dropped: that it is not needed there is an answer.
    """
    spec = image.spec
    found: dict[str, str] = {}
    if spec.protocol.wait is not None:
        waits = {*spec.protocol.wait, *spec.protocol.handover}
        if waits.isdisjoint(FLAVOURS):
            found |= dict.fromkeys(("gp-start", "gp-end", *GRACE_PERIODS), "no grace period is waited for")
        elif TASKS.name not in waits:
            found["voluntary-only"] = f'protocol.wait has no "{TASKS.name}"'
    return found


def _has(can: Abilities) -> str:
    """Which of the two kinds of wait a design does have."""
    kinds = [key for key, there in (("wait", can.waits), ("handover", can.hands_over)) if there]
    return f"it has {' and '.join(kinds)}" if kinds else "it has neither wait nor handover"
