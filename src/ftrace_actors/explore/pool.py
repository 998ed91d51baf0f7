"""Worker processes: they outlive nobody, and a killed one loses nothing but the job that it was doing.

Each worker has a thread of ours that feeds it one job at a time over a pipe of its own.  So a worker that is killed
(by the out-of-memory killer, a person) breaks no other; its job is done once more by a new worker, and given up when
that is killed as well.  Workers are started by a fork server, never by fork: this process runs trio and threads, and a
forked copy of those is not a working program.  When the fork server is killed, its workers keep running, and the next
start makes another one.

A worker ends itself when the other end of its life line is closed, which the system sees to however its parent ends; so
does the fork server, by a pipe of the same kind (multiprocessing.forkserver).  Signals that ask a program to end never
reach either, a terminal sends them to the whole process group: what they mean is decided by the parent.
"""

import atexit
import multiprocessing
import os
import queue
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import connection, resource_tracker
from multiprocessing.context import BaseContext
from multiprocessing.reduction import ForkingPickler
from threading import Event, Lock, Thread
from typing import Any, Generic, Protocol, TypeVar

from ..endings import ENDINGS
from ..errors import InputError, ModelError

__all__ = ["Executor", "NoWorkers", "Pool", "WorkersLost", "as_completed", "open_pool", "outcome"]

_ATTEMPTS = 2
"""How often a job may kill its worker."""
_STARTS = 5
"""How often a worker may die before it is ready for a job."""
_PATIENCE = 5.0
"""Seconds to wait for workers that are to end."""

T = TypeVar("T")


class WorkersLost(Exception):
    """A job killed its worker twice, or was not done when the pool was closed."""


class NoWorkers(InputError):
    """The system starts no worker process.  No job is to blame, and no other will fare better."""

    def __init__(self) -> None:
        super().__init__(
            "worker processes", "", "none can be started; one job at a time (--jobs 1) needs none"
        )


class Executor(Protocol):
    """Executes jobs elsewhere: `Pool` in processes of this machine, `cluster.Cluster` on a cluster."""

    @property
    def jobs(self) -> int:
        """How many it does at a time now."""

    def on_change(self, changed: Callable[[int], None]) -> None:
        """Have `changed` called with `jobs` now, and in whichever thread whenever that changes."""

    def submit(self, call: Callable[[], T]) -> "Future[T]":
        """Have `call`, which can be pickled, done.

        The future raises what it raises, `WorkersLost` when it was given up, and an `InputError` when nothing can be
        done here.
        """

    def close(self) -> None:
        """Do nothing more."""


@dataclass(slots=True)
class _Job(Generic[T]):
    """Something to do, and who waits for it."""

    call: Callable[[], T]
    future: "Future[T]" = field(default_factory=Future)


class Pool:
    """Executes jobs in worker processes, at most `jobs` at a time; they are started when there is something to do."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        methods = multiprocessing.get_all_start_methods()
        self._context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
        # What is imported here will be wanted there: once, and not once in each worker.
        self._context.set_forkserver_preload(["__main__", *_loaded()])
        self._queue: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._lock = Lock()
        self._workers: set[_Worker] = set()
        self._over = Event()
        # It lifts the block of signals in whichever thread starts it, so not in one of ours.
        resource_tracker.ensure_running()
        self._threads = [Thread(target=self._serve, daemon=True) for _ in range(jobs)]
        for thread in self._threads:
            thread.start()
        atexit.register(self.close)

    def on_change(self, changed: Callable[[int], None]) -> None:
        """See `Executor`; a pool does not change."""
        changed(self.jobs)

    def submit(self, call: Callable[[], T]) -> "Future[T]":
        """Have `call`, which can be pickled, done in a worker.

        The future raises what it raises, `WorkersLost` and `NoWorkers`.
        """
        job = _Job(call)
        self._queue.put(job)
        return job.future

    def close(self) -> None:
        """End all workers, also those at work: who still wants a result waits for it before."""
        atexit.unregister(self.close)
        with self._lock:
            self._over.set()
            workers = set(self._workers)
            for worker in workers:
                worker.end()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(_PATIENCE)
        for worker in workers:
            worker.join(_PATIENCE)

    # -- in the threads -----------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        """Feed one worker, and its successors."""
        # Children inherit what is blocked; this thread gets no signals anyway.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
        worker: _Worker | None = None
        while (job := self._queue.get()) is not None:
            if job.future.set_running_or_notify_cancel():
                worker = self._do(job, worker)

    def _do(self, job: _Job[Any], worker: "_Worker | None") -> "_Worker | None":
        """One job; the worker to use for the next one."""
        for _ in range(_ATTEMPTS):
            try:
                worker = worker or self._start()
                good, value = worker.do(job.call)
            except (EOFError, OSError):
                if worker is not None:
                    self._forget(worker)
                worker = None
                continue
            except Exception as error:  # noqa: BLE001  # boundary: whose job it was gets to know
                good, value = False, error
            if good:
                job.future.set_result(value)
            else:
                job.future.set_exception(value)
            return worker
        job.future.set_exception(WorkersLost("it killed its worker twice"))
        return None

    def _start(self) -> "_Worker":
        for attempt in range(_STARTS):
            self._over.wait(0.05 * attempt)  # a fork server that was killed is not gone at once
            with self._lock:
                if self._over.is_set():
                    raise WorkersLost("the pool was closed")
                try:
                    worker = _Worker(self._context)
                except (EOFError, OSError):
                    continue  # the fork server was killed while it was asked
                self._workers.add(worker)
            if worker.is_ready():
                return worker
            self._forget(worker)
        raise NoWorkers

    def _forget(self, worker: "_Worker") -> None:
        with self._lock:
            self._workers.discard(worker)
            worker.end()


def _loaded() -> list[str]:
    """The modules of this package that are there."""
    package = __name__.partition(".")[0]
    return sorted(
        name for name in sys.modules if name.startswith(f"{package}.") and name != f"{package}.__main__"
    )


class _Worker:
    """A worker process, as its parent sees it."""

    def __init__(self, context: BaseContext) -> None:
        self._pipe, theirs = context.Pipe()
        watched, self._life = context.Pipe(duplex=False)
        self._process = context.Process(target=_work, args=(theirs, watched), daemon=True)  # type: ignore[attr-defined]
        try:
            self._process.start()
        finally:
            # From here on nobody but the worker has these ends, so that an end of file is the worker's end.
            theirs.close()
            watched.close()

    def is_ready(self) -> bool:
        """Wait until it can take a job; False when it ended before."""
        try:
            return bool(self._pipe.recv())
        except (EOFError, OSError):
            return False

    def do(self, call: Callable[[], Any]) -> tuple[bool, Any]:
        """Whether a job went well, and its result or what it raised.

        Raises EOFError or OSError when the worker ended.
        """
        self._pipe.send_bytes(ForkingPickler.dumps(call))
        good, value = self._pipe.recv()
        return good, value

    def end(self) -> None:
        """Let it end, whatever it is doing; called under the lock of the pool.

        A connection does not survive being closed by two threads at a time: the second closes a number that is free,
        or that somebody has opened since.
        """
        self._life.close()

    def join(self, seconds: float) -> None:
        """Wait until it has."""
        self._process.join(seconds)


# -- in the workers ---------------------------------------------------------------------------------------------------


def _work(pipe: "connection.Connection[Any, Any]", life: "connection.Connection[Any, Any]") -> None:
    """Do jobs until the parent has had enough, or ends."""
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)  # where a mask is not inherited
    Thread(target=_end_with, args=(life,), daemon=True).start()
    try:
        pipe.send(True)
        while True:
            pipe.send_bytes(outcome(pipe.recv_bytes()))
    except (EOFError, OSError):
        return


def _end_with(life: "connection.Connection[Any, Any]") -> None:
    connection.wait([life])
    os._exit(0)


def outcome(pickled: bytes) -> Any:
    """The pickled outcome of a pickled job: whether it went well, and its result or what it raised."""
    try:
        return ForkingPickler.dumps((True, ForkingPickler.loads(pickled)()))
    except Exception as error:  # noqa: BLE001  # boundary: it is raised in the parent
        error.add_note(f"in a worker process:\n{traceback.format_exc()}")
        try:
            again = ForkingPickler.dumps((False, error))
            ForkingPickler.loads(again)
        except Exception:  # noqa: BLE001  # boundary: what it carries cannot travel
            return ForkingPickler.dumps((False, ModelError(f"{type(error).__name__}: {error}")))
        return again


# -- for those who wait -----------------------------------------------------------------------------------------------


@contextmanager
def open_pool(jobs: int) -> Iterator[Pool]:
    """A pool for as long as the block lasts."""
    pool = Pool(jobs)
    try:
        yield pool
    finally:
        pool.close()


def as_completed(futures: Iterable["Future[T]"]) -> Iterator["Future[T]"]:
    """Futures as they are done, those that are done together in the order given."""
    left = list(futures)
    while left:
        done = wait(left, return_when=FIRST_COMPLETED).done
        yield from (future for future in left if future in done)
        left = [future for future in left if future not in done]
