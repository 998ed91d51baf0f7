"""What wraps a user's design: whatever goes wrong in it is said in one line, with file and line.

What types promise of a shipped design must be looked at here: the file is not ours, and nobody ran mypy over it.  The
steps it asks for are checked before anybody takes one, so that a misspelt routine is the file's mistake and not
ours.  A shipped design needs none of this; the tests are its guard.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, ParamSpec, TypeAlias, TypeGuard, TypeVar, assert_never

from ...actors import Mailbox
from ...events.flavours import FLAVOURS
from ..config import KICK
from ..marks import WINDOWS
from ..ops import Ops
from ..records import Record
from .base import (
    Changes,
    Core,
    Design,
    FreeTextStep,
    KickStep,
    PatchStep,
    RunStep,
    SiteLayout,
    Step,
    SyncIpiStep,
    WaitStep,
    WriteTextStep,
)
from .errors import DesignError

if TYPE_CHECKING:
    from ..config import KernelConfig, ProtocolConfig

__all__ = ["blame", "guarded"]

RESTING = ("", "nop", "list", "text")

P = ParamSpec("P")
T = TypeVar("T")
_Stepped: TypeAlias = Callable[[Ops, Changes, Core], Iterable[Step]]


def guarded(design: Design, path: str, line: int, texts: Mapping[str, str]) -> Design:
    """`design`, which the class at `line` of the file `path` defines; `texts` are the assembly files next to it."""
    watch = _Watch(path, line)

    class Guarded(Design):
        """What the file says of itself; calls of its methods are watched."""

        name = design.name
        summary = design.summary
        asm = design.asm
        windows = design.windows
        pre_nops = design.pre_nops
        words = design.words
        modifiable = design.modifiable
        blind = design.blind
        template = design.template
        specialises = design.specialises
        source = path
        beside = texts

        def line_of(self, method: str) -> str:
            """Where a method starts."""
            return watch.line_of(getattr(design, method))

        def resting(self, protocol: ProtocolConfig) -> str:
            return watch.answer("resting", design.resting, protocol)

        def layout(self, entry: int, bti: bool, protocol: ProtocolConfig) -> SiteLayout:
            return watch.answer("layout", design.layout, entry, bti, protocol)

        def refuses(self, layout: SiteLayout, protocol: ProtocolConfig) -> str:
            return watch.answer("refuses", design.refuses, layout, protocol)

        def trampolines(self, protocol: ProtocolConfig) -> tuple[str, ...]:
            return watch.answer("trampolines", design.trampolines, protocol)

        def enable(self, ops: Ops, changes: Changes, core: Core) -> Iterator[Step]:
            return watch.steps("enable", design.enable, ops, changes, core, design.template)

        def disable(self, ops: Ops, changes: Changes, core: Core) -> Iterator[Step]:
            return watch.steps("disable", design.disable, ops, changes, core, design.template)

        def retire(self, kernel: KernelConfig) -> tuple[str, ...]:
            return watch.answer("retire", design.retire, kernel)

    return Guarded()


def blame(path: str, error: BaseException, line: int) -> DesignError:
    """One line about what the user's code raised, and where; `line` when no frame of it was on the way."""
    lines = [
        number for frame, number in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == path
    ]
    where = lines[-1] if lines else line
    text = " ".join(str(error).split())
    return DesignError(path, f"line {where}" if where else "", f"{type(error).__name__}: {text}".rstrip(": "))


class _Watch:
    """Calls methods of the class at `line` of a user's file, and blames the file for what comes of it."""

    def __init__(self, path: str, line: int) -> None:
        self._path = path
        self._line = line

    def line_of(self, method: Callable[..., object]) -> str:
        """Where a method starts, in words."""
        line = self._line_of(method)
        return f"line {line}" if line else ""

    def answer(self, name: str, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a method answers that answers at once."""
        line = self._line_of(method)
        try:
            answer = method(*args, **kwargs)
        except DesignError:
            raise
        except Exception as error:  # boundary: what the user's code raises is the user's  # noqa: BLE001
            raise blame(self._path, error, line) from None
        if not _ANSWERS[name](answer):
            raise self._wrong(line, f"{name}() answers {answer!r}; right is {_WANTED[name]()}")
        return answer

    def steps(
        self, name: str, method: _Stepped, ops: Ops, changes: Changes, core: Core, template: str
    ) -> Iterator[Step]:
        """The steps of a method, each looked at before anybody takes it."""
        line = self._line_of(method)
        try:
            steps = iter(method(ops, changes, core))
        except Exception as error:  # boundary: as above  # noqa: BLE001
            raise blame(self._path, error, line) from None
        while True:
            try:
                step = next(steps)
            except StopIteration:
                return
            except Exception as error:  # boundary: as above  # noqa: BLE001
                raise blame(self._path, error, line) from None
            problem = _problem(step, core, template)
            if problem:
                raise self._wrong(self._at(steps, line), f"{name}() {problem}")
            yield step

    def _at(self, steps: object, line: int) -> int:
        """The line a generator of the file has stopped at; `line` when it is none."""
        frame = steps.gi_frame if inspect.isgenerator(steps) else None
        if frame is None or frame.f_code.co_filename != self._path:
            return line
        return frame.f_lineno or line

    def _line_of(self, method: Callable[..., object]) -> int:
        """Where a method starts; inherited ones have the line of the class."""
        code = getattr(inspect.unwrap(method), "__code__", None)
        return code.co_firstlineno if code is not None and code.co_filename == self._path else self._line

    def _wrong(self, line: int, message: str) -> DesignError:
        return DesignError(self._path, f"line {line}" if line else "", message)


def _problem(step: object, core: Core, template: str) -> str:
    """What is wrong with a step, or ""."""
    if not isinstance(step, Step):
        return f"asks for {step!r}, which is not a step; right are PatchStep, WaitStep, KickStep and the like"
    match step:
        case PatchStep():
            return _patch_problem(step, core)
        case RunStep():
            return _unknown("routine", step.routine, core) or _args_problem(step.args)
        case WaitStep():
            return _wait_problem(step)
        case WriteTextStep() | FreeTextStep():
            return _text_problem(step, core, template)
        case KickStep() | SyncIpiStep():
            return ""
        case _:
            assert_never(step)


def _patch_problem(step: PatchStep, core: Core) -> str:
    record: object = step.record
    if not isinstance(record, Record):
        return f"asks to patch {record!r}; right is a record of the changes it was given"
    if step.literal is not None and not _is_register(step.literal):
        return f"asks to write the literal {step.literal!r}; right is ops.pointer, or (value, 0, 0, 0)"
    by: object = step.by
    if by is not None and not isinstance(by, Mailbox):
        return f"asks {by!r} to patch; right is the mailbox of a patching service, or None"
    target = "" if step.target == "" else _unknown("target", step.target, core)
    return _unknown("routine", step.routine, core) or target


def _wait_problem(step: WaitStep) -> str:
    if not _is_ops(step.ops):
        return f"waits for users of {step.ops!r}; right is an ops"
    if not _are_waits(step.flavours):
        return f"waits for {step.flavours!r}; right is {_right_waits()}"
    if not _among(step.windows, WINDOWS):
        return f"waits for the windows {step.windows!r}; right is a tuple of {', '.join(WINDOWS)}"
    words: object = step.words
    if not (isinstance(words, tuple) and all(isinstance(word, int) for word in words)):
        return f"waits for readers of the words {words!r}; right is a tuple of addresses"
    return ""


def _text_problem(step: WriteTextStep | FreeTextStep, core: Core, template: str) -> str:
    if not _is_ops(step.ops):
        return f"asks for the trampoline of {step.ops!r}; right is an ops"
    if not template:
        return "asks for a trampoline to be written or freed, and has no template to copy it from"
    if isinstance(step, FreeTextStep) and not core.has_text(step.ops):
        return f"frees the trampoline of {step.ops.name}, which has none"
    if isinstance(step, WriteTextStep) and core.has_text(step.ops):
        return f"writes the trampoline of {step.ops.name}, which has one already"
    return ""


def _unknown(what: str, name: object, core: Core) -> str:
    if not isinstance(name, str):
        return f"asks for the {what} {name!r}; right is a name"
    return "" if core.knows(name) else f"asks for the {what} {name!r}, which no assembly file defines"


def _args_problem(args: object) -> str:
    if isinstance(args, tuple) and len(args) <= 8 and all(_is_register(one) for one in args):
        return ""
    return f"passes {args!r}; right is a tuple of at most 8 registers, as ops.pointer"


def _is_ops(value: object) -> bool:
    return isinstance(value, Ops)


def _is_register(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 4 and all(isinstance(part, int) for part in value)


def _among(value: object, known: tuple[str, ...]) -> bool:
    return isinstance(value, tuple) and all(one in known for one in value)


def _waits() -> tuple[str, ...]:
    return tuple(sorted((KICK, *FLAVOURS)))


def _are_waits(value: object) -> bool:
    return _among(value, _waits())


def _right_waits() -> str:
    return f"a tuple of {', '.join(_waits())}"


def _is_names(value: object) -> TypeGuard[tuple[str, ...]]:
    return isinstance(value, tuple) and bool(value) and all(isinstance(one, str) for one in value)


_ANSWERS: dict[str, Callable[[object], bool]] = {
    "resting": lambda value: value in RESTING,
    "layout": lambda value: isinstance(value, SiteLayout),
    "refuses": lambda value: isinstance(value, str),
    "trampolines": _is_names,
    "retire": _are_waits,
}
_WANTED: dict[str, Callable[[], str]] = {
    "resting": lambda: 'one of "", "nop", "list", "text"',
    "layout": lambda: "a SiteLayout",
    "refuses": lambda: 'a reason, or ""',
    "trampolines": lambda: "a tuple of symbols, at least one",
    "retire": _right_waits,
}
