"""INV-GP: was a wait good for its *use*?

A wait is for objects: an ops, the text of its trampoline, a word.  When it begins nobody may come to them any more;
when it returns nobody may be left who uses them.  So INV-GP breaks when, after the wait has returned, a task

(a) reads, writes or calls through a pointer to the object, or reads the word;
(b) is still in a callback that was given the ops, or in a walk of the list that has reached it, its `next` not
loaded; (c) has its PC in the text, or comes back to it;
(d) obtains the object: from a message that was overwritten before, or from an entry that had been unlinked.

A copy that is never used again holds nothing: who has the pointer in a register and is on its way out, who is in a
window on behalf of another ops, or past the walk of the list, is nobody's user.  And who held nothing when the wait
began is one, if it obtains the object later.

Where the object was still in reach when the wait began (`reach.py`), the wait could not have been good for anything:
that is the finding then, and what comes of it is left to INV-LIFE and INV-QUIET.

Users are tasks on their way through a traced call.  What the registrant does with its own ops is its own affair, and
once an ops is registered again it is not waited for any more.

Whether each grace period kept its own *contract* is another question, INV-GPSELF of `grace_contract.py`, and often
taken for this one: Rude ending while a task sits preempted in W1 is right by Rude's contract, which asks for one
context switch a CPU, and wrong for whoever frees the ops.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar, Self

from ..events import (
    Alloc,
    Callback,
    Early,
    Event,
    Fetch,
    Load,
    OpsDefined,
    Patch,
    Quiescent,
    Reader,
    RecordDefined,
    Register,
    Store,
    TaskState,
    Wait,
    Window,
    WordDefined,
)
from ..words import Severity
from .checker import Check, Findings
from .generations import Generations
from .reach import Reach, Thing, branch_target
from .scene import Handlers, Scene

__all__ = ["GraceUse"]

_REGISTER_MASK, _RET, _BR = 0xFFFF_FC1F, 0xD65F_0000, 0xD61F_0000


@dataclass(frozen=True, slots=True)
class _Over:
    """A wait for `whom` that has returned; `newest`: the timeline position it returned at."""

    subject: str
    whom: str
    begin: Wait
    end: Wait
    newest: int

    @property
    def flavours(self) -> str:
        return " and ".join(self.end.flavours) or "nothing"


class GraceUse(Check):
    """INV-GP, see the module."""

    __slots__ = (
        "_begun", "_blamed", "_callbacks", "_generations", "_newest", "_over", "_over_words", "_pc", "_reach",
        "_released", "_stands", "_took",
    )  # fmt: skip

    name: ClassVar[str] = "INV-GP"
    about: ClassVar[str] = (
        "when a wait has returned, nobody uses, or comes by, the ops, text or word that it was for"
    )

    _reach: Reach

    def __init__(self) -> None:
        self._generations = Generations()
        self._begun: dict[str, tuple[Wait, frozenset[str]]] = {}
        """Ops -> (begin of its wait, what was in reach then)."""
        self._over: dict[Thing, _Over] = {}
        self._over_words: dict[int, _Over] = {}
        self._blamed: set[tuple[str, _Over]] = set()
        self._newest = 0
        self._callbacks: dict[str, list[Callback]] = {}
        """Task -> the callbacks it is in, innermost last."""
        self._stands: dict[str, tuple[Thing, Load]] = {}
        """Task -> the entry its walk of the list has reached, and the load that brought it there."""
        self._pc: dict[str, tuple[Thing, Fetch]] = {}
        """Task -> the text its PC is in."""
        self._took: dict[tuple[str, Thing], Load] = {}
        self._released: list[Quiescent] = []
        """Quiescent states reported while some wait was under way."""

    def attach(self, scene: Scene, findings: Findings) -> None:
        """As any check; what is in reach depends on the scene."""
        super().attach(scene, findings)
        self._reach = Reach(scene)

    def copy(self, scene: Scene, findings: Findings) -> Self:
        """See `Check.copy`."""
        other = super().copy(scene, findings)
        other._generations = self._generations.copy()
        other._reach = self._reach.copy(scene)
        other._begun = self._begun.copy()
        other._over = self._over.copy()
        other._over_words = self._over_words.copy()
        other._blamed = self._blamed.copy()
        other._newest = self._newest
        other._callbacks = {task: begins.copy() for task, begins in self._callbacks.items()}
        other._stands = self._stands.copy()
        other._pc = self._pc.copy()
        other._took = self._took.copy()
        other._released = self._released.copy()
        return other

    def state(self) -> Hashable:
        """The waits under way and over, who uses what, and what is in reach.

        Left out are `_took` and `_released`, which are proofs, and `_newest`: when a wait returns, whatever is
        visible is older than what comes later.
        """
        not_after = self.scene.not_after
        return (
            tuple(sorted([(ops, tuple(sorted(given))) for ops, (_, given) in self._begun.items()])),
            tuple(
                sorted(
                    [
                        (over.subject, thing.prov, self._users_of(over), not_after(over.newest))
                        for thing, over in self._over.items()
                    ]
                )
            ),
            tuple(sorted([(addr, self._users_of(over)) for addr, over in self._over_words.items()])),
            tuple(
                sorted(
                    [
                        (task, tuple([(begin.ops, begin.prov) for begin in begins]))
                        for task, begins in self._callbacks.items()
                        if begins
                    ]
                )
            ),
            tuple(sorted([(task, thing.name, thing.prov) for task, (thing, _) in self._stands.items()])),
            tuple(sorted([(task, thing.name, thing.prov) for task, (thing, _) in self._pc.items()])),
            self._generations.state(),
            self._reach.state(),
        )

    def _users_of(self, over: _Over) -> tuple[str, ...]:
        """The tasks blamed for a use after this very wait: they will not be blamed again."""
        return tuple(sorted([task for task, blamed in self._blamed if blamed == over]))

    def handlers(self) -> Handlers:
        """What is given to whom, and the waits."""
        return {
            RecordDefined: self._reach.recorded,
            WordDefined: self._reach.worded,
            OpsDefined: self._reach.defined,
            Alloc: self._on_alloc,
            Store: self._on_store,
            Early: self._on_early,
            Load: self._on_load,
            Fetch: self._on_fetch,
            Callback: self._on_callback,
            Reader: self._on_reader,
            Window: self._on_window,
            TaskState: self._on_task_state,
            Register: self._on_register,
            Patch: self._on_patch,
            Wait: self._on_wait,
            Quiescent: self._on_quiescent,
        }

    # -- waits ----------------------------------------------------------------------------------------------------

    def _on_wait(self, event: Wait) -> None:
        if not event.objects and not event.words:
            return
        if event.begins:
            self._begun[event.ops] = (event, self._still_in_reach(event))
            return
        begin, given = self._begun.pop(event.ops, (event, frozenset[str]()))
        for name in event.objects:
            thing = self._reach.named(name)
            if thing is not None and name not in given:
                self._over[thing] = over = _Over(name, f"users of {name}", begin, event, self._newest)
                self._still_used(thing, over)
        for addr in event.words:
            word = self.scene.describe(addr)
            if word not in given:
                self._over_words[addr] = _Over(word, f"readers of {word}", begin, event, self._newest)

    def _on_quiescent(self, event: Quiescent) -> None:
        if self._begun:
            self._released.append(event)

    def _still_in_reach(self, begin: Wait) -> frozenset[str]:
        """What new users may come to still; reported, each with the words that give it."""
        ways: dict[str, tuple[str, ...]] = {}
        for name in begin.objects:
            thing = self._reach.named(name)
            ways[name] = () if thing is None else self._reach.ways_to(thing)
        for addr in begin.words:
            word = self.scene.describe(addr)
            ways[word] = ("the branch at its site",) if self._reach.is_open(addr) else ()
        flavours = " and ".join(begin.flavours) or "nothing"
        for subject, found in ways.items():
            if found:
                self.report(
                    Severity.WAIT_BEFORE_UNLINK,
                    f"the wait for users of {subject} ({flavours}) begins while {' and '.join(found)} still "
                    f"{'leads' if len(found) == 1 else 'lead'} there",
                    subject,
                    None,
                    (begin,),
                )
        return frozenset(subject for subject, found in ways.items() if found)

    def _still_used(self, thing: Thing, over: _Over) -> None:
        """The tasks that are users at the very moment at which the wait returns."""
        for task, callbacks in self._callbacks.items():
            for begin in callbacks:
                if self._reach.pointee(begin.ops, begin.prov) is thing:
                    deed = f"is still in {begin.func}, which was given {thing.name},"
                    self._broken(over, thing, task, begin.cpu, deed, (begin,))
        for task, (entry, load) in self._stands.items():
            if entry is thing:
                deed = f"is still in a walk of the list that stands on {thing.name}"
                self._broken(over, thing, task, load.cpu, deed, (load,))
        for task, (text, fetch) in self._pc.items():
            if text is thing:
                deed = f"is still at {thing.name}+{fetch.addr - thing.addr:#x}"
                self._broken(over, thing, task, fetch.cpu, deed, (fetch,))

    # -- registered again -----------------------------------------------------------------------------------------

    def _on_register(self, event: Register) -> None:
        if event.unregister or event.returns:
            return
        thing = self._reach.named(event.ops)
        if thing is not None:
            self._over.pop(thing, None)

    def _on_patch(self, event: Patch) -> None:
        """A site that leads to its literal again: whoever reads that may."""
        record = self.scene.records.get(event.function)
        if not event.begins or record is None or record.literal not in self._over_words:
            return
        target = branch_target(record.site, event.word)
        if target is not None and target not in record.blind:
            del self._over_words[record.literal]

    # -- what tasks do --------------------------------------------------------------------------------------------

    def _on_alloc(self, event: Alloc) -> None:
        self._reach.allocated(event)
        self._generations.allocated(event)

    def _on_store(self, event: Store) -> None:
        self._reach.stored(event)
        self._generations.stored(event)
        if self._over and event.task in self.scene.windows:
            thing = self._reach.through(event.pointer, event.addr)
            over = None if thing is None else self._over.get(thing)
            if thing is not None and over is not None and event.order > over.newest:
                deed = f"writes {thing.name}+{event.addr - thing.addr:#x}"
                self._broken(over, thing, event.task, event.cpu, deed, (event,))
        self._newest = max(self._newest, event.order)

    def _on_early(self, event: Early) -> None:
        self._newest = max(self._newest, event.order)

    def _on_load(self, event: Load) -> None:
        if event.task not in self.scene.windows:
            return
        if self._over or self._over_words:
            self._reads(event)
        found = self._reach.pointee(event.value, event.prov)
        if found is None:
            self._leaves_entry(event)
            return
        self._generations.loaded(event)
        self._obtains(event, found)

    def _reads(self, event: Load) -> None:
        thing = self._reach.through(event.pointer, event.addr)
        over = None if thing is None else self._over.get(thing)
        if thing is not None and over is not None:
            deed = f"reads {thing.name}+{event.addr - thing.addr:#x}"
            self._broken(over, thing, event.task, event.cpu, deed, (event,))
        word = self._over_words.get(event.addr)
        if word is not None:
            self._broken(word, None, event.task, event.cpu, f"reads {word.subject}", (event,))

    def _obtains(self, event: Load, found: Thing) -> None:
        over = self._over.get(found)
        if over is not None:
            deed = f"takes &{found.name} from {self._reach.place(event)}"
            self._broken(over, found, event.task, event.cpu, deed, (event,))
        self._took[event.task, found] = event
        if found.link >= 0 and self.scene.window_of(event.task) == "W2":
            self._stands[event.task] = (found, event)

    def _leaves_entry(self, event: Load) -> None:
        """The last entry's `next` names no ops: the walk is over."""
        stands = self._stands.get(event.task)
        if stands is not None and event.addr == stands[0].addr + stands[0].link:
            del self._stands[event.task]

    def _on_fetch(self, event: Fetch) -> None:
        self._pc.pop(event.task, None)
        if event.addr in self.scene.sites:
            self._generations.fetched_site(event)
            return
        text = self._generations.text_of(event)
        thing = None if text is None else self._reach.pointee(text.addr, text.prov)
        if thing is None:
            return
        if not _leads_out(thing, event):
            self._pc[event.task] = (thing, event)
        over = self._over.get(thing)
        if over is not None:
            deed = f"runs {thing.name}+{event.addr - thing.addr:#x}"
            self._broken(over, thing, event.task, event.cpu, deed, (event,))

    def _on_callback(self, event: Callback) -> None:
        self._pc.pop(event.task, None)
        callbacks = self._callbacks.setdefault(event.task, [])
        if not event.begins:
            if callbacks:
                callbacks.pop()
            return
        callbacks.append(event)
        thing = self._reach.pointee(event.ops, event.prov)
        over = None if thing is None else self._over.get(thing)
        if thing is not None and over is not None:
            deed = f"enters {event.func} with {thing.name}"
            window = self.scene.called_from(event)
            self._broken(over, thing, event.task, event.cpu, deed, (event,), window)

    def _on_reader(self, event: Reader) -> None:
        """The list function's guard is down: its walk is over."""
        if not event.begins:
            self._stands.pop(event.task, None)

    def _on_window(self, event: Window) -> None:
        if not event.window:
            self._pc.pop(event.task, None)
            self._generations.left(event.task)

    def _on_task_state(self, event: TaskState) -> None:
        if event.state == "dead":
            for where in (self._callbacks, self._stands, self._pc):
                where.pop(event.who, None)

    def _broken(
        self,
        over: _Over,
        thing: Thing | None,
        task: str,
        cpu: int,
        deed: str,
        proof: tuple[Event, ...],
        window: str | None = None,
    ) -> None:
        if (task, over) in self._blamed:
            return  # what else the same user does to the same object says nothing new
        self._blamed.add((task, over))
        took = None if thing is None else self._took.get((task, thing))
        releases = (event for event in self._released if event.task == task and event.seq > over.begin.seq)
        self.report(
            Severity.WAIT_TOO_SHORT,
            f"{task} on cpu{cpu} {deed} after the wait for {over.whom} ({over.flavours}) has returned",
            over.subject,
            window or self.scene.window_of(task),
            (took, self.scene.windows.get(task), over.begin, *releases, over.end, *proof),
        )


def _leads_out(text: Thing, event: Fetch) -> bool:
    """The instruction that was fetched leaves the text: RET, BR, or a branch somewhere else."""
    if event.word & _REGISTER_MASK in {_RET, _BR}:
        return True
    target = branch_target(event.addr, event.word)
    return target is not None and not text.holds(target)
