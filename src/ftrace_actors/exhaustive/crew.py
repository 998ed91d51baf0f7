"""Several processes that go through one level of a search together.

Each keeps the places that it reached and that are to be gone through later; to the others a place is known by its
trail alone, from which it can be made again.  A process that has few places is given trails of one that has many.  What
was seen by any of them is in one table (`seen.SharedSeen`).  What one learned the others learn after each level.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import tempfile
import traceback
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import DupFd
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from ..endings import ENDINGS
from ..errors import ModelError
from ..scenario.run import blaming_the_design
from .collecting import collect_rarely
from .item import Item
from .learned import Learned, Lesson
from .seen import SharedSeen
from .trail import Move, Trail, Trails, moves_of
from .visitor import Reductions, Tally, Visitor, Waiting

if TYPE_CHECKING:
    from ..scenario import World

__all__ = ["Crew", "WorkerLost"]

_ENTRIES = 1 << 22
"""Of the shared table: 32 MB, for three million places."""

_POLL = 0.1
"""Seconds between two questions whether to stop."""

_UNEVEN = 1.2
"""How much more than its share a process keeps before others are given some of it."""


class WorkerLost(Exception):
    """A process ended that should not have; what it had reached in this level is lost."""


class _Sent(NamedTuple):
    """An item for a process that does not hold its place: the moves that lead there, and the rest of it."""

    moves: tuple[Move, ...]
    key: int
    early: int
    last: int
    done: tuple[int, ...]

    @classmethod
    def of(cls, item: Item) -> _Sent:
        """To be sent."""
        return cls(moves_of(item.trail), item.key, item.early, item.last, tuple(sorted(item.done)))

    def item(self, trails: Trails) -> Item:
        """As it is received."""
        trail = trails.extended(None, self.moves)
        return Item(self.key, trail, self.early, self.last, done=frozenset(self.done))


@dataclass(frozen=True, slots=True)
class _Order:
    """What a process is to go through: keys of places that it holds, and places to be made again."""

    level: int
    held: tuple[int, ...]
    given: tuple[_Sent, ...]
    places: int | None
    lesson: Lesson


@dataclass(frozen=True, slots=True)
class _Doubt:
    """Something was learned: which places must be gone through again?"""

    lesson: Lesson


_Wrong = tuple[tuple[int, _Sent], ...]
"""These, each with its level."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came out: a tally in which trails begin at the place of the order that they come from."""

    tally: Tally
    waiting: tuple[tuple[int, int, int, tuple[Move, ...], int, int], ...]
    lesson: Lesson


class _Member:
    """A process of the crew, as the others know it."""

    def __init__(self, number: int, process: Any, pipe: Connection) -> None:
        self.number = number
        self.process = process
        self.pipe = pipe
        self.holds: set[tuple[int, int]] = set()
        self.taught = (0, 0)


class Crew:
    """Processes for one pass after the other; a context manager.

    Args:
        source: makes the world, in any process.
        jobs: how many processes.
    """

    def __init__(
        self, source: Callable[[], World], reductions: Reductions, early: int | None, jobs: int
    ) -> None:
        self._source = source
        self._reductions = reductions
        self._early = early
        self._jobs = jobs
        self._context = multiprocessing.get_context("spawn")
        self._lock = self._context.Lock()
        self._stop = self._context.RawValue("b", 0)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._file.truncate(8 * _ENTRIES)
        self.seen = SharedSeen(self._file.fileno(), _ENTRIES, self._lock)
        self._members: list[_Member] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def room(self) -> int:
        """How many places it can tell apart."""
        return SharedSeen.room(_ENTRIES)

    def begin(self, keys: Iterable[int]) -> None:
        """A pass, in which these places were reached already: nobody holds a place."""
        self._dismiss()
        self.seen.refill(keys)
        for number in range(self._jobs):
            mine, theirs = self._context.Pipe()
            process = self._context.Process(
                target=_work,
                args=(
                    number,
                    theirs,
                    self._source,
                    self._reductions,
                    self._early,
                    DupFd(self._file.fileno()),
                    self._lock,
                    self._stop,
                ),
                daemon=True,
            )
            process.start()
            theirs.close()
            self._members.append(_Member(number, process, mine))

    def level(
        self,
        level: int,
        items: Sequence[Item],
        learned: Learned,
        *,
        places: int | None,
        stop: Callable[[], bool],
    ) -> Tally:
        """As `Visitor.level`; raises `WorkerLost`."""
        self._stop.value = 0
        shares = self._shares(level, items)
        for member, share in zip(self._members, shares, strict=True):
            holds = member.holds
            held = tuple([item.key for item in share if (level, item.key) in holds])
            given = [_Sent.of(item) for item in share if (level, item.key) not in holds]
            given.sort()  # so that trails that begin alike follow each other
            allowed = None if places is None else -(-places * len(share) // max(len(items), 1))
            order = _Order(level, held, tuple(given), allowed, learned.lesson(member.taught))
            self._tell(member, order)
            member.holds = {each for each in holds if each[0] != level}
        by_key = {item.key: item for item in items}
        tally = Tally()
        marks = learned.mark
        for member, answer in self._answers(stop):
            learned.absorb(answer.lesson)
            _add(tally, member, answer, by_key)
        for member in self._members:
            member.taught = marks
        return tally

    def wrong(self, learned: Learned) -> list[tuple[int, Item]]:
        """As `Visitor.wrong`, of all; raises `WorkerLost`."""
        for member in self._members:
            self._tell(member, _Doubt(learned.lesson(member.taught)))
            member.taught = learned.mark
        trails = Trails()
        return [
            (level, sent.item(trails)) for _, wrong in self._answers(lambda: False) for level, sent in wrong
        ]

    def close(self) -> None:
        """End all processes."""
        self._dismiss()
        self.seen.close()
        self._file.close()

    # -- private ------------------------------------------------------------------------------------------------------

    def _shares(self, level: int, items: Sequence[Item]) -> list[list[Item]]:
        """The items of each process: the places that it holds, unless they are too many for one."""
        shares: list[list[Item]] = [[] for _ in self._members]
        free: list[Item] = []
        for item in items:
            holder = next(
                (member.number for member in self._members if (level, item.key) in member.holds), None
            )
            if holder is None:
                free.append(item)
            else:
                shares[holder].append(item)
        most = int(len(items) / self._jobs * _UNEVEN) + 1
        for share in shares:
            free.extend(share[most:])
            del share[most:]
        for item in free:
            min(shares, key=len).append(item)
        return shares

    def _tell(self, member: _Member, order: _Order | _Doubt) -> None:
        try:
            member.pipe.send(order)
        except OSError as error:
            raise WorkerLost from error

    def _answers(self, stop: Callable[[], bool]) -> list[tuple[_Member, Any]]:
        """Of all members, by their numbers."""
        found: dict[int, Any] = {}
        pipes = {member.pipe: member for member in self._members}
        while pipes:
            for pipe in wait(list(pipes), _POLL):
                member = pipes.pop(pipe)  # type: ignore[call-overload]
                try:
                    answer = member.pipe.recv()
                except (EOFError, OSError) as error:
                    raise WorkerLost from error
                if isinstance(answer, Exception):
                    raise answer
                found[member.number] = answer
            if stop():
                self._stop.value = 1
        return [(self._members[number], found[number]) for number in sorted(found)]

    def _dismiss(self) -> None:
        for member in self._members:
            member.pipe.close()
            member.process.kill()
            member.process.join()
        self._members.clear()


def _add(tally: Tally, member: _Member, answer: _Answer, by_key: dict[int, Item]) -> None:
    """Add what one member found to what others did."""
    its = answer.tally
    tally.places += its.places
    tally.steps += its.steps
    tally.fused += its.fused
    tally.stopped |= its.stopped
    tally.keys.extend(its.keys)
    tally.ways.add(its.ways)
    for status, count in its.ends.items():
        tally.ends[status] = tally.ends.get(status, 0) + count
    tally.found.add_all(its.found)
    trails = Trails()
    for level, key, origin_key, moves, early, last in answer.waiting:
        waiting = tally.waiting.setdefault(level, {})
        if key not in waiting:
            waiting[key] = Item(key, trails.extended(by_key[origin_key].trail, moves), early, last)
            member.holds.add((level, key))


# -- in a process of the crew ---------------------------------------------------------------------------------------


def _work(
    number: int,
    pipe: Connection,
    source: Callable[[], World],
    reductions: Reductions,
    early: int | None,
    file: Any,
    lock: Any,
    stop: Any,
) -> None:
    """Go through what comes by the pipe, until it is closed."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)  # the parent decides when to stop
    collect_rarely()
    parent = multiprocessing.parent_process()

    def stopped() -> bool:
        return bool(stop.value) or parent is None or not parent.is_alive()

    descriptor = file.detach()
    seen = SharedSeen(descriptor, _ENTRIES, lock)
    os.close(descriptor)
    learned = Learned()
    member = _Worker(Visitor(source(), learned, seen, reductions, early=early, first=number << 48), learned)
    while True:
        try:
            order = pipe.recv()
        except (EOFError, OSError):
            return
        if isinstance(order, _Doubt):
            pipe.send(_outcome(partial(member.wrong, order)))
        else:
            pipe.send(_outcome(partial(member.follow, order, stopped)))


def _outcome(call: Callable[[], _Answer | _Wrong]) -> _Answer | _Wrong | Exception:
    """What a call gives, or what it raises, in a form that can travel: a user's design may be at fault."""
    try:
        with blaming_the_design():
            return call()
    except Exception as error:  # boundary: it is raised in the process that gave the order  # noqa: BLE001
        details = traceback.format_exc()
        error.add_note(f"in a worker process:\n{details}")
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # boundary: what it carries cannot travel  # noqa: BLE001
            return ModelError(details)
        return error


class _Worker:
    """What a process of the crew knows."""

    def __init__(self, visitor: Visitor, learned: Learned) -> None:
        self._visitor = visitor
        self._learned = learned
        self._trails = Trails()
        self._held: Waiting = {}

    def follow(self, order: _Order, stop: Callable[[], bool]) -> _Answer:
        """Go through what was ordered; what it holds for this level and was not asked for, others go through."""
        self._learned.absorb(order.lesson)
        mark = self._learned.mark
        held = self._held.pop(order.level, {})
        items = [held[key] for key in order.held]
        items += [sent.item(self._trails) for sent in order.given]
        origins = {item.trail: item.key for item in items}
        tally = self._visitor.level(order.level, items, places=order.places, stop=stop)
        waiting = []
        for level, put_off in tally.waiting.items():
            for key, item in put_off.items():
                if self._held.setdefault(level, {}).setdefault(key, item) is item:
                    origin = _origin(item.trail, origins)
                    moves = moves_of(item.trail, origin)
                    waiting.append((level, key, origins[origin], moves, item.early, item.last))
        tally.waiting = {}
        return _Answer(tally, tuple(waiting), self._learned.lesson(mark))

    def wrong(self, doubt: _Doubt) -> _Wrong:
        """What must be gone through again, knowing this."""
        self._learned.absorb(doubt.lesson)
        return tuple([(level, _Sent.of(item)) for level, item in self._visitor.wrong()])


def _origin(trail: Trail | None, origins: Container[Trail | None]) -> Trail | None:
    """Where a trail begins that leads on from one of those."""
    while trail not in origins:
        assert trail is not None, "a place that was reached from none of those given"
        trail = trail.before
    return trail
