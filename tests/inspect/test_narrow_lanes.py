"""On a narrow terminal the heads of lanes, and what is written across them, are folded and not cut."""

import re

import pytest

from ftrace_actors import load, run
from tests.cli.conftest import REPO

TASKS = ("registrant", "kworker/0", "reader2", "kworker/2")


@pytest.mark.parametrize("width", [60, 80])
def test_nothing_is_cut(width: int) -> None:
    world = load(REPO / "scenarios" / "teardown-rude-only-w1.toml")
    lines = run(world, 161, strategy="mix", driver="bare").timeline(width).splitlines()
    assert max(map(len, lines)) <= width
    assert [line for line in lines if "…" in line] == []
    head = lines[: next(number for number, line in enumerate(lines) if re.match(r"[* ] +\d", line))]
    assert head[0].startswith("  event cpu0 ")
    assert len(head) > 1, "it takes more than one line"
    assert [name for name in TASKS if name not in " ".join(head)] == []
    across = next(number for number, line in enumerate(lines) if "grace period rude #1: start" in line)
    assert "cpu2)" in " ".join(lines[across : across + 2])
