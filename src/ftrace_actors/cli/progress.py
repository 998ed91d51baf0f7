"""A progress bar on stderr, for people who watch."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from trio_util import AsyncValue

from ..explore import Progress
from .session import Session

__all__ = ["shown_progress"]


@asynccontextmanager
async def shown_progress(session: Session, *, quiet: bool) -> AsyncIterator[AsyncValue]:
    """A live value to put `Progress` into; shown while the block lasts, unless nobody watches."""
    value = AsyncValue(Progress("", 0, 0, 0))
    if quiet or not session.interactive:
        yield value
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("{task.fields[failures]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=session.err, transient=True) as bar:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_follow, value, bar)
            yield value
            nursery.cancel_scope.cancel()


async def _follow(value: AsyncValue, bar: Bar) -> None:
    task = bar.add_task("", total=None, rate="", failures="")
    name = ""
    begun = 0.0
    async for progress in value.eventual_values():
        now = trio.current_time()
        if progress.name != name:
            name, begun = progress.name, now
            bar.reset(task)
        rate = f"{progress.runs / (now - begun):.0f}/s" if now > begun and progress.runs else ""
        failures = f"{progress.failures} failed" if progress.failures else ""
        bar.update(
            task,
            description=name,
            completed=progress.runs,
            total=progress.total or None,
            rate=rate,
            failures=failures,
        )
