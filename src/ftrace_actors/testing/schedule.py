"""One schedule: what a test runs a world with.

A schedule answers every choice of one run, so it is used for exactly one. Whatever the test does with the result is
its own business; only what nobody wants to overlook (a finding, a deadlock, a livelock) fails by itself, unless
`check=False` says that the test looks for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .. import scenario
from ..actors import Conductor, CountingTape, ReplayChooser, RunOutcome, Tape, run_bare
from ..actors.drivers.trio_driver import own_loop, require_no_loop, run_trio
from ..checks import Finding, ranked
from ..errors import InputError
from ..explore import Driver
from ..inspect import render
from ..inspect.live import Live
from ..scenario import RunResult, World
from ..words import Verdict, hang_of
from .files import located
from .source import Source
from .steps import Step, TracedConductor, table

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger
    from trio import Nursery

    from ..actors import Chooser, Pick

__all__ = ["Schedule", "ScheduleFailed"]

WIDTH: Final = 100


class ScheduleFailed(AssertionError):
    """A run found something, or hangs.

    Attributes:
        verdict: ``violated``, ``unpredictable``, ``deadlock`` or ``livelock``.
        findings: what was found, first things first; empty for actors of the test's own.
    """

    def __init__(
        self, verdict: str, findings: Sequence[Finding], message: str, drawn: Schedule | None = None
    ) -> None:
        super().__init__(message)
        self.verdict = verdict
        self.findings = tuple(findings)
        self._drawn = drawn

    def __str__(self) -> str:
        """The message; under a drawn schedule, where nobody else would tell them, the timeline and how to see it again.

        They are made when they are asked for: Hypothesis has a run fail hundreds of times, and shows the last.
        """
        message = super().__str__()
        if self._drawn is None:
            return message
        if not self.findings:
            message = message.partition("\n")[0]  # the timeline ends with who waits for whom
        again = f"  again   @example(..., schedule={self._drawn!r}), the rest as in the failing test case"
        return "\n".join([message, self._drawn.story().rstrip("\n"), again])


class Schedule:
    """The choices of one run.

    Args:
        chooser: who answers them.
        driver: what steps the actors in `run`, `run_file`, `run_text` and `conduct`: each call has a trio loop of its
            own, or is a plain loop ("bare"). What comes of it is the same.
        trace: remember the steps of a conductor, for `story`.
        text: how to make this schedule again, for `repr`.

    Attributes:
        chooser: who answers; for what brings a tape of its own. A run made without the schedule's knowledge cannot be
            shrunk.
        witnessed: what was passed to `sometimes`, by name.
    """

    __slots__ = (
        "_conductor",
        "_result",
        "_source",
        "_text",
        "_trace",
        "_used",
        "_world",
        "chooser",
        "driver",
        "outcome",
        "witnessed",
    )

    def __init__(
        self, chooser: Chooser, *, driver: Driver = "trio", trace: bool = False, text: str = ""
    ) -> None:
        self.chooser = chooser
        self.driver = driver
        self.witnessed: dict[str, bool] = {}
        self.outcome: RunOutcome | None = None
        self._trace = trace
        self._text = text
        self._used = False
        self._conductor: Conductor | None = None
        self._world: World | None = None
        self._source: Source | None = None
        self._result: RunResult | None = None

    def __repr__(self) -> str:
        return self._text or f"<Schedule by {type(self.chooser).__name__}>"

    # -- worlds ---------------------------------------------------------------------------------------------

    def run_file(
        self,
        path: Path | str,
        overrides: Mapping[str, str] | None = None,
        *,
        design: Path | str | None = None,
        check: bool = True,
        record: bool = False,
        log: FilteringBoundLogger | None = None,
    ) -> RunResult:
        """Run the scenario in a file under this schedule; `overrides` are the pairs of ``--set``.

        `design` replaces the scenario's: the name of a shipped one, or a Python file with one of your own, which is
        executed (``--design``). A relative path starts from pytest's rootdir, or else from where pytest was started.
        See `run` for the rest; a file that cannot be used is an `InputError`.
        """
        __tracebackhide__ = True
        file = located(path)
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            scenario.load(file)  # says what is wrong with it
            raise
        return self.run_text(
            text, overrides, path=str(path), design=design, check=check, record=record, log=log
        )

    def run_text(
        self,
        text: str,
        overrides: Mapping[str, str] | None = None,
        *,
        path: str = "<text>",
        design: Path | str | None = None,
        check: bool = True,
        record: bool = False,
        log: FilteringBoundLogger | None = None,
    ) -> RunResult:
        """Run a scenario given as text; `path` names it in messages. The rest is as for `run_file`."""
        __tracebackhide__ = True
        self._source = Source.of(text, path, overrides or {}, design)
        return self.run(self._source.world(), check=check, record=record, log=log)

    def run(
        self,
        world: World,
        *,
        check: bool = True,
        record: bool = False,
        log: FilteringBoundLogger | None = None,
    ) -> RunResult:
        """Run a world that was built before.

        Raises `ScheduleFailed` when the verdict is anything but ``holds``, whatever the scenario expects, unless
        `check` is false, and `InputError` inside a running event loop, unless the driver is the bare one. The result's
        events are there only when `record` is true. `log` gets each of them as it happens, in an entry called as its
        kind with the scenario and the design bound: of every run, so also of all that exploring makes.
        """
        __tracebackhide__ = True
        self._require_no_loop("run()", "run_trio(world)")
        self._begin()
        self._world = world
        watchers = self._watchers(world, log)
        return self._ended(
            world.run(self.chooser, driver=self.driver, record=record, watchers=watchers), check
        )

    async def run_trio(
        self,
        world: World,
        *,
        check: bool = True,
        record: bool = False,
        nursery: Nursery | None = None,
        log: FilteringBoundLogger | None = None,
    ) -> RunResult:
        """As `run`, for an async test: the actors are tasks in the event loop that is running already.

        They are below `nursery` when one is given, such as pytest-trio's fixture of that name.  Cancelling it ends the
        run, which then raises `RunCancelled`.
        """
        __tracebackhide__ = True
        self._begin()
        self._world = world
        watchers = self._watchers(world, log)
        return self._ended(
            await world.run_trio(self.chooser, record=record, watchers=watchers, nursery=nursery), check
        )

    # -- actors of the test's own ---------------------------------------------------------------------------

    def conductor(self, *, steps_max: int = 10_000, suffix_max: int = 10_000) -> Conductor:
        """A conductor under this schedule, to make actors for; see `ftrace_actors.actors`."""
        self._begin()
        tape = CountingTape(self.chooser) if self._trace else Tape(self.chooser)
        if self._trace:
            self._conductor = TracedConductor(tape, steps_max=steps_max, suffix_max=suffix_max)
        else:
            self._conductor = Conductor(tape, steps_max=steps_max, suffix_max=suffix_max)
        return self._conductor

    def conduct(self, conductor: Conductor, *, check: bool = True) -> RunOutcome:
        """Let the actors run to the end.

        Raises `ScheduleFailed` for a deadlock or a livelock unless `check` is false, what bodies raise as an
        `ActorError`, and `InputError` inside a running event loop, unless the driver is the bare one.
        """
        __tracebackhide__ = True
        self._require_no_loop("conduct()", "conduct_trio(conductor)")
        self._require_own(conductor)
        with self._told_when_it_fails():
            bare = self.driver == "bare"
            outcome = run_bare(conductor) if bare else own_loop(partial(run_trio, conductor))
        return self._settled(outcome, check)

    async def conduct_trio(
        self, conductor: Conductor, *, check: bool = True, nursery: Nursery | None = None
    ) -> RunOutcome:
        """As `conduct`, for an async test: the actors are tasks in the event loop that is running already.

        `nursery` is as for `run_trio`.
        """
        __tracebackhide__ = True
        self._require_own(conductor)
        with self._told_when_it_fails():
            outcome = await run_trio(conductor, nursery=nursery)
        return self._settled(outcome, check)

    # -- saying more ----------------------------------------------------------------------------------------

    def sometimes(self, name: str, condition: bool) -> None:
        """Claim that `condition` holds in some run: a test in which it never does fails, since it shows nothing."""
        self.witnessed[name] = self.witnessed.get(name, False) or condition

    def story(self, width: int = WIDTH) -> str:
        """The run for people: the timeline in lanes for a world, the steps of each actor otherwise."""
        if self._world is not None and self._result is not None:
            run = self.recorded()
            image = self._world.image
            lanes = render(run.events, ranked(run.findings), image.symbols, width, image.watched)
            return lanes + _indented(run.wait_for)
        if isinstance(self._conductor, TracedConductor):
            steps = table(self._conductor.trace, self._conductor.tape.picks, width)
            hangs = self.outcome is not None and hang_of(self.outcome.status) is not None
            return steps + (_indented(self.outcome.render()) if self.outcome and hangs else "")
        return ""

    # -- what exploring needs -------------------------------------------------------------------------------

    @property
    def facts(self) -> dict[str, str]:
        """What logs say of the world that was run, its scenario and its design; nothing of actors of the test's own."""
        return {} if self._world is None else _facts(self._world)

    @property
    def unmade(self) -> str:
        """Why this schedule decided nothing, after a test that passed; "" when a run was made."""
        if not self._used:
            return "the test made no run: use schedule.run... or schedule.conductor()"
        if self._conductor is not None and not self._conductor.started:
            return (
                f"{_crowd(self._conductor)} never conducted: schedule.conduct(conductor) lets the actors run"
            )
        if self._conductor is not None and not self._conductor.actors:
            return "the test conducted no actor: make them, for this conductor, before schedule.conduct(conductor)"
        return ""

    @property
    def steps(self) -> Sequence[Step] | None:
        """Each visible step so far; None when they are not written down."""
        return self._conductor.trace if isinstance(self._conductor, TracedConductor) else None

    @property
    def picks(self) -> tuple[Pick, ...] | None:
        """The non-zero choices so far; None when they are not known (no run, or a world that raised)."""
        if self._conductor is not None:
            return self._conductor.tape.picks
        return None if self._result is None else self._result.picks

    @property
    def positions(self) -> int:
        """How many choices were asked so far."""
        if self._conductor is not None:
            return self._conductor.tape.position
        return 0 if self._result is None else self._result.positions

    @property
    def schedule_choices(self) -> int:
        """About how often it was asked who moves; what strategies want to know of a dull run."""
        if self._conductor is not None:
            return min(self._conductor.steps, self._conductor.tape.position)
        return 0 if self._result is None else self._result.schedule_choices

    @property
    def digest(self) -> str:
        """Of the events of a world that was run to its end, else ""."""
        return self.recorded().digest if self._result is not None else ""

    def recorded(self) -> RunResult:
        """The run of a world once more, with its events."""
        result = self._result
        assert self._world is not None, "a world was run"
        assert result is not None, "to its end"
        if not result.events:
            # Bare: it may be asked for inside an event loop, and the events are the same.
            result = self._result = self._world.run(ReplayChooser(result.picks), record=True)
        return result

    def source(self) -> Source | None:
        """What the world that was run is made of, when text, overrides and a design file say all of it."""
        if self._world is None:
            return None
        mine = self._world.scenario
        source = self._source or Source(mine.text, mine.path)
        try:
            same = source.read().spec == mine.spec
        except InputError:
            return None
        return source if same else None

    # -- private --------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._used:
            raise InputError("schedule", "", "a schedule answers the choices of one run; this is the second")
        self._used = True

    def _watchers(self, world: World, log: FilteringBoundLogger | None) -> tuple[Live, ...]:
        return () if log is None else (Live(log.bind(**_facts(world)), world.image.symbols),)

    def _require_no_loop(self, call: str, instead: str) -> None:
        if self.driver == "trio":
            require_no_loop(f"schedule.{call}", f'use `await schedule.{instead}`, or @explore(driver="bare")')

    def _require_own(self, conductor: Conductor) -> None:
        if self._conductor is not None and conductor is not self._conductor:
            raise InputError(
                "schedule", "", "conducts another conductor than the one that schedule.conductor() made"
            )

    @contextmanager
    def _told_when_it_fails(self) -> Iterator[None]:
        """Under a drawn schedule nobody else tells the timeline of a run in which an actor raises."""
        try:
            yield
        except Exception:  # boundary: raised again
            self._tell()
            raise

    def _tell(self) -> None:
        """Have Hypothesis show the timeline if this is the example that it reports."""
        if self._text:
            from hypothesis import currently_in_test_context, note

            if currently_in_test_context():
                note(_Told(self))

    def _ended(self, result: RunResult, check: bool) -> RunResult:
        __tracebackhide__ = True
        self._result = result
        assert self._world is not None, "set before the run"
        for name in self._world.sometimes:
            self.sometimes(name, name in result.seen)
        if check and result.verdict != Verdict.HOLDS:
            raise ScheduleFailed(result.verdict, result.findings, _message(result), self._drawn())
        self._tell()
        return result

    def _settled(self, outcome: RunOutcome, check: bool) -> RunOutcome:
        __tracebackhide__ = True
        self.outcome = outcome
        hang = hang_of(outcome.status)
        if check and hang is not None:
            raise ScheduleFailed(hang, (), outcome.render(), self._drawn())
        self._tell()
        return outcome

    def _drawn(self) -> Schedule | None:
        """Itself, when it can say how to make it again, which means that exploring does not."""
        return self if self._text else None


class _Told:
    """The timeline of a schedule, made only if it is printed."""

    __slots__ = ("_schedule",)

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def __repr__(self) -> str:
        return self._schedule.story().rstrip("\n")


def _facts(world: World) -> dict[str, str]:
    return {"scenario": world.scenario.name, "design": world.image.design.name}


def _crowd(conductor: Conductor) -> str:
    names = ", ".join(actor.name for actor in conductor.actors)
    return f"the test made actors ({names}) that were" if names else "the test made a conductor that was"


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


def _message(result: RunResult) -> str:
    lines = [
        f"{finding.invariant} ({finding.severity}{f' in {finding.window}' if finding.window else ''}): "
        f"{finding.message}"
        for finding in ranked(result.findings)
    ]
    return f"{result.verdict}: " + ("\n".join(lines) or result.wait_for)
