"""What the machine is like after each step of a run, read from the run's own kernel.

A `MachineWatcher` is given the system before the first step and looks at it before each decision of the conductor, when
the step before is complete and nothing of the following one has begun.  Fetches and loads are asked of the rules
themselves (`FetchRules.fetchable`, `PE.load` on a copy), so what is shown is what the machine would allow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from ..actors import Actor, Conductor
from ..arm64.access import PLAIN
from ..arm64.isa import disassemble
from ..arm64.promises import Ahead, Script
from ..arm64.timeline import COMP, DC, IC, WRITE, Message, UnmappedError
from ..inspect.phrases import Narrator
from ..kernel.task import BLOCKED, RUNNABLE
from ..scenario import Watcher
from .recording import Field, StateRecorder, runs_words

if TYPE_CHECKING:
    from ..arm64.pe import PE
    from ..kernel.boot import System
    from ..kernel.cpu import Cpu
    from ..kernel.image import Image
    from ..kernel.task import Task

__all__ = ["MIXTURES", "NOTE", "LookedAtConductor", "MachineWatcher"]

NOTE: Final = (
    "Read from the run, made again. Several values mean that a fetch or load may take any of them now; the first is "
    "the newest. @N is a place in the order of memory, and a view of @N means: nothing older than that."
)

_CODE: Final = 4
_DATA: Final = 8
_OPTIONS_MAX: Final = 6
"""So many values of one word are shown; a loop of patches makes more."""

_TRIES_MAX: Final = 40
"""Ways to load a word that are tried: one that is not aligned is loaded byte by byte, each of its own age."""

MIXTURES: Final = "other mixtures of their bytes"
"""Comes last where there are more ways."""


class LookedAtConductor(Conductor):
    """A conductor that has somebody look before each decision."""

    look: Callable[[], None] | None = None

    def decide(self, actor: Actor) -> Actor:
        """As any conductor."""
        if self.look is not None:
            self.look()
        return super().decide(actor)


class MachineWatcher(Watcher):
    """Records the state after each step.  Call `finish` when the run is over.

    Attributes:
        recorder: the states.
    """

    def __init__(self, narrator: Narrator) -> None:
        self.recorder = StateRecorder()
        self._narrator = narrator
        self._reader: _Reader | None = None

    def start(self, system: System) -> None:
        """Look from the first decision on."""
        self._reader = _Reader(system, self._narrator)
        conductor = system.conductor
        assert isinstance(conductor, LookedAtConductor)
        self.recorder.take(-1, dict(self._reader.fields()))
        conductor.look = self.finish

    def finish(self) -> None:
        """The state as it is now."""
        reader = self._reader
        assert reader is not None, "no run has begun"
        self.recorder.take(reader.system.log.seq - 1, dict(reader.fields()))


class _Reader:
    """Puts the state of one system into words."""

    __slots__ = ("_code", "_data", "_narrator", "system")

    def __init__(self, system: System, narrator: Narrator) -> None:
        self.system = system
        self._narrator = narrator
        self._code, self._data = _places(system.image)

    def fields(self) -> Iterator[tuple[Field, str]]:
        """Every field with its value."""
        yield from self._memory()
        for cpu in self.system.cpus:
            yield from self._cpu(cpu)
        for task in self.system.tasks:
            if not task.kthread or task.on_rq:
                yield ("tasks", task.name), self._task(task)
            else:
                yield ("tasks", task.name), "blocked"
        yield from self._waits()
        yield from self._ftrace()

    # -- memory ------------------------------------------------------------------------------------------------

    def _memory(self) -> Iterator[tuple[Field, str]]:
        for addr, size in self._words():
            yield ("memory", self._place(addr)), self._newest(addr, size)

    def _words(self) -> Iterator[tuple[int, int]]:
        yield from ((addr, _CODE) for addr in self._code)
        yield from ((addr, _DATA) for addr in self._data)

    def _newest(self, addr: int, size: int) -> str:
        """What a word holds at the end of the timeline; a literal that is not aligned may be in two cells."""
        timeline = self.system.timeline
        cells = sorted({addr & ~7, addr + size - 1 & ~7})
        value = newest = prov = 0
        for cell in cells:
            value |= timeline.newest_value(cell) << 8 * (cell - cells[0])
            mask = _mask(addr - cell, size)
            last = next(m for m in reversed(timeline.writes(cell)) if m.mask & mask)
            newest, prov = max((newest, prov), (last.t, last.prov))
        value = value >> 8 * (addr & 7) & ((1 << 8 * size) - 1)
        return f"{self._value(value, addr, size, prov)} @{newest}"

    def _content(self, message: Message, addr: int, size: int) -> str:
        """What a word holds in one message."""
        value = message.value >> 8 * (addr & 7) & ((1 << 8 * size) - 1)
        return f"{self._value(value, addr, size, message.prov)} @{message.t}"

    def _value(self, value: int, addr: int, size: int, prov: int) -> str:
        if size == _CODE:
            return self._narrator.word(value, addr)
        return self._narrator.pointer(value, prov)

    def _place(self, addr: int) -> str:
        return self._narrator.place(addr)

    # -- CPUs --------------------------------------------------------------------------------------------------

    def _cpu(self, cpu: Cpu) -> Iterator[tuple[Field, str]]:
        group, pe, task = f"cpu{cpu.number}", cpu.pe, cpu.current
        yield (group, "runs"), runs_words("" if task is None else task.name, cpu.announced)
        yield (group, "at"), "" if task is None else self._at(pe, task)
        for addr in self._code:
            yield (group, f"fetch {self._place(addr)}"), self._fetches(pe, addr)
        for addr in self._data:
            yield (group, f"load {self._place(addr)}"), self._loads(pe, addr)
        yield (group, "reads see at least"), f"@{pe.nr}"
        yield (group, "writes come after"), f"@{pe.nw}"
        yield (group, "fetch view"), f"@{pe.tau}"
        yield (group, "synchronized to"), f"@{pe.tau_sync}"
        yield (group, "DSB completed"), f"@{pe.dsb}"
        yield (group, "pending DC, IC"), self._maintenance(pe) or "none"
        yield (group, "early stores"), ", ".join(map(self._promise, pe.promises)) or "none"

    def _at(self, pe: PE, task: Task) -> str:
        if task.mode != "code":
            return f"in the kernel's C code ({task.mode})"
        word = self.system.image.program.words.get(pe.pc)
        name = self._place(pe.pc)
        return name if word is None else f"{name}: {disassemble(word, pe.pc)}"

    def _fetches(self, pe: PE, addr: int) -> str:
        try:
            found = pe.fetchable(addr)
        except UnmappedError:
            return "not mapped"
        return _either(self._content(message, addr, _CODE) for message in found)

    def _loads(self, pe: PE, addr: int) -> str:
        """What a load without dependencies may take: every way to answer its choices is tried on a copy."""
        found: dict[str, None] = {}
        picks: list[int] | None = []
        tried = 0
        while picks is not None and tried < _TRIES_MAX:
            tried += 1
            ahead = Ahead.of(pe)
            script = Script(picks)
            ahead.choose = script
            value, _, _, prov = ahead.load((addr, 0, 0, 0), _DATA, PLAIN, True)
            if not ahead.dead:
                found[self._value(value, addr, _DATA, prov)] = None
            picks = script.following()
        return _either([*found, *([MIXTURES] if picks is not None else [])])

    def _maintenance(self, pe: PE) -> str:
        """Its DCs that no DSB has completed, and its ICs that no completion follows."""
        timeline, cpu = self.system.timeline, pe.cpu
        # There is an empty list where a look-ahead made completions and took them back.
        done = max(timeline.comps.get(cpu) or (0,))
        cleaned = [m for lines in timeline.dcs.values() for m in lines if m.cpu == cpu and m.t > pe.dsb]
        gone = [m for lines in timeline.ics.values() for m in lines if m.cpu == cpu and m.t > done]
        waiting = sorted([*cleaned, *(gone if pe.pending_ic else ())], key=lambda message: message.t)
        return ", ".join(f"{_KIND[message.kind]} @{message.t}" for message in waiting)

    def _promise(self, message: Message) -> str:
        if message.kind != WRITE:
            return f"{_KIND[message.kind]} @{message.t}"
        first = (message.mask & -message.mask).bit_length() - 1
        size = message.mask.bit_count()
        addr = message.cell + first
        return f"{self._content(message, addr, size)} to {self._place(addr)}"

    # -- tasks, waits, ftrace ----------------------------------------------------------------------------------

    def _task(self, task: Task) -> str:
        running = any(cpu.current is task for cpu in self.system.cpus)
        words = [f"running on cpu{task.cpu}" if running else str(task.state)]
        if task.state == BLOCKED and task.waits_on:
            words.append(f"on {task.waits_on}")
        if task.state == RUNNABLE and not running:
            words.append(f"on cpu{task.cpu}")
        if task.window:
            words.append(f"in {task.window}")
        if task.preempt_count:
            words.append(f"preempt_count {task.preempt_count}")
        return " ".join(words)

    def _waits(self) -> Iterator[tuple[Field, str]]:
        for flavour, book in self.system.books.grace.items():
            collector = book.collector
            waiting = ", ".join(collector.waiting)
            number = collector.number
            state = f"#{number} waits for {waiting}" if waiting else f"#{number} has all reports"
            yield ("grace periods", flavour), state if number else "none yet"
        for name, mutex in self.system.books.locks.mutexes.items():
            yield ("locks", name), f"held by {mutex.owner}" if mutex.owner else "free"

    def _ftrace(self) -> Iterator[tuple[Field, str]]:
        book = self.system.books.ops
        yield ("ftrace", "registered"), ", ".join(ops.name for ops in book.registered) or "nothing"
        for record in book.records:
            state = "enabled" if record.enabled else "disabled"
            yield ("ftrace", f"record of {record.function}"), f"{state}, count {record.count}"


_KIND: Final = {WRITE: "store", DC: "DC", IC: "IC", COMP: "completion"}


def _places(image: Image) -> tuple[list[int], list[int]]:
    """Words of code that are patched, and words of data that lead a call to its ops."""
    sites = [site.layout.site for site in image.sites]
    literals = [site.layout.literal for site in image.sites if site.layout.literal]
    modifiable = [image.symbols[name] for name in image.design.modifiable if name in image.symbols]
    code = list(dict.fromkeys([*sites, *modifiable]))
    data = list(dict.fromkeys([*literals, *sorted(image.watched - set(code))]))
    return code, data


def _mask(offset: int, size: int) -> int:
    """The bytes of a word in a cell, as bits; the word begins `offset` bytes after the cell, or before it."""
    bits = (1 << size) - 1
    return (bits << offset if offset >= 0 else bits >> -offset) & 0xFF


def _either(found: Iterable[str]) -> str:
    words = list(dict.fromkeys(found))
    rest = words[_OPTIONS_MAX:]
    more = [] if not rest else [MIXTURES] if rest[-1] == MIXTURES else [f"{len(rest)} older ones"]
    return " | ".join([*words[:_OPTIONS_MAX], *more])
