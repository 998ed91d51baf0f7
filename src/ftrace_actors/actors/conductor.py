"""The conductor: exactly one actor runs at a time, and it is known why the others do not.

Theory of operation
-------------------
There is one baton. The actor that holds it runs; before its next visible step it calls `decide`, which lists
the enabled actors, asks one SCHEDULE choice, and names who holds the baton next. When that is the caller,
it continues without suspending. Otherwise it parks, and the *driver* (the only code that knows how a coroutine is
suspended) resumes the one named. The conductor itself is plain synchronous code without an event loop:
shuttle's execution and trio's run loop both inspired it, and neither has to be trusted, since the order in
which trio runs tasks is random and its sets are ordered by address.

An actor is enabled when
  - it is before a step (`_ready`), or
  - it waits and a message came to one of its inboxes (moved to `_ready` by the message), or
  - it waits and its guard is true (`_guarded`, asked before each decision).
So the enabled set is kept, not computed, except for guards. Options are listed as the actor that ran last (if
it is enabled), then the others by id; the listing is cached per last actor until the enabled set changes.
Option 0 everywhere is thus the run without preemption.

Quiescence
----------
Nothing is enabled. Then, in this order: is the run done; is there a timer worth firing; else it is a
deadlock. `quiescence` says what "worth firing" means.

Limits
------
After `steps_max` steps the tape is frozen and the run gets `suffix_max` more steps under a fair schedule
(round-robin over the enabled actors, option 0 for all else). A run that was merely scheduled unfairly
finishes there; one that does not is a livelock. The suffix asks nobody and takes no positions, so it is the
same for each replay.

The end
-------
The run is over the moment `decide` says so: it raises `RunClosed` in the actor that asked, and the driver
raises it in all others in the order of their ids, one at a time, so clean-up is as deterministic as the run.

How a run is copied is in `copying`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from .actor import Actor
from .choices import Chooser, Kind, RunInfo, Tape
from .copying import Copying
from .errors import ConductError, Failure, RunClosed, surfaced
from .mailbox import NOBODY, ChannelFactory, Envelope, Outbox
from .outcome import Busy, RunOutcome, Status, WaitEdge
from .quiescence import culprits, graph
from .waiting import NOBODY_YET

__all__ = ["Conductor", "Statistics"]

T = TypeVar("T")

_SCHEDULE = Kind.SCHEDULE


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a run cost so far.

    Attributes:
        steps: visible steps.
        passes: how often the baton went to another actor (the rest went on without suspending).
        preemptions: passes away from an actor that could have gone on.
        messages: messages posted.
        timers: timers fired.
    """

    steps: int
    passes: int
    preemptions: int
    messages: int
    timers: int


def _one_round() -> int:
    """How often a timer is fired without progress, unless somebody knows better."""
    return 1


class Conductor(Copying):
    """One run: its actors, its tape, and who holds the baton.

    Args:
        tape: the choices of this run, or a chooser to make a tape of.
        steps_max: visible steps before the fair suffix.
        suffix_max: steps of the fair suffix.
        finished: is the run done, asked when nothing is enabled; by default all non-daemon actors must be done.
        rounds: how often each timer is fired without progress before that is a deadlock, at least 1.
        wait_edges: more edges for the wait-for graph.
        digest: keep a running digest of steps and choices (costs about as much as a run without it).

    The hooks are attributes, and may be set until the run starts.

    Attributes:
        stepped: `decide` decides nothing, so only a driver that makes the decisions itself can run it (`stepping`).
    """

    stepped: ClassVar[bool] = False

    def __init__(
        self,
        tape: Tape | Chooser,
        *,
        steps_max: int = 10_000,
        suffix_max: int = 10_000,
        finished: Callable[[], bool] | None = None,
        rounds: Callable[[], int] = _one_round,
        wait_edges: Callable[[], Iterable[WaitEdge]] = tuple,
        digest: bool = False,
    ) -> None:
        made = tape if isinstance(tape, Tape) else Tape(tape)
        super().__init__(made, -1 if digest else steps_max, digest=digest)
        self.steps_max = steps_max
        self.suffix_max = suffix_max
        self.finished = finished
        self.rounds = rounds
        self.wait_edges = wait_edges
        self.park: Callable[[], Awaitable[None]] = _not_running
        self._outcome: RunOutcome | None = None
        self._failures: list[Failure] = []
        self._choose = made.choose

    # -- building the world ---------------------------------------------------------------------------------

    def add(self, actor: Actor) -> int:
        """Take an actor in (its constructor does this) and give it its id."""
        if self._factory is not None:
            raise ConductError(f"actor {actor.name!r} was made after the run had started")
        if any(actor.name == other.name for other in self.actors):
            raise ConductError(f"two actors are named {actor.name!r}")
        self.actors.append(actor)
        return len(self.actors) - 1

    def dismiss(self) -> None:
        """Forget the actors and the hooks, when nobody runs or copies this run any more.

        They refer to the conductor and it to them, so without this they stay until the collector of cycles finds them.
        """
        self.actors.clear()
        self._guarded.clear()
        self.current = self._asking = None
        self.finished = None
        self.rounds = _one_round
        self.wait_edges = tuple

    # -- what actors and the floors above use ---------------------------------------------------------------

    def note_progress(self) -> None:
        """Something happened that may let others progress: see "Quiescence" above."""
        self.progress += 1

    def stop(self, reason: str) -> None:
        """End the run at the next visible step, whoever makes it; outcome STOPPED."""
        self._reason = reason
        self._limit = -1

    def post(
        self, mailbox: Outbox[T], payload: T, sender: int = NOBODY, cause: int | None = None
    ) -> Envelope[T]:
        """Enqueue a message without a step: `Actor.post`, or something posted before the run."""
        envelope = Envelope(sender, self._messages, cause, payload)
        self._messages += 1
        if self._factory is None:
            self._early.append((mailbox, envelope))
        else:
            self._enqueue(mailbox, envelope, self._factory)
        return envelope

    def statistics(self) -> Statistics:
        """What the run cost so far."""
        return Statistics(self.steps, self._passes, self._preemptions, self._messages, self._rounds.total)

    # -- what the primitives of Actor use -------------------------------------------------------------------

    def decide(self, actor: Actor) -> Actor:
        """`actor`, which holds the baton, is before a visible step or waits: who moves next?

        Raises `RunClosed` when the run is over. The hot path of the whole program, hence flat.
        """
        if actor is not self.current:
            return self._out_of_turn(actor)
        steps = self.steps + 1
        self.steps = steps
        if steps > self._limit:
            self._account(actor)
        if self._guarded:
            self._ask_guards()
        options = self._listed.get(actor.id)
        if options is None:
            options = self._list(actor.id)
        count = len(options)
        if count > 1:
            picked = self._choose(_SCHEDULE, count, actor.id, actor.op, actor.obj, options)
            chosen = self.actors[options[picked]]
            if picked and options[0] == actor.id:
                self._preemptions += 1
        elif count:
            chosen = self.actors[options[0]]
        else:
            chosen = self._quiesce(actor)
        if chosen is not actor:
            self.current = chosen
            self._passes += 1
        return chosen

    # -- what drivers use -----------------------------------------------------------------------------------

    def start(self, factory: ChannelFactory, park: Callable[[], Awaitable[None]]) -> Actor | None:
        """Begin the run: who runs first? None when the run is over before it began. Once only.

        A copy begins in the middle: None, until its bodies have been entered and `resume` says who is next.
        """
        if self._factory is not None:
            raise ConductError("a conductor conducts one run")
        self._begin(factory, park)
        if self._copied:
            for letters in self._letters.values():
                letters.hold(letters.envelopes(), factory)
            return None
        self._ready = list(range(len(self.actors)))
        for mailbox, envelope in self._early:
            self._enqueue(mailbox, envelope, factory)
        self._early.clear()
        return self._succeed(NOBODY_YET)

    @property
    def nobody(self) -> Actor:
        """Stands for an actor where none is."""
        return NOBODY_YET

    def resume(self) -> Actor | None:
        """All bodies of a copy were entered: which actor is next? None when the run is over."""
        if self._asking is None:
            return self.current
        asking, self._asking = self._asking, None
        return self._succeed(asking)

    def finish(self, actor: Actor) -> Actor | None:
        """The body of `actor` returned: who moves next? None when the run is over."""
        if self.closing:
            return None
        actor.finished = True
        actor.op = "end"
        actor.obj = 0
        self._ready.remove(actor.id)
        self._listed.clear()
        self.progress += 1
        return self._succeed(actor)

    def fail(self, actor: Actor, error: BaseException) -> None:
        """The body of `actor` raised: the run is over. May be called again for errors during clean-up."""
        point = actor.point or actor.op
        error.add_note(f"in actor {actor.name!r}, after {point!r} on {actor.obj!r}, step {self.steps}")
        self._failures.append(Failure(actor.name, point, self.steps, error))
        self.close()

    def close(self) -> None:
        """From now on each primitive raises `RunClosed`."""
        self.closing = True
        self._limit = -1
        self.tape.frozen = True

    def release(self) -> None:
        """Let go of the channels, after clean-up."""
        for letters in self._letters.values():
            letters.close()

    def failure(self) -> BaseException | None:
        """What the bodies raised, as one exception."""
        return surfaced(self._failures) if self._failures else None

    def result(self) -> RunOutcome:
        """The outcome, after clean-up; raises what the bodies raised (see `errors`)."""
        failure = self.failure()
        if failure is not None:
            raise failure
        assert self._outcome is not None, "a run ends with an outcome or a failure"
        self.tape.chooser.end(self._outcome)
        return self._outcome

    # -- private: beginning ---------------------------------------------------------------------------------

    def _begin(self, factory: ChannelFactory, park: Callable[[], Awaitable[None]]) -> None:
        """Take up the driver's means, and have the chooser begin: also in a copy, which has a chooser of its own."""
        self._factory = factory
        self.park = park
        names = tuple(actor.name for actor in self.actors)
        self.tape.chooser.begin(RunInfo(names, self.steps_max, self._pending, self.tape.position))

    # -- private: deciding ----------------------------------------------------------------------------------

    def _succeed(self, actor: Actor) -> Actor | None:
        self.current = actor
        try:
            return self.decide(actor)
        except RunClosed:
            return None

    def _pending(self, actor: int) -> tuple[str, int | str]:
        pending = self.actors[actor]
        return pending.op, pending.touches()

    def _account(self, actor: Actor) -> None:
        """The slow part of a step: digest, stop, limits."""
        if self.closing:
            raise RunClosed
        if self._hash is not None:
            self._hash.update(f"{self.steps} {actor.id} {actor.op} {actor.obj}\n".encode())
        if self._reason is not None:
            self._end(Status.STOPPED, reason=self._reason)
        if self.steps <= self.steps_max:
            return
        self._suffix[actor.id] = self._suffix.get(actor.id, 0) + 1
        if self.steps > self.steps_max + self.suffix_max:
            self._end(Status.LIVELOCK, busy=culprits(self.actors, self._suffix))
        self.tape.frozen = True

    # -- private: quiescence and the end --------------------------------------------------------------------

    def _quiesce(self, last: Actor) -> Actor:
        """Nothing is enabled: done, a timer, or a deadlock."""
        if self.finished() if self.finished else all(a.finished or a.daemon for a in self.actors):
            self._end(Status.DONE)
        timers = self._rounds.worth_firing(self.actors, self.progress, self.rounds())
        if not timers:
            self._end(Status.DEADLOCK, waits=graph(self.actors, self.wait_edges()))
        chosen = timers[self.tape.choose(Kind.TIMER, len(timers), last.id, "timer", 0)]
        self._rounds.fire(chosen)
        self.now = max(self.now, chosen.due)
        return chosen

    def _end(
        self,
        status: Status,
        *,
        waits: tuple[WaitEdge, ...] = (),
        busy: tuple[Busy, ...] = (),
        reason: str = "",
    ) -> None:
        """Write the outcome down and close; always raises `RunClosed`."""
        digest = ""
        if self._hash is not None:
            self._hash.update(f"{status} {self.tape.position} {self.tape.picks}".encode())
            digest = self._hash.hexdigest()
        self._outcome = RunOutcome(status, self.steps, self.tape.position, waits, busy, reason, digest)
        self.close()
        raise RunClosed


async def _not_running() -> None:
    raise ConductError("a primitive was used outside a run")
