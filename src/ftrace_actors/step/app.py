"""The screen: lanes around now, the machine, the decision here.  It fits 80 columns and 24 lines, and works over ssh.

All text is shown as it is, without markup, since names in it were written by others.  What the keys do is done by
`walk` and by `source`; this draws.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from rich.text import Text
from textual.app import App
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Input, Static

from ..terminal import one_line
from .walk import Walk

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from .decisions import Decision
    from .run import SteppedRun

__all__ = ["HELP", "Source", "StepApp"]

HELP: Final = """\
right, left    an event forward, back     0 to 9  what if: take this option
page down, up  ten of them                o       the same, for option 10 on
home, end      the first, the last        tab     another decision here
k, K           next, last of this kind    a       then dull, or as recorded
m, M           next, last that is marked  u       back to the run before
d, D           next, last decision        s       save this run: replay file
t, T           the same, not dull         w       watch a symbol; e, E  at it
g              go to event number, name   /       search; n, N  next, last
down, up       scroll the machine         ?, q    this help, leave"""

_ASK: Final = {
    "g": "event (number or name): ",
    "w": "watch which symbol: ",
    "s": "save as (file): ",
    "o": "option: ",
    "/": "search: ",
}
_SPREAD: Final = "as recorded, where that fits"


class Source(Protocol):
    """Where runs come from, and where they go."""

    @property
    def title(self) -> str:
        """What this is a run of."""

    def other(self, run: SteppedRun, decision: Decision, option: int, *, lenient: bool) -> SteppedRun | str:
        """The run that takes another option; or why there is none, in a line."""

    def save(self, run: SteppedRun, path: str) -> str:
        """Write a run as a replay file; what came of it, in a line."""


class StepApp(App[None]):
    """A run to go through."""

    CSS = """
    #title { height: 2; background: $panel; }
    #status { height: 1; background: $panel; }
    #lanes { height: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    #lower { height: 11; border-top: solid $primary; }
    #machine { width: 3fr; }
    #decision { width: 2fr; border-left: solid $primary; }
    #ask { display: none; height: 1; border: none; padding: 0; }
    #help { display: none; layer: above; dock: top; height: auto; background: $panel; }
    """
    LAYERS = ("default", "above")
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = [("ctrl+c", "quit", "leave")]
    _MOVES: ClassVar[dict[str, Callable[[Walk], bool]]] = {
        "right": lambda walk: walk.by(1),
        "left": lambda walk: walk.by(-1),
        "pagedown": lambda walk: walk.by(10),
        "pageup": lambda walk: walk.by(-10),
        "home": lambda walk: walk.to(0),
        "end": lambda walk: walk.to(len(walk.run.events) - 1),
        "k": lambda walk: walk.same_kind(),
        "K": lambda walk: walk.same_kind(-1),
        "m": lambda walk: walk.marked(),
        "M": lambda walk: walk.marked(-1),
        "d": lambda walk: walk.to_decision(),
        "D": lambda walk: walk.to_decision(-1),
        "t": lambda walk: walk.to_decision(taken=True),
        "T": lambda walk: walk.to_decision(-1, taken=True),
        "e": lambda walk: walk.touching(),
        "E": lambda walk: walk.touching(-1),
    }

    def __init__(self, run: SteppedRun, source: Source, at: int | None = None) -> None:
        super().__init__()
        self.walk = Walk(run, at)
        self._source = source
        self._before: list[Walk] = []
        self._lenient = False
        self._said = "? for help"
        self._asking = ""
        self._searched = ""
        self._tabs = 0

    # -- drawing --------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """The panes."""
        yield Static("", id="title", markup=False)
        yield Static("", id="lanes", markup=False)
        with Horizontal(id="lower"):
            with VerticalScroll(id="machine", can_focus=False):
                yield Static("", id="fields", markup=False)
            with VerticalScroll(id="decision", can_focus=False):
                yield Static("", id="options", markup=False)
        yield Input(id="ask", disabled=True)
        yield Static("", id="status", markup=False)
        yield Static(HELP, id="help", markup=False)

    def on_mount(self) -> None:
        """The first picture."""
        self.set_focus(None)
        self.call_after_refresh(self.draw)

    def on_resize(self, event: events.Resize) -> None:
        """Lanes are laid out for the width there is."""
        self.call_after_refresh(self.draw)

    def draw(self) -> None:
        """Everything, as it is now."""
        walk = self.walk
        run = walk.run
        verdict = f"{self._source.title}: {run.verdict}{f': {run.reason}' if run.reason else ''}"
        self.query_one("#title", Static).update(Text(one_line(verdict)))
        lanes = self.query_one("#lanes")
        self._put("lanes", "\n".join(walk.lanes(max(lanes.size.width, 60), max(lanes.size.height, 3))))
        self.query_one("#fields", Static).update(self._fields())
        self._put("options", "\n".join(self._options()))
        depth = f"  what if {len(self._before)}" if self._before else ""
        place = f"event {walk.at} of {len(run.events) - 1}  {walk.name}{depth}  "
        self._put("status", one_line(f"{place}{self._said}"))

    def _put(self, pane: str, text: str) -> None:
        self.query_one(f"#{pane}", Static).update(Text(text))

    def _fields(self) -> Text:
        """What is watched first, then the machine; what the last step changed in bold, with a mark."""
        text = Text()
        fields = list(self.walk.fields())
        watched = self.walk.watched
        if watched:
            for one in fields:
                if watched in one.name:
                    text.append(
                        one_line(f"watch {one.group} {one.name}: {one.value}") + "\n", style="reverse"
                    )
        group = ""
        for one in fields:
            if not one.value:
                continue
            if one.group != group:
                group = one.group
                text.append(one_line(group) + "\n", style="underline")
            mark = ">" if one.changed else " "
            text.append(
                one_line(f"{mark}{one.name}: {one.value}") + "\n", style="bold" if one.changed else ""
            )
        return text

    def _options(self) -> list[str]:
        """The decision that is chosen with its options, then what else is decided here."""
        found = self.walk.decisions()
        if not self.walk.run.decisions:
            return ["no decisions: a log has events only"]
        if not found:
            return ["no decision here (d: the next)"]
        chosen = found[self._decision()]
        lines = [chosen.question]
        lines += [
            f"{'*' if number == chosen.picked else ' '}{number} {words}"
            for number, words in enumerate(chosen.options)
        ]
        lines.append(f"after it: {_SPREAD if self._lenient else 'dull'} (a)")
        others = [one for one in found if one is not chosen]
        lines += ["also here (tab):"] if others else []
        lines += [f"{one.question}: {one.options[one.picked]}" for one in others]
        return [one_line(line) for line in lines]

    def _decision(self) -> int:
        """Which of the decisions here is chosen: by tab, else the last that was not dull, else the last."""
        found = self.walk.decisions()
        if self._tabs:
            return (len(found) - 1 - self._tabs) % len(found)
        taken = [index for index, decision in enumerate(found) if decision.picked]
        return taken[-1] if taken else len(found) - 1

    # -- keys -----------------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """One key, where no question is open."""
        if self._asking:
            if event.key == "escape":
                self._close()
            return
        key = event.character if event.character and event.character.isprintable() else event.key
        if key == "space":
            key = "right"
        self._tabs = self._tabs + 1 if key == "tab" else 0 if key not in {"a", "?"} else self._tabs
        move = self._MOVES.get(key)
        if move is not None:
            self._said = "" if move(self.walk) else "nothing more that way"
        elif key in {"n", "N"}:
            self._search(1 if key == "n" else -1)
        elif not self._other_key(key):
            return
        event.stop()
        self.draw()

    def _other_key(self, key: str) -> bool:
        machine = self.query_one("#machine", VerticalScroll)
        match key:
            case "q":
                self.exit()
            case "down":
                machine.scroll_relative(y=1, animate=False)
            case "up":
                machine.scroll_relative(y=-1, animate=False)
            case "?" | "question_mark" | "escape":
                pane = self.query_one("#help")
                pane.styles.display = "none" if pane.display or key == "escape" else "block"
            case "tab":
                self._said = ""
            case "a":
                self._lenient = not self._lenient
            case "u":
                self._undo()
            case "g" | "w" | "s" | "o" | "/":
                self._ask(key)
            case _ if len(key) == 1 and key.isascii() and key.isdigit():
                self._what_if(int(key))
            case _:
                return False
        return True

    def _ask(self, key: str) -> None:
        self._asking = key
        ask = self.query_one("#ask", Input)
        ask.placeholder = _ASK[key]
        ask.value = ""
        ask.styles.display = "block"
        ask.disabled = False
        ask.focus()

    def _close(self) -> None:
        self._asking = ""
        ask = self.query_one("#ask", Input)
        ask.styles.display = "none"
        ask.disabled = True
        self.set_focus(None)
        self.call_after_refresh(self.draw)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The answer to a question."""
        text, asked = event.value.strip(), self._asking
        match asked:
            case "g":
                self._said = "" if self.walk.to_name(text) else f"there is no event {text!r}"
            case "w":
                self._watch(text)
            case "s" if text:
                self._said = self._source.save(self.walk.run, text)
            case "o":
                self._what_if(int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1)
            case "/":
                self._searched = text
                self._search(1)
            case _:
                self._said = ""
        self._close()

    def _watch(self, text: str) -> None:
        known = self.walk.symbols
        if text and text not in known:
            self._said = f"no event is at {text!r}; known are {', '.join(known)}"
            return
        self.walk.watched = text
        self._said = f"watching {text}: e, E" if text else "watching nothing"

    def _search(self, step: int) -> None:
        found = bool(self._searched) and self.walk.with_text(self._searched, step)
        self._said = "" if found else f"{self._searched!r} is nowhere that way"

    # -- what if --------------------------------------------------------------------------------------------------

    def _what_if(self, option: int) -> None:
        found = self.walk.decisions()
        if not found:
            self._said = "no decision here (d: the next)"
            return
        decision = found[self._decision()]
        if not 0 <= option < len(decision.options):
            self._said = f"there are options 0 to {len(decision.options) - 1}"
            return
        if option == decision.picked:
            self._said = "this run took that option"
            return
        made = self._source.other(self.walk.run, decision, option, lenient=self._lenient)
        if isinstance(made, str):
            self._said = made
            return
        self._before.append(self.walk)
        watched = self.walk.watched
        self.walk = Walk(made, self.walk.at)
        self.walk.watched = watched
        self._said = f"another run: {made.verdict} (u: back)"

    def _undo(self) -> None:
        if not self._before:
            self._said = "this is the run that was opened"
            return
        self.walk = self._before.pop()
        self._said = "back"
