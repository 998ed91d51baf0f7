"""The nearest run that holds, and the first difference that matters between it and the failing one.

Candidates are the runs that were made with one choice put back; of those that hold, the one that is the same as the
failing run for longest. Where none holds, the run under the smallest change that forbids the failure.

What differs is looked for in what the failure is about: the two events that conflict, which the other run may have in
reverse order or not at all. Events of two runs are the same when the same task does the same in words, for the same
number of times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..events import Event, Fetch, Load
from ..inspect import Symbols
from ..inspect.phrases import Narrator
from ..result import RunResult
from ..words import Verdict
from .changes import Changes
from .choices import PutBack
from .promise import pair_of
from .reading import Reading
from .sentences import Sentence
from .source import Source

__all__ = ["Nearest", "nearest_of"]

_VERBS: Final = (Fetch, Load)


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest run that holds.

    Attributes:
        how: what makes the difference, in words.
        same: how many events are the same at the beginning.
        token: the word for it.  more: what options say for its world.
        difference: the sentences.
        result: the run.
    """

    how: str
    same: int
    token: str
    difference: tuple[Sentence, ...]
    result: RunResult
    more: Mapping[str, str] = field(default_factory=dict)


def nearest_of(
    source: Source, reading: Reading, choices: Sequence[PutBack], changes: Changes | None
) -> Nearest | None:
    """See the module; None where no run that holds was made."""
    holding = [one for one in choices if one.needed and one.result.verdict == Verdict.HOLDS]
    if holding:
        best = max(holding, key=lambda one: (_same(source.result, one.result), -one.pick.position))
        same = _same(source.result, best.result)
        how = f"the same choices without the one by which {best.what}"
        told = _difference(reading, best.result, source.world.image.symbols, same)
        return Nearest(how, same, best.token, told, best.result)
    for change in () if changes is None else changes.forbidding:
        if change.result is not None and change.result.verdict == Verdict.HOLDS:
            world = source.subject.changed(change.more).world()
            same = _same(source.result, change.result)
            how = f"the same schedule with one change, {change.tried.mend.name}"
            told = _difference(reading, change.result, world.image.symbols, same)
            return Nearest(how, same, change.token, told, change.result, change.more)
    return None


def _same(one: RunResult, other: RunResult) -> int:
    """How many events at the beginning are the same, steps aside."""
    count = 0
    for mine, theirs in zip(one.events, other.events, strict=False):
        if type(mine) is not type(theirs) or _plain(mine) != _plain(theirs):
            break
        count += 1
    return count


def _plain(event: Event) -> tuple[object, ...]:
    return tuple(getattr(event, name) for name in event.__struct_fields__ if name != "step")


# -- the difference ---------------------------------------------------------------------------------------------------


class _Named:
    """Events of a run by what they are in words, and for which time."""

    def __init__(self, events: Sequence[Event], narrator: Narrator) -> None:
        self._narrator = narrator
        seen: Counter[tuple[str, str, str]] = Counter()
        self.names: dict[int, tuple[str, str, str, int]] = {}
        self.events: dict[tuple[str, str, str, int], Event] = {}
        self.places: dict[tuple[str, str, str, int], Event] = {}
        at: Counter[tuple[str, str, str]] = Counter()
        for event in events:
            name = self.words(event)
            full = (*name, seen[name])
            seen[name] += 1
            self.names[event.seq] = full
            self.events[full] = event
            if isinstance(event, _VERBS):
                where = (event.task or event.actor, type(event).__name__, narrator.place(event.addr))
                self.places[*where, at[where]] = event
                at[where] += 1

    def words(self, event: Event) -> tuple[str, str, str]:
        text, _ = self._narrator.phrase(event)
        return event.task or event.actor, type(event).__name__, text


def _difference(reading: Reading, other: RunResult, symbols: Symbols, same: int) -> tuple[Sentence, ...]:
    mine = _Named(reading.events, reading.narrator)
    narrator = Narrator(other.events, symbols)
    theirs = _Named(other.events, narrator)
    pair = pair_of(reading)
    if pair is None:
        return _by_proof(reading, mine, theirs)
    early, late = pair
    one, two = (theirs.events.get(mine.names[event.seq]) for event in (early, late))
    a, b = _said(early, reading.narrator), _said(late, reading.narrator)
    if one is not None and two is not None and two.seq < one.seq:
        text = (
            f"In the failing run {a} [{early.seq}] comes before {b} [{late.seq}]; in this one it comes after it: "
            f"[{one.seq}], and the other is [{two.seq}]."
        )
        return (Sentence(text, (early.seq, late.seq)),)
    if two is None:
        return (_instead(late, b, mine, theirs, narrator),)
    if one is None:
        return (_instead(early, a, mine, theirs, narrator),)
    return _by_proof(reading, mine, theirs)


def _by_proof(reading: Reading, mine: _Named, theirs: _Named) -> tuple[Sentence, ...]:
    """The first event of the proof that the other run has not."""
    for seq in sorted(reading.proof):
        if mine.names[seq] not in theirs.events:
            event = reading.event(seq)
            return (_instead(event, _said(event, reading.narrator), mine, theirs, reading.narrator),)
    return ()


def _instead(event: Event, said: str, mine: _Named, theirs: _Named, narrator: Narrator) -> Sentence:
    """What the other run has where this one has `event`."""
    if isinstance(event, _VERBS):
        for name, other in mine.places.items():
            found = theirs.places.get(name)
            if other is event and found is not None:
                text, remark = narrator.phrase(found)
                return Sentence(
                    f"In the failing run {said} [{event.seq}]; in this one the same access is "
                    f"`{text}` {remark} [{found.seq}].".replace("  ", " "),
                    (event.seq,),
                )
    return Sentence(f"In the failing run {said} [{event.seq}]; in this one that never happens.", (event.seq,))


def _said(event: Event, narrator: Narrator) -> str:
    text, _ = narrator.phrase(event)
    return f"`{text}` of {event.task or event.actor}"
