"""Promises: making a store, DC, IC or completion visible before its turn.

A PE may put a message on the timeline early if some solo continuation from its present state emits that message with
a bound at or before the present end, and fulfils every open promise (Promising-ARM, PLDI 2019, section 4:
certification).
The continuation need not terminate.  It ends where code no longer decides alone: the end of the routine, a system
instruction, a fault.  Store-store reordering and load buffering come only from here.

An atomic on the way whose own write has no place yet is the one thing another CPU could spoil.  So the cells of such
atomics are *reserved* while the promise is open: `must_wait` says who may not continue before it is fulfilled.  That
leaves out some orders: an atomic that always succeeds could have read the other write, and the promise been kept.

While a promise is open, `step` offers only outcomes after which all promises still certify, so an online run never
reaches a dead end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .access import Choose
from .isa import ACCESS, SYSTEM
from .pe import FAULT, FETCH, LIMIT, PE, RETURN
from .timeline import WRITE, Message, Timeline

if TYPE_CHECKING:
    from .groups import Read
    from .options import Options
    from .pairs import Pair
    from .program import Program
    from .registers import Reg

__all__ = [
    "Ahead",
    "Candidate",
    "Script",
    "abandon",
    "candidates",
    "certifies",
    "must_wait",
    "outcomes",
    "promise",
    "step",
]

_MAY_ASK = (ACCESS, FETCH)
"""What may leave a choice to somebody; everything else has one outcome."""

_PLAIN_LOADS = ("ldr", "ldur", "ldtr", "ldp", "ldnp", "ldar", "ldlar", "ldapr", "ldapur", "ldiapp")
"""How mnemonics of accesses that never write begin."""

_NOTHING: frozenset[int] = frozenset()

_WINDOW_ENDS = (RETURN, FAULT, LIMIT, SYSTEM)

NODES_MAX = 600
"""Visible steps one look-ahead may try; beyond that a promise counts as not certifiable."""


class Script:
    """Answers choices from a list, then 0; `following` is the next list in depth-first order."""

    __slots__ = ("asked", "counts", "kinds", "picks")

    def __init__(self, picks: list[int]) -> None:
        self.picks = picks
        self.counts: list[int] = []
        self.kinds: list[tuple[str, int]] = []
        self.asked = 0

    def __call__(self, kind: str, count: int, addr: int) -> int:
        """The next answer; 0 once the list is used up."""
        at = self.asked
        self.asked += 1
        self.counts.append(count)
        self.kinds.append((kind, addr))
        if at >= len(self.picks):
            self.picks.append(0)
        return self.picks[at]

    def following(self) -> list[int] | None:
        """The next combination of answers; None when all were tried."""
        for at in range(self.asked - 1, -1, -1):
            if self.picks[at] + 1 < self.counts[at]:
                return [*self.picks[:at], self.picks[at] + 1]
        return None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that may be made visible early, and the cells nobody else may write until its turn has come.

    Those are where the path that emits it has atomics whose writes have no place yet: a write of another CPU between
    their two halves would take the path away.
    """

    message: Message
    relies_on: frozenset[int]


class Ahead(PE):
    """A PE that runs ahead alone: nobody watches, and new messages are noted as candidates.

    `kept`: how many of the messages it found the search has taken over already.
    """

    __slots__ = ("crossed", "found", "horizon", "kept")

    def __init__(self, cpu: int, timeline: Timeline, options: Options, program: Program) -> None:
        super().__init__(cpu, timeline, options, program)
        self.found: list[Candidate] = []
        self.crossed: frozenset[int] = frozenset()
        self.kept = 0
        self.horizon = 0

    @classmethod
    def of(cls, pe: PE) -> Ahead:
        """An independent copy of `pe` over the same timeline."""
        ahead = cls(pe.cpu, pe.timeline, pe.options, pe.program)
        pe.copy_views_to(ahead)
        ahead.monitor = pe.monitor
        ahead.pending = pe.pending
        ahead.next = pe.next
        ahead.fetched = pe.fetched
        ahead.mark_passed = pe.mark_passed
        ahead.sysregs = dict(pe.sysregs)
        ahead.dead = pe.dead
        ahead.reserved = pe.reserved
        if isinstance(pe, Ahead):
            ahead.found = list(pe.found)
            ahead.kept = pe.kept
            ahead.crossed = pe.crossed
            ahead.horizon = pe.horizon
        else:
            ahead.horizon = pe.timeline.end
        return ahead

    def appended(self, message: Message, bound: int) -> None:
        """Keep a message that could have been promised at the moment the look-ahead began."""
        if bound <= self.horizon:
            self.found.append(Candidate(message, self.crossed))

    def _write_after(
        self, a: Reg, size: int, data: Reg, order: int, read: Read, computed: bool, local: bool = False
    ) -> int:
        """An atomic's write that has no place yet: note that this path relies on nobody writing there meanwhile."""
        end = self.timeline.end
        t = super()._write_after(a, size, data, order, read, computed, local)
        if self.timeline.end > end:
            cell = a[0] & ~7
            self.crossed |= {cell}
            if self.promises and cell not in self.reserved:
                self.dead = True
        return t

    def _write_pair(
        self, a: Reg, data: Pair, order: int, reads: tuple[Read, Read], computed: bool = False
    ) -> None:
        """Either half, made visible early, relies on nobody writing to the other."""
        self.crossed |= {a[0], a[0] + 8}
        super()._write_pair(a, data, order, reads, computed)

    def write_both(self, a: Reg, pieces: list[tuple[int, int, Reg]], order: int, extra: int = 0) -> list[int]:
        """The same of a write to two cells, if it is one."""
        if len(pieces) > 1:
            self.crossed |= {addr & ~7 for addr, _, _ in pieces}
        return super().write_both(a, pieces, order, extra)


class _Fork:
    """A state with more than one way to execute what is pending; `picks` says which is tried next, None: none is left.

    `end` is where its timeline ends: each way begins there.
    """

    __slots__ = ("end", "pe", "picks")

    def __init__(self, pe: Ahead) -> None:
        self.pe = pe
        self.end = pe.timeline.end
        self.picks: list[int] | None = []


class _Search:
    """One depth-first look-ahead; gathers what was emitted on paths that fulfil all promises."""

    __slots__ = ("first_only", "found", "nodes", "succeeded")

    def __init__(self, first_only: bool) -> None:
        self.first_only = first_only
        self.found: list[Candidate] = []
        self.nodes = 0
        self.succeeded = False

    def visit(self, pe: Ahead) -> None:
        """Explore everything `pe` can do from here; `pe` is used up.

        Not by recursion: code that spins on a word forks at each load, more often than Python's stack is deep.
        """
        forks = [_Fork(pe)] if self._comes_to_fork(pe) else []
        while forks:
            child = self._next_way(forks[-1])
            if child is None:
                forks.pop()
            elif self._comes_to_fork(child):
                forks.append(_Fork(child))

    def _comes_to_fork(self, pe: Ahead) -> bool:
        """Execute until there is something to choose; False where the path ends before."""
        while self._worth_going_on(pe):
            pending = pe.advance()
            if pending in _WINDOW_ENDS:
                return False
            if pending in _MAY_ASK:
                return True
            pe.execute()
            if pe.dead:
                return False
        return False

    def _worth_going_on(self, pe: Ahead) -> bool:
        self.nodes += 1
        if not pe.promises:
            self.succeeded = True
            for candidate in pe.found[pe.kept :]:
                if not any(candidate.message.same_effect(known.message) for known in self.found):
                    self.found.append(candidate)
            pe.kept = len(pe.found)
            if self.first_only or _nothing_more(pe):
                return False
        return self.nodes <= NODES_MAX

    def _next_way(self, fork: _Fork) -> Ahead | None:
        """The state after the next way to execute what is pending that is not a dead end; None when none is left."""
        timeline = fork.pe.timeline
        timeline.truncate(fork.end)
        while fork.picks is not None and not (self.first_only and self.succeeded):
            child = Ahead.of(fork.pe)
            script = Script(fork.picks)
            child.choose = script
            child.execute()
            fork.picks = script.following()
            if not child.dead and child.pending != FAULT:
                return child
            timeline.truncate(fork.end)
        return None


def _nothing_more(pe: Ahead) -> bool:
    """No later message of this path can have a bound at or before the horizon: every lower bound has passed it."""
    horizon = pe.horizon
    return pe.tau > horizon or (pe.nw > horizon and pe.ndc > horizon and pe.nic > horizon)


def certifies(pe: PE) -> bool:
    """Can `pe`, running alone, still fulfil every promise it has open?"""
    if not pe.promises:
        return True
    search = _Search(first_only=True)
    search.visit(Ahead.of(pe))
    return search.succeeded


def candidates(pe: PE, others: Iterable[frozenset[int]] = ()) -> list[Candidate]:
    """What `pe` may make visible now, in program order of the first path that emits it.

    `others`: what each other PE has reserved.  Left out is what writes there, and what relies on the same cells.
    """
    search = _Search(first_only=False)
    search.visit(Ahead.of(pe))
    taken = _NOTHING.union(*others)
    if not taken:
        return search.found
    return [
        candidate
        for candidate in search.found
        if candidate.relies_on.isdisjoint(taken)
        and not (candidate.message.kind == WRITE and candidate.message.cell in taken)
    ]


def promise(pe: PE, candidate: Candidate) -> Message:
    """Put a copy of a candidate's message at the end of the timeline as an open promise of `pe`."""
    timeline, message = pe.timeline, candidate.message
    made = Message(
        timeline.end + 1,
        message.kind,
        message.cell,
        message.mask,
        message.value,
        message.prov,
        pe.cpu,
        message.local,
    )
    timeline.append(made)
    pe.promises.append(made)
    pe.reserved |= candidate.relies_on
    return made


def must_wait(pe: PE, others: Iterable[frozenset[int]]) -> bool:
    """Would what `pe` is about to do write where another PE's open promises rely on nobody writing?

    `others`: what each other PE has reserved.  `pe` has to wait until that PE has fulfilled its promises, which it can
    always do alone.
    """
    if pe.pending != ACCESS:
        return False
    bound = pe.next
    assert bound is not None
    if bound.address is None or bound.insn.mnemonic.startswith(_PLAIN_LOADS):
        return False
    first = bound.address(pe) & ~7
    return any(first in reserved or first + 8 in reserved for reserved in others)


def outcomes(pe: PE) -> list[Script]:
    """The ways to execute what is pending after which every open promise still certifies."""
    end = pe.timeline.end
    good: list[Script] = []
    picks: list[int] | None = []
    while picks is not None:
        child = Ahead.of(pe)
        script = Script(picks)
        child.choose = script
        child.execute()
        picks = script.following()
        # What leaves no choice cannot lose a certificate the state before it had.
        settled = not script.asked
        if settled or (not child.dead and child.pending != FAULT and certifies(child)):
            good.append(script)
        pe.timeline.truncate(end)
    return good


def abandon(pe: PE) -> None:
    """Give up all open promises: what `pe` was executing ended by a fault, and nobody has to wait for it."""
    pe.promises.clear()
    pe.reserved = _NOTHING


def step(pe: PE, ask: Choose) -> None:
    """Execute what is pending; with open promises, only in ways that keep them certifiable."""
    if not pe.promises or pe.pending not in _MAY_ASK:
        pe.choose = ask
        pe.execute()
    else:
        _step_certified(pe, ask)
    if not pe.promises:
        pe.reserved = _NOTHING


def _step_certified(pe: PE, ask: Choose) -> None:
    good = outcomes(pe)
    assert good, "an open promise no longer certifies"
    kind, addr = next((script.kinds[0] for script in good if script.kinds), ("data", 0))
    index = ask(kind, len(good), addr) if len(good) > 1 else 0
    pe.choose = Script(list(good[index].picks))
    pe.execute()
    pe.choose = ask
