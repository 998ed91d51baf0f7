"""The screen of `step`, driven by textual's pilot: 80 columns, 24 lines."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from textual.pilot import Pilot

from ftrace_actors.events import ActorStep, Store
from ftrace_actors.inspect import EventSymbols
from ftrace_actors.inspect.phrases import Narrator
from ftrace_actors.step.app import HELP, StepApp
from ftrace_actors.step.decisions import Decision
from ftrace_actors.step.run import SteppedRun, other_run, run_of_log
from tests.step.made import stepped, world


@dataclass
class Here:
    """A source that keeps what it was asked for."""

    title: str = "toy"
    asked: list[tuple[int, int, bool]] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)

    def other(self, run: SteppedRun, decision: Decision, option: int, *, lenient: bool) -> SteppedRun | str:
        self.asked.append((decision.position, option, lenient))
        return other_run(world(), run, decision.position, option, lenient=lenient)

    def save(self, run: SteppedRun, path: str) -> str:
        self.saved.append(path)
        return f"wrote {path}"


class Screen:
    """What is on it."""

    def __init__(self, app: StepApp, pilot: Pilot[None]) -> None:
        self.app = app
        self._pilot = pilot

    async def press(self, *keys: str) -> None:
        await self._pilot.press(*keys)
        await self._pilot.pause()

    @property
    def lines(self) -> list[str]:
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def at(self) -> int:
        (star,) = [line for line in self.lines if line.startswith("*")]
        assert int(star.split()[1]) == self.app.walk.at
        return self.app.walk.at


def on_screen(
    body: Callable[[Screen], Awaitable[None]], run: SteppedRun | None = None, source: Here | None = None
) -> None:
    """Run a body with a screen; asyncio is textual's."""

    async def session() -> None:
        app = StepApp(stepped() if run is None else run, Here() if source is None else source)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            await body(Screen(app, pilot))

    asyncio.run(session())


def test_it_opens_with_the_verdict_lanes_machine_and_fits() -> None:
    async def body(screen: Screen) -> None:
        assert len(screen.lines) == 24
        assert all(len(line) == 80 for line in screen.lines)
        assert screen.lines[0].startswith("toy: violated: INV-LIFE (use after free in W1)")
        assert screen.lines[2].startswith("  event cpu0 (registrant)")
        assert " fetch vfs_read+0x4: nop @0" in screen.text
        assert screen.lines[-1].startswith("event 4 of ")

    on_screen(body)


def test_keys_go_where_they_say() -> None:
    async def body(screen: Screen) -> None:
        await screen.press("right", "right")
        assert screen.at == 6
        await screen.press("left")
        assert screen.at == 5
        await screen.press("end")
        assert screen.at == len(stepped().events) - 1
        await screen.press("right")
        assert "nothing more that way" in screen.lines[-1]
        await screen.press("home", "m")
        first = screen.at
        await screen.press("m", "M")
        assert screen.at == first
        await screen.press("g", *"129", "enter")
        assert screen.at == 129
        await screen.press("g", *"nowhere", "enter")
        assert "there is no event 'nowhere'" in screen.lines[-1]
        await screen.press("g", "escape", "right")
        assert screen.at == 130
        await screen.press("slash", *"kfree", "enter")
        assert "kfree(tracer_a)" in next(line for line in screen.lines if line.startswith("*"))

    on_screen(body)


def test_the_machine_follows() -> None:
    run = stepped()
    stores = [
        e for e in run.events if isinstance(e, Store) and run.symbols.describe(e.addr) == "vfs_read+0x4"
    ]
    wanted = f"fetch vfs_read+0x4: nop @{stores[-1].order}"

    async def body(screen: Screen) -> None:
        await screen.press("g", *str(stores[-1].seq - 2), "enter")
        assert wanted not in screen.text
        await screen.press("right", "right", "right", "right", "right")
        assert wanted in screen.text

    on_screen(body)


def test_a_symbol_is_watched() -> None:
    async def body(screen: Screen) -> None:
        await screen.press("w", *"vfs_raed", "enter")
        assert "no event is at 'vfs_raed'" in screen.lines[-1]
        await screen.press("w", *"vfs_read.literal", "enter", "e")
        assert "watch " in screen.text
        assert "literal" in next(line for line in screen.lines if line.startswith("*"))

    on_screen(body)


def test_another_option_is_another_run_and_back() -> None:
    source = Here()

    async def body(screen: Screen) -> None:
        await screen.press("home", "0")
        assert "no decision here" in screen.lines[-1]
        await screen.press("t")
        (taken,) = [one for one in screen.app.walk.decisions() if one.picked]
        assert f"*{taken.picked} " in screen.text
        at = screen.at
        await screen.press("9")
        assert "there are options 0 to" in screen.lines[-1]
        await screen.press(str(taken.picked))
        assert "this run took that option" in screen.lines[-1]
        await screen.press("0")
        assert source.asked == [(taken.position, 0, False)]
        assert "another run: holds" in screen.lines[-1]
        assert "toy: holds" in screen.lines[0]
        assert screen.at == at
        await screen.press("u")
        assert "toy: violated" in screen.lines[0]
        assert screen.at == at
        await screen.press("a", "0")
        assert source.asked[-1] == (taken.position, 0, True)
        await screen.press("u", "u")
        assert "this is the run that was opened" in screen.lines[-1]

    on_screen(body, source=source)


def test_tab_chooses_among_the_decisions_here() -> None:
    async def body(screen: Screen) -> None:
        await screen.press("home", "t", "t")
        found = screen.app.walk.decisions()
        assert len(found) > 1
        seen = set()
        for _ in found:
            seen.add(screen.lines[14][49:].split(":")[0])
            await screen.press("tab")
        assert len(seen) > 1

    on_screen(body)


def test_the_run_one_is_in_is_saved() -> None:
    source = Here()

    async def body(screen: Screen) -> None:
        await screen.press("s", *"other.json", "enter")
        assert source.saved == ["other.json"]
        assert "wrote other.json" in screen.lines[-1]

    on_screen(body, source=source)


def test_help_is_shown_and_goes_away() -> None:
    assert max(map(len, HELP.splitlines())) <= 80

    async def body(screen: Screen) -> None:
        await screen.press("question_mark")
        for line in HELP.splitlines():
            assert line in screen.text
        await screen.press("question_mark")
        assert HELP.splitlines()[0] not in screen.text

    on_screen(body)


def test_names_written_by_others_are_text() -> None:
    names = ("[bold]x[/bold]", "[@click=app.quit]x[/]", "\x1b]0;x\x07", "a\nb", "[", "\u202e")
    events = [ActorStep(n, n, name, -1, "", -1, name, name) for n, name in enumerate(names)]
    symbols = EventSymbols(events)
    run = run_of_log("", events, Narrator(events, symbols), symbols, None)

    async def body(screen: Screen) -> None:
        assert "[bold]x[/bold]: [bold]x[/bold]" in screen.text
        assert "[@click=app.quit]x[/]" in screen.text
        assert "\\u001b]0;x" in screen.text
        assert "\x1b" not in screen.text
        assert "\u202e" not in screen.text
        assert "no decisions: a log has" in screen.text
        await screen.press("0", "t", "d", "end", "home")

    on_screen(body, run)


def test_q_leaves() -> None:
    async def body(screen: Screen) -> None:
        await screen.press("q")
        assert screen.app._exit

    on_screen(body)
