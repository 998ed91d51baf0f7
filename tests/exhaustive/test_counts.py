"""With nothing left out, a search goes through the runs that plain sampling could draw: each once, and no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import pytest

from ftrace_actors.actors import RunOutcome
from ftrace_actors.actors.choices import Kind, RunInfo
from ftrace_actors.exhaustive import Limits, Reductions, Search
from ftrace_actors.scenario import World

from .worlds import locking

ALL_RUNS = Reductions(merge=False, fuse=False, early_seen=False)


class Script:
    """Answers by position, 0 elsewhere, and remembers what it was asked."""

    def __init__(self, answers: dict[int, int]) -> None:
        self.answers = answers
        self.asked: list[tuple[Kind, int]] = []

    def begin(self, run: RunInfo) -> None:
        """Nothing to prepare."""

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """What the script says."""
        self.asked.append((kind, count))
        return self.answers.get(len(self.asked) - 1, 0)

    def end(self, outcome: RunOutcome) -> None:
        """Nothing to conclude."""


def run_by_run(world: World, deviations: int) -> tuple[Counter[str], set[Hashable]]:
    """How the runs with so few deviations end, and what breaks: each made from its beginning."""
    ends: Counter[str] = Counter()
    found: set[Hashable] = set()

    def make(answers: dict[int, int], left: int) -> None:
        script = Script(answers)
        result = world.run(script, driver="bare")
        ends[str(result.ending.hang or "done")] += 1
        found.update((each.invariant, each.subject, each.window) for each in result.findings)
        if left:
            for at in range(max(answers, default=-1) + 1, len(script.asked)):
                kind, count = script.asked[at]
                if kind is not Kind.EARLY:
                    for pick in range(1, count):
                        make({**answers, at: pick}, left - 1)

    make({}, deviations)
    return ends, found


@pytest.mark.parametrize(
    "tasks",
    [
        (("sleep",),),
        (("lock a", "unlock a"), ("lock a",)),
        (("lock a", "lock b"), ("lock b", "lock a")),
        (("call vfs_read",),),
    ],
    ids=["timer", "lock", "two locks", "call"],
)
def test_a_search_of_everything_goes_through_each_run_once(tasks: tuple[tuple[str, ...], ...]) -> None:
    world, deviations = locking(*tasks), 1
    search = Search(world, Limits(deviations=deviations), ALL_RUNS)
    for _ in search.levels():
        pass
    ends, found = run_by_run(world, deviations)
    assert search.ends == ends
    assert set(search.found) == found
    assert sum(ends.values()) > 50
