"""What a schedule was used for: nothing yet, a run of a world, or actors of the test's own.

Exploring asks the same of each: which choices were made, how many were asked, what there is to show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..actors import Conductor, Pick, ReplayChooser, RunOutcome
from ..actors.choices import Chooser
from ..actors.hearing import tape_for
from ..checks import ranked
from ..errors import InputError
from ..inspect import render
from ..scenario import RunResult, World
from ..words import hang_of
from .source import Source
from .steps import NOTED, Note, Step, TracedConductor, table

__all__ = ["NoRun", "OwnRun", "WorldRun"]


class NoRun:
    """The test has not made a run; also the answers of the other two where they have none of their own."""

    __slots__ = ()

    @property
    def facts(self) -> dict[str, str]:
        """What logs say of the world that was run."""
        return {}

    @property
    def unmade(self) -> str:
        """Why the schedule decided nothing, after a test that passed; "" when a run was made."""
        return "the test made no run: use schedule.run... or schedule.conductor()"

    @property
    def result(self) -> RunResult | None:
        """What a world's run came to; None for anything else."""
        return None

    @property
    def steps(self) -> Sequence[Step] | None:
        """Each visible step so far; None when they are not written down."""
        return None

    @property
    def sent(self) -> Mapping[int, int]:
        """Number of a step in which a message was received -> that of the step in which it was sent."""
        return {}

    @property
    def picks(self) -> tuple[Pick, ...] | None:
        """The non-zero choices so far; None when they are not known."""
        return None

    @property
    def positions(self) -> int:
        """How many choices were asked so far."""
        return 0

    @property
    def schedule_choices(self) -> int:
        """How often it was asked who moves, at most."""
        return 0

    def note(self, text: str) -> Note:
        """What the test says now, placed in the run."""
        return Note(0, "", text)

    def story(self, width: int, notes: Sequence[Note] = ()) -> str:
        """The run for people, and what the test said of it."""
        return _last_words(notes)


class WorldRun(NoRun):
    """A run of a world.  What it came to is known when it is over, and never if it raised.

    Attributes:
        world: what was run.
        result: what it came to.
    """

    __slots__ = ("_source", "result", "world")

    def __init__(self, world: World, source: Source | None) -> None:
        self.world = world
        self.result: RunResult | None = None
        self._source = source

    @property
    def facts(self) -> dict[str, str]:
        """Its scenario and its design."""
        return {"scenario": self.world.scenario.name, "design": self.world.image.design.name}

    @property
    def unmade(self) -> str:
        """A run was made."""
        return ""

    @property
    def picks(self) -> tuple[Pick, ...] | None:
        """None for a world that raised."""
        return None if self.result is None else self.result.picks

    @property
    def positions(self) -> int:
        """How many choices were asked."""
        return 0 if self.result is None else self.result.positions

    @property
    def schedule_choices(self) -> int:
        """How many of them were about who moves, at most."""
        return 0 if self.result is None else self.result.schedule_choices

    def story(self, width: int, notes: Sequence[Note] = ()) -> str:
        """The timeline in lanes, why each finding is one, and who waits for whom."""
        if self.result is None:
            return _last_words(notes)
        run = self.recorded()
        image = self.world.image
        lanes = render(run.events, ranked(run.findings), image.symbols, width, image.watched)
        return lanes + _indented(run.wait_for) + _last_words(notes)

    def recorded(self) -> RunResult:
        """The run once more, with its events."""
        assert self.result is not None, "it was run to its end"
        if not self.result.events:
            # Bare: it may be asked for inside an event loop, and the events are the same.
            again = ReplayChooser(self.result.picks)
            self.result = self.world.run(again, driver="bare", record=True)
        return self.result

    def source(self) -> Source | None:
        """What the world is made of, when text, overrides and a design file say all of it."""
        mine = self.world.scenario
        source = self._source or Source(mine.text, mine.path)
        try:
            same = source.read().spec == mine.spec
        except InputError:
            return None
        return source if same else None


class OwnRun(NoRun):
    """Actors that a test made itself.

    Attributes:
        conductor: theirs.
        outcome: how they ended, None before that.
        over: they do nothing any more.
    """

    __slots__ = ("conductor", "outcome", "over")

    def __init__(self, chooser: Chooser, *, trace: bool, steps_max: int, suffix_max: int) -> None:
        tape = tape_for(chooser, counting=trace)
        conducting = TracedConductor if trace else Conductor
        self.conductor: Conductor = conducting(tape, steps_max=steps_max, suffix_max=suffix_max)
        self.outcome: RunOutcome | None = None
        self.over = False

    @property
    def unmade(self) -> str:
        """A conductor that was never conducted, or that has no actors."""
        if not self.conductor.started:
            return f"{self._crowd()} never conducted: schedule.conduct(conductor) lets the actors run"
        if not self.conductor.actors:
            return "the test conducted no actor: make them, for this conductor, before schedule.conduct(conductor)"
        return ""

    def _crowd(self) -> str:
        names = ", ".join(actor.name for actor in self.conductor.actors)
        return f"the test made actors ({names}) that were" if names else "the test made a conductor that was"

    @property
    def steps(self) -> Sequence[Step] | None:
        """Each visible step so far; None when they are not written down."""
        return self.conductor.trace if isinstance(self.conductor, TracedConductor) else None

    @property
    def sent(self) -> Mapping[int, int]:
        """Empty where steps are not written down."""
        return self.conductor.sent if isinstance(self.conductor, TracedConductor) else {}

    @property
    def picks(self) -> tuple[Pick, ...]:
        """The non-zero choices so far."""
        return self.conductor.tape.picks

    @property
    def positions(self) -> int:
        """How many choices were asked so far."""
        return self.conductor.tape.position

    @property
    def schedule_choices(self) -> int:
        """At most: no more than steps, at some of which nobody else could move, and no more than all choices."""
        return min(self.conductor.steps, self.conductor.tape.position)

    def note(self, text: str) -> Note:
        """At the step that was made last; once the actors are done it is nobody's."""
        steps = self.steps
        if not steps:
            return Note(0, "", text)
        return Note(steps[-1].number, "" if self.over else steps[-1].actor, text)

    def story(self, width: int, notes: Sequence[Note] = ()) -> str:
        """The steps of each actor, and why they hang if they do; nothing where steps are not written down."""
        if self.steps is None:
            return _last_words(notes)
        steps = table(self.steps, self.picks, width, notes)
        hangs = self.outcome is not None and hang_of(self.outcome.status) is not None
        return steps + (_indented(self.outcome.render()) if self.outcome and hangs else "")


def _last_words(notes: Sequence[Note]) -> str:
    """What the test said, where there are no steps to put it at."""
    return _indented("\n".join(NOTED + note.text for note in notes))


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())
