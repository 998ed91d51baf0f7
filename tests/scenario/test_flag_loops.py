"""Routines of one's own that wait for a flag: how far a CPU looks ahead is bounded, however long the loop is."""

from __future__ import annotations

import pytest

from ftrace_actors.api import loads, sample
from ftrace_actors.words import Verdict

WAITS_FOR_A_FLAG = """format = 1
summary = "one CPU sets a flag, the other waits for it in a loop"
[machine]
cpus = 2
[kernel]
profile = "v6.12"
ticks = 0
[[function]]
name = "vfs_read"
[[word]]
name = "flag"
[[routine]]
name = "sets"
asm = '''
    adrp  x9, flag
    add   x9, x9, :lo12:flag
    mov   w11, #1
    str   w11, [x9]
    ret
'''
[[routine]]
name = "waits"
asm = '''
    adrp  x9, flag
    add   x9, x9, :lo12:flag
1:  ldr   w13, [x9]
    cbz   w13, 1b
    ret
'''
[[task]]
name = "a"
cpu = 0
do = ["run sets"]
[[task]]
name = "b"
cpu = 1
do = ["run waits"]
[expect]
verdict = "holds"
"""


@pytest.mark.parametrize("strategy", ["mix", "turns"])
def test_a_loop_that_waits_for_a_flag_is_left(strategy: str) -> None:
    runs = sample(loads(WAITS_FOR_A_FLAG), runs=10, strategy=strategy)
    assert {run.verdict for run in runs} == {Verdict.HOLDS}
