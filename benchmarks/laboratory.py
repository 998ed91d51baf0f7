"""How fast the laboratory is: instructions, runs on both drivers, logging, memory.

The scenario measured is `scenarios/teardown-tasks.toml`: 3 CPUs, 2 tasks that call twice, 1 ops registered,
unregistered and freed.  Figures of one process, interleaved; read the ratios.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import trio

from ftrace_actors.actors import DullChooser
from ftrace_actors.arm64.isa import assemble_line
from ftrace_actors.arm64.options import Options
from ftrace_actors.arm64.pe import PE
from ftrace_actors.arm64.program import Program
from ftrace_actors.arm64.timeline import Timeline
from ftrace_actors.explore import Profile, collecting_rarely, make_chooser
from ftrace_actors.scenario import World, build, load

__all__ = ["instructions_per_second", "peak_memory", "report", "runs_per_second"]

SCENARIO = Path(__file__).parents[1] / "scenarios" / "teardown-tasks.toml"
MEMORY_RUNS = 10_000


def instructions_per_second(count: int = 300_000) -> float:
    """A private loop of four instructions on one PE."""
    program = Program()
    lines = ("add x1, x1, #1", "eor x2, x1, x3", "mov x4, x2", "cbnz x1, 0x1000")
    program.place(0x1000, [assemble_line(line, 0x1000 + 4 * at, {}) for at, line in enumerate(lines)], {})
    pe = PE(0, Timeline({}), Options(), program)
    pe.pc = 0x1000
    start = perf_counter()
    while pe.instructions < count:
        pe.advance()
    return pe.instructions / (perf_counter() - start)


def _world() -> tuple[World, Profile]:
    world = build(load(SCENARIO))
    return world, Profile(world.run(DullChooser(), driver="bare").schedule_choices)


def runs_per_second(runs: int = 300, rounds: int = 3) -> dict[str, float]:
    """Runs a second: "bare", "bare, logged", "trio"; and the steps and instructions of a run."""
    world, profile = _world()
    spent = {"bare": 0.0, "bare, logged": 0.0, "trio": 0.0}
    steps = instructions = 0
    for _ in range(rounds):
        for name in spent:
            start = perf_counter()
            with collecting_rarely():
                if name == "trio":
                    trio.run(_under_trio, world, profile, runs)
                else:
                    for number in range(runs):
                        result = world.run(
                            make_chooser("mix", 0, number, profile), record=name != "bare", driver="bare"
                        )
                        steps += result.steps
                        instructions += result.instructions
            spent[name] += perf_counter() - start
    counted = 2 * rounds * runs
    figures = {name: rounds * runs / seconds for name, seconds in spent.items()}
    return {**figures, "steps a run": steps / counted, "instructions a run": instructions / counted}


async def _under_trio(world: World, profile: Profile, runs: int) -> None:
    """Many runs share one event loop."""
    for number in range(runs):
        await world.run_trio(make_chooser("mix", 0, number, profile))


def peak_memory(runs: int = MEMORY_RUNS) -> float:
    """Peak resident memory, in MB, of a process of its own that makes that many runs."""
    command = [sys.executable, "-m", "benchmarks.laboratory", str(runs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    return float(done.stdout)


def _memory_child(runs: int) -> None:
    world, profile = _world()
    with collecting_rarely():
        for number in range(runs):
            world.run(make_chooser("mix", 0, number, profile), driver="bare")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def report() -> None:
    """Print everything."""
    print(f"emulated instructions        {instructions_per_second() / 1e6:8.2f} M/s (private loop)")
    figures = runs_per_second()
    print(f"{SCENARIO.stem}: {figures['steps a run']:.0f} visible steps, ", end="")
    print(f"{figures['instructions a run']:.0f} instructions a run")
    print(f"  bare driver                {figures['bare']:8.0f} runs/s a core (aim: 300)")
    print(f"  trio driver                {figures['trio']:8.0f} runs/s a core (aim: 200)")
    print(f"  logging on, bare           {figures['bare, logged']:8.0f} runs/s a core", end="")
    print(f" ({figures['bare'] / figures['bare, logged']:.2f} x the time of logging off)")
    print(f"  peak memory, {MEMORY_RUNS} runs   {peak_memory():8.0f} MB (aim: under 200)")


if __name__ == "__main__":
    _memory_child(int(sys.argv[1]))
