"""Promises: making a store, DC, IC or completion visible before its turn.

A PE may put a message on the timeline early if some solo continuation from its present state emits that message with
a bound at or before the present end, and fulfils every open promise (Promising-ARM, PLDI 2019, section 4:
certification).
The continuation need not terminate.  It ends where code no longer decides alone: the end of the routine, a system
instruction, a fault.  Store-store reordering and load buffering come only from here.

While a promise is open, `step` offers only outcomes after which all promises still certify, so an online run never
reaches a dead end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .access import Choose
from .isa import ACCESS, SYSTEM
from .pe import FAULT, FETCH, LIMIT, PE, RETURN
from .timeline import Message, Timeline

if TYPE_CHECKING:
    from .groups import Read
    from .options import Options
    from .program import Program
    from .registers import Reg

__all__ = ["Ahead", "Script", "candidates", "certifies", "outcomes", "promise", "step"]

_MAY_ASK = (ACCESS, FETCH)
"""What may leave a choice to somebody; everything else has one outcome."""

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


class Ahead(PE):
    """A PE that runs ahead alone: nobody watches, and new messages are noted as candidates."""

    __slots__ = ("found", "horizon")

    def __init__(self, cpu: int, timeline: Timeline, options: Options, program: Program) -> None:
        super().__init__(cpu, timeline, options, program)
        self.found: list[Message] = []
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
        ahead.found = list(pe.found) if isinstance(pe, Ahead) else []
        ahead.horizon = pe.horizon if isinstance(pe, Ahead) else pe.timeline.end
        return ahead

    def appended(self, message: Message, bound: int) -> None:
        """Keep a message that could have been promised at the moment the look-ahead began."""
        if bound <= self.horizon:
            self.found.append(message)

    def _write_after(self, a: Reg, size: int, data: Reg, order: int, read: Read, computed: bool) -> None:
        """An atomic's write that is not promised yet ends what may be made visible early.

        Until that write has its place another CPU's write can come between, and then the path this look-ahead
        follows, and any promise that relies on it, would be lost.  The model allows such a promise where nobody
        interferes; the exhaustive search explores it, an online run cannot know.
        """
        end = self.timeline.end
        super()._write_after(a, size, data, order, read, computed)
        if self.timeline.end > end:
            self.horizon = -1
            if self.promises:
                self.dead = True


class _Search:
    """One depth-first look-ahead; gathers what was emitted on paths that fulfil all promises."""

    __slots__ = ("first_only", "found", "nodes", "succeeded")

    def __init__(self, first_only: bool) -> None:
        self.first_only = first_only
        self.found: list[Message] = []
        self.nodes = 0
        self.succeeded = False

    def visit(self, pe: Ahead) -> None:
        """Explore everything `pe` can do from here; `pe` is used up."""
        while self._worth_going_on(pe):
            pending = pe.advance()
            if pending in _WINDOW_ENDS:
                return
            if pending not in _MAY_ASK:
                pe.execute()
                if pe.dead:
                    return
                continue
            self._branch(pe)
            return

    def _worth_going_on(self, pe: Ahead) -> bool:
        self.nodes += 1
        if not pe.promises:
            self.succeeded = True
            for message in pe.found:
                if not any(message.same_effect(known) for known in self.found):
                    self.found.append(message)
            if self.first_only or _nothing_more(pe):
                return False
        return self.nodes <= NODES_MAX

    def _branch(self, pe: Ahead) -> None:
        """Try every way to execute what is pending."""
        end = pe.timeline.end
        picks: list[int] | None = []
        while picks is not None and not (self.first_only and self.succeeded):
            child = Ahead.of(pe)
            script = Script(picks)
            child.choose = script
            child.execute()
            if not child.dead and child.pending != FAULT:
                self.visit(child)
            pe.timeline.truncate(end)
            picks = script.following()


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


def candidates(pe: PE) -> list[Message]:
    """What `pe` may make visible now, in program order of the first path that emits it."""
    search = _Search(first_only=False)
    search.visit(Ahead.of(pe))
    return search.found


def promise(pe: PE, message: Message) -> Message:
    """Put a copy of candidate `message` at the end of the timeline as an open promise of `pe`."""
    timeline = pe.timeline
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
    return made


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


def step(pe: PE, ask: Choose) -> None:
    """Execute what is pending; with open promises, only in ways that keep them certifiable."""
    if not pe.promises or pe.pending not in _MAY_ASK:
        pe.choose = ask
        pe.execute()
        return
    good = outcomes(pe)
    assert good, "an open promise no longer certifies"
    kind, addr = next((script.kinds[0] for script in good if script.kinds), ("data", 0))
    index = ask(kind, len(good), addr) if len(good) > 1 else 0
    pe.choose = Script(list(good[index].picks))
    pe.execute()
    pe.choose = ask
