"""The laboratory's machine and the search are one set of rules: random online runs end in searched states only."""

from pathlib import Path

import pytest

from ftrace_actors.arm64.search import search
from ftrace_actors.litmus import build, parse

from .golden import recorded
from .sampler import sample

HERE = Path(__file__).parent / "data"
PATHS = [path for path, _ in recorded(HERE)]
RUNS = 12

# Without atomics and cache maintenance a few hundred random runs meet every final state.
PLAIN = {
    "LB": "LDR W1,[X0] | LDR W1,[X2] ;\n STR W9,[X2] | STR W9,[X0] ;",
    "MP": "STR W9,[X0] | LDR W1,[X2] ;\n STR W9,[X2] | LDR W3,[X0] ;",
    "R": "STR W9,[X0] | STR W8,[X2] ;\n STR W9,[X2] | LDR W1,[X0] ;",
    "S": "STR W8,[X0] | LDR W1,[X2] ;\n STR W9,[X2] | STR W9,[X0] ;",
    "SB": "STR W9,[X0] | STR W9,[X2] ;\n LDR W1,[X2] | LDR W1,[X0] ;",
}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_random_runs_end_in_allowed_states(path: Path) -> None:
    task = build(parse(path.read_text(encoding="utf-8"), str(path))).task
    allowed = set(search(task).states)
    assert {sample(task, seed) for seed in range(RUNS)} <= allowed


@pytest.mark.parametrize("name", PLAIN)
def test_random_runs_meet_every_state_of_plain_shapes(name: str) -> None:
    init = " ".join(f"{cpu}:X0=x; {cpu}:X2=y; {cpu}:X8=2; {cpu}:X9=1;" for cpu in (0, 1))
    places = "0:X1; 1:X1; 1:X3; x; y;"
    text = f"AArch64 {name}\n{{ {init} }}\n P0 | P1 ;\n {PLAIN[name]}\nlocations [{places}]\nexists (x=7)\n"
    task = build(parse(text)).task
    assert {sample(task, seed) for seed in range(600)} == set(search(task).states)
