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
* ICs of one CPU that could trade places stand in order of their lines.

IC as early as possible would be unsound: it changes which writes it makes visible.

Whether an IC completes at a moment of its own (COMP) makes a difference only when a code location is written twice,
so the search starts without and starts again with it when that happens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import product

from .solo import Emitted, LimitError, Paths, Solo, SoloPE, Start, Task
from .timeline import ALL_LINES, DC, IC, WRITE, Message

__all__ = ["Limits", "Outcomes", "Start", "State", "Task", "search"]

State = tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]
"""A final state: the observed registers of each CPU, then the observed memory."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When to give up.  `steps_max` paths; `timelines_max` timelines, which bounds memory; `expired` is asked
    once a timeline, so that a caller with a clock can stop a search.
    """

    steps_max: int = 20_000_000
    timelines_max: int = 500_000
    expired: Callable[[], bool] | None = None


@dataclass(slots=True)
class Outcomes:
    """What a search found.

    `states` in the order found.  `unknown` says why the set may not be complete ("" when it is).  `loop_bound`: a
    path was cut at a loop.  `unpredictable`: some execution is CONSTRAINED UNPREDICTABLE.
    """

    states: dict[State, None] = field(default_factory=dict)
    unknown: str = ""
    loop_bound: bool = False
    unpredictable: bool = False
    timelines: int = 0
    paths: int = 0


class _RestartError(Exception):
    """Something found now would have changed what was decided before."""


def search(task: Task, limits: Limits | None = None) -> Outcomes:
    """Enumerate every final state of `task`."""
    limits = limits if limits is not None else Limits()
    exact = False
    steps = [limits.steps_max]
    touched: list[tuple[set[int], dict[int, None]]] = [(set(), {}) for _ in task.starts]
    while True:
        run = _Search(task, limits, exact, touched, steps)
        try:
            run.visit()
        except _RestartError:
            exact = run.exact
            continue
        except LimitError as error:
            run.outcomes.unknown = str(error)
        run.outcomes.paths = limits.steps_max - max(0, steps[0])
        return run.outcomes


class _Search:
    """One attempt: visits timelines depth-first until done or until it has to start again."""

    def __init__(
        self,
        task: Task,
        limits: Limits,
        exact: bool,
        touched: list[tuple[set[int], dict[int, None]]],
        steps: list[int],
    ) -> None:
        self.task = task
        self.limits = limits
        self.exact = exact
        self.outcomes = Outcomes()
        options = task.options if exact else replace(task.options, exact_ic=False)
        self.solos = [Solo(task, cpu, options, steps) for cpu in range(len(task.starts))]
        self.touched = touched
        for solo, (cells, fetches) in zip(self.solos, touched, strict=True):
            for cell in sorted(cells):
                solo.timeline.writes(cell)
            solo.fetches = fetches
        self.timeline: list[Message] = []
        self.seers: list[list[int]] = []
        self.written: set[int] = set()
        self.maintained = False
        self.keys: list[tuple[int, ...]] = [() for _ in self.solos]
        self.visited: set[tuple[tuple[int, ...], ...]] = set()
        self.cache: list[dict[tuple[int, ...], Paths]] = [{} for _ in self.solos]
        self.numbers: dict[tuple[int, Emitted], int] = {}
        self.sensitive = not exact and len(self.solos) > 2 and not task.options.dic

    def visit(self) -> None:
        """Explore the current timeline, which is new, and everything that extends it."""
        limits = self.limits
        if len(self.visited) > limits.timelines_max:
            raise LimitError("timelines")
        if limits.expired is not None and limits.expired():
            raise LimitError("time")
        self.outcomes.timelines += 1
        results = [self._paths(cpu) for cpu in range(len(self.solos))]
        if all([paths.finals for paths in results]):
            self._outcome(results)
        for cpu, paths in enumerate(results):
            for emitted, tight in paths.candidates.items():
                if self._wanted(cpu, emitted, tight):
                    self._extend(cpu, emitted, paths)

    def _paths(self, cpu: int, resume: list[SoloPE] = []) -> Paths:  # noqa: B006 - never changed
        """The walks of one CPU over the current timeline."""
        cache = self.cache[cpu]
        key = self.keys[cpu]
        paths = cache.get(key)
        if paths is None:
            solo = self.solos[cpu]
            fetches = len(solo.fetches)
            paths = solo.run(resume)
            if len(solo.timeline.cells) > len(self.touched[cpu][0]) or len(solo.fetches) > fetches:
                self._note_touched(cpu, solo, fetches)
            cache[key] = paths
            self.outcomes.loop_bound |= paths.cut
        return paths

    def _note_touched(self, cpu: int, solo: Solo, fetches: int) -> None:
        """If a walk touched something new that was ever written, earlier projections were too small."""
        cells, _ = self.touched[cpu]
        new = [cell for cell in solo.timeline.cells if cell not in cells]
        cells.update(new)
        if not self.written.isdisjoint(new) or (len(solo.fetches) > fetches and self.maintained):
            raise _RestartError

    def _outcome(self, results: list[Paths]) -> None:
        memory = tuple([self._value(addr, size) for addr, size in self.task.cells])
        states = self.outcomes.states
        for registers in product(*[paths.finals for paths in results]):
            states[registers, memory] = None

    def _value(self, addr: int, size: int) -> int:
        """What memory holds in the end."""
        cell, shift = addr & ~7, 8 * (addr & 7)
        value = self.task.initial[cell][0]
        for message in self.timeline:
            if message.kind == WRITE and message.cell == cell:
                wide = _spread(message.mask)
                value = (value & ~wide) | (message.value & wide)
        return value >> shift & (1 << 8 * size) - 1

    # -- extending ---------------------------------------------------------------------------------------------

    def _wanted(self, cpu: int, emitted: Emitted, tight: bool) -> bool:
        """Is this the place in the timeline where the search puts this message?"""
        kind, line = emitted[0], emitted[1]
        if kind not in {DC, IC} or not self.timeline:
            return True
        last = self.timeline[-1]
        if tight and cpu in self.seers[-1]:
            return True
        if kind == DC:
            if last.kind == IC:
                return last.cell in {line, ALL_LINES}  # before that IC it would count for it
            return last.kind == DC and (last.cpu, last.cell) < (cpu, line)
        return last.kind != IC or last.cpu != cpu or last.cell <= line

    def _extend(self, cpu: int, emitted: Emitted, paths: Paths) -> None:
        """Append a message, visit, take it back; unless the CPUs have seen all this in another order."""
        kind, cell, mask, value, prov, local = emitted
        timeline, solos = self.timeline, self.solos
        message = Message(len(timeline) + 1, kind, cell, mask, value, prov, cpu, local)
        number = self.numbers.setdefault((cpu, emitted), len(self.numbers))
        seers = [solo.cpu for solo in solos if solo.cpu == cpu or solo.sees(message)]
        before = self.keys
        keys = before.copy()
        for seer in seers:
            keys[seer] = (*keys[seer], number)
        key = tuple(keys)
        if key in self.visited:
            return
        self.visited.add(key)
        if kind == WRITE:
            self._note_write(cell, mask)
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
        self._paths(cpu, paths.resume.pop(emitted, []))
        self.visit()
        self.seers.pop()
        own.pop()
        for seer in seers:
            seen = solos[seer].timeline
            seen.truncate(len(seen.messages) - 1)
        timeline.pop()
        self.keys = before

    def _note_write(self, cell: int, mask: int) -> None:
        self.written.add(cell)
        if not self.sensitive:
            return
        modifiable = self.task.program.modifiable
        low, high = cell in modifiable and mask & 0x0F, cell + 4 in modifiable and mask & 0xF0
        if (low or high) and any(m.kind == WRITE and m.cell == cell and m.mask & mask for m in self.timeline):
            self.exact = True
            raise _RestartError


def _spread(mask: int) -> int:
    """One bit a byte to eight bits a byte."""
    wide = 0
    for byte in range(8):
        if mask >> byte & 1:
            wide |= 0xFF << 8 * byte
    return wide
