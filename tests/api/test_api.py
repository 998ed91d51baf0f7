"""The laboratory as a library: what docs/python.md does not show."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog
import trio

import ftrace_actors
from ftrace_actors import (
    InputError,
    ModelError,
    ReplayDiverged,
    Run,
    RunResult,
    load,
    loads,
    replay,
    replay_trio,
    run,
    run_trio,
    sample,
    sample_trio,
)
from ftrace_actors.actors import Chooser, DullChooser, RunCancelled
from ftrace_actors.cli import main
from ftrace_actors.errors import DesignChanged
from ftrace_actors.explore import NAMES
from ftrace_actors.explore import replay as replays
from ftrace_actors.kernel.boot import System
from ftrace_actors.scenario import Watcher

REPO = Path(__file__).parents[2]
BREAKS = REPO / "scenarios" / "teardown-no-wait-w2.toml"
HOLDS = REPO / "scenarios" / "teardown-tasks.toml"
OWN = """\
from ftrace_actors.kernel.designs import *

class Mine(CallOps):
    name = "mine"
    summary = "as merged"
"""


def test_every_name_is_there_and_is_the_apis_own() -> None:
    from ftrace_actors import api

    offered = {name for name in ftrace_actors.__all__ if name != "__version__"}
    assert offered == set(api.__all__) <= set(dir(ftrace_actors))
    assert all(getattr(ftrace_actors, name) is getattr(api, name) for name in offered)
    with pytest.raises(AttributeError, match="no attribute 'runn'"):
        ftrace_actors.runn  # type: ignore[attr-defined]  # noqa: B018


def test_importing_the_package_loads_none_of_it() -> None:
    program = """
import sys
import ftrace_actors
assert [name for name in sys.modules if name.startswith("ftrace_actors.")] == []
assert "trio" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_run_is_the_one_of_the_command_line_under_either_driver() -> None:
    world = load(BREAKS)
    trio_run, bare_run = run(world, 75), run(world, 75, driver="bare")
    assert trio_run == bare_run
    assert (trio_run.verdict, trio_run.ok, trio_run.number, trio_run.seed) == ("violated", True, 75, 0)
    assert run(world, 0).verdict == "holds"
    assert run(world, 0).ok
    assert run(load(HOLDS, {"protocol.wait": "[]"}), 75).world.overrides == {"protocol.wait": "[]"}


def test_a_design_by_name_and_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(OWN)
    assert load(HOLDS, design="two-trampolines").design == "two-trampolines"
    world = load(HOLDS, design="mine.py")
    assert world.design == "mine"
    file = run(world, 3).save("kept.replay.json")
    with pytest.raises(InputError, match=r"recorded with mine, a design of your own; add design=mine\.py"):
        replay(file)
    assert replay(file, design="mine.py").same
    Path("mine.py").write_text(OWN + "\n")
    with pytest.raises(DesignChanged, match=r"mine\.py has changed since this was recorded"):
        replay(file, design="mine.py")


def test_a_run_of_a_shipped_design_is_not_replayed_with_another(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    file = run(load(BREAKS), 75).save(tmp_path / "kept.replay.json")
    for design in (tmp_path / "mine.py", "list-only"):
        with pytest.raises(InputError, match=r"recorded without design=.*; replay it without, too"):
            replay(file, design=design)


def test_a_file_that_cannot_be_written_is_the_callers_mistake(tmp_path: Path) -> None:
    made = run(load(BREAKS), 75)
    (tmp_path / "file").write_text("")
    for keep in (made.save, made.write_log):
        with pytest.raises(InputError, match=r"file/x: cannot be written: File exists$"):
            keep(tmp_path / "file" / "x")
        assert keep(tmp_path / "deep" / keep.__name__).is_file()


def test_text_that_has_no_file() -> None:
    world = loads(HOLDS.read_text(), path="mine.toml")
    assert (world.name, world.path) == ("mine", "mine.toml")
    with pytest.raises(InputError, match=r"^mine\.toml: "):
        loads("cpus = 3", path="mine.toml")


def test_shrinking() -> None:
    made = run(load(BREAKS), 75)
    short = made.shrunk()
    assert short.finding is not None
    assert made.finding is not None
    assert (short.finding.invariant, short.finding.window) == (made.finding.invariant, made.finding.window)
    assert len(short.result.picks) < len(made.result.picks)
    assert (made.shrunk_from, short.shrunk_from) == (None, len(made.result.picks))
    assert short.shrunk() == short
    with pytest.raises(InputError, match="only a run that fails"):
        run(load(HOLDS)).shrunk()


def test_a_run_that_recording_changes_is_our_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    made = run(load(BREAKS), 75, driver="bare")
    make = made.world.built.run

    def other(chooser: Chooser, *, driver: ftrace_actors.Driver, record: bool = False) -> RunResult:
        return make(DullChooser() if record else chooser, driver=driver, record=record)

    monkeypatch.setattr(made.world.built, "run", other)
    with pytest.raises(ModelError, match="run 75 of seed 0: recording it changed what happened"):
        made.shrunk()


def test_a_replay_file_says_where_a_run_came_from_but_not_where_the_checkout_is(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    made = run(load(BREAKS, design=tmp_path / "mine.py"), 75, driver="bare")
    file = made.shrunk().save(tmp_path / "x.replay.json")
    recording = replays.load(file)
    assert recording.scenario.path == "scenarios/teardown-no-wait-w2.toml"
    assert recording.scenario.design is not None
    assert recording.scenario.design.file == "mine.py"
    assert recording.shrunk_from == len(made.result.picks)
    assert str(tmp_path) not in file.read_text()
    assert replay(file, design=tmp_path / "mine.py").run.shrunk_from == recording.shrunk_from
    elsewhere = loads(BREAKS.read_text(), path=str(tmp_path / "own.toml"))
    file = run(elsewhere, 75, driver="bare").save(tmp_path / "y.replay.json")
    assert replays.load(file).scenario.path == "own.toml"


def test_what_was_not_recorded_cannot_be_kept(tmp_path: Path) -> None:
    made = run(load(HOLDS), record=False)
    assert made.events == ()
    with pytest.raises(InputError, match="record=False"):
        made.save(tmp_path / "x")
    with pytest.raises(InputError, match="record=False"):
        made.write_log(tmp_path / "x")
    with pytest.raises(InputError, match="record=False; a timeline shows its events"):
        made.timeline()


def test_a_replay_of_something_else_says_so(tmp_path: Path) -> None:
    file = run(load(BREAKS), 75).shrunk().save(tmp_path / "x.replay.json")
    text = file.read_text()
    file.write_text(text.replace('"verdict": "violated"', '"verdict": "deadlock"'))
    assert not replay(file).same
    recording = json.loads(text)
    recording["picks"][0]["op"] = "something else"
    file.write_text(json.dumps(recording))
    with pytest.raises(ReplayDiverged):
        replay(file)


def test_a_replay_shows_the_finding_that_the_file_is_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In run 75 tracer_a is used after it was freed in W1 as well, and earlier."""
    made = run(load(BREAKS), 75)
    assert made.findings[0].window == "W1"
    file = made.save(tmp_path / "x.replay.json")
    assert main(["replay", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["window"] == "W2"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"driver": "Trio"}, "driver: unknown driver 'Trio'; there are trio and bare"),
        ({"strategy": "randm"}, "strategy: unknown strategy 'randm'; did you mean 'random'?"),
        (
            {"strategy": None},
            f"strategy: unknown strategy None; there are {', '.join(NAMES)}",
        ),
        ({"seed": -1}, "seed: -1 is not a seed; it must be an integer of at least 0"),
        ({"seed": 1 << 64}, f"seed: {1 << 64} is not a seed; the largest is 2^64 - 1"),
        ({"seed": "7"}, "seed: '7' is not a seed; it must be an integer of at least 0"),
    ],
)
def test_an_argument_that_makes_no_sense_is_named(arguments: dict[str, Any], complaint: str) -> None:
    world = load(HOLDS)
    for call in (run, sample):
        with pytest.raises(InputError) as caught:
            call(world, **arguments)
        assert str(caught.value) == f"{call.__name__}(): {complaint}"
    if "driver" not in arguments:
        with pytest.raises(InputError) as caught:
            trio.run(partial(run_trio, world, **arguments))
        assert str(caught.value) == f"run_trio(): {complaint}"


def test_numbers_of_runs_are_not_negative(tmp_path: Path) -> None:
    world = load(HOLDS)
    with pytest.raises(InputError, match=r"^run\(\): number: -1 is not the number of a run; it must be"):
        run(world, -1)
    with pytest.raises(InputError, match=r"^sample\(\): runs: -1 is not a number of runs; it must be"):
        sample(world, -1)
    assert sample(world, 0) == []
    with pytest.raises(InputError, match=r"^replay\(\): driver: unknown driver 'nonsense'"):
        replay(tmp_path / "none", driver="nonsense")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"^world\.run\(\): driver: unknown driver 'nonsense'"):
        world.built.run(DullChooser(), driver="nonsense")  # type: ignore[arg-type]


@pytest.mark.parametrize("driver", ["bare", "trio"])
def test_a_logger_gets_every_event_as_a_log_has_it(driver: ftrace_actors.Driver) -> None:
    with structlog.testing.capture_logs() as entries:
        made = run(load(BREAKS), 75, driver=driver, record=False, log=structlog.get_logger())
    kept = run(load(BREAKS), 75)
    assert made.events == ()
    assert [entry["seq"] for entry in entries] == [event.seq for event in kept.events]
    assert {entry["design"] for entry in entries} == {"call-ops"}
    load_of_the_freed_ops = next(entry for entry in entries if entry["seq"] == kept.findings[0].events[-1])
    assert load_of_the_freed_ops["event"] == "load"
    assert load_of_the_freed_ops["symbol"].startswith("tracer_a")


def test_the_actors_of_a_run_are_trio_tasks_unless_bare_is_said() -> None:
    """Of every call that makes a run, also on the floor below."""
    built = load(HOLDS).built
    loops: list[bool] = []

    class Looking(Watcher):
        def start(self, system: System) -> None:
            loops.append(trio.lowlevel.in_trio_run())

    built.run(DullChooser(), watchers=[Looking()])
    built.run(DullChooser(), watchers=[Looking()], driver="bare")
    assert loops == [True, False]


def test_a_sample_ends_where_it_is_told_to() -> None:
    world = load(BREAKS)
    for driver in ("bare", "trio"):
        made = sample(world, 100, driver=driver, until=lambda each: each.verdict != "holds")
        assert [each.number for each in made] == [0, 1]
    assert len(sample(world, 4)) == 4


class TestInsideALoop:
    async def test_sync_calls_name_what_to_await(self) -> None:
        world = load(HOLDS)
        for call, given in ((run, world), (sample, world), (replay, "none.json")):
            instead = rf"running event loop: use `await {call.__name__}_trio\(\.\.\.\)`"
            with pytest.raises(InputError, match=instead):
                call(given)  # type: ignore[operator]
        with pytest.raises(InputError, match=r"use `await world\.run_trio\(\.\.\.\)`"):
            world.built.run(DullChooser())
        assert (await run_trio(world, 5)) == run(world, 5, driver="bare")

    async def test_samples_are_those_of_the_sync_call(self) -> None:
        world = load(BREAKS)

        def breaks(each: Run) -> bool:
            return each.verdict != "holds"

        assert await sample_trio(world, 100, until=breaks) == sample(world, 100, until=breaks, driver="bare")
        with pytest.raises(
            InputError, match=r"^sample_trio\(\): runs: -1 is not a number of runs; it must be"
        ):
            await sample_trio(world, -1)

    async def test_a_replay_is_that_of_the_sync_call(self, tmp_path: Path) -> None:
        file = run(load(BREAKS), 75, driver="bare").save(tmp_path / "kept.json")
        again = await replay_trio(file)
        assert again.same
        assert again.run.result == replay(file, driver="bare").run.result

    async def test_a_nursery_of_the_callers(self, nursery: trio.Nursery) -> None:
        world = load(HOLDS)
        assert (await run_trio(world, 5, nursery=nursery)).verdict == "holds"
        nursery.cancel_scope.cancel()
        with pytest.raises(RunCancelled):
            await run_trio(world, 5, nursery=nursery)
