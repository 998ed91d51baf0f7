"""The parts of a protocol that can be left out or weakened, and what a scenario says when some of them are.

A part is one named thing: an instruction of the design's assembly, what a message orders, what a grace period counts,
an interrupt, one of the waits, or the order of two steps.  Leaving one out is what `[protocol]` can say anyway, so that
every row of the table is a scenario that anybody can run again.

Weaker forms, where the model has them: Tasks RCU or Rude becomes RCU, an update is made after the wait instead of
before, the call is written before the literal.  Barriers have weaker forms (`WEAKENINGS`), which are asked about where
the barrier is needed: a protocol that can do without it can do with less of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ...events.flavours import RCU
from ...kernel.abilities import abilities
from ...kernel.config import KICK
from ...kernel.image import Image
from ...kernel.orderings import (
    GRACE_PERIODS,
    INSTRUCTIONS,
    KICKS,
    MESSAGES,
    ORDERINGS,
    WEAKENINGS,
    ordering_of,
)
from ...scenario.steps import without_effect

__all__ = ["Kind", "Missing", "Part", "missing_of", "parts_of", "waits_of", "weaker_forms", "without"]


class Kind(StrEnum):
    """What a part is; the text is what tables call it."""

    INSTRUCTION = "instruction"
    MESSAGE = "message"
    GRACE = "grace period"
    KICK = "kick"
    WAIT = "wait"
    HANDOVER = "handover"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Part:
    """One part, and how it is left out.

    Attributes:
        kind: see `Kind`.
        name: for people, and for files.
        key: of `[protocol]`: drop, weaken, wait, handover, order or wait_at.
        value: the name that is dropped or weakened, the flavour that is not waited for, or what the key is set to.
        instead: a weaker flavour to wait for, "" for none.
    """

    kind: Kind
    name: str
    key: str
    value: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A name that the design of a world has no step for, or that nothing comes to there; `reason` says which."""

    name: str
    reason: str


_KINDS = (
    (INSTRUCTIONS, Kind.INSTRUCTION),
    (MESSAGES, Kind.MESSAGE),
    (GRACE_PERIODS, Kind.GRACE),
    (KICKS, Kind.KICK),
)


def waits_of(image: Image) -> tuple[str, ...]:
    """What unregister waits for: what the scenario says, or else the design."""
    spec = image.spec
    return spec.design.retire(spec.kernel) if spec.protocol.wait is None else spec.protocol.wait


def parts_of(image: Image) -> list[Part]:
    """The parts of a world's protocol, in the order of the table.  Raises DesignError for a user's design."""
    left_out = {one.name for one in missing_of(image)}
    protocol, can = image.spec.protocol, abilities(image)
    parts = [
        Part(kind, name, "drop", name)
        for names, kind in _KINDS
        for name in names
        if name not in left_out and name not in protocol.drop
    ]
    if can.waits:
        parts += _waits(Kind.WAIT, waits_of(image))
        if protocol.wait_at == "after-update":
            parts.append(Part(Kind.ORDER, "wait after the update", "wait_at", "before-update"))
    if can.hands_over:
        parts += _waits(Kind.HANDOVER, protocol.handover)
    if protocol.order == "literal-first" and any(site.layout.literal for site in image.sites):
        parts.append(Part(Kind.ORDER, "literal before call", "order", "call-first"))
    return parts


def _waits(kind: Kind, flavours: tuple[str, ...]) -> Iterator[Part]:
    """Each wait left out, and each one weaker, unless the weaker one is waited for anyway."""
    for flavour in dict.fromkeys(flavours):
        yield Part(kind, f"{kind} {flavour}", kind.value, flavour)
        if flavour not in {KICK, RCU.name} and RCU.name not in flavours:
            yield Part(kind, f"{kind} {flavour}, not just {RCU.name}", kind.value, flavour, RCU.name)


def weaker_forms(image: Image, part: Part) -> list[Part]:
    """The weaker forms of a barrier of a world's protocol; none of anything else."""
    if part.key != "drop":
        return []
    return [
        Part(part.kind, name, "weaken", name)
        for name in WEAKENINGS
        if ordering_of(name) == part.value and name not in image.spec.protocol.weaken
    ]


def missing_of(image: Image) -> list[Missing]:
    """What there is a name for and no step in a world's design.  Raises DesignError for a user's design."""
    can, waits = abilities(image), {*waits_of(image), *image.spec.protocol.handover}
    idle = without_effect(waits)
    found = []
    for name in ORDERINGS:
        if name not in can.orderings:
            found.append(Missing(name, ""))
        elif name in idle:
            found.append(Missing(name, idle[name]))
    if not can.waits:
        found.append(Missing("wait", ""))
    if not can.hands_over:
        found.append(Missing("handover", ""))
    return found


def without(image: Image, parts: Iterable[Part]) -> dict[str, str]:
    """What `--set` says to leave out some parts of a world's protocol, on top of what it leaves out already.

    Where no grace period is left to be waited for, what orders or counts one is not mentioned any more.
    """
    protocol = image.spec.protocol
    waits = {"wait": waits_of(image), "handover": protocol.handover}
    dropped, weak = set(protocol.drop), set(protocol.weaken)
    found: dict[str, str] = {}
    changed: set[str] = set()
    for part in parts:
        if part.key == "drop":
            dropped.add(part.value)
        elif part.key == "weaken":
            weak.add(part.value)
        elif part.key in waits:
            waits[part.key] = _replaced(waits[part.key], part.value, part.instead)
            changed.add(part.key)
        else:
            found[f"protocol.{part.key}"] = part.value
    found |= {f"protocol.{key}": json.dumps(list(waits[key])) for key in sorted(changed)}
    dropped -= without_effect({*waits["wait"], *waits["handover"]}).keys() - protocol.drop
    if dropped != protocol.drop:
        found["protocol.drop"] = json.dumps(sorted(dropped))
    weak -= {name for name in weak if ordering_of(name) in dropped}
    if weak != protocol.weaken:
        found["protocol.weaken"] = json.dumps(sorted(weak))
    return found


def _replaced(flavours: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    """The waits without `old`, or with `new` for it; each flavour once."""
    changed = (new if flavour == old else flavour for flavour in flavours)
    return tuple(dict.fromkeys(flavour for flavour in changed if flavour))
