"""What was promised, and which event broke it: both sides of the race, by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ..checks import CHECKS, Finding
from ..events import Event, Fault, Load, Store
from ..events.ftrace_ops import with_fields
from ..inspect import race_of
from ..inspect.race import Evidence
from ..words import SEVERITIES
from .chain import TRAPS, TWO_NOPS, place_words, value_words
from .reading import Reading
from .sentences import Sentence

__all__ = ["also_broke", "broke_of", "message_words", "pair_of", "promise_of"]

_ALSO_MAX: Final = 4
_ADDRESS: Final = re.compile(r"0x[0-9a-f]{16}\b")
_WORD: Final = re.compile(r"0x[0-9a-f]{8}\b(?=[ )])")
"""Eight digits, as checks write an instruction."""


def promise_of(finding: Finding) -> Sentence:
    """The invariant in its own words, and what it is about in this run."""
    about = CHECKS.get(finding.invariant, "")
    said = (
        f"{finding.invariant} promises: {about}."
        if about
        else f"{finding.invariant} is not in the catalogue."
    )
    what = f" Here it is about {finding.subject}." if finding.subject and finding.events else ""
    return Sentence(f"{said}{what}")


def broke_of(reading: Reading) -> list[Sentence]:
    """The finding in words, how bad that is, and the two events that conflict."""
    finding = reading.finding
    message = message_words(finding, reading)
    where = f" in {finding.window}" if finding.window else ""
    at = f"Event {max(finding.events)}" if finding.events else "The run"
    found = [Sentence(f"{at} breaks it{where}: {message}.", finding.events)]
    meaning = SEVERITIES.get(finding.severity)
    if meaning:
        found.append(Sentence(f"That is called {finding.severity}: {meaning}."))
    found += _trap(reading)
    pair = pair_of(reading)
    if pair is not None:
        early, late = pair
        # The first of them saw what was newest when it looked.
        text = f"The two sides: {_side(early, reading, old=False)}; and {_side(late, reading)}."
        found.append(Sentence(text, (early.seq, late.seq)))
    return found


def _trap(reading: Reading) -> list[Sentence]:
    """That a trap which was executed where nothing is freed is a wrong way, and no access."""
    event = reading.event(max(reading.finding.events)) if reading.finding.events else None
    if not isinstance(event, Fault) or event.reason not in TRAPS:
        return []
    name = event.reason.upper()
    text = f"{name} is an instruction that traps: freed memory was not used here, but nobody was meant to come there."
    return [Sentence(text, (event.seq,))]


def pair_of(reading: Reading) -> tuple[Event, Event] | None:
    """The two events that conflict, in their order; None where one task made all of the proof."""
    race = race_of(reading.events, Evidence(reading.proof, reading.victim))
    return None if race is None else race.in_order


def message_words(finding: Finding, reading: Reading) -> str:
    """What a check says, with addresses and instructions by name; of a hang only how the run hangs."""
    if not finding.events:
        return ": ".join(finding.message.split(": ")[:2])
    narrator = reading.narrator
    text = with_fields(finding.message, narrator.ops_names).replace(f"{TWO_NOPS:#x}", "two NOPs")
    addresses = [(match.start(), int(match[0], 16)) for match in _ADDRESS.finditer(text)]

    def instruction(match: re.Match[str]) -> str:
        after = [addr for at, addr in addresses if at > match.start()]
        before = [addr for at, addr in addresses if at < match.start()]
        near = (
            before[-1:] if text[match.start() - 8 : match.start()] == "written " else after[:1]
        ) or before[-1:]
        return f"`{narrator.word(int(match[0], 16), near[0] if near else 0)}`"

    text = _WORD.sub(instruction, text)
    return _ADDRESS.sub(lambda match: narrator.place(int(match[0], 16)), text)


def also_broke(reading: Reading, findings: Sequence[Finding]) -> list[Sentence]:
    """Other findings of the run that were there before this one: they may be why it could come to it."""
    at = max(reading.finding.events, default=-1)
    earlier = [
        finding
        for finding in findings
        if finding is not reading.finding and finding.events and max(finding.events) < at
    ]
    return [
        Sentence(
            f"Before that, at event {max(finding.events)}, the run had broken {finding.invariant} "
            f"({CHECKS.get(finding.invariant, '')}): {message_words(finding, reading)}.",
            finding.events,
        )
        for finding in earlier[:_ALSO_MAX]
    ]


def _side(event: Event, reading: Reading, *, old: bool = True) -> str:
    text, remark = reading.narrator.phrase(event)
    if isinstance(event, Store) and (
        (event.size == 4 and event.addr in reading.code) or event.value == TWO_NOPS
    ):
        text = f"str {value_words(reading, event)} -> {place_words(reading, event.addr)}"
    elif isinstance(event, Load) and event.value == TWO_NOPS:
        text = f"ldr {place_words(reading, event.addr)} = two NOPs"
    place = f" on cpu{event.cpu}" if event.cpu >= 0 else ""
    more = f" {remark}" if (old and remark.startswith("(old")) or remark.endswith("early") else ""
    return f"{event.task or event.actor}{place}, `{text}`{more} [{event.seq}]"
