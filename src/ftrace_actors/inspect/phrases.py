"""One event in few words, as a kernel engineer would write them into a lane.

Names come from the log itself (records, ops) and from the symbols that whoever asks provides.  A phrase is a short text
and a remark in brackets that may be cut first when the lane is narrow.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from ..arm64.isa import disassemble
from ..events import (
    Alloc,
    Barrier,
    Body,
    Call,
    Callback,
    Claim,
    CrossCall,
    CrossCalled,
    Early,
    Event,
    Exc,
    Fault,
    Fetch,
    Free,
    GracePeriod,
    Join,
    Load,
    Lock,
    Maintain,
    OpsDefined,
    Patch,
    Quiescent,
    Reader,
    Receive,
    RecordDefined,
    RecordState,
    Register,
    Returned,
    Send,
    Store,
    Switch,
    Sync,
    SynchronizeRcu,
    TaskState,
    Tick,
    Unpredictable,
    Wait,
    Warn,
    Window,
    WordDefined,
)
from ..events.ftrace_ops import field_words, flag_words
from ..events.own import ActorStep, Note
from .symbols import Symbols

__all__ = ["Narrator", "Phrase", "branch_offset"]

Phrase = tuple[str, str]
"""(text, remark); the remark is "" or in brackets."""

_INSTRUCTION_BYTES: Final = 4
_NAMED_MIN: Final = 1 << 48
"""A smaller number is not an address of the kernel's."""


class _Inside:
    """Waits that are for no users of the ops they are made for, and what they are made in: `seq` -> words."""

    __slots__ = ("_registering", "waits")

    def __init__(self) -> None:
        self._registering = ""
        self.waits: dict[int, str] = {}

    def note(self, event: Register | Wait) -> None:
        """One after the other, under ftrace_lock."""
        if isinstance(event, Register):
            self._registering = "" if event.unregister or event.returns else event.ops
        elif event.ops == self._registering:
            self.waits[event.seq] = f"inside register({event.ops})"
        elif not event.objects and not event.words:
            self.waits[event.seq] = f"inside unregister({event.ops})"


class Narrator:
    """Puts events into words.

    It looks through the whole log first, because a word's target, a literal's record or the store that an early
    message belongs to may be mentioned anywhere in it.
    """

    __slots__ = (
        "_early",
        "_inside",
        "_literal_writes",
        "_literals",
        "_ops",
        "_sites",
        "_stores",
        "_symbols",
        "_watched",
    )

    def __init__(self, events: Iterable[Event], symbols: Symbols, watched: Collection[int] = ()) -> None:
        """`watched`: addresses that matter besides literals and patch sites."""
        self._symbols = symbols
        self._watched = frozenset(watched)
        self._literals: dict[int, str] = {}
        self._sites: dict[int, RecordDefined] = {}
        self._ops: dict[int, str] = {}
        self._stores: dict[int, Store] = {}
        self._literal_writes: list[tuple[int, Store]] = []
        self._early: set[int] = set()
        inside = _Inside()
        patching: dict[str, int] = {}
        for event in events:
            if isinstance(event, RecordDefined):
                self._sites[event.site] = event
                if event.literal:
                    self._literals[event.literal] = event.function
            elif isinstance(event, OpsDefined):
                self._ops[event.addr] = event.name
            elif isinstance(event, Patch):
                if event.begins:
                    patching[event.function] = event.seq
                else:
                    patching.pop(event.function, None)
            elif isinstance(event, (Register, Wait)):
                inside.note(event)
            elif isinstance(event, Store):
                self._stores[event.order] = event
                if event.addr in self._literals:
                    self._literal_writes.append((patching.get(self._literals[event.addr], event.seq), event))
            elif isinstance(event, Early):
                self._early.add(event.order)
        self._inside = inside.waits

    @property
    def ops_names(self) -> Collection[str]:
        """Every ops of the run."""
        return self._ops.values()

    # -- what an event is about -----------------------------------------------------------------------------------

    def patches(self, event: Store | Early) -> bool:
        """The store writes a site, a literal or what is watched."""
        return event.addr in self._sites or event.addr in self._literals or event.addr in self._watched

    def reads_literal(self, event: Load) -> bool:
        """The load reads a literal or what is watched."""
        return event.addr in self._literals or event.addr in self._watched

    def at_site(self, event: Fetch) -> bool:
        """The fetch is of a patch site or what is watched."""
        return event.addr in self._sites or event.addr in self._watched

    def was_early(self, event: Store) -> bool:
        """The store had become visible before it executed."""
        return event.order in self._early

    def store_of(self, event: Early) -> Store | None:
        """The store that this early message turned out to be; None when the run ended first, or it is a DC or IC."""
        return self._stores.get(event.order)

    # -- words ----------------------------------------------------------------------------------------------------

    def phrase(self, event: Event) -> Phrase:
        """The event in words.  Of an event that has no words of its own, its kind."""
        match event:
            case Store():
                return self._store(event), f"@{event.order}"
            case Early():
                store = self.store_of(event)
                text = self._store(store) if store is not None else f"{event.what} {self.place(event.addr)}"
                return text, f"@{event.order} early"
            case Load():
                return self._load(event)
            case Fetch():
                return self._fetch(event)
            case Callback():
                verb = "enters" if event.begins else "leaves"
                return f"{verb} {event.func}", f"({self.pointer(event.ops, event.prov)})"
            case Switch():
                how = ("(voluntary)" if event.voluntary else "(preempted)") if event.prev else ""
                return f"switch {event.prev or 'idle'} -> {event.next or 'idle'}", how
            case _:
                return self._plain(event)

    def _plain(self, event: Event) -> Phrase:
        match event:
            case Window():
                return (f"in {event.window}", "") if event.window else ("leaves the windows", "")
            case Call():
                return f"call {event.function}", ""
            case Body():
                return f"body of {event.function}", ""
            case Unpredictable():
                return f"UNPREDICTABLE at {self.place(event.addr)}", f"({event.reason})"
            case Reader():
                return f"preemption {'off' if event.begins else 'on'}", (
                    f"(RCU reader {'begins' if event.begins else 'ends'})"
                )
            case ActorStep():
                return f"{event.actor}: {event.op} {event.object}".rstrip(), ""
            case Note():
                return f"{event.actor}: {event.text}", ""
            case Claim():
                return f"knows that {event.function} is traced", ""
            case Fault() if event.reason in {"udf", "brk", "svc", "hvc", "smc"}:
                return f"executes {event.reason.upper()} at {self.place(event.addr)}", "(fault)"
            case Fault():
                return f"fault at {self.place(event.addr)}", f"({event.reason})"
            case Barrier() | Sync() | Maintain() | Join() | Send() | Receive():
                return self._ordering(event)
            case _:
                return self._service(event)

    def _ordering(self, event: Barrier | Sync | Maintain | Join | Send | Receive) -> Phrase:
        match event:
            case Barrier():
                return event.name, ""
            case Sync():
                return f"synchronized ({event.reason})", f"(tau @{event.tau})"
            case Maintain():
                return f"{event.name} {self.place(event.addr)}", f"@{event.order}" if event.order else ""
            case Join():
                return f"comes after what cpu{event.publisher} did", f"({event.ordering})"
            case Send():
                return f"sends {event.message} to {event.to}", ""
            case Receive():
                return f"receives {event.message}", ""

    def _service(self, event: Event) -> Phrase:
        match event:
            case Register():
                verb = "unregister" if event.unregister else "register"
                failed = f" = {event.errno}" if event.errno else ""
                return f"{verb}({event.ops}) {'returns' if event.returns else 'called'}{failed}", ""
            case Patch():
                edge = "begins" if event.begins else "ends"
                failed = f" = {event.errno}" if event.errno else ""
                return f"{event.action}({event.function}) {edge}{failed}", f"(patch {event.number})"
            case Wait():
                flavours = ", ".join(event.flavours) or "nothing"
                what = self._inside.get(event.seq, f"for users of {event.ops}")
                return f"wait {what} {'begins' if event.begins else 'ends'}", f"({flavours})"
            case GracePeriod() | Quiescent() | SynchronizeRcu() | CrossCall() | CrossCalled():
                return _waiting(event)
            case Tick():
                return "timer tick", ""
            case Lock():
                return f"{event.name} {event.state}", f"({event.who})"
            case TaskState():
                return f"{event.who} {event.state}{f' on {event.on}' if event.on else ''}", ""
            case Free():
                verb = "kfree" if event.name in self._ops.values() else "free"
                return f"{verb}({event.name})", f"@{event.order}"
            case Warn():
                return f"WARN_ON_ONCE({event.condition}) in {event.function}: {event.subject}", ""
            case RecordState():
                state = "enabled" if event.enabled else "disabled"
                return f"ftrace_lock released: {event.function} {state}, count {event.count}", ""
            case _:
                return self._seldom(event)

    def _seldom(self, event: Event) -> Phrase:
        """What the lanes of a report never show, and other pictures do."""
        match event:
            case RecordDefined():
                return f"patch site of {event.function}", f"({self.place(event.site)})"
            case OpsDefined():
                return f"ops {event.name}", f"({event.role}: {event.func})"
            case WordDefined():
                return f"word {event.name}", f"({self.place(event.addr)})"
            case Alloc():
                return f"allocates {event.name}", f"({event.size} bytes)"
            case Returned():
                return f"{event.function} returned {event.value:#x}", ""
            case Exc():
                if event.reason == "irq":
                    return f"{'takes an' if event.entry else 'returns from its'} interrupt", ""
                return f"exception {'taken' if event.entry else 'returned from'}", f"({event.reason})"
            case _:
                return type(event).__name__.lower(), ""

    def _store(self, event: Store) -> str:
        if event.addr in self._literals:
            return f"str {self.pointer(event.value, event.prov)} -> {self._literal(event.addr)}"
        if event.addr in self._sites:
            return f"str {self.word(event.value, event.addr)} -> {self.place(event.addr)}"
        if event.addr in self._watched:
            code = event.size == _INSTRUCTION_BYTES
            value = self.word(event.value, event.addr) if code else self.pointer(event.value, event.prov)
            return f"str {value} -> {self.place(event.addr)}"
        return f"str {self.value(event.value, event.prov, event.addr)} -> {self.cell(event.addr)}"

    def _load(self, event: Load) -> Phrase:
        if event.addr in self._literals:
            value = self.pointer(event.value, event.prov)
            return f"ldr {self._literal(event.addr)} = {value}", f"({self._age(event)} @{event.order})"
        value = self.value(event.value, event.prov, event.addr)
        return f"ldr {self.cell(event.addr)} = {value}", f"(@{event.order})"

    def _literal(self, addr: int) -> str:
        """A literal, with its function where there is more than one."""
        return "literal" if len(self._literals) == 1 else f"literal of {self._literals[addr]}"

    def _age(self, event: Load) -> str:
        """Old is what a patch that had begun by then overwrites, executed already or not."""
        newer = any(addr == event.addr and order > event.order for addr, order in self._begun(event.seq))
        return "old" if newer else "new"

    def _begun(self, seq: int) -> Iterator[tuple[int, int]]:
        """(address, order) of the literal writes of patches that had begun before event `seq`."""
        return ((store.addr, store.order) for begun, store in self._literal_writes if begun < seq)

    def _fetch(self, event: Fetch) -> Phrase:
        age = "old" if event.order < event.newest else "new"
        where = "" if event.addr in self._sites else f" at {self.place(event.addr)}"
        return f"fetch {self.word(event.word, event.addr)}{where}", f"({age} @{event.order})"

    # -- values ---------------------------------------------------------------------------------------------------

    def place(self, addr: int) -> str:
        """An address in words."""
        record = self._sites.get(addr)
        if record is not None:
            return f"{record.function}+{addr - record.entry:#x}"
        name = self._symbols.describe(addr)
        if name.startswith("0x") and addr in self._ops:
            return self._ops[addr]
        return name

    def cell(self, addr: int) -> str:
        """The place of an access: the field, where it is in an ops."""
        return field_words(self.place(addr), self.ops_names)

    def value(self, value: int, prov: int, addr: int) -> str:
        """What is read from or written to a place, in words."""
        field = self.cell(addr).rpartition("->")[2]
        if field == "flags":
            return flag_words(value)
        if prov or addr in self._watched or field in {"next", "direct_call"}:
            return self.pointer(value, prov)
        if value < _NAMED_MIN:
            return f"{value:#x}"
        name = self._symbols.describe(value)
        return name if field == "func" or name.startswith("0x") else self.pointer(value, prov)

    def pointer(self, value: int, prov: int) -> str:
        """A pointer value in words."""
        if prov < 0:
            return f"{value:#x} (torn)"
        if value in self._ops:
            return f"&{self._ops[value]}"
        name = self._symbols.describe(value) if value else "NULL"
        return name if name.startswith("0x") or not value else f"&{name}"

    def word(self, word: int, addr: int) -> str:
        """An instruction, a branch with its target by name."""
        offset = branch_offset(word)
        if offset is None:
            return disassemble(word, addr)
        return f"{'bl' if word >> 31 else 'b'} {self._symbols.describe(addr + offset & (1 << 64) - 1)}"


def branch_offset(word: int) -> int | None:
    """How far on a B or BL leads, in bytes; None for any other instruction (Arm ARM, B and BL)."""
    if word & 0x7C00_0000 != 0x1400_0000:
        return None
    return _INSTRUCTION_BYTES * (((word & 0x3FF_FFFF) ^ 0x200_0000) - 0x200_0000)


def _waiting(event: GracePeriod | Quiescent | SynchronizeRcu | CrossCall | CrossCalled) -> Phrase:
    """Somebody waits for others, or one of those has done what is waited for."""
    match event:
        case GracePeriod():
            waiting = ", ".join(event.waiting)
            return f"grace period {event.flavour} #{event.number}: {event.phase}", (
                f"(for {waiting})" if waiting else ""
            )
        case Quiescent():
            return f"quiescent state for {event.flavour}: {event.reason}", ""
        case SynchronizeRcu():
            edge = "begins" if event.begins else "ends"
            return f"wait for a grace period of {event.flavour} {edge}", ""
        case CrossCall():
            waiting = ", ".join(event.waiting)
            return f"{event.function} on other CPUs: {event.phase}", f"(for {waiting})" if waiting else ""
        case CrossCalled():
            return f"{event.function} runs", f"(for {event.caller})"
