"""What an exported patching core asks: the scenario's own question, as threads, initial state and condition."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...arm64.isa import disassemble
from ...events import Store
from ...kernel.actions import Action, Call, Trace, WakeTask
from ...kernel.designs.base import NOP
from ...kernel.spec import TaskSpec
from ...words import Verdict
from .code import Core, Form
from .story import refusal
from .told import told_of

__all__ = ["Question", "question_of"]


@dataclass(frozen=True, slots=True)
class Question:
    """A litmus test but for its head: the question in words, the initial state, the threads, and how it is asked."""

    text: str
    init: list[str]
    patcher: list[str]
    caller: list[str]
    locations: list[str]
    condition: str


def question_of(core: Core) -> Question:
    """The question of a scenario.  Raises `ScenarioError` where it has none that a litmus test can ask."""
    if core.form is Form.CODE:
        return _over_code(core)
    return _Asked(core).question()


class _Asked:
    """A question about calls through the patch site."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.story = core.story
        self.calls = core.calls()
        loads = [what for each in self.calls.values() for what in each]
        self.by_list = "list" in loads
        self.by_literal = "lit" in loads
        if not all(self.calls.values()):
            raise refusal(
                self.story.world, "protocol.design", "its trampoline loads neither a literal nor the list"
            )
        self.new, self.old = self._literal_names()
        self.before, self.after = self._list_written()
        self.patcher = core.patcher()

    # -- what the words of the test are called -------------------------------------------------------------------------

    def name(self, address: int) -> str:
        """The name of the ops at an address."""
        if not address:
            return "0"
        return re.sub(r"\W", "_", self.core.image.symbols.describe(address))

    def _literal_names(self) -> tuple[str, str]:
        if not self.core.literal:
            return "", ""
        return self.name(self.story.patch.literal), self.name(self.story.bytes_at(self.core.literal))

    def _list_written(self) -> tuple[str, str]:
        """The head of the list before and after the ops was put on it, or taken from it, for this patch."""
        if not self.by_list:
            return "", ""
        head = self.core.head
        stores = [e for e in self.core.story.before if isinstance(e, Store) and e.addr == head]
        if not stores:
            raise refusal(self.story.world, "task", "the head of the list is not written for its last patch")
        older = stores[-2].value if len(stores) > 1 else self.core.image.cells[head][0]
        return self.name(older), self.name(stores[-1].value)

    # -- the parts of the test -----------------------------------------------------------------------------------------

    def question(self) -> Question:
        """Which one it is."""
        core, story = self.core, self.story
        spec = core.image.spec
        if story.retired:
            return self._after_grace_period()
        told = told_of(core)
        if told is not None:
            untaken = f"not ({self._reached()})"
            return self._question(
                "notified, and still not traced?", told.stored, told.steps, f"1:X6={told.value} /\\ {untaken}"
            )
        if "INV-STATE" in story.world.expect.invariants and core.form is Form.WHOLE:
            return self._question(
                "does the literal end as something else than the books say?", [], [], f"not (lit={self.new})"
            )
        if core.form is Form.HALVES:
            return self._question("is half of each pointer loaded?", [], [], self._torn())
        if story.patch.word not in {NOP, core.old_word}:
            text, lost = "is the call lost?", self._lost()
            if _woken(spec.tasks):
                stored, steps = _wake_up("wake-up" not in spec.protocol.drop)
                return self._question(f"woken after it, {text}", stored, steps, f"1:X6=1 /\\ {lost}")
            return self._question(text, [], [], lost)
        if not self.by_literal:
            raise refusal(story.world, "task", "its last patch writes one word, and nothing is waited for")
        if Verdict.VIOLATED in story.world.expect.verdicts:
            found = ", ".join(story.world.expect.invariants)
            raise refusal(
                story.world,
                "expect.invariants",
                f"its finding ({found}) is not in what its last patch writes",
            )
        known = " \\/ ".join(f"1:X10={value}" for value in dict.fromkeys(["0", self.old, self.new]))
        return self._question("is anything else loaded?", [], [], f"not ({known})")

    def _reached(self) -> str:
        """The caller was traced."""
        if self.by_literal and self.by_list:
            return f"1:X10={self.new} \\/ 1:X11={self.after}"
        return f"1:X10={self.new}" if self.by_literal else f"1:X11={self.after}"

    def _lost(self) -> str:
        """The new call was taken, but what it leads to is from before."""
        loads = self.calls[self.story.patch.word]
        if "lit" in loads and self.old == self.new:
            raise refusal(
                self.story.world, "task", "it waits between patching its literal and patching its call"
            )
        parts = [f"1:X10={self.old}"] if "lit" in loads else []
        return " /\\ ".join([*parts, f"1:X11={self.before}"] if "list" in loads else parts)

    def _torn(self) -> str:
        old, new = self._halves()
        if old[0] == new[0] or old[1] == new[1]:
            raise refusal(self.story.world, "ops", "the old and the new literal differ in one half only")
        return f"(1:X10={old[0]} /\\ 1:X11={new[1]}) \\/ (1:X10={new[0]} /\\ 1:X11={old[1]})"

    def _halves(self) -> tuple[tuple[int, int], tuple[int, int]]:
        values = (self.story.bytes_at(self.core.literal), self.story.patch.literal)
        old, new = ((value & 0xFFFF_FFFF, value >> 32) for value in values)
        return old, new

    def _after_grace_period(self) -> Question:
        """P0 waits; P1 has passed its quiescent state, which acts as if a DSB here had completed what P0 published."""
        protocol = self.core.image.spec.protocol
        flag = ["STLR W9,[X11]"]
        steps = ["LDR W6,[X16]", *([] if "gp-start" in protocol.drop else ["DSB LD"])]
        used = f"1:X10={self.old}" if self.by_literal else f"1:X11={self.before}"
        first = protocol.wait_at == "before-update"
        return self._question(
            "after the grace period, are the old ops still loaded?",
            flag,
            steps,
            f"1:X6=1 /\\ {used}",
            first=first,
        )

    def _question(
        self, text: str, stored: list[str], steps: list[str], condition: str, *, first: bool = False
    ) -> Question:
        core = self.core
        publish = []
        if self.by_list:
            release = "list-publish" not in core.image.spec.protocol.drop
            publish = ["STLR X14,[X12]" if release else "STR X14,[X12]"]
        patcher = [
            *(stored if first else []),
            *publish,
            *self.patcher,
            *([] if first else stored),
            "stop: NOP",
        ]
        locations = [
            *(["1:X6"] if steps else []),
            *(["1:X10"] if self.by_literal else []),
            *(["1:X11"] if self.by_list or core.form is Form.HALVES else []),
            *(["lit"] if core.form is Form.WHOLE else []),
        ]
        caller = core.caller(steps, self.calls)
        return Question(text, self._init(bool(steps)), patcher, caller, locations, condition)

    def _init(self, flag: bool) -> list[str]:
        core = self.core
        mine = [
            "0:X1=P1:site;",
            "0:X2=lock;",
            f"0:X4={core.word_text(core.new_word, self.calls)};",
            "0:X9=1;",
        ]
        theirs: list[str] = []
        declared = ["uint32_t lock=0;"]
        if core.form is Form.HALVES:
            old, new = self._halves()
            declared.append(f"uint32_t lit[2]={{{old[0]},{old[1]}}};")
            mine += ["0:X0=lit;", f"0:X3={new[0]};", f"0:X13={new[1]};"]
            theirs.append("1:X15=lit;")
        elif self.by_literal:
            declared.append(f"uint64_t lit={self.old};")
            mine += ["0:X0=lit;", f"0:X3={self.new};"]
            theirs.append("1:X15=lit;")
        if self.by_list:
            declared.append(f"uint64_t list={self.before};")
            mine += ["0:X12=list;", f"0:X14={self.after};"]
            theirs.append("1:X14=list;")
        if flag:
            declared.append("uint32_t flag=0;")
            mine.append("0:X11=flag;")
            theirs.append("1:X16=flag;")
        return [" ".join(each) for each in (declared, mine, theirs) if each]


def _woken(tasks: tuple[TaskSpec, ...]) -> bool:
    """Does everybody who calls start only when the registrant, done with tracing, wakes them?"""
    woken: set[str] = set()
    callers: list[TaskSpec] = []
    for task in tasks:
        actions = task.actions
        registers = [at for at, action in enumerate(actions) if _registers(action)]
        if registers:
            woken |= {action.task for action in actions[registers[-1] :] if isinstance(action, WakeTask)}
        elif any(isinstance(action, Call) for action in actions):
            callers.append(task)
    return bool(callers) and all(not task.started and task.name in woken for task in callers)


def _registers(action: Action) -> bool:
    return isinstance(action, Trace) and action.operation == "register"


def _wake_up(orders: bool) -> tuple[list[str], list[str]]:
    """What was before the wake-up is before what the woken task does, unless the scenario leaves that out."""
    if orders:
        return ["STLR W9,[X11]"], ["LDAR W6,[X16]", "CBZ W6,end"]
    return ["STR W9,[X11]"], ["LDR W6,[X16]"]


# -- a literal over code ----------------------------------------------------------------------------------------------


def _over_code(core: Core) -> Question:
    """The literal overlaps an instruction: is half of a pointer fetched?"""
    story = core.story
    high = core.covered != core.literal
    half = story.patch.literal >> 32 if high else story.patch.literal & 0xFFFF_FFFF
    new = _instruction(half)
    old = _instruction(story.word_at(core.covered))
    falls = old != "RET"
    what = core.image.symbols.describe(core.covered)
    caller = [
        "BL f",
        "MOV W11,#1",
        "B end",
        "f: NOP",
        f"code: {old}",
        "MOV W10,#1",
        "RET",
        "site: NOP",
        "call: RET",
        "end: NOP",
    ]
    init = [
        "uint32_t lock=0;",
        f'0:X0=P1:code; 0:X3=instr:"{new}"; 0:X1=P1:site; 0:X2=lock; 0:X4=instr:"BL .+4"; 0:X9=1;',
    ]
    return Question(
        f"is half of a pointer fetched at {what}?",
        init,
        [*core.patcher(), "stop: NOP"],
        caller,
        ["1:X10", "1:X11"],
        f"not (1:X10={int(falls)} /\\ 1:X11=1)",
    )


def _instruction(word: int) -> str:
    """A word as litmus tests write it; what no tool decodes is undefined, and a landing pad does nothing here."""
    text = disassemble(word, 0).upper().replace(", ", ",")
    if text.startswith(".INST"):
        return "UDF #4095"
    return "MOV X12,X12" if text.startswith("BTI") else text
