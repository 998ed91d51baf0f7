"""Which named orderings, waits and handovers a design has a step for.

A scenario that drops an ordering asks whether it is needed.  Where the design never does what is dropped, "holds" would
answer another question, so such an entry is an error (`scenario.steps`).  What a design does is found by asking it: it
enables and disables two ops on the sites of the world, alone and together, the second one where another was freed,
and the steps that it answers with are looked at.  Nothing is executed.

What counts as having a step:

* an instruction: it is marked with that ordering in a routine that a step runs, in a trampoline that sites call, in
  what register and unregister run themselves, or in a routine or trampoline that one of these leads to;
* a kick: the design looks for its name in `drop` before it kicks.  `sync-ipi` is the tracing core's;
* what messages carry, and what a grace period counts: every kernel has it;
* `wait`: the design waits after its update.  `handover`: it waits in the middle of one, where a scenario says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

from ..events.flavours import RUDE
from .asm_files import asm_source
from .books import OpsBook
from .config import KICK
from .core_view import CoreView
from .designs.base import (
    Changes,
    Core,
    Design,
    FreeTextStep,
    KickStep,
    PatchStep,
    RunStep,
    Step,
    SyncIpiStep,
    WaitStep,
    WriteTextStep,
)
from .designs.errors import DesignError
from .ops import Ops
from .orderings import GRACE_PERIODS, INSTRUCTIONS, MESSAGES
from .placing import COMMON_ASM, LAST_ASM
from .records import RecordUpdate, count_ops
from .slots import Text

if TYPE_CHECKING:
    from .config import ProtocolConfig
    from .image import Image

__all__ = ["Abilities", "abilities"]

STEPS_MAX: Final = 10_000
"""Steps of one answer.  Of a design that never ends nothing can be said; its runs end in a livelock."""

_Method: TypeAlias = Callable[[Ops, Changes, Core], Iterable[Step]]
"""`Design.enable` or `Design.disable`."""

_ALWAYS_RUN: Final = ("ftrace_ops_list_add", "ftrace_ops_list_del")
_LABEL = re.compile(r"^([A-Za-z_]\w*):")
_MARKED = re.compile(r"//@ ordering ([\w-]+)")
_ENDS = re.compile(r"^\s*(ret|br|b)\b")


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a design has a step for: `orderings` that may be dropped, a wait, a handover."""

    orderings: frozenset[str]
    waits: bool
    hands_over: bool


def abilities(image: Image) -> Abilities:
    """Of the design of a world.  Raises DesignError for a user's design that goes wrong or on for ever."""
    protocol, drop = image.spec.protocol, _Drop(image.spec.protocol.drop)
    steps = list(_Probe(image, replace(protocol, drop=drop, wait=(RUDE.name,))).steps())
    with_handover = _Probe(image, replace(protocol, handover=(KICK,))).steps()
    routines = {*_ALWAYS_RUN, *image.design.trampolines(protocol)}
    for step in steps:
        match step:
            case PatchStep() | RunStep():
                routines.add(step.routine)
            case WriteTextStep():
                routines |= {"ftrace_tramp_write", *_labels(image.design)}
            case WaitStep() | KickStep() | SyncIpiStep() | FreeTextStep():
                """No routine is run for it."""
            case _:
                assert_never(step)
    marked = _Marked(image.design)
    orderings = {name for routine in routines for name in marked.reached(routine)}
    asked = drop.noted - INSTRUCTIONS.keys()
    return Abilities(
        frozenset({*orderings, *asked, *MESSAGES, *GRACE_PERIODS, "sync-ipi"}),
        any(isinstance(step, WaitStep) and not step.handover for step in steps),
        any(isinstance(step, WaitStep) and step.handover for step in with_handover),
    )


def _labels(design: Design) -> list[str]:
    """The routines of the template: a task that a site calls into it may run all of them."""
    lines = asm_source(design.template, design.beside).splitlines() if design.template else []
    return [found[1] for line in lines if (found := _LABEL.match(line))]


class _Drop(AbstractSet[str]):
    """What is dropped; notes what is looked for.  Nothing is dropped here, so every step is made."""

    def __init__(self, names: AbstractSet[str]) -> None:
        self._names = names
        self.noted: set[str] = set()

    def __contains__(self, name: object) -> bool:
        self.noted.add(str(name))
        return False

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    _from_iterable = frozenset  # what set operations give


class _Probe:
    """A tracing core that only keeps books, as far as its view shows them to a design."""

    def __init__(self, image: Image, protocol: ProtocolConfig) -> None:
        self._image = image
        self._book = OpsBook.of(image)
        self._view = CoreView(image, self._book, lambda *warning: None, protocol)
        self._freed = False

    def steps(self) -> Iterator[Step]:
        """All that the design answers with."""
        functions = tuple(record.function for record in self._book.records)
        first, second, static = (
            Ops(name, 1, 0, "ftrace_stub", 1, 0, functions, dynamic=dynamic)
            for name, dynamic in (("first", True), ("second", True), ("static", False))
        )
        for ops in (first, second):
            yield from self._enabled(ops)
        for ops in (first, second):
            yield from self._disabled(ops)
        for ops in (static, first):
            yield from self._enabled(ops)
        for ops in (first, static):
            yield from self._disabled(ops)

    def _enabled(self, ops: Ops) -> Iterator[Step]:
        self._book.registered.insert(0, ops)
        yield from self._made(self._image.design.enable, ops, +1)

    def _disabled(self, ops: Ops) -> Iterator[Step]:
        self._book.registered.remove(ops)
        yield from self._made(self._image.design.disable, ops, -1)

    def _made(self, method: _Method, ops: Ops, delta: int) -> Iterator[Step]:
        records = self._book.records
        for record in records:
            count_ops(record, ops, delta)
        updates = [(record, record.update()) for record in records]
        changes = [(record, update) for record, update in updates if update is not RecordUpdate.IGNORE]
        for number, step in enumerate(method(ops, changes, self._view)):
            if number == STEPS_MAX:
                design, asked = self._image.design, "enable" if delta > 0 else "disable"
                raise DesignError(
                    design.source or design.name, "", f"{asked}() has more than {STEPS_MAX} steps"
                )
            match step:
                case PatchStep():
                    step.record.target = step.target
                case WriteTextStep():
                    name = step.ops.name
                    self._book.texts[name] = Text(f"ftrace_tramp.{name}", 0, 0, self._freed)
                case FreeTextStep():
                    self._book.texts.pop(step.ops.name, None)
                    self._freed = True
                case RunStep() | WaitStep() | KickStep() | SyncIpiStep():
                    """Nothing that a design may ask about changes."""
                case _:
                    assert_never(step)
            yield step


class _Marked:
    """The orderings marked in the assembly of a world, by routine, and which routine leads to which."""

    def __init__(self, design: Design) -> None:
        self._own: dict[str, set[str]] = {}
        self._next: dict[str, set[str]] = {}
        template = (design.template,) if design.template else ()
        for name in dict.fromkeys((*COMMON_ASM, *design.asm, *template, *LAST_ASM)):
            self._read(asm_source(name, design.beside).splitlines())

    def _read(self, lines: Sequence[str]) -> None:
        label, falls = "", False
        for line in lines:
            found = _LABEL.match(line)
            if found:
                if label and falls:
                    self._next[label].add(found[1])
                label = found[1]
                self._own.setdefault(label, set())
                self._next.setdefault(label, set())
                falls = True
            if not label:
                continue
            self._own[label].update(_MARKED.findall(line))
            code = line.partition("//")[0]
            self._next[label].update(re.findall(r"[A-Za-z_]\w*", code))
            if code.strip() and not found:
                falls = not _ENDS.match(code)

    def reached(self, routine: str) -> set[str]:
        """What is marked in a routine, and in all that it leads to."""
        met: set[str] = set()
        waiting = [routine]
        found: set[str] = set()
        while waiting:
            one = waiting.pop()
            if one in met or one not in self._own:
                continue
            met.add(one)
            found |= self._own[one]
            waiting += self._next[one]
        return found
