"""How fast the baton goes round: trio's own floor, our trio driver, the bare driver. Read the ratios.

Run as a script, or import `measure` and `report`. All figures come from one process, interleaved and best of
several, so that a noisy machine disturbs them alike:

- raw: two trio tasks that reschedule each other with `wait_task_rescheduled` and do nothing else;
- trio passes: two actors under the trio driver, the other one chosen at each step (with the choice, the tape and the
  record of a non-zero pick that a real run has);
- bare passes: the same run under the bare driver;
- bare steps: the all-zero run, where the same actor goes on without suspending.
"""

from collections.abc import Callable, Sequence
from time import perf_counter

import trio

from ftrace_actors.actors import Actor, Conductor, DullChooser, Kind, run_bare
from ftrace_actors.actors.drivers.trio_driver import run_trio

__all__ = ["measure", "report"]

ACTORS = 2


class Stepper(Actor):
    __slots__ = ("steps_left",)
    steps_left: int

    async def body(self) -> None:
        for at in range(self.steps_left):
            await self.step("ldr", at)


class SwitchChooser(DullChooser):
    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        return 1


def world(chooser: DullChooser, steps: int) -> Conductor:
    conductor = Conductor(chooser, steps_max=2 * steps)
    for name in range(ACTORS):
        Stepper(conductor, f"actor{name}").steps_left = steps // ACTORS
    return conductor


def raw_trio(passes: int) -> float:
    """Seconds for that many passes between two bare trio tasks."""
    tasks: list[trio.lowlevel.Task] = []

    def abort(raise_cancel: object) -> trio.lowlevel.Abort:
        return trio.lowlevel.Abort.SUCCEEDED

    async def player() -> None:
        tasks.append(trio.lowlevel.current_task())
        starts = len(tasks) == ACTORS
        if not starts:
            await trio.lowlevel.wait_task_rescheduled(abort)
        other = tasks[0] if starts else tasks[1]
        for _ in range(passes // ACTORS):
            trio.lowlevel.reschedule(other)
            await trio.lowlevel.wait_task_rescheduled(abort)
        if starts:
            trio.lowlevel.reschedule(other)

    async def main() -> float:
        start = perf_counter()
        async with trio.open_nursery() as nursery:
            for _ in range(ACTORS):
                nursery.start_soon(player)
        return perf_counter() - start

    return trio.run(main)


def our_trio(passes: int) -> float:
    """Seconds for that many passes between two actors under the trio driver."""

    async def main() -> float:
        conductor = world(SwitchChooser(), passes)
        start = perf_counter()
        await run_trio(conductor)
        return perf_counter() - start

    return trio.run(main)


def bare(chooser: DullChooser, steps: int) -> float:
    """Seconds for that many steps under the bare driver."""
    conductor = world(chooser, steps)
    start = perf_counter()
    run_bare(conductor)
    return perf_counter() - start


def measure(count: int = 20_000, repeats: int = 5) -> dict[str, float]:
    """Events a second by name (see the module), the best of `repeats`."""
    subjects: dict[str, Callable[[], float]] = {
        "raw trio passes": lambda: raw_trio(count),
        "our trio passes": lambda: our_trio(count),
        "bare passes": lambda: bare(SwitchChooser(), count),
        "bare steps": lambda: bare(DullChooser(), count),
    }
    best = dict.fromkeys(subjects, float("inf"))
    for _ in range(repeats):
        for name, subject in subjects.items():
            best[name] = min(best[name], subject())
    return {name: count / seconds for name, seconds in best.items()}


def report() -> None:
    """Print the figures and their ratios to the raw floor."""
    rates = measure()
    floor = rates["raw trio passes"]
    for name, rate in rates.items():
        print(f"{name:<16} {rate:>12,.0f} /s {rate / floor:>8.2f} x raw")


if __name__ == "__main__":
    report()
