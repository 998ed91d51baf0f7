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

from ..actors import Conductor, RunOutcome, run_bare
from ..actors.drivers.trio_driver import own_loop, require_no_loop, run_trio
from ..checks import Finding
from ..errors import InputError
from ..explore import Driver
from ..inspect.live import Live
from ..scenario import RunResult, World
from ..terminal import one_line
from ..words import Verdict, hang_of
from .failed import ScheduleFailed, message_of
from .made import NoRun, OwnRun, WorldRun
from .source import Source
from .steps import Note, Step

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger
    from trio import Nursery

    from ..actors import Chooser, Pick

__all__ = ["Schedule", "ScheduleFailed"]

WIDTH: Final = 100


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

    __slots__ = ("_made", "_notes", "_text", "_trace", "_used", "chooser", "driver", "witnessed")

    def __init__(
        self, chooser: Chooser, *, driver: Driver = "trio", trace: bool = False, text: str = ""
    ) -> None:
        self.chooser = chooser
        self.driver = driver
        self.witnessed: dict[str, bool] = {}
        self._trace = trace
        self._text = text
        self._used = False
        self._made = NoRun()
        self._notes: list[Note] = []

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
        self._require_no_loop("run_file()", "run_file_trio(...)")
        source = Source.of_file(path, overrides or {}, design)
        return self._run(source.world(), source, check=check, record=record, log=log)

    async def run_file_trio(
        self,
        path: Path | str,
        overrides: Mapping[str, str] | None = None,
        *,
        design: Path | str | None = None,
        check: bool = True,
        record: bool = False,
        nursery: Nursery | None = None,
        log: FilteringBoundLogger | None = None,
    ) -> RunResult:
        """As `run_file`, for an async test; `nursery` is as for `run_trio`."""
        __tracebackhide__ = True
        source = Source.of_file(path, overrides or {}, design)
        return await self._run_trio(
            source.world(), source, check=check, record=record, nursery=nursery, log=log
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
        self._require_no_loop("run_text()", "run_text_trio(...)")
        source = Source.of(text, path, overrides or {}, design)
        return self._run(source.world(), source, check=check, record=record, log=log)

    async def run_text_trio(
        self,
        text: str,
        overrides: Mapping[str, str] | None = None,
        *,
        path: str = "<text>",
        design: Path | str | None = None,
        check: bool = True,
        record: bool = False,
        nursery: Nursery | None = None,
        log: FilteringBoundLogger | None = None,
    ) -> RunResult:
        """As `run_text`, for an async test; `nursery` is as for `run_trio`."""
        __tracebackhide__ = True
        source = Source.of(text, path, overrides or {}, design)
        return await self._run_trio(
            source.world(), source, check=check, record=record, nursery=nursery, log=log
        )

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
        return self._run(world, None, check=check, record=record, log=log)

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
        return await self._run_trio(world, None, check=check, record=record, nursery=nursery, log=log)

    # -- actors of the test's own ---------------------------------------------------------------------------

    def conductor(self, *, steps_max: int = 10_000, suffix_max: int = 10_000) -> Conductor:
        """A conductor under this schedule, to make actors for; see `ftrace_actors.actors`."""
        self._begin()
        made = OwnRun(self.chooser, trace=self._trace, steps_max=steps_max, suffix_max=suffix_max)
        self._made = made
        return made.conductor

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

    def note(self, *words: object, **values: object) -> None:
        """Say something in the story of this run, as ``schedule.note("before the store", total=3)``.

        During a run of actors of the test's own it is shown after the step that was made last, in the column of the
        actor that made it, else below the run.  It is kept only where the steps are, so it costs little elsewhere.
        """
        if self._trace:
            said = [str(word) for word in words] + [f"{name}={value!r}" for name, value in values.items()]
            self._notes.append(self._made.note(one_line(" ".join(said))))

    def story(self, width: int = WIDTH) -> str:
        """The run for people: the timeline in lanes for a world, the steps of each actor otherwise; and the notes."""
        return self._made.story(width, self._notes)

    # -- what exploring needs: see `made` -------------------------------------------------------------------

    @property
    def facts(self) -> dict[str, str]:
        """What logs say of the world that was run, its scenario and its design; nothing of actors of the test's own."""
        return self._made.facts

    @property
    def result(self) -> RunResult | None:
        """What a world's run came to; None for anything else, and for one that raised."""
        return self._made.result

    @property
    def unmade(self) -> str:
        """Why this schedule decided nothing, after a test that passed; "" when a run was made."""
        return self._made.unmade

    @property
    def steps(self) -> Sequence[Step] | None:
        """Each visible step so far; None when they are not written down."""
        return self._made.steps

    @property
    def made(self) -> NoRun:
        """What it was used for."""
        return self._made

    @property
    def notes(self) -> Sequence[Note]:
        """What the test said, where steps are written down."""
        return self._notes

    @property
    def picks(self) -> tuple[Pick, ...] | None:
        """The non-zero choices so far; None when they are not known (no run, or a world that raised)."""
        return self._made.picks

    @property
    def positions(self) -> int:
        """How many choices were asked so far."""
        return self._made.positions

    @property
    def schedule_choices(self) -> int:
        """How often it was asked who moves, at most; what strategies want to know of a dull run."""
        return self._made.schedule_choices

    @property
    def digest(self) -> str:
        """Of the events of a world that was run to its end, else ""."""
        made = self._made
        return made.recorded().digest if isinstance(made, WorldRun) and made.result is not None else ""

    def recorded(self) -> RunResult:
        """The run of a world once more, with its events."""
        assert isinstance(self._made, WorldRun), "a world was run"
        return self._made.recorded()

    def source(self) -> Source | None:
        """What the world that was run is made of, when text, overrides and a design file say all of it."""
        return self._made.source() if isinstance(self._made, WorldRun) else None

    # -- private --------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._used:
            raise InputError("schedule", "", "a schedule answers the choices of one run; this is the second")
        self._used = True

    def _begin_world(self, world: World, source: Source | None) -> WorldRun:
        self._begin()
        made = WorldRun(world, source)
        self._made = made
        return made

    def _run(
        self,
        world: World,
        source: Source | None,
        *,
        check: bool,
        record: bool,
        log: FilteringBoundLogger | None,
    ) -> RunResult:
        __tracebackhide__ = True
        made = self._begin_world(world, source)
        made.result = world.run(
            self.chooser, driver=self.driver, record=record, watchers=_watchers(made, log)
        )
        return self._ended(world, made.result, check)

    async def _run_trio(
        self,
        world: World,
        source: Source | None,
        *,
        check: bool,
        record: bool,
        nursery: Nursery | None,
        log: FilteringBoundLogger | None,
    ) -> RunResult:
        __tracebackhide__ = True
        made = self._begin_world(world, source)
        made.result = await world.run_trio(
            self.chooser, record=record, watchers=_watchers(made, log), nursery=nursery
        )
        return self._ended(world, made.result, check)

    def _require_no_loop(self, call: str, instead: str) -> None:
        if self.driver == "trio":
            require_no_loop(f"schedule.{call}", f'use `await schedule.{instead}`, or @explore(driver="bare")')

    def _require_own(self, conductor: Conductor) -> None:
        if isinstance(self._made, OwnRun) and conductor is not self._made.conductor:
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
        finally:
            if isinstance(self._made, OwnRun):
                self._made.over = True

    def _tell(self) -> None:
        """Have Hypothesis show the timeline if this is the example that it reports."""
        if self._text:
            from hypothesis import currently_in_test_context, note

            if currently_in_test_context():
                note(_Told(self))

    def _ended(self, world: World, result: RunResult, check: bool) -> RunResult:
        __tracebackhide__ = True
        for name in world.sometimes:
            self.sometimes(name, name in result.seen)
        if check and result.verdict != Verdict.HOLDS:
            names = {ops.name for ops in world.scenario.spec.ops}
            raise self._failed(result.verdict, result.findings, message_of(result, names))
        self._tell()
        return result

    def _settled(self, outcome: RunOutcome, check: bool) -> RunOutcome:
        __tracebackhide__ = True
        if isinstance(self._made, OwnRun):
            self._made.outcome = outcome
        hang = hang_of(outcome.status)
        if check and hang is not None:
            raise self._failed(hang, (), outcome.render())
        self._tell()
        return outcome

    def _failed(self, verdict: str, findings: Sequence[Finding], message: str) -> ScheduleFailed:
        """It tells the timeline itself when the schedule was drawn, for then exploring does not."""
        return ScheduleFailed(verdict, findings, message, self._again if self._text else None)

    def _again(self) -> str:
        again = f"  again   @example(..., schedule={self!r}), the rest as in the failing test case"
        return "\n".join([self.story().rstrip("\n"), again])


class _Told:
    """The timeline of a schedule, made only if it is printed."""

    __slots__ = ("_schedule",)

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def __repr__(self) -> str:
        return self._schedule.story().rstrip("\n")


def _watchers(made: WorldRun, log: FilteringBoundLogger | None) -> tuple[Live, ...]:
    return () if log is None else (Live(log.bind(**made.facts), made.world.image.symbols),)
