"""Code that comes and goes: a module whose text is loaded and unloaded while others run it.

It takes a service of its own, in a file; a line in `SERVICES`; and a line in `ASKS` for each of its two actions.  The
checks that are there find who runs it once it is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, assert_never

import pytest

from ftrace_actors.actors import Conductor, Mailbox, run_bare
from ftrace_actors.actors.drivers.stepping import run_in_steps
from ftrace_actors.arm64.isa import parse
from ftrace_actors.events import Alloc, Fault, Free, Returned
from ftrace_actors.events.flavours import TASKS
from ftrace_actors.kernel.actions import ActionError, parse_action
from ftrace_actors.kernel.actor import KernelActor, Setting, Tell, mail
from ftrace_actors.kernel.asking import ASKS, Asking
from ftrace_actors.kernel.boot import SERVICES, Parts, System
from ftrace_actors.kernel.build import build_image
from ftrace_actors.kernel.messages import Return, RoutineDone, RunRoutine, Synchronized, SynchronizeIn
from ftrace_actors.kernel.spec import TaskSpec
from ftrace_actors.kernel.templates import lay_down, reserve
from ftrace_actors.scenario import World

from ..steering import Steered, steered
from ..test_copies import nobody, same, started
from ..worlds import world

TEXT = 0xFFFF_8000_8004_0000
"""Where the module goes."""
BLOB = 0xFFFF_8000_8120_0000
"""Where it is copied from."""
MODULE = "mod:\n mov x0, #7\n nop\n nop\n ret\n"
SIZE = 16

COPY = """
1:  ldp w10, w11, [x1], #8
    stp w10, w11, [x0], #8
    cmp x1, x2
    b.lo 1b
    sub x0, x0, #16
    dc cvau, x0
    dsb ish
    ic ivau, x0
    dsb ish
    isb
    mov w0, wzr
    ret
"""
"""Copy words to x0 from x1 to x2, and maintain the caches for the line they are in."""

# -- the service ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Load:
    """init_module, for a task."""

    task: str
    name: str


@dataclass(frozen=True, slots=True)
class Unload:
    """delete_module, for a task."""

    task: str
    name: str


MODULES: Mailbox[Load | Unload] = Mailbox("modules")
COPIED: Mailbox[RoutineDone] = Mailbox("modules", "copied")
WAITED: Mailbox[Synchronized] = Mailbox("modules", "waited")


@dataclass(frozen=True)
class Copy:
    """To do: have the text copied to where it belongs."""

    task: str


@dataclass(frozen=True)
class Retire:
    """To do: wait until nobody is in the text any more, and free it."""

    task: str


class ModuleLoader(KernelActor[Copy | Retire]):
    """Loads the one module there is, and unloads it."""

    STATE: ClassVar[tuple[str, ...]] = (*KernelActor.STATE, "loaded")

    def __init__(self, setting: Setting, parts: Parts) -> None:
        super().__init__(setting, MODULES.name)
        self.tasks, self.numbers = parts.books.tasks, parts.books.numbers
        self.timeline = parts.machine.timeline
        self.loaded = 0
        """The number of its allocation, 0 while it is not there."""

    async def rest(self) -> Sequence[Copy | Retire]:
        request = await self.hear(MODULES, "idle")
        self.acting = request.task
        match request:
            case Load(task, name):
                self.loaded = self.numbers.draw()
                self.emit(Alloc, name, TEXT, SIZE, self.loaded)
                return (Copy(task),)
            case Unload(task, _):
                return (Retire(task),)
            case _:
                assert_never(request)

    async def perform(self, item: Copy | Retire) -> Sequence[Copy | Retire | Tell]:
        mailbox, symbols = self.tasks[item.task].mailbox, self.image.symbols
        match item:
            case Copy():
                args = ((TEXT, 0, 0, self.loaded), (BLOB, 0, 0, 0), (BLOB + SIZE, 0, 0, 0))
                routine = RunRoutine(COPIED, "copy_module", symbols["copy_module"], args)
                await self.ask(mailbox, routine, "routine", item.task)
            case Retire():
                await self.ask(mailbox, SynchronizeIn(WAITED, TASKS.name), "grace period", item.task)
                self.free()
            case _:
                assert_never(item)
        return (mail(mailbox, Return(0)),)

    def free(self) -> None:
        self.emit(Free, "mod", TEXT, SIZE, self.loaded, self.timeline.end)
        self.loaded = 0


class Hasty(ModuleLoader):
    """Waits for nobody."""

    async def perform(self, item: Copy | Retire) -> Sequence[Copy | Retire | Tell]:
        if isinstance(item, Copy):
            return await super().perform(item)
        await self.step("free", "mod")
        self.free()
        return (mail(self.tasks[item.task].mailbox, Return(0)),)


# -- worlds -----------------------------------------------------------------------------------------------------------


def loader(monkeypatch: pytest.MonkeyPatch, kind: type[ModuleLoader]) -> None:
    monkeypatch.setitem(SERVICES, "modules", lambda parts: [kind(parts.setting, parts)])
    load: Asking[Load | Unload] = Asking("insmod MODULE: load it", lambda mail: MODULES, Load)
    unload: Asking[Load | Unload] = Asking("rmmod MODULE: unload it", lambda mail: MODULES, Unload)
    monkeypatch.setitem(ASKS, "insmod", load)
    monkeypatch.setitem(ASKS, "rmmod", unload)


def modular(*do: str, reader: Sequence[str] = ("run mod",)) -> World:
    """One task does something with the module, the other runs it when it is woken."""
    scenario = world(
        {"admin": {"cpu": 0, "do": ["yield"]}, "reader": {"cpu": 1, "do": ["yield"]}},
        routines={"copy_module": COPY},
    ).scenario
    tasks = (
        TaskSpec("admin", 0, tuple(parse_action(one) for one in do)),
        TaskSpec("reader", 1, tuple(parse_action(one) for one in reader), started=False),
    )
    spec = replace(scenario.spec, tasks=tasks)
    image = build_image(spec)
    code = parse(MODULE, filename="module.S")
    lay_down(image, "mod.blob", BLOB, code.encode(TEXT, image.symbols.names()))
    reserve(image, "mod", TEXT, code, SIZE)
    return World(replace(scenario, spec=spec), image)


def inside_first(system: System, name: str) -> int:
    """The reader goes as far as the middle of the module, and waits there as long as anybody else can move."""
    pc = system.pes[1].pc
    return int(name == "cpu1") if TEXT < pc < TEXT + SIZE else int(name != "cpu1")


# -- what comes of it -------------------------------------------------------------------------------------------------


async def test_it_is_loaded_run_unloaded_and_loaded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    loader(monkeypatch, ModuleLoader)
    again = ("insmod mod", "wake reader", "rmmod mod", "insmod mod", "run mod", "rmmod mod")
    ran = await steered(modular(*again), Steered(inside_first))
    assert not ran.findings
    assert [event.value for event in ran.all(Returned, function="mod")] == [7, 7]
    allocated, freed = ran.all(Alloc), ran.all(Free)
    assert len({event.prov for event in allocated}) == len(allocated) == len(freed) == 2
    first = next(event for event in ran.all(Returned, function="mod") if event.task == "reader")
    assert first.seq < freed[0].seq, "the wait was for the reader, which was in its middle"


async def test_who_is_in_it_when_it_goes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    loader(monkeypatch, Hasty)
    ran = await steered(modular("insmod mod", "wake reader", "rmmod mod"), Steered(inside_first))
    assert ran.broken == {"INV-LIFE"}
    assert "reader on cpu1 runs mod+0x4 after mod was freed" in {finding.message for finding in ran.findings}


async def test_who_runs_it_before_it_comes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    loader(monkeypatch, ModuleLoader)
    ran = await steered(modular("wake reader", "yield"), Steered())
    assert [event.reason for event in ran.all(Fault)] == ["udf"]
    assert ran.broken == {"INV-LIFE"}


def test_a_run_with_it_can_be_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    loader(monkeypatch, ModuleLoader)
    system, chooser = started(modular("insmod mod", "wake reader", "rmmod mod"), 4)
    steps, copies, number = run_in_steps(system.conductor), [], 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            outcome = end.value
            break
        if number % 10 == 5:
            copies.append(system.copy(chooser.copy(), nobody, Conductor))
        number += 1
    assert any(twin.services[MODULES.name].agenda for twin in copies), "a copy was taken while it worked"
    for twin in copies:
        same(system, twin, outcome, run_bare(twin.conductor))


def test_without_the_lines_there_is_no_such_action() -> None:
    with pytest.raises(ActionError, match="unknown action 'insmod'"):
        parse_action("insmod mod")
