"""Who executes chunks: worker processes, or a thread of this process when there is one job.

Processes are started by a fork server, never by fork: this process runs trio and threads, and a forked copy
of those is not a working program. They ignore SIGINT; the campaign decides what an interrupt means.

When a worker is killed (the out-of-memory killer, a person), the standard library breaks the whole pool:
every chunk in flight fails, guilty or not. So each of them is run once more, alone in a pool of its own,
and only one that breaks again is given up.
"""

import multiprocessing
import signal
from collections.abc import AsyncIterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager, suppress
from typing import Protocol

import trio

from .chunk import ChunkReport, Plan, run_chunk

__all__ = ["Workers", "WorkersLost", "open_workers"]


class WorkersLost(Exception):
    """A chunk killed its worker twice."""


class Workers(Protocol):
    """Executes chunks, `jobs` at a time."""

    jobs: int

    async def run(self, plan: Plan, start: int, stop: int) -> ChunkReport:
        """One chunk; raises what `run_chunk` raises, and `WorkersLost`."""


class _ThisProcess:
    """One chunk at a time, in a thread: the event loop stays awake, and a run may have a loop of its own."""

    jobs = 1

    async def run(self, plan: Plan, start: int, stop: int) -> ChunkReport:
        return await trio.to_thread.run_sync(run_chunk, plan, start, stop)


class _Processes:
    """A pool that is made again when it breaks."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._pool = _pool(jobs)

    async def run(self, plan: Plan, start: int, stop: int) -> ChunkReport:
        pool = self._pool
        try:
            return await _result(pool.submit(run_chunk, plan, start, stop))
        except BrokenProcessPool:
            if self._pool is pool:
                pool.shutdown()
                self._pool = _pool(self.jobs)
        alone = _pool(1)
        try:
            return await _result(alone.submit(run_chunk, plan, start, stop))
        except BrokenProcessPool as error:
            raise WorkersLost(f"runs {start} to {stop - 1} killed their worker twice") from error
        finally:
            alone.shutdown()

    async def close(self) -> None:
        """Wait for chunks in flight: the interpreter may not exit between a pool's shutdown and its end."""
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(lambda: self._pool.shutdown(cancel_futures=True))


@asynccontextmanager
async def open_workers(jobs: int) -> AsyncIterator[Workers]:
    """Workers for as long as the block lasts; `jobs` >= 1."""
    if jobs == 1:
        yield _ThisProcess()
        return
    processes = _Processes(jobs)
    try:
        yield processes
    finally:
        await processes.close()


def _pool(jobs: int) -> ProcessPoolExecutor:
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_ignore_interrupts)


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


async def _result(future: "Future[ChunkReport]") -> ChunkReport:
    """Wait for a future without blocking the event loop."""
    done = trio.Event()
    token = trio.lowlevel.current_trio_token()

    def wake(_: "Future[ChunkReport]") -> None:
        with suppress(trio.RunFinishedError):  # nobody waits any more
            token.run_sync_soon(done.set)

    future.add_done_callback(wake)
    await done.wait()
    return future.result()
