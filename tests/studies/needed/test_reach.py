"""A part that no run comes to changes no run."""

from ftrace_actors.explore.chunk import profile_of
from ftrace_actors.explore.strategies import make_chooser
from ftrace_actors.scenario import World
from ftrace_actors.studies.needed import Part, parts_of
from ftrace_actors.studies.needed.reach import Watched

from .subjects import subject

RUNS = 12


def digests(world: World) -> list[str]:
    profile = profile_of(world)
    choosers = (make_chooser("mix", 0, run, profile) for run in range(RUNS))
    return [world.run(chooser, driver="bare", record=True).digest for chooser in choosers]


def test_leaving_out_what_no_run_came_to_gives_the_same_runs() -> None:
    of = subject("explore-enable")
    world = of.world()
    watched = Watched(of, parts_of(world.image))
    expected = digests(world)
    assert digests(watched.world) == expected

    def changes(part: Part) -> bool:
        return digests(of.without(world, [part]).world()) != expected

    parts = {part.name: part for part in parts_of(world.image)}
    reached = {name for name, part in parts.items() if watched.reached(part)}
    assert {name for name, part in parts.items() if changes(part)} <= reached
    assert {"patch-lock", "final-isb", "list-publish", "lock", "literal before call"} <= reached
    assert {"literal-reset", "gp-start", "wait tasks", "wait after the update", "ipi"} & reached == set()


def test_waits_are_reached_where_somebody_unregisters() -> None:
    of = subject("explore-disable")
    parts = parts_of(of.world().image)
    watched = Watched(of, parts)
    digests(watched.world)
    assert {part.name for part in parts if watched.reached(part)} >= {
        "wait tasks",
        "gp-start",
        "literal-reset",
    }
