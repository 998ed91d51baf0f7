"""Why a state of a litmus test is allowed, or what forbids it, as a graph in Graphviz's language.

Nodes are accesses, fetches, cache maintenance and barriers, a box for each thread.  Edges as in the literature
(Alglave, Maranget, Tautschnig: Herding Cats, 2014; Simner et al.: ARMv8-A system semantics, 2020): po along a thread;
rf from a write to what reads or fetches it; co along the writes of one place; fr from a read or fetch to the next write
of what it read.  Words such as `reads x = 0x1 of 2` name places in memory order.

Where the state is forbidden there is a graph for each candidate that breaks the fewest rules: what breaks a rule is
red, and a red edge leads to it from each instruction that raised the view which forbids it, with that view's name.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from ..arm64.relaxed import Execution, Note
from ..arm64.timeline import WRITE
from ..litmus.machine import Machine
from ..litmus.why import Answer, code_at, thread_of, with_names
from .dot import edge, quoted

__all__ = ["answer_as_dot"]

_WORDS: Final = {True: "allowed", False: "forbidden", None: "unknown"}


def answer_as_dot(answer: Answer) -> bytes:
    """The file."""
    title = f"{answer.test.name}: {answer.state} is {_WORDS[answer.allowed]}"
    more = [f"the search ran out of {answer.unknown}"] if answer.unknown else list(answer.remarks)
    if answer.allowed is False and not answer.ways:
        more.append("no execution comes near")
    lines = [
        "digraph litmus {",
        f"  graph [fontname=monospace, labelloc=t, compound=true, label={quoted(chr(10).join([title, *more]))}];",
        "  node [shape=box, fontname=monospace, fontsize=10];",
        "  edge [fontname=monospace, fontsize=9];",
    ]
    for number, way in enumerate(answer.ways, 1):
        lines += _Graph(answer.machine, way, number, candidate=answer.allowed is False).lines()
    return "\n".join([*lines, "}", ""]).encode()


class _Graph:
    """One execution; its nodes are `w1_0_2`: the third note of the first thread of execution 1."""

    __slots__ = ("_candidate", "_machine", "_nodes", "_prefix", "_way")

    def __init__(self, machine: Machine, way: Execution, number: int, *, candidate: bool) -> None:
        self._machine = machine
        self._way = way
        self._prefix = f"w{number}"
        self._candidate = candidate
        self._nodes: list[tuple[str, int, Note]] = [
            (f"{self._prefix}_{cpu}_{index}", cpu, note)
            for cpu, notes in enumerate(way.notes)
            for index, note in enumerate(notes)
        ]

    def lines(self) -> Iterator[str]:
        """Boxes, then edges."""
        if self._candidate:
            rules = "\n".join(
                f"{with_names(self._machine, broken.what)}\ncut by: {broken.rules}"
                for broken in self._way.breaks
            )
            yield f"  subgraph cluster_{self._prefix} {{"
            yield f"    label={quoted(f'candidate {self._prefix[1:]}: {rules}')};"
        yield f"  {self._prefix}_0 [label={quoted('initial state')}, shape=plaintext];"
        for cpu in range(len(self._way.notes)):
            yield f"  subgraph cluster_{self._prefix}_{cpu} {{"
            yield f"    label={quoted(f'P{thread_of(self._machine, cpu)}')};"
            yield from (self._node(name, note) for name, at, note in self._nodes if at == cpu)
            yield "  }"
        if self._candidate:
            yield "  }"
        yield from self._program_order()
        yield from self._reads()
        yield from self._coherence()
        yield from self._rules()

    def _node(self, name: str, note: Note) -> str:
        act = with_names(self._machine, note.text)
        broken = any(broken.pc == note.pc for broken in self._way.breaks)
        style = ", color=red, penwidth=2" if broken else ""
        label = quoted("\n".join([code_at(self._machine, note.pc), *([act] if act else [])]))
        return f"    {name} [label={label}{style}];"

    def _program_order(self) -> Iterator[str]:
        for (name, cpu, _), (after, other, _) in pairwise(self._nodes):
            if cpu == other:
                yield edge(name, after, "po", color="black")

    def _reads(self) -> Iterator[str]:
        """The edges rf and fr."""
        for name, _, note in self._nodes:
            if note.act not in {"reads", "fetches"}:
                continue
            yield edge(self._writer(note.t), name, "rf", color="darkgreen", constraint="false")
            later = [t for t in self._writes(note.addr) if t > note.t]
            if later and self._writer(later[0]) != name:
                yield edge(name, self._writer(later[0]), "fr", color="orange", constraint="false")

    def _coherence(self) -> Iterator[str]:
        cells = {message.cell for message in self._way.timeline if message.kind == WRITE}
        for cell in sorted(cells):
            order = [0, *self._writes(cell)]
            for before, after in pairwise(order):
                yield edge(self._writer(before), self._writer(after), "co", color="blue", constraint="false")

    def _rules(self) -> Iterator[str]:
        for broken in self._way.breaks:
            target = next((name for name, _, note in self._nodes if note.pc == broken.pc), None)
            for pc in broken.raised:
                source = next((name for name, _, note in self._nodes if note.pc == pc), None)
                if source is not None and target is not None and source != target:
                    yield edge(source, target, broken.rules, color="red", fontcolor="red", constraint="false")

    def _writes(self, addr: int) -> list[int]:
        """The places in memory order of the writes to a cell."""
        return [m.t for m in self._way.timeline if m.kind == WRITE and m.cell == addr & ~7]

    def _writer(self, t: int) -> str:
        """The node of the write at a place in memory order; of what was there before all of them."""
        return next(
            (name for name, _, note in self._nodes if note.act == "writes" and note.t == t),
            f"{self._prefix}_0",
        )
