"""What executes the chunks of a campaign: worker processes, a cluster, or this process when there is one job."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import (
    AbstractAsyncContextManager,
    ExitStack,
    asynccontextmanager,
    contextmanager,
    nullcontext,
    suppress,
)
from functools import partial
from typing import Protocol

import trio

from .chunk import ChunkReport, Plan, run_chunk, run_chunk_here
from .cluster import JOBS_MAX, Cluster
from .pool import Executor, NoWorkers, WorkersLost, open_pool

__all__ = ["NoWorkers", "Workers", "WorkersLost", "open_executor", "open_workers"]


class Workers(Protocol):
    """Executes chunks, at most `jobs` at a time."""

    jobs: int

    def place(self) -> AbstractAsyncContextManager[object]:
        """Wait until there is something free to do one more chunk; it is taken as long as the block lasts."""

    async def run(self, plan: Plan, start: int, stop: int) -> ChunkReport:
        """One chunk; raises what `run_chunk` raises, `WorkersLost`, `NoWorkers` and what is wrong with a cluster."""


class _ThisProcess:
    """One chunk at a time: under trio in the loop that is running, else in a thread, so that the loop stays awake."""

    jobs = 1

    def place(self) -> AbstractAsyncContextManager[object]:
        return nullcontext()

    async def run(self, plan: Plan, start: int, stop: int) -> ChunkReport:
        if plan.driver == "trio":
            return await run_chunk_here(plan, start, stop)
        return await trio.to_thread.run_sync(run_chunk, plan, start, stop)


class _Elsewhere:
    """Chunks in worker processes or on a cluster, where the number of places may change."""

    def __init__(self, executor: Executor, jobs_max: int) -> None:
        self.jobs = jobs_max
        self._executor = executor
        self._places = trio.CapacityLimiter(max(1, executor.jobs))
        token = trio.lowlevel.current_trio_token()

        def changed(jobs: int) -> None:
            with suppress(trio.RunFinishedError):
                token.run_sync_soon(self._resize, jobs)

        executor.on_change(changed)

    def place(self) -> AbstractAsyncContextManager[object]:
        return self._places

    async def run(self, plan: Plan, start: int, stop: int) -> ChunkReport:
        return await _result(self._executor.submit(partial(run_chunk, plan, start, stop)))

    def _resize(self, jobs: int) -> None:
        self._places.total_tokens = max(1, jobs)  # where there is nobody, a chunk waits for the first to come


@asynccontextmanager
async def open_workers(jobs: int, cluster: str = "") -> AsyncIterator[Workers]:
    """Workers for as long as the block lasts: `jobs` >= 1 of this machine, or those of a cluster.

    Raises what `Cluster` raises.
    """
    if jobs == 1 and not cluster:
        yield _ThisProcess()
        return
    stack = ExitStack()
    opened = open_executor(jobs, cluster)
    # In a thread, because it takes long to find a cluster.
    executor = (
        await trio.to_thread.run_sync(stack.enter_context, opened) if cluster else stack.enter_context(opened)
    )
    try:
        yield _Elsewhere(executor, JOBS_MAX if cluster else jobs)
    finally:
        # Workers that do not end at once must not keep the event loop from running.
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(stack.close)


@contextmanager
def open_executor(jobs: int, cluster: str = "") -> Iterator[Executor]:
    """What does jobs, for as long as the block lasts: `jobs` worker processes, or a cluster.

    Raises what `Cluster` raises.
    """
    if not cluster:
        with open_pool(jobs) as pool:
            yield pool
        return
    far = Cluster(cluster, jobs)
    try:
        yield far
    finally:
        far.close()


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
