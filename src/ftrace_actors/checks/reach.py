"""What can still be reached: which words give an object, by what is in memory.

An object is an ops or a piece of allocated text.  It is *in reach* while some word gives it that somebody may come to
and read: the literal before a function, the head of the list, `next` of an entry that is itself in reach, a word such
as function_trace_op, a pointer in text that is in reach, an instruction that branches into it.  What a word holds is
its newest write in the timeline.  All that publishes and takes back is done under ftrace_lock, and what was done under
it before is in the view of who holds it, so for the tracing core the newest write is the one it sees.

A word that only some code reads is closed while no instruction leads there: the literal of a site that calls the list
trampoline, function_trace_op while the list function is called.

The pointers in the log carry the allocation they came from, so words in freed memory and words of two allocations at
one address are distinct.  Left out: a pointer in a task's own registers or stack.  That is a user, and no
way for others.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from ..events import Alloc, Load, OpsDefined, RecordDefined, Store, WordDefined
from .scene import Scene

__all__ = ["Reach", "Thing", "branch_target"]

_BRANCH_MASK, _BRANCH = 0x7C00_0000, 0x1400_0000
"""B and BL."""


def branch_target(addr: int, word: int) -> int | None:
    """Where the B or BL `word` at `addr` goes; None when it is neither."""
    if word & _BRANCH_MASK != _BRANCH:
        return None
    return addr + (((word & 0x03FF_FFFF) ^ 0x0200_0000) - 0x0200_0000 << 2)


@dataclass(frozen=True, slots=True)
class Thing:
    """An object: `size` bytes at `addr`, allocation `prov` (0 is static).

    `link`: the offset at which an ops names the next one, -1 for text.
    """

    name: str
    addr: int
    size: int
    prov: int
    link: int = -1

    def holds(self, addr: int) -> bool:
        """An address in it."""
        return self.addr <= addr < self.addr + self.size


@dataclass(frozen=True, slots=True)
class _Gate:
    """A word is read by who executes, at one of `sites`, a branch that does not go to one of `blind`."""

    sites: tuple[int, ...]
    blind: tuple[int, ...]


class Reach:
    """See the module.  Feed it definitions, allocations and stores."""

    __slots__ = ("_by_prov", "_gates", "_named", "_names", "_newest", "_scene", "_static", "_texts")

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._named: dict[str, Thing] = {}
        self._by_prov: dict[int, Thing] = {}
        self._static: dict[int, Thing] = {}
        self._texts: dict[int, Thing] = {}
        """Address -> the newest text there."""
        self._newest: dict[int, Store] = {}
        self._gates: dict[int, _Gate] = {}
        self._names: dict[int, str] = {}

    def copy(self, scene: Scene) -> Reach:
        """Independent of this one, over a copy of its scene."""
        other = Reach(scene)
        other._named = self._named.copy()
        other._by_prov = self._by_prov.copy()
        other._static = self._static.copy()
        other._texts = self._texts.copy()
        other._newest = self._newest.copy()
        other._gates = self._gates.copy()
        other._names = self._names.copy()
        return other

    def state(self) -> Hashable:
        """Which allocation each object is, and the words that hold a pointer to one, or an instruction of a gate.

        Left out is what the world defines: `_static`, `_gates`, `_names`, and the offsets of links.  Of other words
        only those matter that a store which is visible already may be taken for, unless it is known to be older.
        """
        return (
            tuple(sorted([(name, thing.addr, thing.prov) for name, thing in self._named.items()])),
            tuple(sorted([(prov, thing.name, thing.addr) for prov, thing in self._by_prov.items()])),
            tuple(sorted([(addr, thing.prov) for addr, thing in self._texts.items()])),
            tuple(sorted(self._words())),
        )

    def _words(self) -> Iterator[tuple[int, int, int, int, tuple[Hashable, ...]]]:
        """Address, what is there, by what pointer it was written, and which stores may come and are older."""
        gates = {site for gate in self._gates.values() for site in gate.sites}
        not_after = self._scene.not_after
        for addr, store in self._newest.items():
            older = not_after(store.order, addr)
            if addr in gates or self.pointee(store.value, store.prov) is not None:
                yield addr, store.value, store.prov, store.pointer, older
            elif older:
                yield addr, 0, 0, 0, older

    # -- what there is --------------------------------------------------------------------------------------------

    def defined(self, event: OpsDefined) -> None:
        """An ops of the world; one that is not allocated yet comes with an `Alloc`."""
        if event.addr:
            self._add(Thing(event.name, event.addr, event.size, event.prov, event.link))
        else:
            self._named[event.name] = Thing(event.name, 0, 0, 0, event.link)

    def allocated(self, event: Alloc) -> None:
        """An ops anew, or text."""
        known = self._named.get(event.name)
        self._add(Thing(event.name, event.addr, event.size, event.prov, -1 if known is None else known.link))

    def recorded(self, event: RecordDefined) -> None:
        """The literal is read by way of the site."""
        if event.literal:
            self._gates[event.literal] = _Gate((event.site,), event.blind)

    def worded(self, event: WordDefined) -> None:
        """A word of the design's."""
        self._gates[event.addr] = _Gate(event.sites, event.blind)
        self._names[event.addr] = event.name

    def stored(self, event: Store) -> None:
        """The newest write of a word is what it holds."""
        newest = self._newest.get(event.addr)
        if newest is None or event.order > newest.order:
            self._newest[event.addr] = event

    def _add(self, thing: Thing) -> None:
        self._named[thing.name] = thing
        if thing.prov:
            self._by_prov[thing.prov] = thing
        else:
            self._static[thing.addr] = thing
        if thing.link < 0:
            self._texts[thing.addr] = thing

    # -- questions ------------------------------------------------------------------------------------------------

    def named(self, name: str) -> Thing | None:
        """The newest object of that name."""
        return self._named.get(name)

    def pointee(self, value: int, prov: int) -> Thing | None:
        """What a pointer points to."""
        return self._by_prov.get(prov) if prov else self._static.get(value)

    def through(self, pointer: int, addr: int) -> Thing | None:
        """What an access of `addr` goes to, by a pointer of allocation `pointer`; text reads itself without one."""
        if pointer:
            return self._by_prov.get(pointer)
        return next(
            (thing for thing in (*self._static.values(), *self._texts.values()) if thing.holds(addr)), None
        )

    def is_open(self, addr: int) -> bool:
        """Some instruction leads to code that reads the word: who executes it now comes there."""
        gate = self._gates.get(addr)
        return gate is None or any(self.leads(site, gate.blind) for site in gate.sites)

    def leads(self, site: int, blind: tuple[int, ...]) -> bool:
        """The newest instruction at `site` is a branch that does not go to one of `blind`."""
        newest = self._newest.get(site)
        target = None if newest is None else branch_target(site, newest.value)
        return target is not None and target not in blind

    def ways_to(self, thing: Thing) -> tuple[str, ...]:
        """The words that give `thing` to somebody, in words; empty when it is out of reach."""
        return tuple(self.place(store) for store in self._giving(thing, {thing}))

    def _giving(self, thing: Thing, asked: set[Thing]) -> Iterator[Store]:
        for store in self._newest.values():
            if self.pointee(store.value, store.prov) is not thing or not self.is_open(store.addr):
                continue
            inside = self.through(store.pointer, store.addr)
            if inside is None or (inside not in asked and self._reached(inside, asked)):
                yield store

    def _reached(self, thing: Thing, asked: set[Thing]) -> bool:
        return any(True for _ in self._giving(thing, {*asked, thing}))

    def place(self, access: Store | Load) -> str:
        """A description of the word that holds a pointer to an object."""
        inside = self.through(access.pointer, access.addr)
        if inside is not None:
            offset = access.addr - inside.addr
            return f"{inside.name}->next" if offset == inside.link else f"{inside.name}+{offset:#x}"
        function = self._scene.sites.get(access.addr)
        if function is not None:
            return f"the branch in {function}"
        if access.addr in self._scene.literals:
            return self._scene.describe(access.addr)
        found = self.pointee(access.value, access.prov)
        # Of static words two are left: the head of the list names ops, a PLT entry goes by a pointer to text.
        listed = "ftrace_ops_list" if found is not None and found.link >= 0 else "a PLT entry"
        return self._names.get(access.addr, listed)
