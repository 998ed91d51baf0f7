"""The reverse question: which single change of a protocol forbids a failing run.

A change is in the words that scenarios have for a protocol: something that was left out is put back, a wait is added
or made stronger, two steps are swapped, another rule is followed.  Each is tried:

1. the very schedule of the run is followed in the changed world (`explore.lenient`), as far as it still makes sense;
2. the world is looked at by the same means as any (`means`).

A change helps when neither breaks anything.  That the schedule alone holds says little: the next one may break.  And a
sample says little where it does not find a failing run of the unchanged world either, so that is asked as well
(`breaks_in_sample`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Final, get_args

from ...actors.choices import Pick
from ...events.flavours import FLAVOURS, RCU, RUDE, TASKS
from ...explore.judge import headline
from ...explore.lenient import follow, schedule_of
from ...kernel.abilities import abilities
from ...kernel.config import KICK, CallOpsBy, DefaultLiteral, LiteralLoad, Order, WaitAt
from ...kernel.image import Image
from ...kernel.orderings import GRACE_PERIODS, INSTRUCTIONS, KICKS, MESSAGES
from ...result import RunResult
from ...scenario import ScenarioError, World
from ...words import Verdict
from .means import Broken, Budget, Strength, examine
from .parts import waits_of
from .subject import Subject

__all__ = ["Help", "Mend", "Tried", "breaks_in_sample", "mends_of", "try_mend"]

_RULES: Final[dict[str, tuple[str, ...]]] = {
    "order": get_args(Order),
    "wait_at": get_args(WaitAt),
    "default_literal": get_args(DefaultLiteral),
    "literal_load": get_args(LiteralLoad),
    "call_ops_by": get_args(CallOpsBy),
}
"""Keys of `[protocol]` that say which of several rules is followed."""
_STRONGER: Final = {RCU.name: (RUDE.name, TASKS.name), RUDE.name: (TASKS.name,)}
_WAITS: Final = (KICK, *FLAVOURS)


@dataclass(frozen=True, slots=True)
class Mend:
    """One change.

    Attributes:
        name: for people.
        key, value: what `--set` says for it.
        size: the smaller, the less is added: a swap, an instruction, what a message orders, an interrupt, a wait.
    """

    name: str
    key: str
    value: str
    size: int


class Help(StrEnum):
    """What a change came to."""

    FORBIDS = "forbids it"
    NOT_SEEN = "not seen"
    """Nothing breaks in a sample in which nothing breaks without the change either."""
    SAME_SCHEDULE = "the same schedule breaks it"
    BREAKS = "breaks all the same"
    NOT_POSSIBLE = "not possible"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Tried:
    """A change, tried.

    Attributes:
        broke: what broke, in a word or two, "" where nothing did; or why it is not possible.
        strength: how far nothing breaks, where nothing does.
        taken, skipped: choices of the run that found their place in the changed world, and those that did not.
        untraced: functions that can no longer be traced then: a change may help by that alone.
        run: the one that followed the schedule, where it does not break; without events.
    """

    mend: Mend
    help: Help
    broke: str = ""
    strength: Strength | None = None
    taken: int = 0
    skipped: int = 0
    untraced: tuple[str, ...] = ()
    run: RunResult | None = None


def mends_of(image: Image) -> list[Mend]:
    """Every single change of a world's protocol, the smallest first.  Raises DesignError for a user's design."""
    protocol, can = image.spec.protocol, abilities(image)
    mends = [*_rules(image), *_put_back(image)]
    if can.waits:
        mends += _waits("wait", waits_of(image))
    if can.hands_over:
        mends += _waits("handover", protocol.handover)
    return sorted(mends, key=lambda mend: mend.size)


def _rules(image: Image) -> Iterator[Mend]:
    protocol = image.spec.protocol
    for key, values in _RULES.items():
        for value in values:
            if value != getattr(protocol, key):
                yield Mend(f"{key} = {value}", f"protocol.{key}", value, 0)
    if not protocol.align_check:
        yield Mend("align_check = true", "protocol.align_check", "true", 0)


def _put_back(image: Image) -> Iterator[Mend]:
    dropped = image.spec.protocol.drop
    sizes = ((INSTRUCTIONS, 1), (MESSAGES, 2), (GRACE_PERIODS, 3), (KICKS, 4))
    for names, size in sizes:
        for name in names:
            if name in dropped:
                rest = json.dumps(sorted(dropped - {name}))
                yield Mend(f"put back {name}", "protocol.drop", rest, size)
    for weak in sorted(image.spec.protocol.weaken):
        rest = json.dumps(sorted(image.spec.protocol.weaken - {weak}))
        yield Mend(f"not {weak}", "protocol.weaken", rest, 1)


def _waits(key: str, waits: Sequence[str]) -> Iterator[Mend]:
    """One wait more, or a stronger one: a kick comes before the others, a grace period after them."""
    for number, flavour in enumerate(_WAITS):
        if flavour not in waits:
            more = [flavour, *waits] if flavour == KICK else [*waits, flavour]
            yield Mend(f"{key} {flavour} as well", f"protocol.{key}", json.dumps(more), 10 + 2 * number)
    for flavour in waits:
        for stronger in _STRONGER.get(flavour, ()):
            if stronger not in waits:
                changed = json.dumps([stronger if one == flavour else one for one in waits])
                size = 9 + 2 * _WAITS.index(stronger)
                yield Mend(f"{key} {stronger} instead of {flavour}", f"protocol.{key}", changed, size)


def try_mend(subject: Subject, picks: Sequence[Pick], mend: Mend, budget: Budget) -> Tried:
    """Try one change on the failing run of `subject` that `picks` lead to.  Raises DesignError for a user's design."""
    broken = subject.world()
    try:
        world = subject.changed({mend.key: mend.value}).world()
    except ScenarioError as error:
        return Tried(mend, Help.NOT_POSSIBLE, error.message)
    schedule = schedule_of(picks, run=partial(broken.run, driver="bare"))
    followed = follow(schedule, partial(world.run, driver="bare"), shows=_breaks)
    taken, skipped = followed.taken, len(followed.skipped)
    if followed.shows:
        return Tried(mend, Help.SAME_SCHEDULE, _words(world, followed.result), None, taken, skipped)
    outcome = examine(world, budget)
    if isinstance(outcome, Broken):
        return Tried(mend, Help.BREAKS, _words(world, outcome.result), None, taken, skipped)
    looked = outcome.complete or outcome.deviations >= 0 or outcome.runs
    untraced = tuple(sorted(world.image.refused.keys() - broken.image.refused.keys()))
    help_ = Help.FORBIDS if looked else Help.UNKNOWN
    return Tried(mend, help_, "", outcome, taken, skipped, untraced, followed.result)


def breaks_in_sample(subject: Subject, budget: Budget) -> int | None:
    """The first run of the sample in which something breaks with the protocol unchanged; None when none does."""
    outcome = examine(subject.world(), replace(budget, places=0))
    return outcome.run if isinstance(outcome, Broken) else None


def _breaks(result: RunResult) -> bool:
    return result.verdict != Verdict.HOLDS


def _words(world: World, result: RunResult) -> str:
    """What broke."""
    finding = headline(world.expect, result.findings)
    if finding is None:
        return result.verdict
    return f"{finding.invariant}{f' in {finding.window}' if finding.window else ''}"
