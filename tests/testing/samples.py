"""Test files that the plugin is tried on."""

from pathlib import Path

# A run of pytest inside a test forgets what it imported; what was there before stays, and needn't be loaded each time.
import ftrace_actors.actors.drivers.trio_driver
import ftrace_actors.testing  # noqa: F401

SCENARIOS = Path(__file__).parents[2] / "scenarios"

ADDER = '''
from ftrace_actors.actors import Actor
from ftrace_actors.testing import Schedule, explore


class Adder(Actor):
    """Adds one to a total, twice, with a step between reading and writing."""

    __slots__ = ("shared",)

    def __init__(self, conductor, name, shared):
        super().__init__(conductor, name)
        self.shared = shared

    async def body(self):
        for _ in range(2):
            await self.step("load", "total")
            seen = self.shared["total"]
            if not self.shared.get("atomic"):
                await self.step("store", "total")
            self.shared["total"] = seen + 1


def adders(schedule, **shared):
    conductor = schedule.conductor()
    shared = {"total": 0, **shared}
    Adder(conductor, "anna", shared)
    Adder(conductor, "bert", shared)
    return conductor, shared
'''

LOST_UPDATE = (
    ADDER
    + """

@explore(runs=100)
def test_total(schedule):
    conductor, shared = adders(schedule)
    schedule.conduct(conductor)
    assert shared["total"] == 4
"""
)

MENDED = LOST_UPDATE.replace('self.shared["total"] = seen + 1', 'self.shared["total"] += 1')
"""With the steps of the broken one, so that its schedules fit."""

SOUND = LOST_UPDATE.replace("adders(schedule)\n", "adders(schedule, atomic=True)\n")


def of_scenario(name: str, runs: int = 500) -> str:
    """A test of one shipped scenario."""
    return f"""
from ftrace_actors.testing import explore


@explore(runs={runs})
def test_scenario(schedule):
    schedule.run_file({str(SCENARIOS / name)!r})
"""
