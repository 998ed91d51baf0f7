"""From a well-typed file to a world: every name must refer to something, and nothing may contradict itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import assert_never

from ..arm64.options import Options
from ..checks import CHECKS, is_known
from ..events.flavours import FLAVOURS
from ..kernel.actions import (
    Action,
    ActionError,
    Ask,
    Call,
    CondResched,
    KickAll,
    LockMutex,
    Run,
    Sleep,
    Spin,
    Store,
    Trace,
    UnlockMutex,
    WakeTask,
    Yield,
    parse_action,
)
from ..kernel.config import KICK, ProtocolConfig
from ..kernel.designs import DESIGNS, Design
from ..kernel.orderings import ORDERINGS, WEAKENINGS, ordering_of
from ..kernel.spec import FunctionSpec, OpsSpec, RoutineSpec, Spec, TaskSpec, WordSpec
from ..reading import number, shortened
from ..result import Expect
from ..suggestions import did_you_mean
from ..words import Verdict
from .choices import unknown_choice
from .defaults import default_sometimes
from .kernel import kernel_of
from .model import Scenario, ScenarioError
from .schema import FunctionTable, OpsTable, ProtocolTable, ScenarioFile, TaskTable, WordTable

__all__ = ["convert"]


class _Reader:
    """Raises errors that name the file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def error(self, where: str, message: str) -> ScenarioError:
        return ScenarioError(self.path, where, message)

    def known(self, where: str, what: str, name: str, names: Collection[str], more: str = "") -> None:
        """Fail unless `name` is one of `names`; `more` is what else to say then."""
        if name in names:
            return
        known = ", ".join(sorted(names)) or "none"
        hint = did_you_mean(name, sorted(names), f"known: {known}")
        raise self.error(where, f"unknown {what} {shortened(name)!r}; {hint}{more}")

    def choice(self, where: str, value: str, choices: Collection[str]) -> None:
        """Fail unless `value` is one of `choices`, in the words of the schema's own closed sets."""
        if value not in choices:
            raise self.error(where, unknown_choice(f"'{value}'", sorted(choices)))

    def unique(self, where: str, names: Iterable[str], key: str = ".name") -> None:
        """Fail if a name comes twice; `key` is where in an element of `where` it is."""
        seen: set[str] = set()
        for index, name in enumerate(names):
            if name in seen:
                raise self.error(f"{where}[{index}]{key}", f"{name!r} is used twice")
            seen.add(name)


def convert(
    file: ScenarioFile,
    name: str,
    path: str,
    text: str,
    designs: Mapping[str, Design] = DESIGNS,
    overrides: Mapping[str, str] | None = None,
) -> Scenario:
    """Check what a file means, and make a `Scenario` of it; `designs` are those it may name.

    `overrides` are in the file already; they are kept so that a mistake is said of them.  Raises ScenarioError.
    """
    reader = _Reader(path)
    spec = Spec(
        name=name,
        cpus=file.machine.cpus,
        options=_options(file),
        kernel=kernel_of(file.kernel, file.machine, reader.error),
        protocol=_protocol(file.protocol, reader, designs),
        functions=tuple(
            _function(table, f"$.function[{index}]", reader) for index, table in enumerate(file.function)
        ),
        ops=tuple(_ops(table) for table in file.ops),
        tasks=tuple(_task(task, index, file, reader) for index, task in enumerate(file.task)),
        routines=tuple(RoutineSpec(routine.name, routine.asm) for routine in file.routine),
        words=tuple(_word(word, f"$.word[{index}]", reader) for index, word in enumerate(file.word)),
        modifiable=file.modifiable,
        steps_max=file.steps,
        designs=designs,
    )
    _check_names(file, reader)
    expect = _expect(file, reader)
    sometimes = file.sometimes if file.sometimes is not None else default_sometimes(spec, expect.verdicts)
    functions = {function.name for function in file.function}
    for index, wanted in enumerate(sometimes):
        if not is_known(wanted, functions, {ops.name for ops in file.ops}):
            raise reader.error(f"$.sometimes[{index}]", f"unknown property {shortened(wanted)!r}")
    return Scenario(name, path, text, file.summary, spec, expect, tuple(sometimes), dict(overrides or {}))


def _options(file: ScenarioFile) -> Options:
    machine = file.machine
    return Options(machine.idc, machine.dic, machine.lse2, machine.eis, machine.eos, machine.line)


def _protocol(table: ProtocolTable, reader: _Reader, designs: Mapping[str, Design]) -> ProtocolConfig:
    reader.known(
        "$.protocol.design", "design", table.design, designs, "; --design FILE.py names one of your own"
    )
    for index, name in enumerate(table.drop):
        reader.known(f"$.protocol.drop[{index}]", "ordering", name, ORDERINGS)
    for index, name in enumerate(table.weaken):
        reader.known(f"$.protocol.weaken[{index}]", "weaker barrier", name, WEAKENINGS)
        if ordering_of(name) in table.drop:
            raise reader.error(
                f"$.protocol.weaken[{index}]", f"{ordering_of(name)!r} is dropped as well; leave one out"
            )
    for key, waits in (("wait", table.wait or ()), ("handover", table.handover)):
        for index, name in enumerate(waits):
            reader.choice(f"$.protocol.{key}[{index}]", name, (KICK, *FLAVOURS))
    if table.poison and not designs[table.design].template:
        raise reader.error(
            "$.protocol.poison", f"{table.design} frees no text; a design that does: {_with_text(designs)}"
        )
    return ProtocolConfig(
        table.design,
        frozenset(table.drop),
        table.order,
        table.wait,
        table.wait_at,
        table.default_literal,
        table.align_check,
        table.literal_load,
        table.handover,
        call_ops_by=table.call_ops_by,
        poison=table.poison,
        weaken=frozenset(table.weaken),
    )


def _with_text(designs: Mapping[str, Design]) -> str:
    return ", ".join(name for name, design in designs.items() if design.template)


def _function(table: FunctionTable, where: str, reader: _Reader) -> FunctionSpec:
    address: int | None = None
    if table.address is not None:
        address = table.address if isinstance(table.address, int) else number(table.address)
        if address is None:
            raise reader.error(f"{where}.address", f"{shortened(str(table.address))!r} is not an address")
        if address % 4 or not 0 <= address < 1 << 64:
            raise reader.error(
                f"{where}.address", f"{address:#x} is not a 64-bit address that is a multiple of 4"
            )
    return FunctionSpec(table.name, address, table.offset, table.extra_words)


def _word(table: WordTable, where: str, reader: _Reader) -> WordSpec:
    if not -(1 << 63) <= table.value < 1 << 64:
        raise reader.error(f"{where}.value", f"{table.value:#x} is not a 64-bit number")
    return WordSpec(table.name, table.value)


def _ops(table: OpsTable) -> OpsSpec:
    return OpsSpec(
        table.name,
        table.functions,
        table.dynamic,
        table.caller_waits,
        table.allocated,
        tuple(dict.fromkeys(table.flags)),
        table.calls,
    )


def _task(table: TaskTable, index: int, file: ScenarioFile, reader: _Reader) -> TaskSpec:
    where = f"$.task[{index}]"
    for key, cpu in (("cpu", table.cpu), *((f"cpus[{at}]", cpu) for at, cpu in enumerate(table.cpus))):
        if cpu >= file.machine.cpus:
            raise reader.error(
                f"{where}.{key}", f"there is no CPU {cpu}; machine.cpus is {file.machine.cpus}"
            )
    if table.cpus and table.cpu not in table.cpus:
        raise reader.error(f"{where}.cpus", f"must contain cpu {table.cpu}, where the task starts")
    actions = tuple(_action(text, f"{where}.do[{at}]", file, reader) for at, text in enumerate(table.do))
    return TaskSpec(table.name, table.cpu, actions, table.cpus, table.started)


def _action(text: str, where: str, file: ScenarioFile, reader: _Reader) -> Action:
    try:
        action = parse_action(text)
    except ActionError as error:
        raise reader.error(where, str(error)) from None
    match action:
        case Call(name):
            reader.known(where, "function", name, {function.name for function in file.function})
        case Run(name):
            reader.known(where, "routine", name, {routine.name for routine in file.routine})
        case WakeTask(name):
            reader.known(where, "task", name, {task.name for task in file.task})
        case Store(name):
            reader.known(where, "word", name, {word.name for word in file.word})
        case Trace(_, name):
            reader.known(where, "ops", name, {ops.name for ops in file.ops})
        case Ask("alloc" | "kfree", name):
            reader.known(where, "ops", name, {ops.name for ops in file.ops})
            if not next(ops for ops in file.ops if ops.name == name).dynamic:
                raise reader.error(where, f"{name} is static; only a dynamic ops is allocated or freed")
        case Ask():
            """Its service says what it can be asked for."""
        case KickAll() | Sleep() | Yield() | CondResched() | LockMutex() | UnlockMutex() | Spin():
            """Nothing that has to be declared: a mutex is made on first use."""
        case _:
            assert_never(action)
    return action


def _check_names(file: ScenarioFile, reader: _Reader) -> None:
    if not file.function:
        raise reader.error("$.function", "a world needs at least one traced function")
    if not file.task:
        raise reader.error("$.task", "a world needs at least one task")
    for key in ("function", "ops", "task", "routine", "word"):
        reader.unique(f"$.{key}", [table.name for table in getattr(file, key)])
    _check_symbols(file, reader)
    _check_woken(file, reader)
    functions = {function.name for function in file.function}
    for index, ops in enumerate(file.ops):
        if not ops.functions:
            raise reader.error(f"$.ops[{index}].functions", "an ops traces at least one function")
        reader.unique(f"$.ops[{index}].functions", ops.functions, key="")
        for at, name in enumerate(ops.functions):
            reader.known(f"$.ops[{index}].functions[{at}]", "function", name, functions)
        if ops.calls:
            reader.known(f"$.ops[{index}].calls", "function", ops.calls, functions)


def _check_woken(file: ScenarioFile, reader: _Reader) -> None:
    """A task that waits for a wake-up that nobody sends would hang every run: that is the file's mistake."""
    for index, task in enumerate(file.task):
        wakers = (other for other in file.task if other.name != task.name)
        if not task.started and not any(f"wake {task.name}" in _plain(other.do) for other in wakers):
            raise reader.error(
                f"$.task[{index}].started",
                f"{task.name!r} is never woken: no other task does 'wake {task.name}'",
            )


def _plain(actions: Iterable[str]) -> set[str]:
    """Actions with one space between words."""
    return {" ".join(action.split()) for action in actions}


def _check_symbols(file: ScenarioFile, reader: _Reader) -> None:
    """What has an address needs a name of its own."""
    seen: dict[str, str] = {}
    for key in ("function", "ops", "routine", "word"):
        for index, table in enumerate(getattr(file, key)):
            other = seen.setdefault(table.name, key)
            if other != key:
                raise reader.error(
                    f"$.{key}[{index}].name", f"{table.name!r} is the name of a {other} as well"
                )


def _expect(file: ScenarioFile, reader: _Reader) -> Expect:
    table = file.expect
    for index, name in enumerate(table.invariants):
        reader.known(f"$.expect.invariants[{index}]", "invariant", name, CHECKS)
    verdicts = (table.verdict,) if isinstance(table.verdict, str) else table.verdict
    if not verdicts:
        raise reader.error("$.expect.verdict", "name at least one verdict")
    if (table.invariants or table.window) and Verdict.VIOLATED not in verdicts:
        raise reader.error("$.expect", "invariants and window go with the verdict 'violated'")
    return Expect(verdicts, table.invariants, table.window)
