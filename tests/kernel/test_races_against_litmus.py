"""Races that runs of the kernel report, against those that the exhaustive search knows of.

A random routine is run by one task, which then wakes the one that overwrites a word of it; a third does something of
its own.  As a litmus test the wake-up is what it stands for: a store-release of a flag, and a load-acquire that the
other one branches on.  No run may report a race that the search has not: then the check would miss an ordering.  And
where the search has one, some run must report it: else the check knows too many.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from ftrace_actors.arm64.options import Options
from ftrace_actors.explore import DEFAULT, Profile, make_chooser
from ftrace_actors.litmus import parse, run
from tests.share import share

from .worlds import Table, world

RUNS = 150
SMALL, MANY = 14, 400

RUN = "blr x3"
"""Fetches the word that is overwritten."""
WRITE = ["str w6, [x3]"]
MEMORY = ["ldr w10, [x0]", "ldr w11, [x1]", "str w9, [x0]", "str w9, [x1]", "ldar w12, [x0]", "stlr w9, [x1]"]
FENCES = ["dmb sy", "dmb ishld", "dmb ishst", "dsb ish", "isb"]
CACHES = ["dc cvau, x3", "dsb ish", "ic ivau, x3", "dsb ish", "isb"]


@dataclass(frozen=True)
class Program:
    """What the user runs before it wakes the patcher and after, what the patcher runs, and what another CPU does."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    patcher: tuple[str, ...]
    other: tuple[str, ...]


def draw(seed: int) -> Program:
    rng = random.Random(seed)

    def some(most: int, *kinds: list[str]) -> list[str]:
        return [rng.choice(rng.choice(kinds)) for _ in range(rng.randrange(most + 1))]

    def between(first: list[str], what: list[str], last: list[str]) -> tuple[str, ...]:
        return (*first, *what, *last)

    runs_before, runs_after = rng.choice(((1, 0), (1, 0), (0, 1), (1, 1)))
    return Program(
        between(some(1, MEMORY, FENCES), [RUN] * runs_before, some(2, MEMORY, FENCES)),
        between(some(1, MEMORY, FENCES), [RUN] * runs_after, some(1, MEMORY)),
        between(some(2, MEMORY, FENCES), WRITE, rng.choice((CACHES, some(2, MEMORY, FENCES)))),
        tuple(some(2, MEMORY)),
    )


# -- as a litmus test -------------------------------------------------------------------------------------------------


def litmus(program: Program) -> str:
    def code(lines: tuple[str, ...]) -> list[str]:
        return [line.upper() for line in lines]

    woken = ["LDAR W13,[X5]", "CBZ W13,LATE"]
    target = ["B END", "m0: MOV W19,#1", "RET", "END:"]
    columns = [
        [*code(program.before), "STLR W9,[X5]", *code(program.after), *target],
        [*woken, *code(program.patcher), "LATE:"],
        [*code(program.other), "NOP"],
    ]
    rows = [
        " | ".join(column[row] if row < len(column) else "" for column in columns)
        for row in range(max(map(len, columns)))
    ]
    init = "\n".join(
        f'{n}:X0=x; {n}:X1=y; {n}:X3=P0:m0; {n}:X5=f; {n}:X6=instr:"MOV W19,#2"; {n}:X9=1;' for n in range(3)
    )
    body = " ;\n".join(["P0 | P1 | P2", *rows])
    return f"AArch64 race\n{{\nint x; int y; int f;\n{init}\n}}\n{body} ;\nexists (x=77)\n"


def search_says(program: Program) -> bool:
    result = run(parse(litmus(program), "race"), Options())
    assert not result.unknown
    return "unpredictable" in result.flags


# -- as a world of the kernel -----------------------------------------------------------------------------------------

PROLOGUE = """
    stp  x29, x30, [sp, #-16]!
    adrp x0, x
    add  x0, x0, :lo12:x
    adrp x1, y
    add  x1, x1, :lo12:y
    adrp x3, victim
    add  x3, x3, :lo12:victim
    mov  w6, #0x0053
    movk w6, #0x5280, lsl #16
    mov  w9, #1
"""
EPILOGUE = """
    ldp  x29, x30, [sp], #16
    ret
"""


def runs_say(program: Program, count: int) -> bool:
    def routine(lines: tuple[str, ...]) -> str:
        return PROLOGUE + "".join(f"    {line}\n" for line in lines) + EPILOGUE

    tasks: dict[str, Table] = {
        "user": {"cpu": 0, "do": ["run before", "wake patcher", "run after"]},
        "patcher": {"cpu": 1, "do": ["run patch"], "started": False},
        "other": {"cpu": 2, "do": ["run other"]},
    }
    made = world(
        tasks,
        machine={"cpus": 3},
        kernel={"idle": "poll", "ticks": 0},
        words=["x", "y"],
        modifiable=["victim"],
        ops=[],
        routines={
            "victim": "mov w19, #1\n ret",
            "before": routine(program.before),
            "after": routine(program.after),
            "patch": routine(program.patcher),
            "other": routine(program.other),
        },
    )
    profile = Profile(60)
    for number in range(count):
        result = made.run(make_chooser(DEFAULT, 0, number, profile))
        assert {finding.invariant for finding in result.findings} <= {"UNPREDICTABLE"}, litmus(program)
        if result.findings:
            return True
    return False


def assert_same(seed: int) -> bool:
    program = draw(seed)
    expected = search_says(program)
    assert runs_say(program, 4 * RUNS if expected else RUNS) is expected, (seed, expected, litmus(program))
    return expected


def test_runs_report_the_races_that_the_search_knows() -> None:
    assert {assert_same(seed) for seed in range(SMALL)} == {True, False}


@pytest.mark.soak
def test_many_programs_race_in_runs_as_in_the_search() -> None:
    for seed in range(SMALL, SMALL + share(MANY)):
        assert_same(seed)
