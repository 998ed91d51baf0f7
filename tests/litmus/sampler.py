"""A litmus test run as the laboratory runs code: PEs step by step over one timeline, under random choices."""

import random

from ftrace_actors.arm64.pe import FAULT, LIMIT, PE, RETURN
from ftrace_actors.arm64.promises import candidates, must_wait, promise, step
from ftrace_actors.arm64.registers import shown
from ftrace_actors.arm64.search import State, Task, final_value, search
from ftrace_actors.arm64.timeline import Timeline

ENDS = {RETURN, FAULT, LIMIT}
PROMISES_MAX = 4


def reserved_by_others(pe: PE, pes: list[PE]) -> list[frozenset[int]]:
    return [other.reserved for other in pes if other is not pe]


def sample(task: Task, seed: int) -> State:
    """The final state of one random run.

    Each run draws how eager it is to make writes visible early, how much it likes the newest, and which PEs are quick:
    states that need one PE to lag behind another for long would hardly be met by even chances.
    """
    rng = random.Random(seed)
    timeline = Timeline(task.initial)
    pes = []
    for cpu, start in enumerate(task.starts):
        pe = PE(cpu, timeline, task.options, task.program)
        pe.regs = list(start.regs)
        pe.pc = start.pc
        pes.append(pe)
    eager = rng.choice((0.0, 0.1, 0.5))
    fresh = rng.choice((0.2, 0.5, 0.8))
    quick = [rng.choice((1, 1, 8, 30)) for _ in pes]

    def ask(kind: str, count: int, addr: int) -> int:
        return 0 if rng.random() < fresh else rng.randrange(count)

    running = [pe for pe in pes if pe.advance() not in ENDS]
    while running:
        pe = rng.choices(running, [quick[pe.cpu] for pe in running])[0]
        for _ in range(rng.choice((1, 2, 4, 30))):
            if len(pe.promises) < PROMISES_MAX and rng.random() < eager:
                early = candidates(pe, reserved_by_others(pe, pes))
                if early:
                    promise(pe, early[-1] if rng.random() < 0.5 else rng.choice(early))
                    break
            if must_wait(pe, reserved_by_others(pe, pes)):
                break
            step(pe, ask)
            assert not pe.dead, "an online run reached a dead end"
            if not _took(pe, task.starts[pe.cpu].handler) or pe.advance() in ENDS:
                running.remove(pe)
                assert not pe.promises, "a PE ended with an open promise"
                break
    registers = tuple(
        tuple(shown(pe.regs[number]) for number in start.observed)
        for pe, start in zip(pes, task.starts, strict=True)
    )
    memory = tuple(final_value(task, timeline.messages, addr, size) for addr, size in task.cells)
    return registers, memory


def all_states(task: Task) -> set[State]:
    """What the search finds, without the faults that `sample` does not note."""
    return {
        (
            tuple(regs[: len(start.observed)] for regs, start in zip(registers, task.starts, strict=True)),
            memory,
        )
        for registers, memory in search(task).states
    }


def _took(pe: PE, handler: int | None) -> bool:
    """After an exception or a return from one: go on where it leads; False when it leads nowhere."""
    trap, pe.trap = pe.trap, None
    if trap is None:
        return True
    if trap[0] == "eret":
        pe.pc, v, d, _ = pe.read_sysreg("elr_el1")
        pe.control(v, d)
        pe.exception_return("eret")
        return True
    if handler is None:
        return False
    pe.write_sysreg("elr_el1", (pe.pc + 4, 0, 0, 0))
    pe.pc = handler
    pe.exception_entry(trap[0])
    return True
