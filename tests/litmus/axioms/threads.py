"""Ways through one thread: every instruction by its own small rule, every read and fetch guessed.

`Thread.runs` tries each value that some write could give, so control flow, comparisons and addresses are known in
each run; whether a write really gives the value is asked later (`candidates.py`).  What is noted of an instruction is
its effects and which reads its address, its data, and the branches before it come from: Arm ARM C6.2 and B2.3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import product

from .events import NONE, Deps, Event, Reg, Run, local_sources
from .source import CODE, Source, UnsupportedError
from .spelling import (
    ACCESS,
    ADR,
    ALU,
    AMO,
    BARRIER,
    CACHE,
    CASP,
    CELL,
    CMP,
    CSEL,
    CSET,
    INDIRECT,
    JUMP,
    LDXP,
    MOV,
    OPERATIONS,
    PAIR,
    STAMO,
    STXP,
    STXR,
    SWPP,
    mask_of,
    signed,
    spread,
)

STEPS_MAX = 60
MASK64 = (1 << 64) - 1

NONE_TAGS: frozenset[str] = frozenset()

Written = dict[int, set[tuple[int, int]]]
"""What may be written to each cell: (byte mask, value in place)."""


class _TooLongError(Exception):
    """A loop; the run is left out."""


class Thread:
    """One thread of a test, ready to be run again and again."""

    def __init__(self, source: Source, thread: int) -> None:
        self.source = source
        self.thread = thread
        self.possible: dict[tuple[int, int], list[int]] = {}
        self.exs = source.option("exs")
        self.enters = not self.exs or source.option("eis")
        self.returns = not self.exs or source.option("eos")

    def runs(self, written: Written) -> Iterator[Run]:
        """Every run, guessing from `written`."""
        answers: list[int] = []
        self.possible.clear()
        while True:
            walk = _Walk(self, written, answers)
            try:
                walk.go()
                yield walk.run
            except _TooLongError:
                pass
            answers = walk.answers
            counts = walk.counts
            while answers and answers[-1] + 1 >= counts[len(answers) - 1]:
                answers.pop()
            if not answers:
                return
            answers[-1] += 1


class _Walk:
    """One run.  `answers` are the choices to make, extended with 0; `counts` how many each had."""

    def __init__(self, thread: Thread, written: Written, answers: list[int]) -> None:
        self.of = thread
        self.source = thread.source
        self.written = written
        self.answers = list(answers)
        self.counts: list[int] = []
        self.run = Run()
        self.events = self.run.events
        self.regs = self.run.registers
        given = self.source.registers.get(thread.thread, {})
        self.regs.update({number: Reg(value) for number, value in given.items()})
        self.pc = self.source.start(thread.thread)
        self.ctrl = Deps()
        self.equal = True
        self.flags = Deps()
        self.monitor: tuple[int, int, int] | None = None
        self.elr = 0

    def choose(self, count: int) -> int:
        at = len(self.counts)
        self.counts.append(count)
        if at == len(self.answers):
            self.answers.append(0)
        return self.answers[at]

    def go(self) -> None:
        """To the end."""
        for _ in range(STEPS_MAX):
            text = self.fetch()
            if text is None:
                return
            if text == "STOP":
                return
            self.step(text)
        raise _TooLongError

    # -- parts -------------------------------------------------------------------------------------------------

    def fetch(self) -> str | None:
        """The instruction at `pc`; a guess where somebody may write it."""
        pc = self.pc
        if pc not in self.source.code:
            return None
        if pc not in self.source.exported or len(self.possible(pc, 4)) == 1:
            return self.source.text_at(pc)
        word = self.guess(pc, 4)
        self.emit(Event("F", pc, 4, word))
        text = self.source.text_of(word)
        if text is None:
            raise UnsupportedError("data fetched as an instruction")
        return text

    def get(self, name: str) -> Reg:
        if name in {"ZR", "SP"}:
            return Reg()
        return self.regs.get(int(name), Reg())

    def put(self, name: str, reg: Reg, wide: bool = True) -> None:
        if name != "ZR":
            self.regs[int(name)] = Reg(reg.value & (MASK64 if wide else 0xFFFF_FFFF), reg.deps)

    def emit(self, event: Event) -> int:
        event.ctrl = self.ctrl
        self.events.append(event)
        return len(self.events) - 1

    def possible(self, at: int, size: int) -> list[int]:
        """What these bytes may hold."""
        known = self.of.possible.get((at, size))
        if known is None:
            known = self.of.possible[at, size] = self.combined(at, size)
        return known

    def combined(self, at: int, size: int) -> list[int]:
        """Each byte group from any of the writes."""
        shift, mask = 8 * (at % CELL), mask_of(at, size)
        writes = [(m & mask, v) for m, v in self.written.get(at & -CELL, set()) if m & mask]
        groups: dict[tuple[bool, ...], int] = {}
        for byte in range(CELL):
            if mask >> byte & 1:
                key = tuple(bool(m >> byte & 1) for m, _ in writes)
                groups[key] = groups.get(key, 0) | 1 << byte
        parts = [{v & spread(group) for m, v in writes if m & group} for group in groups.values()]
        return sorted({sum(part) >> shift for part in product(*parts)})

    def guess(self, at: int, size: int) -> int:
        values = self.possible(at, size)
        if not values:
            raise UnsupportedError(f"access to {at:#x}")
        return values[self.choose(len(values))]

    def read(self, addr: Reg, size: int, tags: frozenset[str], guess: int | None = None) -> tuple[Reg, int]:
        """A read, and what its register gets; with an own write just before it, what came through that."""
        value = self.guess(addr.value, size) if guess is None else guess
        event = Event("R", addr.value, size, value, tags, addr=addr.deps)
        deps = Deps(NONE, addr.deps.pick)
        for write in local_sources(self.events, event):
            w = self.events[write]
            deps |= Deps(NONE, w.addr.pick | w.data.pick)
            if "computed" in w.tags and w.rmw is not None:
                deps |= Deps(frozenset({w.rmw}))
        number = self.emit(event)
        return Reg(value, deps | Deps(frozenset({number}))), number

    def write(
        self, addr: Reg, size: int, data: Reg, tags: frozenset[str] = NONE_TAGS, rmw: int | None = None
    ) -> None:
        value = data.value & (1 << 8 * size) - 1
        self.emit(Event("W", addr.value, size, value, tags, addr=addr.deps, data=data.deps, rmw=rmw))

    # -- instructions -------------------------------------------------------------------------------------------

    def step(self, text: str) -> None:
        """One instruction."""
        for pattern, method in _TABLE:
            match = pattern.fullmatch(text)
            if match is not None:
                self.pc += 4
                method(self, match)
                return
        raise UnsupportedError(text)

    def access(self, m: re.Match[str]) -> None:
        name, part, width, rt, base, imm, index = m.groups()
        size = {"B": 1, "H": 2, "": 8 if width == "X" else 4}[part]
        addr = self.get(base)
        if imm:
            addr = Reg(addr.value + int(imm), addr.deps)
        elif index:
            offset = self.get(index[1:])
            addr = Reg(addr.value + signed(offset.value, index[0]) & MASK64, addr.deps | offset.deps)
        if addr.value % size:
            raise UnsupportedError("unaligned")
        tags = {"LDAR": "A", "LDAXR": "A", "LDAPR": "Q", "STLR": "L"}.get(name, "")
        if name in {"STR", "STUR", "STLR"}:
            self.write(addr, size, self.get(rt), frozenset(tags))
            return
        got, number = self.read(addr, size, frozenset(tags))
        if name in {"LDXR", "LDAXR"}:
            self.monitor = (addr.value, size, number)
        self.put(rt, got)

    def pair(self, m: re.Match[str]) -> None:
        """LDP, STP and their ordered forms: two accesses, in the order in which they are made."""
        name, width, first, second, base, down = m.groups()
        size = 8 if width == "X" else 4
        addr = self.get(base)
        if down:
            addr = Reg(addr.value - 2 * size & MASK64, addr.deps)
        high = Reg(addr.value + size, addr.deps)
        if name in {"STP", "STILP"}:
            halves = [(addr, self.get(first)), (high, self.get(second))]
            for place, data in reversed(halves) if down else halves:
                self.write(place, size, data, frozenset("L" if name == "STILP" else ""))
            if down:
                self.put(base, addr)
            return
        tags = frozenset("Q" if name == "LDIAPP" else "")
        got = [self.read(place, size, tags)[0] for place in (addr, high)]
        self.put(first, got[0])
        self.put(second, got[1])

    # -- pairs that are one access ------------------------------------------------------------------------------

    def put_both(self, first: str, second: str, size: int, both: Reg) -> None:
        mask = (1 << 8 * size) - 1
        self.put(first, Reg(both.value & mask, both.deps))
        self.put(second, Reg(both.value >> 8 * size, both.deps))

    def get_both(self, first: str, second: str, size: int) -> Reg:
        mask = (1 << 8 * size) - 1
        low, high = self.get(first), self.get(second)
        return Reg(low.value & mask | (high.value & mask) << 8 * size, low.deps | high.deps)

    def load_exclusive_pair(self, m: re.Match[str]) -> None:
        name, width, first, second, base = m.groups()
        size = 8 if width == "X" else 4
        addr = self.get(base)
        got, number = self.read(addr, 2 * size, frozenset("A" if name == "LDAXP" else ""))
        self.monitor = (addr.value, 2 * size, number)
        self.put_both(first, second, size, got)

    def store_exclusive_pair(self, m: re.Match[str]) -> None:
        name, status, width, first, second, base = m.groups()
        size = 8 if width == "X" else 4
        data = self.get_both(first, second, size)
        self.exclusively(self.get(base), 2 * size, data, status, name == "STLXP")

    def compare_and_swap_pair(self, m: re.Match[str]) -> None:
        order, width, first, second, new, new2, base = m.groups()
        size = 8 if width == "X" else 4
        compare, data = self.get_both(first, second, size), self.get_both(new, new2, size)
        addr = self.get(base)
        read_tags, write_tags = self.ordering(order, dest=True)
        got, read = self.read(addr, 2 * size, read_tags)
        self.put_both(
            first, second, size, self.compared(addr, 2 * size, got, read, compare, data, write_tags)
        )

    def atomic_pair(self, m: re.Match[str]) -> None:
        name, order, first, second, base = m.groups()
        self.put_both(
            first, second, 8, self.modify(name, order, 16, self.get(base), self.get_both(first, second, 8))
        )

    def store_exclusive(self, m: re.Match[str]) -> None:
        name, part, status, width, rt, base = m.groups()
        size = {"B": 1, "H": 2, "": 8 if width == "X" else 4}[part]
        self.exclusively(self.get(base), size, self.get(rt), status, name == "STLXR")

    def exclusively(self, addr: Reg, size: int, data: Reg, status: str, release: bool) -> None:
        monitor, self.monitor = self.monitor, None
        done = monitor is not None and monitor[:2] == (addr.value, size) and not self.choose(2)
        if done and monitor is not None:
            self.write(addr, size, data, frozenset("L" if release else ""), monitor[2])
        self.put(status, Reg(int(not done)))

    def atomic(self, m: re.Match[str]) -> None:
        name, order, part, width, rs, rt, base = m.groups()
        self.amo(name.removeprefix("LD"), order, part, width, rs, rt, base)

    def store_atomic(self, m: re.Match[str]) -> None:
        name, order, part, width, rs, base = m.groups()
        self.amo(name, order, part, width, rs, "ZR", base)

    def amo(self, name: str, order: str, part: str, width: str, rs: str, rt: str, base: str) -> None:
        """SWP, LDADD and kin, CAS."""
        size = {"B": 1, "H": 2, "": 8 if width == "X" else 4}[part]
        addr = self.get(base)
        if name != "CAS":
            self.put(rt, self.modify(name, order, size, addr, self.get(rs), dest=rt != "ZR"))
            return
        read_tags, write_tags = self.ordering(order, dest=rs != "ZR")
        got, read = self.read(addr, size, read_tags)
        self.put(rs, self.compared(addr, size, got, read, self.get(rs), self.get(rt), write_tags))

    def ordering(self, order: str, dest: bool) -> tuple[frozenset[str], frozenset[str]]:
        """Tags of the read and of the write.  An atomic without destination acquires nothing and is NoRet."""
        acquires, releases = dest and "A" in order, "L" in order
        read_tags = {"amo", *(["A"] if acquires else []), *([] if dest else ["NoRet"])}
        write_tags = {"amo", *(["L"] if releases else []), *(["AL"] if acquires and releases else [])}
        return frozenset(read_tags), frozenset(write_tags)

    def modify(self, name: str, order: str, size: int, addr: Reg, operand: Reg, dest: bool = True) -> Reg:
        """A read-modify-write that always writes; returns what was there."""
        mask = (1 << 8 * size) - 1
        read_tags, write_tags = self.ordering(order, dest)
        got, read = self.read(addr, size, read_tags)
        data = operand
        if name != "SWP":
            write_tags |= {"computed"}
            operation = OPERATIONS[name.removeprefix("LD")]
            data = Reg(operation(got.value, operand.value & mask) & mask, operand.deps)
        self.write(addr, size, data, write_tags, read)
        return got

    def compared(
        self, addr: Reg, size: int, got: Reg, read: int, compare: Reg, new: Reg, tags: frozenset[str]
    ) -> Reg:
        """The comparison picks whether the new value is written, and may pick what is returned."""
        mask = (1 << 8 * size) - 1
        pick = (compare.deps | got.deps).chosen()
        if got.value != compare.value & mask:
            if self.choose(2):
                self.write(addr, size, got, tags, read)
            return got
        self.write(addr, size, Reg(new.value, new.deps | pick), tags, read)
        return Reg(got.value, compare.deps | pick) if self.choose(2) else got

    def alu(self, m: re.Match[str]) -> None:
        name, flags, width, rd, rn, imm, rm, extend = m.groups()
        first = self.get(rn)
        second = Reg(int(imm, 0)) if imm else self.get(rm[1:])
        value = signed(second.value, "W") if extend == "SXTW" else second.value
        result = Reg(OPERATIONS[name](first.value, value) & MASK64, first.deps | second.deps)
        self.put(rd, result, width == "X")
        if flags:
            self.equal = result.value & (MASK64 if width == "X" else 0xFFFF_FFFF) == 0
            self.flags = result.deps

    def mov(self, m: re.Match[str]) -> None:
        width, rd, imm, rn = m.groups()
        self.put(rd, Reg(int(imm, 0)) if imm else self.get(rn), width == "X")

    def cmp(self, m: re.Match[str]) -> None:
        width, rn, imm, rm = m.groups()
        first, second = self.get(rn), Reg(int(imm, 0)) if imm else self.get(rm)
        mask = MASK64 if width == "X" else 0xFFFF_FFFF
        self.equal = (first.value - second.value) & mask == 0
        self.flags = first.deps | second.deps

    def csel(self, m: re.Match[str]) -> None:
        width, rd, rn, rm, condition = m.groups()
        chosen = self.get(rn if self.equal == (condition == "EQ") else rm)
        self.put(rd, Reg(chosen.value, chosen.deps | self.flags.chosen()), width == "X")

    def cset(self, m: re.Match[str]) -> None:
        self.put(m[1], Reg(int(self.equal == (m[2] == "EQ")), self.flags.chosen()))

    def jump(self, m: re.Match[str]) -> None:
        name, width, rn, where = m.groups()
        here = self.pc - 4
        target = here + int(where[1:]) if where[0] == "." else self.source.labels[(here - CODE) >> 16, where]
        taken = True
        if name == "BL":
            self.put("30", Reg(self.pc))
        elif name in {"B.EQ", "B.NE"}:
            self.ctrl |= self.flags
            taken = self.equal == (name == "B.EQ")
        elif rn:
            reg = self.get(rn)
            self.ctrl |= reg.deps
            taken = (reg.value & (MASK64 if width == "X" else 0xFFFF_FFFF) == 0) == (name == "CBZ")
        if taken:
            self.pc = target

    def indirect(self, m: re.Match[str]) -> None:
        reg = self.get(m[2] or "30")
        self.ctrl |= reg.deps
        if m[1] == "BLR":
            self.put("30", Reg(self.pc))
        self.pc = reg.value

    def cache(self, m: re.Match[str]) -> None:
        if m[1] == "DC CIVAC":
            return  # the published model knows only DC CVAU
        addr = self.get(m[2])
        self.emit(Event("DC" if m[1][:2] == "DC" else "IC", addr.value, 4, addr=addr.deps))

    def invalidate_all(self, m: re.Match[str]) -> None:
        self.emit(Event("IC"))

    def barrier(self, m: re.Match[str]) -> None:
        self.emit(Event(f"{m[1].lower()}.{m[3].lower() or 'sy'}"))

    def isb(self, m: re.Match[str]) -> None:
        self.emit(Event("cse"))

    def nop(self, m: re.Match[str]) -> None:
        pass

    def adr(self, m: re.Match[str]) -> None:
        self.put(m[1], Reg(self.source.labels[self.of.thread, m[2]]))

    def call_supervisor(self, m: re.Match[str]) -> None:
        """SVC: to the handler, if there is one; a context synchronization unless FEAT_ExS says otherwise."""
        handler = self.source.handlers.get(self.of.thread)
        if handler is None:
            self.pc = 0
            return
        self.elr, self.pc = self.pc, handler
        if self.of.enters:
            self.emit(Event("cse"))

    def return_from_exception(self, m: re.Match[str]) -> None:
        self.pc = self.elr
        self.monitor = None
        if self.of.returns:
            self.emit(Event("cse"))

    def clear(self, m: re.Match[str]) -> None:
        self.monitor = None


_TABLE: Sequence[tuple[re.Pattern[str], Callable[[_Walk, re.Match[str]], None]]] = [
    (ACCESS, _Walk.access), (PAIR, _Walk.pair), (LDXP, _Walk.load_exclusive_pair),
    (STXP, _Walk.store_exclusive_pair), (CASP, _Walk.compare_and_swap_pair), (SWPP, _Walk.atomic_pair),
    (STXR, _Walk.store_exclusive), (AMO, _Walk.atomic),
    (STAMO, _Walk.store_atomic), (ALU, _Walk.alu), (MOV, _Walk.mov), (CMP, _Walk.cmp), (CSEL, _Walk.csel),
    (CSET, _Walk.cset), (INDIRECT, _Walk.indirect), (JUMP, _Walk.jump), (CACHE, _Walk.cache),
    (re.compile(r"IC IALLU(IS)?"), _Walk.invalidate_all), (BARRIER, _Walk.barrier), (re.compile("ISB"), _Walk.isb),
    (re.compile("NOP"), _Walk.nop), (ADR, _Walk.adr), (re.compile(r"SVC #\w+"), _Walk.call_supervisor),
    (re.compile("ERET"), _Walk.return_from_exception), (re.compile("CLREX"), _Walk.clear),
]  # fmt: skip
