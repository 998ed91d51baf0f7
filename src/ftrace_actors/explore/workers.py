"""What executes the chunks of a campaign: worker processes, or a thread of this process when there is one job."""

from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import ExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Protocol

import trio

from .chunk import ChunkReport, Plan, run_chunk, run_chunk_here
from .pool import NoWorkers, Pool, WorkersLost, open_pool

__all__ = ["NoWorkers", "Workers", "WorkersLost", "open_workers"]


class Workers(Protocol):
    """Executes chunks, `jobs` at a time."""

    jobs: int

    async def run(self, plan: Plan, start: int, stop: int) -> ChunkReport:
        """One chunk; raises what `run_chunk` raises, `WorkersLost` and `NoWorkers`."""


class _ThisProcess:
    """One chunk at a time: under trio in the loop that is running, else in a thread, so that the loop stays awake."""

    jobs = 1

    async def run(self, plan: Plan, start: int, stop: int) -> ChunkReport:
        if plan.driver == "trio":
            return await run_chunk_here(plan, start, stop)
        return await trio.to_thread.run_sync(run_chunk, plan, start, stop)


class _Processes:
    """Chunks in the processes of a pool."""

    def __init__(self, pool: Pool, jobs: int) -> None:
        self.jobs = jobs
        self._pool = pool

    async def run(self, plan: Plan, start: int, stop: int) -> ChunkReport:
        return await _result(self._pool.submit(partial(run_chunk, plan, start, stop)))


@asynccontextmanager
async def open_workers(jobs: int) -> AsyncIterator[Workers]:
    """Workers for as long as the block lasts; `jobs` >= 1."""
    if jobs == 1:
        yield _ThisProcess()
        return
    stack = ExitStack()
    pool = stack.enter_context(open_pool(jobs))
    try:
        yield _Processes(pool, jobs)
    finally:
        # Workers that do not end at once must not keep the event loop from running.
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(stack.close)


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
