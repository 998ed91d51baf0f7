"""Which parts of a protocol any run of a world comes to.

Where no run executes an instruction, or asks what a message orders, leaving that out changes no run.  Code without an
instruction has its others where they were, so the same choices lead to the same run: what is known of the whole
protocol's runs is known of those without the part.

The world is watched for that: an instruction that can be left out notes that it is executed, and what is dropped notes
which names are looked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace

from ...arm64.isa import Bound
from ...arm64.pe import PE
from ...kernel.actions import Trace
from ...kernel.build import build_image
from ...scenario import World, build
from .parts import Kind, Part, without
from .subject import Subject

__all__ = ["Watched"]


class _Asked(AbstractSet[str]):
    """The names that are dropped; notes which names are looked for."""

    def __init__(self, names: AbstractSet[str]) -> None:
        self._names = frozenset(names)
        self.noted: set[str] = set()

    def __contains__(self, name: object) -> bool:
        self.noted.add(str(name))
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    _from_iterable = frozenset  # what set operations give


class Watched:
    """A world of its own, the same as the subject's, that knows what its runs came to.

    Attributes:
        world: to make runs of, in this process.
    """

    def __init__(self, subject: Subject, parts: Iterable[Part]) -> None:
        scenario = subject.scenario()
        spec = scenario.spec
        self._asked = _Asked(spec.protocol.drop)
        protocol = replace(spec.protocol, drop=self._asked)
        self.world: World = build(replace(scenario, spec=replace(spec, protocol=protocol)))
        self._waits = any(
            isinstance(action, Trace) and action.operation == "unregister"
            for task in spec.tasks
            for action in task.actions
        )
        self._run: set[int] = set()
        self._places = {
            part.name: self._note(subject, part) for part in parts if part.kind is Kind.INSTRUCTION
        }

    def _note(self, subject: Subject, part: Part) -> frozenset[int] | None:
        """Have the instructions of a part noted when they are executed; where they are, None when that is not known."""
        image = self.world.image
        changed = build_image(subject.scenario(without(image, [part])).spec).program.words
        words, code = image.program.words, image.program.code
        found = frozenset(addr for addr, word in words.items() if changed[addr] != word)
        if not found or not found <= code.keys():
            return None  # it is in text that is copied, or at a place where a PE stops
        for addr in sorted(found):
            code[addr] = _noting(code[addr], addr, self._run)
        return found

    def reached(self, part: Part) -> bool:
        """Whether a run may have come to a part; yes where that cannot be known."""
        if part.kind is Kind.INSTRUCTION:
            places = self._places[part.name]
            return places is None or not places.isdisjoint(self._run)
        if part.key == "drop":
            return part.value in self._asked.noted
        return self._waits or part.key not in {"wait", "wait_at"}


def _noting(bound: Bound, addr: int, noted: set[int]) -> Bound:
    """The same instruction, which notes that it is executed."""
    found, run = Bound(bound.insn), bound.run

    def note_and_run(pe: PE) -> None:
        noted.add(addr)
        run(pe)

    found.run = note_and_run
    return found
