"""Views that the key of a place leaves out can have any value: whatever happens then happens alike."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ftrace_actors.arm64.canonical import Ranks, kept, registers
from ftrace_actors.arm64.options import Options
from ftrace_actors.arm64.pe import PE
from ftrace_actors.arm64.program import Program
from ftrace_actors.arm64.registers import Reg
from ftrace_actors.arm64.timeline import DC, IC, WRITE, Message, Timeline

DATA = (0x1000, 0x1008, 0x1040)
CODE = 0x2000
CELLS = (*DATA, CODE)
NOP = 0xD503_201F
REGISTERS = 3

MACHINES = [Options(), Options(idc=True), Options(dic=True)]


@dataclass
class Machine:
    """Two PEs that do what they are asked to, without a program."""

    timeline: Timeline
    pes: list[PE]
    draw: Random = field(default_factory=lambda: Random(0))
    asked: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, options: Options) -> Machine:
        timeline = Timeline(dict.fromkeys(CELLS, (0, 0)))
        program = Program()
        program.allow_modification(CODE, False)
        return cls(timeline, [PE(cpu, timeline, options, program) for cpu in range(2)])

    def copy(self) -> Machine:
        timeline = self.timeline.copy()
        other = Machine(timeline, [PE(pe.cpu, timeline, pe.options, pe.program) for pe in self.pes])
        for pe, its in zip(self.pes, other.pes, strict=True):
            pe.copy_to(its)
        return other

    def key(self) -> Hashable:
        """As a place has it."""
        left = kept(self.timeline, self.pes, self.pes[0].program.modifiable)
        ranks = Ranks(left.positions)
        return (
            left.memory(ranks),
            tuple([left.machine(pe, at, ranks) for at, pe in enumerate(self.pes)]),
            tuple([registers(pe.regs, ranks, pe.dsb) for pe in self.pes]),
        )

    def keeps_promises(self) -> bool:
        """All that are open can still be kept, as of a PE whose promises were certified."""
        nothing = (0, 0, 0)
        return all(
            promise.t > bound(pe, promise, (promise.cell, *nothing), (0, *nothing))
            for pe in self.pes
            for promise in pe.promises
        )

    def choose(self, kind: str, count: int, addr: int) -> int:
        self.asked.append(count)
        return self.draw.randrange(count)

    def does(self, name: str, number: int, address: Reg = (CODE, 0, 0, 0)) -> None:
        """An operation that asks for nothing."""
        pe, other = self.pes[number], self.pes[1 - number]
        match name:
            case "dc":
                pe.dc(address)
            case "ic":
                pe.ic(address, True)
            case "isb":
                pe.isb()
            case "sb":
                pe.sb()
            case "wake-up":
                pe.acquire(other.release_bound())
            case "interrupt":
                pe.join_completed(other.completed_bound())
            case "grace period":
                pe.join_completed(other.dsb)
            case _:
                pe.barrier(*name.split(maxsplit=1))

    def do(self, number: int, seed: int) -> Hashable:
        """Some operation of one PE; what it shows."""
        self.draw = draw = Random(seed)
        pe = self.pes[number]
        pe.choose = self.choose
        self.asked.clear()
        to, by, at = (draw.randrange(REGISTERS) for _ in range(3))
        _, v, d, _ = pe.regs[at]
        cell = draw.choice(CELLS)
        # Either an address of its own or one that depends on what was loaded.
        address = (cell, *draw.choice(((v, d), (0, 0))), 0)
        size = draw.choice((8, 8, 4))
        name = draw.choice(OPERATIONS)
        match name:
            case "load":
                pe.regs[to] = pe.load(address, size, draw.choice((0, 0, 1, 2)), True)
            case "store":
                value, its_v, its_d, _ = pe.regs[by]
                data = (draw.choice((value, 1)), *draw.choice(((its_v, its_d), (0, 0))), 0)
                pe.store(address, size, data, draw.choice((0, 0, 4)))
            case "promise":
                kind = draw.choice((WRITE, WRITE, DC, IC))
                if (kind == DC and pe.options.stores_reach_fetch) or (kind == IC and pe.options.dic):
                    return name
                where, mask = (cell, 0xFF) if kind == WRITE else (pe.line_of(cell), 0)
                message = Message(self.timeline.end + 1, kind, where, mask, mask & 1, 0, pe.cpu)
                self.timeline.append(message)
                pe.promises.append(message)
            case "keep":
                for promise in pe.promises[:1]:
                    to_it = (promise.cell, v, d, 0)
                    match promise.kind:
                        case kind if kind == WRITE:
                            pe.store(to_it, 8, (1, 0, 0, 0), 0)
                        case kind if kind == DC:
                            pe.dc(to_it)
                        case _:
                            pe.ic(to_it, True)
            case "fetch":
                candidates = pe.fetchable(CODE)
                self.asked.append(len(candidates))
                if candidates:
                    pe.take_fetch(CODE, draw.choice(candidates))
            case "control":
                pe.control(v, d)
            case _:
                self.does(name, number, address)
        values = [value for value, *_ in pe.regs[:REGISTERS]]
        return name, values, self.asked.copy(), pe.dead, pe.fault


def bound(pe: PE, promise: Message, address: Reg, data: Reg) -> int:
    """What the message that keeps a promise comes after, when it is made at an address that depends on something."""
    _, v, d, _ = address
    line = promise.cell
    match promise.kind:
        case kind if kind == WRITE:
            return pe._write_bound(address, promise.cell, 8, data)
        case kind if kind == DC:
            before = max(pe.line_coherence(line), pe.vdc.get(line, 0))
            return max(pe.ndc, pe.tau, v, d, pe.ctrl_v, pe.ctrl_d, before)
        case _:
            return max(pe.nic, pe.tau, v, d, pe.ctrl_v, pe.ctrl_d)


OPERATIONS = (
    *("load", "load", "store", "store", "fetch", "control", "promise", "keep"),
    *("dc", "ic", "isb", "sb", "wake-up", "interrupt", "grace period"),
    *(f"{kind} {domain}" for kind in ("dmb", "dsb") for domain in ("ish", "ishld", "ishst")),
)

VIEWS = (
    "r",
    "rn",
    "w",
    "dcs",
    "ics",
    "rel",
    "ctrl_v",
    "ctrl_d",
    "adr_v",
    "adr_d",
    "nr",
    "ndc",
    "nic",
    "own_fetch",
)


def alike(machine: Machine, draw: Random) -> Machine:
    """Another machine with the same key, some of whose views are others."""
    key, twin = machine.key(), machine.copy()
    for pe in twin.pes:
        for _ in range(40):
            changed = _changed(pe, draw)
            if changed is None:
                continue
            holder, name, value = changed
            kept_value = holder[name] if isinstance(holder, (dict, list)) else getattr(holder, name)
            _put(holder, name, value)
            # What a DSB completed is respected by everything later: no PE is without that.
            if twin.key() != key or min(pe.nr, pe.nw, pe.ndc, pe.nic) < pe.dsb or not twin.keeps_promises():
                _put(holder, name, kept_value)
    return twin


def _put(holder: object, name: object, value: object) -> None:
    if isinstance(holder, (dict, list)):
        holder[name] = value
    else:
        setattr(holder, str(name), value)


def _changed(pe: PE, draw: Random) -> tuple[object, object, object] | None:
    """A field, an entry of a table or a register, and a value that it might have."""
    at = draw.randint(0, pe.timeline.end)
    match draw.randrange(5):
        case 0 if pe.coh:
            return pe.coh, draw.choice(list(pe.coh)), at
        case 1 if pe.vdc:
            return pe.vdc, draw.choice(list(pe.vdc)), at
        case 2 if pe.fwd:
            return pe.fwd, draw.choice(list(pe.fwd)), (at, draw.choice((0, at)), 0, 0)
        case 3:
            number = draw.randrange(REGISTERS)
            value, v, d, prov = pe.regs[number]
            return pe.regs, number, (value, *draw.choice(((at, d), (v, at))), prov)
        case 4:
            return pe, draw.choice(VIEWS), at
        case _:
            return None


STEP = st.tuples(st.integers(0, 1), st.integers(0, 1 << 30))
STEPS, FEW_STEPS = st.lists(STEP, max_size=30), st.lists(STEP, max_size=4)


PREPARATIONS: tuple[tuple[str, ...], ...] = (
    (),
    *((f"{kind} {domain}",) for kind in ("dmb", "dsb") for domain in ("ish", "ishld", "ishst")),
    ("isb",),
    ("dsb ish", "isb"),
    ("dsb ishld", "isb"),
    ("dc", "dsb ish"),
    ("ic", "dsb ish", "isb"),
)
TRANSFERS = ("", "wake-up", "interrupt", "grace period")


def seen(machine: Machine) -> Hashable:
    """What each PE may load and fetch, and which of its promises it can keep, after this and that."""
    return tuple(
        [
            _seen_after(machine.copy(), number, preparation, transfer)
            for number in range(2)
            for preparation in PREPARATIONS
            for transfer in TRANSFERS
        ]
    )


def _seen_after(machine: Machine, number: int, preparation: tuple[str, ...], transfer: str) -> Hashable:
    at = number
    for each in preparation:
        machine.does(each, number)
    if transfer:
        at = 1 - number
        machine.does(transfer, at)
    pe = machine.pes[at]
    own = [*((0, v, d, 0) for _, v, d, _ in pe.regs[:REGISTERS]), (0, 0, 0, 0)]
    shown: list[Hashable] = []
    for cell in CELLS:
        for _, v, d, _ in own:
            a = (cell, v, d, 0)
            for order in (0, 1):
                floor = max(pe.coherence(cell, 8), pe._read_floor(a, cell, order))
                shown.append([m.t for m in pe._readable(pe.timeline.writes(cell), 0xFF, floor) or ()])
            shown += [
                promise.t <= bound(pe, promise, a, (0, v, d, 0))
                for promise in pe.promises
                if promise.cell in (cell, pe.line_of(cell))
            ]
    shown.append([m.t for m in pe.fetchable(CODE)])
    return repr(shown)


STEP = st.tuples(st.integers(0, 1), st.integers(0, 1 << 30))
STEPS, FEW_STEPS = st.lists(STEP, max_size=30), st.lists(STEP, max_size=4)


@pytest.mark.parametrize("options", MACHINES, ids=["plain", "idc", "dic"])
@settings(max_examples=40)
@given(before=STEPS, seed=st.integers(0, 1 << 30), after=FEW_STEPS)
def test_machines_with_one_key_do_the_same(
    options: Options, before: list[tuple[int, int]], seed: int, after: list[tuple[int, int]]
) -> None:
    one = Machine.of(options)
    for number, step in before:
        one.do(number, step)
    assume(one.keeps_promises())
    two = alike(one, Random(seed))
    assert seen(one) == seen(two)
    for number, step in after:
        assert one.do(number, step) == two.do(number, step)
        if not one.keeps_promises():
            return
        assert seen(one) == seen(two)
