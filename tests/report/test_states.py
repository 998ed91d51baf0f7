"""The state that a report shows after each step is that of the run stopped there, read in another way."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise

import pytest

from ftrace_actors.actors import ReplayChooser
from ftrace_actors.actors.drivers.stepping import run_in_steps
from ftrace_actors.actors.stepping import SteppedConductor
from ftrace_actors.arm64.pe import PE
from ftrace_actors.arm64.timeline import COMP, DC, IC, WRITE, Message
from ftrace_actors.events import Barrier, Fetch, Load, Maintain
from ftrace_actors.explore import make_chooser
from ftrace_actors.inspect.phrases import Narrator
from ftrace_actors.kernel.boot import System
from ftrace_actors.report.machine import MIXTURES
from ftrace_actors.report.watched_run import states_of_run
from ftrace_actors.scenario import Run
from tests.report.made import Made, expanded, made
from tests.scenario.runs import profile_of, world_of

NAMES = [
    "teardown-no-wait-w2",
    "patch-without-inval",
    "grace-period-orders-nothing",
    "dynamic-teardown-no-wait-w3",
    "torn-literal-disable",
    "two-teardown-tasks",
]

State = dict[tuple[str, str], str]


def states(of: Made) -> dict[int, State]:
    return expanded(states_of_run(of.world, ReplayChooser(of.result.picks), of.narrator))


def stopped(of: Made) -> Iterator[tuple[int, System]]:
    """The run paused before each decision: (number of the last event, the kernel)."""
    run = Run(of.world.image, ReplayChooser(of.result.picks), record=True, conducting=SteppedConductor)
    conductor = run.system.conductor
    assert isinstance(conductor, SteppedConductor)
    for _ in run_in_steps(conductor):
        yield run.log.seq - 1, run.system
    assert tuple(run.log.events or ()) == of.result.events


# -- another way to read a kernel: from the messages on the timeline, and the views as numbers ----------------------


def memory(system: System, addr: int, size: int) -> int:
    """What is at an address: each byte is that of the last write to it."""
    value = 0
    for at in range(size):
        cell, byte = addr + at & ~7, addr + at & 7
        held = system.image.cells[cell][0] >> 8 * byte & 0xFF
        for message in system.timeline.messages:
            if message.kind == WRITE and message.cell == cell and message.mask >> byte & 1:
                held = message.value >> 8 * byte & 0xFF
        value |= held << 8 * at
    return value


def fetchable(system: System, pe: PE, addr: int) -> list[tuple[int, int]]:
    """(word, position) of what may be fetched, newest first, by the rules at the head of `arm64.fetch`."""
    messages, options = system.timeline.messages, pe.options
    line = addr & -options.line
    comps: list[Message] = [m for m in messages if m.kind == COMP]
    invalidated = 0
    for ic in messages:
        mine = ic.kind == IC and ic.cell in {line, -1} and (not ic.local or ic.cpu == pe.cpu)
        by_completion = ic.t <= pe.tau and (
            not options.exact_ic or any(c.cpu == ic.cpu and ic.t < c.t <= pe.tau for c in comps)
        )
        if mine and (ic.t <= pe.tau_sync or by_completion):
            invalidated = ic.t
    cleaned = max((m.t for m in messages if m.kind == DC and m.cell == line and m.t < invalidated), default=0)
    floor = pe.tau if options.dic else max((invalidated if options.idc else cleaned) - 1, 0)
    shift = 8 * (addr & 7)
    first = system.image.cells[addr & ~7][0]
    writes = [(first >> shift & 0xFFFF_FFFF, 0)]
    writes += [
        (m.value >> shift & 0xFFFF_FFFF, m.t)
        for m in messages
        if m.kind == WRITE and m.cell == addr & ~7 and m.mask >> (addr & 7) & 0xF
    ]
    oldest = max(t for _, t in writes if t <= floor)
    own = {m.t for m in pe.promises if m.t > floor}
    return [(word, t) for word, t in reversed(writes) if t >= oldest and t not in own]


def pending(system: System, pe: PE) -> str:
    """What no DSB of this CPU has completed: DCs after it, and ICs since its last completion."""
    own = [m for m in system.timeline.messages if m.cpu == pe.cpu]
    last = max((at for at, m in enumerate(own) if m.kind == COMP), default=-1)
    left = [(m.t, "DC") for m in own if m.kind == DC and m.t > pe.dsb]
    left += [(m.t, "IC") for m in own[last + 1 :] if m.kind == IC and pe.pending_ic]
    return ", ".join(f"{kind} @{t}" for t, kind in sorted(left)) or "none"


def words(narrator: Narrator, found: list[tuple[int, int]], addr: int) -> list[str]:
    return [f"{narrator.word(word, addr)} @{t}" for word, t in found]


@pytest.mark.parametrize("name", NAMES)
def test_each_state_is_that_of_the_run_stopped_there(name: str) -> None:
    of = made(name)
    shown = states(of)
    image, narrator = of.world.image, of.narrator
    before: tuple[int, State] | None = None
    sites = [site.layout.site for site in image.sites]
    compared = 0
    for upto, system in stopped(of):
        mine: State = {}
        for addr in sites:
            place = narrator.place(addr)
            mine["memory", place] = narrator.word(memory(system, addr, 4), addr)
            for pe in system.pes:
                found = words(narrator, fetchable(system, pe, addr), addr)
                mine[f"cpu{pe.cpu}", f"fetch {place}"] = " | ".join(found[:6])
        for site in image.sites:
            if site.layout.literal:
                place = narrator.place(site.layout.literal)
                mine["memory", place] = f"{memory(system, site.layout.literal, 8):#x}"
        for pe in system.pes:
            mine[f"cpu{pe.cpu}", "fetch view"] = f"@{pe.tau}"
            early = [m.t for m in pe.promises]
            mine[f"cpu{pe.cpu}", "pending DC, IC"] = pending(system, pe)
            mine[f"cpu{pe.cpu}", "early stores"] = " ".join(f"@{t}" for t in early)
        if before is not None and before[0] != upto:
            compared += compare(of, shown[before[0]], before[1])
        before = upto, mine
    assert compared > 50


def compare(of: Made, shown: State, mine: State) -> int:
    for (group, name), value in mine.items():
        found = shown[group, name]
        if group == "memory" and value.startswith("0x"):
            wanted = of.narrator.pointer(int(value, 16), 0)
            assert found.partition(" @")[0] == wanted, (group, name)
        elif group == "memory":
            assert found.partition(" @")[0] == value, (group, name)
        elif name == "early stores":
            assert [part for part in value.split() if part not in found] == []
            assert (found == "none") == (value == "")
        elif name.startswith("fetch ") and "older ones" in found:
            assert found.startswith(value)
        else:
            assert found == value, (group, name)
    return 1


@pytest.mark.parametrize("name", NAMES)
def test_what_a_cpu_takes_had_been_offered(name: str) -> None:
    """A fetch or a load of a literal takes one of the values that were shown before its step."""
    of = made(name)
    shown = states(of)
    ends = sorted(shown)
    sites = {site.layout.site for site in of.world.image.sites}
    literals = {site.layout.literal for site in of.world.image.sites} - {0}
    taken = 0
    for before, event in pairwise(of.result.events):
        if before.step == event.step:
            continue  # something else of the step came first, and may have changed what could be taken
        state = shown[ends[bisect_left(ends, before.seq)]]
        if isinstance(event, Fetch) and event.addr in sites:
            offered = state[f"cpu{event.cpu}", f"fetch {of.narrator.place(event.addr)}"]
            value = f"{of.narrator.word(event.word, event.addr)} @{event.order}"
        elif isinstance(event, Load) and event.addr in literals and event.size == 8:
            offered = state[f"cpu{event.cpu}", f"load {of.narrator.place(event.addr)}"]
            value = of.narrator.pointer(event.value, event.prov)
        else:
            continue
        taken += 1
        assert value in offered.split(" | ") or offered.endswith(MIXTURES), event
    assert taken


def test_maintenance_is_pending_from_its_instruction_until_a_dsb() -> None:
    of = made("teardown-no-wait-w2")
    shown = states(of)
    ends = sorted(shown)
    done = 0
    for event in of.result.events:
        if isinstance(event, Maintain) and event.name in {"dc cvau", "ic ivau"}:
            state = shown[ends[bisect_left(ends, event.seq)]]
            kind = event.name[:2].upper()
            assert f"{kind} @{event.order}" in state[f"cpu{event.cpu}", "pending DC, IC"].split(", ")
            done += 1
        elif isinstance(event, Barrier) and event.name == "dsb ish":
            state = shown[ends[bisect_left(ends, event.seq)]]
            assert state[f"cpu{event.cpu}", "DSB completed"] == f"@{event.completed}"
            assert state[f"cpu{event.cpu}", "pending DC, IC"] == "none"
    assert done


def test_a_completion_that_was_tried_and_taken_back_is_none() -> None:
    """Looking ahead for early messages leaves an empty list of completions behind."""
    name = "torn-literal-call-first"
    world, profile = world_of(name), profile_of(name)
    result = world.run(make_chooser("mix", 0, 5, profile), driver="bare", record=True)
    narrator = Narrator(result.events, world.image.symbols)
    found = states_of_run(world, make_chooser("mix", 0, 5, profile), narrator)
    assert found.changes[-1][0] == len(result.events) - 1


def test_looking_changes_nothing() -> None:
    of = made("grace-period-orders-nothing")
    again = of.world.run(ReplayChooser(of.result.picks), driver="bare", record=True)
    assert again.digest == of.result.digest
    first, second = (states_of_run(of.world, ReplayChooser(of.result.picks), of.narrator) for _ in range(2))
    assert first == second
