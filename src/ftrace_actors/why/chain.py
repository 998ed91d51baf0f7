"""What led to a failure, in the order in which it happened: patch by patch and fetch by fetch.

Told is what the victim does in its call, and of the others only what is about the words and ops that matter
(`reading`): who registers and unregisters, what is written where, what a wait waits for and what it counts as a
quiescent state, what is freed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..events import (
    Alloc,
    Body,
    Call,
    Callback,
    CrossCall,
    Early,
    Event,
    Exc,
    Fault,
    Fetch,
    Free,
    GracePeriod,
    Load,
    OpsDefined,
    Quiescent,
    Reader,
    RecordState,
    Register,
    Store,
    Switch,
    Unpredictable,
    Wait,
    Warn,
    Window,
)
from .matters import freed, registering, store_at, torn_words, unseen, waits_that_matter
from .reading import Reading
from .sentences import Clause, Sentence, sentences

__all__ = ["TRAPS", "TWO_NOPS", "WINDOWS", "chain_of", "place_words", "value_words"]

WINDOWS: Final = {
    "W0": "in the trampoline, still looking up the ops",
    "W1": "the ops is in a register, the callback not entered",
    "W2": "in the callback, or in the list function",
    "W3": "back from the callback, still in the trampoline",
    "W4": "in a direct trampoline",
}
"""As docs/glossary.md says it, in fewer words."""

TRAPS: Final = frozenset({"udf", "brk", "svc", "hvc", "smc"})
"""Reasons of faults that are an executed instruction, not an access."""

TWO_NOPS: Final = 0xD503201F_D503201F
"""What is where a literal would be, while there is none."""


def chain_of(reading: Reading) -> list[Sentence]:
    """The sentences, oldest first."""
    return sentences(list(_Teller(reading).clauses()))


def place_words(reading: Reading, addr: int) -> str:
    """A word of memory as people name it."""
    if addr in reading.literals:
        return f"the literal of {reading.literals[addr]}"
    return reading.narrator.cell(addr)


class _Teller:
    """Goes through a run and remembers where its victim is."""

    __slots__ = (
        "_cpu",
        "_flavours",
        "_holds_ops",
        "_periods",
        "_pointers",
        "_preempted",
        "_r",
        "_registering",
        "_unseen",
        "_waits",
        "_window",
        "_window_at",
    )

    def __init__(self, reading: Reading) -> None:
        self._r = reading
        self._window = ""
        self._window_at = -1
        self._holds_ops = False
        self._pointers = {e.addr for e in reading.events if isinstance(e, OpsDefined)}
        self._preempted = False
        self._flavours: tuple[str, ...] = ()
        self._registering = registering(reading)
        self._waits = waits_that_matter(reading)
        self._unseen = unseen(reading)
        proof = [reading.event(seq) for seq in reading.proof]
        self._periods = {(e.flavour, e.number) for e in proof if isinstance(e, GracePeriod)}
        self._cpu = -1

    def clauses(self) -> Iterator[Clause]:
        """What happened, clause by clause."""
        for event in self._r.events[: self._r.last + 1]:
            if self._r.is_victims(event) or (isinstance(event, Switch) and self._switches(event)):
                self._cpu = event.cpu
                made = list(self._of_victim(event))
            else:
                made = list(self._of_others(event))
            if made and self._window_at >= 0 and made[0].subject != self._r.victim:
                yield self._is_in_window()
            yield from made

    # -- the victim ---------------------------------------------------------------------------------------------------

    def _switches(self, event: Switch) -> bool:
        """Whether the victim is switched out against its will, or in again after that, in its call."""
        inside = self._r.first <= event.seq <= self._r.until
        if not inside or not self._r.victim:
            return False
        return (event.prev == self._r.victim and not event.voluntary) or (
            event.next == self._r.victim and self._preempted
        )

    def _is_in_window(self) -> Clause:
        at, self._window_at = self._window_at, -1
        cpu = self._r.event(at).cpu
        return Clause(self._r.victim, f"is now in {self._where()}", (at,), cpu)

    def _where(self) -> str:
        """The window the victim is in; W0 ends with a mark, and the ops may be looked up before that."""
        looked_up = self._window == "W0" and self._holds_ops
        about = "the ops is looked up, the mark of W1 comes next" if looked_up else WINDOWS[self._window]
        return f"{self._window} ({about})"

    def _of_victim(self, event: Event) -> Iterator[Clause]:
        victim, at = self._r.victim, (event.seq,)
        match event:
            case Switch() if event.prev == victim:
                where = f" in {self._where()}" if self._window else ""
                self._preempted, self._window_at = True, -1
                yield Clause(victim, f"is preempted{where}", at, event.cpu)
            case Switch():
                self._preempted = False
                yield Clause(victim, "runs again", at, event.cpu)
            case Window():
                self._window, self._holds_ops = event.window, False
                self._window_at = event.seq if event.window else -1
                if event.seq in self._r.proof and event.window:
                    yield self._is_in_window()
            case Fetch() | Load():
                self._holds_ops = self._holds_ops or (
                    isinstance(event, Load) and event.value in self._pointers
                )
                yield from self._read(event)
            case Exc() if event.entry:
                if self._window_at >= 0:
                    yield self._is_in_window()
                yield Clause(victim, "takes an interrupt", at, event.cpu, run="takes {} interrupts")
            case Callback() | Call() | Body() | Fault() | Unpredictable():
                yield from self._came_to(event)
            case _:
                yield from self._of_others(event)

    def _read(self, event: Fetch | Load) -> Iterator[Clause]:
        r, proves = self._r, event.seq in self._r.proof
        match event:
            case Fetch() if r.narrator.at_site(event) or event.order < event.newest:
                yield self._fetched(event)
            case Fetch() if proves:
                place = r.narrator.place(event.addr)
                text = f"fetches {r.narrator.word(event.word, event.addr)} at {place}{freed(r, event)}"
                run = f"fetches {{}} instructions of {place.partition('+')[0]}, the last at {place}"
                yield Clause(r.victim, text, (event.seq,), event.cpu, run=run)
            case Load() if event.addr in r.words or r.narrator.reads_literal(event) or proves:
                yield self._loaded(event)
            case _:
                """Text that is as it should be, and memory that is nobody's concern."""

    def _came_to(self, event: Callback | Call | Body | Fault | Unpredictable) -> Iterator[Clause]:
        victim, at, proves = self._r.victim, (event.seq,), event.seq in self._r.proof
        match event:
            case Call():
                yield Clause(victim, f"calls {event.function}", at, event.cpu)
            case Callback() if event.begins:
                self._window_at = -1
                handed = self._r.narrator.pointer(event.ops, event.prov)
                yield Clause(victim, f"enters {event.func} with {handed}", at, event.cpu)
            case Callback() if proves:
                yield Clause(victim, f"leaves {event.func}", at, event.cpu)
            case Body() if proves:
                yield Clause(victim, f"reaches the body of {event.function}", at, event.cpu)
            case Fault():
                yield Clause(victim, _fault_words(event, self._r), at, event.cpu)
            case Unpredictable() if proves:
                yield Clause(victim, f"does what is unpredictable: {event.reason}", at, event.cpu)
            case _:
                """The end of a callback, or the body of a call that is as it should be."""

    def _fetched(self, event: Fetch) -> Clause:
        r = self._r
        word = f"{r.narrator.word(event.word, event.addr)} at {r.narrator.place(event.addr)}"
        if event.order >= event.newest:
            return Clause(r.victim, f"fetches {word}{freed(r, event)}", (event.seq,), event.cpu)
        newer = store_at(r, event.addr, event.newest)
        if newer is None:
            return Clause(r.victim, f"fetches {word}, an old word", (event.seq,), event.cpu)
        value = r.narrator.word(newer.value, event.addr)
        remark = (
            f"That word is old: {newer.task or newer.actor} had written {value} there [{newer.seq}]. It can still be "
            f"fetched: what cpu{event.cpu} must see there reaches to @{event.floor} of memory order, the new word is "
            f"@{event.newest}."
        )
        return Clause(r.victim, f"fetches {word}", (event.seq,), event.cpu, remark=remark)

    def _loaded(self, event: Load) -> Clause:
        r = self._r
        text = f"reads {value_words(r, event)} from {place_words(r, event.addr)}{freed(r, event)}"
        if event.prov < 0:
            remark = f"That value is torn: {torn_words(r, event)}."
            return Clause(r.victim, text, (event.seq,), event.cpu, remark=remark)
        newer = r.newest(event.addr, event.seq)
        if event.addr in r.words and newer is not None and newer.order > event.order:
            by, value = newer.task or newer.actor, value_words(r, newer)
            remark = f"That value is old: {by} had written {value} there [{newer.seq}]."
            return Clause(r.victim, text, (event.seq,), event.cpu, remark=remark)
        return Clause(r.victim, text, (event.seq,), event.cpu)

    # -- everybody else -----------------------------------------------------------------------------------------------

    def _of_others(self, event: Event) -> Iterator[Clause]:
        r, by, at, proves = self._r, event.task or event.actor, (event.seq,), event.seq in self._r.proof
        match event:
            case Store() if event.seq in self._unseen or r.narrator.was_early(event):
                """Overwritten before anybody else saw it, or said where it became visible."""
            case Store() if event.addr in r.words or proves:
                place = place_words(r, event.addr)
                run = f"writes {{}} words of {place.partition('+')[0]}, the last {value_words(r, event)} to {place}"
                yield Clause(by, f"writes {value_words(r, event)} to {place}", at, event.cpu, run=run)
            case Early() if event.addr in r.words:
                yield from self._early(event)
            case Register() if event.seq in self._registering:
                verb = "unregister" if event.unregister else "register"
                how = "returns from" if event.returns else "calls"
                failed = f" with {event.errno}" if event.errno else ""
                yield Clause(by, f"{how} {verb}({event.ops}){failed}", at)
            case Wait() if event.seq in self._registering:
                yield from self._wait(event)
            case GracePeriod() | Quiescent() if (
                event.flavour in self._flavours or (event.flavour, event.number) in self._periods
            ):
                yield from self._grace(event)
            case Free() if event.name in r.ops or event.name.partition(".")[0] in r.ops or proves:
                yield Clause(by, f"frees {event.name}", at)
            case _:
                yield from self._of_services(event, by)

    def _of_services(self, event: Event, by: str) -> Iterator[Clause]:
        at, proves = (event.seq,), event.seq in self._r.proof
        match event:
            case CrossCall() if (
                event.seq in self._registering and event.phase == "start" and event.seq > self._r.first
            ):
                yield Clause(
                    by,
                    f"has {', '.join(event.waiting) or 'nobody'} run {event.function} and waits for that",
                    at,
                    event.cpu,
                )
            case Alloc() if event.seq in self._registering and event.step and self._is_reused(event):
                yield Clause(by, f"gets the freed memory again, as {event.name}", at)
            case Reader() if proves:
                edge = "begins" if event.begins else "ends"
                yield Clause(
                    by, f"{edge} an RCU reader (preemption {'off' if event.begins else 'on'})", at, event.cpu
                )
            case Warn() if proves:
                yield Clause(
                    by, f"runs into WARN_ON_ONCE({event.condition}) in {event.function}", at, event.cpu
                )
            case RecordState() if proves:
                state = "enabled" if event.enabled else "disabled"
                yield Clause(
                    by,
                    f"releases ftrace_lock with {event.function} {state} in the books, for {event.count} ops",
                    at,
                )
            case _:
                """Nothing that a reader has to see."""

    def _early(self, event: Early) -> Iterator[Clause]:
        r, store = self._r, self._r.narrator.store_of(event)
        if store is None:
            return
        what = f"{value_words(r, store)} to {place_words(r, event.addr)}"
        text = f"has its write of {what} seen early (it executes at [{store.seq}])"
        yield Clause(event.task or event.actor, text, (event.seq,), event.cpu)

    def _wait(self, event: Wait) -> Iterator[Clause]:
        by, names = event.task or event.actor, ", ".join(event.flavours)
        self._flavours = event.flavours if event.begins and event.seq in self._waits else ()
        if not event.objects and not event.words:  # it is for nobody's last use, but between two steps
            text = f"waits in the middle of the update, by {names}"
            yield from [Clause(by, text, (event.seq,))] if event.begins and names else []
            yield from [Clause(by, "continues", (event.seq,))] if not event.begins and names else []
            return
        whom = f"users of {event.ops}"
        if not event.begins:
            yield from [Clause(by, "is done waiting", (event.seq,))] if names else []
        elif not names:
            yield Clause(by, f"waits for nothing, where it could wait for {whom}", (event.seq,))
        else:
            yield Clause(by, f"waits for {whom}, by {names}", (event.seq,))

    def _grace(self, event: GracePeriod | Quiescent) -> Iterator[Clause]:
        subject = f"Grace period {event.flavour} #{event.number}"
        match event:
            case GracePeriod() if event.phase == "start":
                yield Clause(
                    subject, f"begins and waits for {', '.join(event.waiting) or 'nobody'}", (event.seq,)
                )
            case GracePeriod() if event.phase == "end":
                yield Clause(subject, "ends", (event.seq,))
            case Quiescent() if (
                event.who == self._r.victim
                or (event.cpu >= 0 and event.cpu == self._cpu)
                or (event.flavour, event.number) in self._periods
            ):
                yield Clause(
                    subject,
                    f"counts {event.who} as quiescent: {event.reason}{self._meanwhile()}",
                    (event.seq,),
                )
            case _:
                """A scan, or a CPU that nobody suffers on."""

    def _meanwhile(self) -> str:
        """Where the victim is at that moment."""
        if not self._window:
            return ""
        return f", while {self._r.victim} is {'preempted ' if self._preempted else ''}in {self._window}"

    def _is_reused(self, event: Alloc) -> bool:
        return any(
            isinstance(other, Free) and other.addr == event.addr for other in self._r.events[: event.seq]
        )


def value_words(reading: Reading, event: Load | Store) -> str:
    """What is read or written, in words: an instruction, a pointer, a number."""
    narrator = reading.narrator
    if event.value == TWO_NOPS:
        return "two NOPs"
    if event.size == 4 and event.addr in reading.code:
        return narrator.word(event.value, event.addr)
    if event.addr in reading.literals:
        return narrator.pointer(event.value, event.prov)
    return narrator.value(event.value, event.prov, event.addr)


def _fault_words(event: Fault, reading: Reading) -> str:
    where = reading.narrator.place(event.addr)
    if event.reason in TRAPS:
        return f"executes {event.reason.upper()} at {where}"
    return f"faults at {where} ({event.reason})"
