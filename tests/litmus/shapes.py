"""Small litmus tests written in one line a thread.

Every thread has X0=x, X1=y, X2=z, X3 the address of a modifiable word, X6 the word `B .+12`, X7 the word NOP, X8=2 and
X9=1.  `FETCH n` runs the modifiable word and leaves 1 in Wn for the old word (a NOP) and 2 for the new one.
"""

import re

from ftrace_actors.litmus import LitmusTest, parse, run

INIT = (
    '{cpu}:X0=x; {cpu}:X1=y; {cpu}:X2=z; {cpu}:X3=P0:m0; {cpu}:X6=instr:"B .+12"; '
    "{cpu}:X7=NOP; {cpu}:X8=2; {cpu}:X9=1;"
)
TARGET = ["B END", "m0: NOP", "MOV W19,#1", "RET", "MOV W19,#2", "RET", "END:"]


def shape(name: str, threads: list[str], exists: str, cache: str = "") -> LitmusTest:
    """A litmus test from the code of its threads, instructions separated by `;`."""
    columns = [_instructions(thread) for thread in threads]
    columns[0] += TARGET
    height = max(map(len, columns))
    rows = [
        " | ".join(column[row] if row < len(column) else "" for column in columns) for row in range(height)
    ]
    header = " | ".join(f"P{cpu}" for cpu in range(len(columns)))
    init = "\n".join(INIT.format(cpu=cpu) for cpu in range(len(columns)))
    prologue = f"CacheType={cache}\n" if cache else ""
    code = " ;\n".join([header, *rows])
    return parse(f"AArch64 {name}\n{prologue}{{\n{init}\n}}\n{code} ;\nexists ({exists})\n", name)


def _instructions(thread: str) -> list[str]:
    code = re.sub(r"FETCH (\d+)", r"BLR X3; MOV W\1,W19", thread)
    return [part.strip() for part in code.split(";") if part.strip()]


def verdict(name: str, threads: list[str], exists: str, cache: str = "") -> str:
    """Allowed or Forbidden."""
    return run(shape(name, threads, exists, cache)).verdict
