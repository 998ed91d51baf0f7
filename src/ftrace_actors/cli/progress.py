"""A progress bar on stderr, for people who watch; it is off the screen whenever anything else is printed."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import trio
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from trio_util import AsyncValue

from ..explore import Progress
from ..terminal import one_line
from .session import Session

__all__ = ["Bar", "shown_bar", "shown_progress"]

_NUMBERS = 46
"""Columns that everything but the name and the bar itself takes."""


class Bar:
    """One line with a name, how many of how many, and remarks; shown from its first update on, until it is hidden."""

    def __init__(self, session: Session) -> None:
        width = session.width
        drawn = 24 if width >= 100 else 12 if width >= 80 else 0
        self._room = max(width - _NUMBERS - drawn, 12)
        columns: list[ProgressColumn] = [TextColumn("{task.description}", markup=False)]
        if drawn:
            columns.append(BarColumn(bar_width=drawn))
        columns += [
            MofNCompleteColumn(),
            TextColumn("{task.fields[remarks]}", markup=False),
            TimeRemainingColumn(),
        ]
        self._progress = RichProgress(
            *columns, console=session.err, transient=True, redirect_stdout=False, redirect_stderr=False
        )
        self._task = self._progress.add_task("", total=None, remarks="")
        self._name = ""

    def update(self, name: str, done: int, total: int, remarks: str = "", phase: str = "") -> None:
        """Show it; `total` 0 is not known, and `phase` is what happens in addition to counting."""
        if name != self._name:
            self._name = name
            self._progress.reset(self._task)
        named = one_line(name)
        room = self._room - (len(phase) + 2 if phase else 0)
        if len(named) > room:
            named = named[: room - 1] + "…"
        described = f"{named}: {phase}" if phase else named
        self._progress.update(
            self._task, description=described, completed=done, total=total or None, remarks=remarks
        )
        self._progress.start()
        if phase:
            self._progress.refresh()

    def hide(self) -> None:
        """Off the screen, until the next update."""
        self._progress.stop()


@contextmanager
def shown_bar(session: Session) -> Iterator[Bar | None]:
    """A bar for as long as the block lasts; None when nobody watches."""
    if not session.interactive:
        yield None
        return
    bar = session.bar = Bar(session)
    try:
        yield bar
    finally:
        session.bar = None
        bar.hide()


@asynccontextmanager
async def shown_progress(session: Session, *, quiet: bool) -> AsyncIterator[AsyncValue[Progress]]:
    """A live value to put `Progress` into; shown while the block lasts, unless nobody watches."""
    value = AsyncValue(Progress("", 0, 0, 0))
    if quiet:
        yield value
        return
    with shown_bar(session) as bar:
        if bar is None:
            yield value
            return
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_follow, value, bar)
            yield value
            nursery.cancel_scope.cancel()


async def _follow(value: AsyncValue[Progress], bar: Bar) -> None:
    name = ""
    begun = 0.0
    async for progress in value.eventual_values():
        if not progress.name:
            continue
        now = trio.current_time()
        if progress.name != name:
            name, begun = progress.name, now
        counted = now > begun and progress.runs and not progress.phase
        remarks = [f"{progress.runs / (now - begun):.0f}/s"] if counted else []
        remarks += [f"{progress.failures} failed"] if progress.failures else []
        bar.update(name, progress.runs, progress.total, " ".join(remarks), progress.phase)
