"""The decisions of a run, written down while it is made: what was asked, which options there were, what was taken.

A `DecisionRecorder` is put between the tape and whatever chooser answers, and looks at the run's system for the words
of options.  It decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..actors.choices import Kind, Pick, RunInfo
from ..actors.hearing import Hearing
from ..arm64.timeline import UnmappedError
from ..inspect.phrases import Narrator
from ..scenario import Watcher

if TYPE_CHECKING:
    from ..actors import Chooser, RunOutcome
    from ..kernel.boot import System

__all__ = ["Decision", "DecisionRecorder"]

_TWO: Final = {
    Kind.EARLY: ("nothing becomes visible early", "a store, DC or IC becomes visible now, before its turn"),
    Kind.INTERRUPT: ("the interrupt is taken now", "the interrupt is taken later"),
    Kind.TIMER: ("no timer tick", "a timer tick"),
}
"""Words for the options of choices that are between two."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One choice.

    Attributes:
        position: how many were asked before.
        seq: the number of the next event when it was asked.
        kind, op, object: as of a `Pick`.
        actor: who asked, by name.
        options: in words, the dull one first.
        picked: the one that was taken.
    """

    position: int
    seq: int
    kind: Kind
    actor: str
    op: str
    object: str
    options: tuple[str, ...]
    picked: int

    @property
    def question(self) -> str:
        """The actor that asks, and what about."""
        about = f"{self.op} {self.object}".strip()
        return f"{self.kind}: {self.actor or 'nobody'}{f' at {about}' if about else ''}"


class DecisionRecorder(Watcher):
    """See the module; give it to a run as chooser and as watcher.  `narrator` may be set before the run is made."""

    def __init__(self, inner: Chooser, narrator: Narrator | None = None) -> None:
        self.decisions: list[Decision] = []
        self._inner = inner
        self._narrator = narrator
        self._system: System | None = None
        self._names: tuple[str, ...] = ()
        self._pending: Callable[[int], tuple[str, int | str]] = lambda _: ("", "")
        self._asked: tuple[int, str, str] = (-1, "", "")

    def start(self, system: System) -> None:
        """The run's kernel, to see what could be fetched."""
        self._system = system

    # -- as a chooser ---------------------------------------------------------------------------------------------

    def begin(self, run: RunInfo) -> None:
        """A run starts."""
        self._names, self._pending = run.actors, run.pending
        self._inner.begin(run)

    def hear(self, kind: Kind, actor: int, op: str, obj: str) -> None:
        """What the next choice is about."""
        self._asked = (actor, op, obj)
        if isinstance(self._inner, Hearing):
            self._inner.hear(kind, actor, op, obj)

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """As the chooser says."""
        options = self._options(kind, count, actors)
        picked = self._inner.choose(kind, count, actors)
        actor, op, obj = self._asked
        assert self._system is not None
        at = len(self.decisions)
        name = self._name(actor)
        self.decisions.append(Decision(at, self._system.log.seq, kind, name, op, obj, options, picked))
        return picked

    def confirm(self, made: Pick) -> None:
        """For a chooser that wants to hear who asked."""
        confirm: Callable[[Pick], None] | None = getattr(self._inner, "confirm", None)
        if confirm is not None:
            confirm(made)

    def end(self, outcome: RunOutcome) -> None:
        """The run is over."""
        self._inner.end(outcome)

    # -- words ----------------------------------------------------------------------------------------------------

    def _name(self, actor: int) -> str:
        return self._names[actor] if 0 <= actor < len(self._names) else ""

    def _options(self, kind: Kind, count: int, actors: Sequence[int]) -> tuple[str, ...]:
        if actors:
            return tuple(self._mover(actor) for actor in actors)
        if count == 2 and kind in _TWO:
            return _TWO[kind]
        words = self._fetches() if kind is Kind.FETCH else self._loads(count) if kind is Kind.LOAD else ()
        if len(words) == count:
            return words
        match kind:
            case Kind.FETCH | Kind.LOAD:
                return ("the newest", *(f"{older} older" for older in range(1, count)))
            case Kind.DELIVER:
                return tuple(f"message {number} of {count}" for number in range(1, count + 1))
            case Kind.ALLOC:
                return ("memory never used", *(f"memory freed {number}." for number in range(1, count)))
            case _:
                return tuple(f"option {number}" for number in range(count))

    def _mover(self, actor: int) -> str:
        op, obj = self._pending(actor)
        assert self._system is not None
        if isinstance(obj, int):
            obj = self._system.image.place(obj) if obj else ""
        return f"{self._name(actor)}: {op} {obj}".rstrip(": ")

    def _loads(self, count: int) -> tuple[str, ...]:
        """The values that a load of a literal could take: the newest `count` of those that are visible to the CPU.

        Of another place, and of a literal in two cells, there are no words.
        """
        assert self._system is not None
        actor, _, obj = self._asked
        addr = self._literals().get(obj)
        cpu = next((cpu for cpu in self._system.cpus if cpu.id == actor), None)
        if cpu is None or addr is None or addr & 7 or self._narrator is None:
            return ()
        found = [m for m in reversed(self._system.timeline.writes(addr)) if m not in cpu.pe.promises]
        whole = [message for message in found[:count] if message.mask == 0xFF]
        return tuple(f"{self._narrator.pointer(m.value, m.prov)} @{m.t}" for m in whole)

    def _literals(self) -> dict[str, int]:
        """Words that lead a call to its ops, by their place."""
        assert self._system is not None
        image = self._system.image
        sites = [site.layout.literal for site in image.sites if site.layout.literal]
        return {image.place(addr): addr for addr in (*sites, *image.watched)}

    def _fetches(self) -> tuple[str, ...]:
        """The words that the CPU that asks could fetch."""
        assert self._system is not None
        actor, _, obj = self._asked
        cpu = next((cpu for cpu in self._system.cpus if cpu.id == actor), None)
        if cpu is None or self._narrator is None or self._system.image.place(cpu.pe.pc) != obj:
            return ()
        addr = cpu.pe.pc
        try:
            found = cpu.pe.fetchable(addr)
        except UnmappedError:
            return ()
        return tuple(
            f"{self._narrator.word(message.value >> 8 * (addr & 7) & 0xFFFF_FFFF, addr)} @{message.t}"
            for message in found
        )
