"""All final states of a small program: promise-first exhaustive search.

visit(M): every CPU is run alone over the timeline M, its own messages of M being its promises (`solo.py`).  If every
CPU has a path that emits nothing new, their products are outcomes.  Then each message some CPU could make visible
next is appended to M in turn.  (Pulte, Pichon-Pharabod, Kang, Lee, Hur, PLDI 2019, section 7: promise-first
exploration; the extension to fetches and cache maintenance is ours.)

Reductions, each checked against the search without it:

* a CPU sees only the messages it can touch, so its walks are cached by that projection of M, and two timelines with
  equal projections for all CPUs are visited once;
* a DC stands as early as it can after the last IC of its line (a later one only makes more writes visible), lower
  CPUs first where two could trade places;
* ICs of one CPU that could trade places are in order of their lines;
* a message nobody else sees stands as early as it can: a write to data, or a cache operation of a CPU that never
  fetches after one.

All of that only where the earlier place was open to the message at all.

IC as early as possible would be unsound: it changes which writes it makes visible.

Whether an IC completes at a moment of its own (COMP) makes a difference only when a code location is written twice,
so the search starts without and starts again with it when that happens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from .budget import ENTRY, RESUMED, STATE, WORD, Budget, LimitError, Limits
from .groups import wide_mask
from .options import Options
from .program import concurrently_modifiable
from .registers import shown
from .solo import Emitted, Paths, Solo, Start, Task
from .solo_pe import SoloPE
from .timeline import ALL_LINES, DC, IC, WRITE, Message

__all__ = ["Limits", "Outcomes", "Start", "State", "Task", "final_value", "search"]

State = tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]
"""A final state: the observed registers of each CPU, then the observed memory."""


@dataclass(slots=True)
class Outcomes:
    """What a search found.

    `states` in the order found.  `unknown` says why the set may not be complete ("" when it is).  `loop_bound`: a
    path was cut at a loop.  `unpredictable`: some execution is CONSTRAINED UNPREDICTABLE.  `memory`: the most bytes
    the search kept, as `Limits.memory_max` counts them.  `modified`: the most modifiable code words written in
    one execution.
    """

    states: dict[State, None] = field(default_factory=dict)
    unknown: str = ""
    loop_bound: bool = False
    unpredictable: bool = False
    timelines: int = 0
    paths: int = 0
    memory: int = 0
    modified: int = 0
    witness: tuple[tuple[Message, ...], State] | None = None
    """The timeline on which the state asked for came about, and that state."""
    options: Options | None = None
    """The machine searched: as asked for, but for `exact_ic` where it makes no difference."""


class _FoundError(Exception):
    """The state asked for came about."""


class _RestartError(Exception):
    """Something found now would have changed what was decided before."""


@dataclass(slots=True)
class _Touched:
    """What a CPU was seen to touch, kept when the search starts again (see `Solo`)."""

    cells: set[int] = field(default_factory=set)
    fetches: dict[int, None] = field(default_factory=dict)
    late: bool = False


def search(
    task: Task, limits: Limits | None = None, until: Callable[[State], bool] | None = None
) -> Outcomes:
    """Enumerate every final state of `task`; with `until`, stop at the first state it accepts."""
    budget = Budget(limits if limits is not None else Limits())
    exact = False
    touched: list[_Touched] = [_Touched() for _ in task.starts]
    while True:
        budget.release()
        run = _Search(task, budget, exact, touched)
        run.until = until
        try:
            run.visit()
        except _RestartError:
            exact = run.exact
            continue
        except LimitError as error:
            run.outcomes.unknown = str(error)
        except _FoundError:
            pass
        run.outcomes.paths = min(budget.steps, budget.limits.steps_max)
        run.outcomes.memory = budget.held_most
        return run.outcomes


class _Search:
    """One attempt: visits timelines depth-first until done or until it has to start again."""

    def __init__(
        self,
        task: Task,
        budget: Budget,
        exact: bool,
        touched: list[_Touched],
    ) -> None:
        self.task = task
        self.budget = budget
        self.exact = exact
        self.outcomes = Outcomes()
        self.until: Callable[[State], bool] | None = None
        options = task.options if exact else replace(task.options, exact_ic=False)
        self.outcomes.options = options
        self.solos = [Solo(task, cpu, options, budget) for cpu in range(len(task.starts))]
        self.touched = touched
        for solo, known in zip(self.solos, touched, strict=True):
            for cell in sorted(known.cells):
                solo.timeline.writes(cell)
            solo.fetches = known.fetches
            solo.fetches_late = known.late
        self.timeline: list[Message] = []
        self.seers: list[list[int]] = []
        self.older: list[list[tuple[int, ...]]] = []
        self.written: set[int] = set()
        self.maintained = False
        self.lonely = False
        self.code = {addr & ~7 for addr in task.program.modifiable}
        self.keys: list[tuple[int, ...]] = [() for _ in self.solos]
        self.visited: set[tuple[tuple[int, ...], ...]] = set()
        self.cache: list[dict[tuple[int, ...], Paths]] = [{} for _ in self.solos]
        self.numbers: dict[tuple[int, Emitted], int] = {}
        self.sensitive = not exact and len(self.solos) > 2 and not task.options.dic

    def visit(self) -> None:
        """Explore the current timeline, which is new, and everything that extends it."""
        self.budget.timeline(len(self.visited))
        self.outcomes.timelines += 1
        results = [self._paths(cpu) for cpu in range(len(self.solos))]
        if all(paths.finals for paths in results):
            self._outcome(results)
        for cpu, paths in enumerate(results):
            for emitted, tight in paths.candidates.items():
                self._extend(cpu, emitted, tight, paths)

    def _paths(self, cpu: int, resume: list[SoloPE] = []) -> Paths:  # noqa: B006 - never changed
        """The walks of one CPU over the current timeline."""
        cache = self.cache[cpu]
        key = self.keys[cpu]
        paths = cache.get(key)
        if paths is None:
            solo = self.solos[cpu]
            fetches = len(solo.fetches)
            paths = solo.run(resume)
            if len(solo.timeline.cells) > len(self.touched[cpu].cells) or len(solo.fetches) > fetches:
                self._note_touched(cpu, solo, fetches)
            if solo.fetches_late and not self.touched[cpu].late:
                self.touched[cpu].late = True
                if self.lonely:
                    raise _RestartError
            cache[key] = paths
            self.budget.hold(_size(paths, len(key)))
            self.outcomes.loop_bound |= paths.cut
        return paths

    def _note_touched(self, cpu: int, solo: Solo, fetches: int) -> None:
        """If a walk touched something new that was ever written, earlier projections were too small."""
        cells = self.touched[cpu].cells
        new = [cell for cell in solo.timeline.cells if cell not in cells]
        cells.update(new)
        if not self.written.isdisjoint(new) or (len(solo.fetches) > fetches and self.maintained):
            raise _RestartError

    def _outcome(self, results: list[Paths]) -> None:
        memory = tuple([final_value(self.task, self.timeline, addr, size) for addr, size in self.task.cells])
        states = self.outcomes.states
        if self.code:
            self.outcomes.modified = max(self.outcomes.modified, self._words_written())
        if any(paths.unpredictable for paths in results):
            self.outcomes.unpredictable = True
        known = len(states)
        for registers in product(*[paths.finals for paths in results]):
            states[registers, memory] = None
            if len(states) > known:
                known = len(states)
                self.budget.hold(STATE + WORD * len(memory))
            if self.until is not None and self.until((registers, memory)):
                self.outcomes.witness = (tuple(self.timeline), (registers, memory))
                raise _FoundError

    def _words_written(self) -> int:
        """How many modifiable words the timeline writes."""
        words = set()
        for message in self.timeline:
            if message.kind == WRITE and message.cell in self.code:
                words |= {message.cell + at for at, mask in ((0, 0x0F), (4, 0xF0)) if message.mask & mask}
        return len(words & self.task.program.modifiable.keys())

    # -- extending ---------------------------------------------------------------------------------------------

    def _in_place(self, message: Message, seers: list[int]) -> bool:
        """Where `message` could also come before the last message: is this the order the search wants?"""
        last = self.timeline[-1]
        last_lonely = self._lonely(last, self.seers[-1])
        if self._lonely(message, seers) and not self._seen_without(last, message):
            return last_lonely and (last.cpu, last.kind, last.cell) <= (
                message.cpu,
                message.kind,
                message.cell,
            )
        if last_lonely:
            return True
        if message.kind == DC:
            if last.kind == IC:
                return last.cell in {message.cell, ALL_LINES}  # before that IC it would count for it
            return last.kind == DC and (last.cpu, last.cell) < (message.cpu, message.cell)
        if message.kind == IC:
            return last.kind != IC or last.cpu != message.cpu or last.cell <= message.cell
        return True

    def _earlier(self, cpu: int, emitted: Emitted) -> bool:
        """Could the message have been put where the last one stands?  Then the other order is visited.

        Not always: whether a compare-and-swap writes depends on what it read, but nothing after it waits for that, so a
        message may have no bound and yet be emitted only once the last one is there.
        """
        return emitted in self.cache[cpu][self.older[-1][cpu]].candidates

    def _seen_without(self, last: Message, message: Message) -> bool:
        """Would somebody see `message`, which nobody sees now, if `last` were not there?"""
        for seer in self.seers[-1]:
            solo = self.solos[seer]
            if seer != message.cpu:
                own = solo.timeline.messages[-1]
                solo.timeline.truncate(own.t - 1)
                sees = solo.sees(message)
                solo.timeline.append(own)
                if sees:
                    return True
        return False

    def _lonely(self, message: Message, seers: list[int]) -> bool:
        """Nobody else sees it, and its own CPU cannot tell where it stands but by its bounds."""
        if len(seers) > 1 or message.local:
            return False  # the lower half of a write to two cells has a place before its upper half
        if message.kind == WRITE:
            return message.cell not in self.code
        if self.solos[message.cpu].fetches_late:
            return False
        self.lonely = True
        return True

    def _extend(self, cpu: int, emitted: Emitted, tight: bool, paths: Paths) -> None:
        """Append a message, visit, take it back; unless the CPUs have seen all this in another order."""
        kind, cell, mask, value, prov, local = emitted
        timeline, solos = self.timeline, self.solos
        message = Message(len(timeline) + 1, kind, cell, mask, value, prov, cpu, local)
        seers = [solo.cpu for solo in solos if solo.cpu == cpu or solo.sees(message)]
        movable = timeline and not (tight and cpu in self.seers[-1])
        if movable and not self._in_place(message, seers) and self._earlier(cpu, emitted):
            return
        before = self.keys
        keys = before.copy()
        number = self.numbers.setdefault((cpu, emitted), len(self.numbers))
        for seer in seers:
            keys[seer] = (*keys[seer], number)
        key = tuple(keys)
        if key in self.visited:
            return
        self.visited.add(key)
        self.budget.hold(ENTRY + WORD * len(key))
        if kind == WRITE:
            self._note_write(cell, mask, value)
        else:
            self.maintained = True
        self.keys = keys
        timeline.append(message)
        for seer in seers:
            seen = solos[seer].timeline
            seen.append(Message(len(seen.messages) + 1, kind, cell, mask, value, prov, cpu, local))
        own = solos[cpu].own
        own.append(solos[cpu].timeline.messages[-1])
        self.seers.append(seers)
        self.older.append(before)
        resume = paths.resume.pop(emitted, [])
        self.budget.hold(-RESUMED * len(resume))
        self._paths(cpu, resume)
        self.visit()
        self.seers.pop()
        self.older.pop()
        own.pop()
        for seer in seers:
            seen = solos[seer].timeline
            seen.truncate(len(seen.messages) - 1)
        timeline.pop()
        self.keys = before

    def _note_write(self, cell: int, mask: int, value: int) -> None:
        self.written.add(cell)
        if cell in self.code:
            self._note_code(cell, mask, value)
        if not self.sensitive:
            return
        modifiable = self.task.program.modifiable
        low, high = cell in modifiable and mask & 0x0F, cell + 4 in modifiable and mask & 0xF0
        if (low or high) and any(m.kind == WRITE and m.cell == cell and m.mask & mask for m in self.timeline):
            self.exact = True
            raise _RestartError

    def _note_code(self, cell: int, mask: int, value: int) -> None:
        """If a word leaves the concurrent-modification list, however its number came about, fetches are watched."""
        modifiable, restricted = self.task.program.modifiable, self.task.options.bcond_restricted
        for addr, part in ((cell, 0x0F), (cell + 4, 0xF0)):
            if modifiable.get(addr) is False and mask & part:
                word = value >> 8 * (addr & 7) & 0xFFFF_FFFF
                if mask & part != part or not concurrently_modifiable(word, restricted):
                    modifiable[addr] = True
                    raise _RestartError


def final_value(task: Task, timeline: Sequence[Message], addr: int, size: int) -> int:
    """What memory holds at the end of a timeline, as `shown` has it."""
    cell, shift = addr & ~7, 8 * (addr & 7)
    wanted = ((1 << size) - 1) << (addr & 7)
    value, prov = task.initial[cell]
    for message in timeline:
        if message.kind == WRITE and message.cell == cell and message.mask & wanted:
            wide = wide_mask(message.mask)
            value = (value & ~wide) | (message.value & wide)
            prov = message.prov
    return shown((value >> shift & (1 << 8 * size) - 1, 0, 0, prov))


def _size(paths: Paths, length: int) -> int:
    """Bytes of a remembered walk over `length` messages."""
    kept = sum([len(resume) for resume in paths.resume.values()])
    entries = len(paths.finals) + len(paths.candidates) + 1
    return ENTRY * entries + WORD * length + RESUMED * kept
