"""What the trio driver costs beside the bare one: the same runs under both, in turn, in CPU time.

Each of the scenarios is run in rounds, a few runs under one driver and the same runs under the other, so that what else
the machine does falls on both.  All runs of a round share one event loop, as in a campaign.  Printed is the median of
the ratios, and the smallest and the largest.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from time import process_time

import trio

from ftrace_actors import scenario
from ftrace_actors.explore import make_chooser
from ftrace_actors.explore.chunk import profile_of

SCENARIOS = Path(__file__).parents[1] / "scenarios"
NAMES = ("visibility-isb", "teardown-tasks", "dynamic-reuse")
"""A small one, the usual one, a large one."""
ROUNDS = 9
RUNS = 20


def ratios(name: str) -> list[float]:
    """CPU time under trio by CPU time under bare, a round each, smallest first."""
    world = scenario.build(scenario.load(SCENARIOS / f"{name}.toml"))
    chooser = partial(make_chooser, "mix", 0, profile=profile_of(world))

    async def on_trio(numbers: range) -> None:
        for number in numbers:
            await world.run_trio(chooser(number))

    found = []
    for start in range(0, ROUNDS * RUNS, RUNS):
        numbers = range(start, start + RUNS)
        begun = process_time()
        for number in numbers:
            world.run(chooser(number), driver="bare")
        between = process_time()
        trio.run(on_trio, numbers)
        found.append((process_time() - between) / (between - begun))
    return sorted(found)


def report() -> None:
    """Print everything."""
    print("CPU time of a run under trio, by that of the same run under bare:")
    for name in NAMES:
        found = ratios(name)
        print(f"  {name:24} {found[len(found) // 2]:5.2f} ({found[0]:.2f} to {found[-1]:.2f})")


if __name__ == "__main__":
    report()
