"""Files of pinned schedules: names, and both forms."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftrace_actors.actors import Kind, Pick, RunInfo
from ftrace_actors.errors import InputError
from ftrace_actors.explore import FormatError
from ftrace_actors.reading import REPLAY_MAX
from ftrace_actors.testing import schedule_of
from ftrace_actors.testing.pins import Numbers, PinnedChooser, load, pin_path, save
from tests.actors.toys import Scripted
from tests.hostile.case import DEEP
from tests.testing import samples

TOP = Path("pins")


@pytest.mark.parametrize(
    ("test", "path"),
    [
        ("test_a.py::test_x", "test_a.py/test_x.replay.json"),
        (
            "tests/deep/test_a.py::TestB::test_x[3-dull]",
            "tests/deep/test_a.py/TestB.test_x[3-dull].replay.json",
        ),
        ("test_a.py::test_x[a/b]", "test_a.py/test_x[a_b]-6c3b3ef6.replay.json"),
    ],
)
def test_names_are_readable(test: str, path: str) -> None:
    assert pin_path(TOP, test) == TOP / path


def test_names_stay_inside_and_short() -> None:
    far = pin_path(TOP, "../../other/test_a.py::test_x")
    assert ".." not in far.parts
    assert len(pin_path(TOP, "test_a.py::test_x[" + 300 * "long" + "]").name) < 160


@given(st.lists(st.text("ab/:[]. ", min_size=1, max_size=6), min_size=2, max_size=2, unique=True))
def test_tests_never_share_a_file(names: list[str]) -> None:
    first, second = (pin_path(TOP, f"test_a.py::{name}") for name in names)
    assert first != second


def test_a_run_of_own_actors_comes_back(tmp_path: Path) -> None:
    schedule = schedule_of(b"\0\0\1")
    conductor = schedule.conductor()

    async def body(me: Scripted) -> None:
        await me.step("load", 0x1000)
        await me.step("store", "total")

    for name in "ab":
        Scripted(conductor, name, body)
    schedule.conduct(conductor)
    path = tmp_path / "deep" / "x.replay.json"
    assert not save(path, "test_a.py::test_x", schedule, Numbers("pct", 3, 14), "assert 1 == 2", 9)
    kept = load(path)
    assert kept.numbers == Numbers("pct", 3, 14)
    assert str(kept.numbers) == "seed 0x3, run 14, strategy pct"
    assert schedule.picks
    assert [(p.position, p.kind, p.picked, p.count) for p in kept.picks] == [
        (p.position, p.kind, p.picked, p.count) for p in schedule.picks
    ]


def test_a_run_of_a_scenario_is_a_replay_file(tmp_path: Path) -> None:
    schedule = schedule_of(b"")
    schedule.run_file(samples.SCENARIOS / "teardown-tasks.toml", {"machine.cpus": "3"})
    path = tmp_path / "x.replay.json"
    assert save(path, "test_a.py::test_x", schedule, Numbers("dull", 0, 0), "", 0)
    assert load(path).picks == ()
    assert '"machine.cpus": "3"' in path.read_text()


@pytest.mark.parametrize("positions", [[3, 3], [5, 2]])
def test_positions_must_ascend(tmp_path: Path, positions: list[int]) -> None:
    pick = '{"position":%d,"kind":"schedule","actor":0,"op":"","object":"","picked":1,"count":2}'
    path = tmp_path / "x.replay.json"
    path.write_text(
        '{"format":2,"tool":"0","test":"t","strategy":"mix","seed":0,"run":0,"failure":"","positions":9,'
        f'"shrunk_from":null,"picks":[{",".join(pick % position for position in positions)}]}}'
    )
    with pytest.raises(InputError, match=r"picks\[1\]\.position: positions must ascend"):
        load(path)


PICK = {"position": 3, "kind": "schedule", "actor": 0, "op": "", "object": "", "picked": 1, "count": 2}
RUN = {
    "format": 2, "tool": "0", "test": "t", "strategy": "mix", "seed": 0, "run": 0, "failure": "", "positions": 9,
    "shrunk_from": None, "picks": [PICK],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"picks": [{**PICK, "picked": 9}]}, "picks[0].picked: 9 is not a non-zero option of 2"),
        ({"picks": [{**PICK, "picked": 0}]}, "picks[0].picked: 0 is not a non-zero option of 2"),
        ({"picks": [{**PICK, "position": -1}]}, "picks[0].position: positions must ascend"),
        ({"picks": [{**PICK, "kind": "coin"}]}, "picks[0].kind: Invalid enum value 'coin'"),
        ({"format": 1}, "format: 1 holds addresses, which have moved since; record the run again"),
        ({"format": 3}, "format: 3 is not known; this version reads 2"),
        ({"seed": "now"}, "seed: Expected `int`, got `str`"),
    ],
)
def test_what_no_run_can_have_written_is_refused(
    tmp_path: Path, change: dict[str, Any], complaint: str
) -> None:
    path = tmp_path / "x.replay.json"
    path.write_text(json.dumps(RUN))
    assert load(path).picks[0].position == 3
    path.write_text(json.dumps({**RUN, **change}))
    with pytest.raises(FormatError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: {complaint}")


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "not a replay file"),
        (b"\xff\xfe", "not a replay file"),
        (b"[" * DEEP + b"]" * DEEP, "not a replay file"),
        (b'{"test": ' + b"[" * DEEP + b"]" * DEEP + b"}", "not a replay file"),
        (b"{}" + b" " * REPLAY_MAX, f"has {REPLAY_MAX + 2} bytes where at most {REPLAY_MAX} are read"),
    ],
    ids=["empty", "binary", "deep", "deep member", "huge"],
)
def test_a_hostile_file_gets_one_line(tmp_path: Path, data: bytes, complaint: str) -> None:
    path = tmp_path / "x.replay.json"
    path.write_bytes(data)
    with pytest.raises(FormatError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: {complaint}")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "x.replay.json"
    os.mkfifo(path)
    with pytest.raises(FormatError, match="a pipe; only regular files are read"):
        load(path)


def test_what_does_not_fit_is_dull() -> None:
    picks = [
        Pick(0, Kind.LOAD, 0, "", "0x0", 2, 3),
        Pick(1, Kind.LOAD, 0, "", "0x0", 1, 2),
        Pick(2, Kind.DATA, 0, "", "0x0", 4, 5),
    ]
    chooser = PinnedChooser(picks)
    for _ in range(2):
        chooser.begin(RunInfo((), 100, lambda actor: ("", actor)))
        answers = [
            chooser.choose(Kind.LOAD, 3, ()),
            chooser.choose(Kind.FETCH, 2, ()),  # another kind
            chooser.choose(Kind.DATA, 4, ()),  # too few options
            chooser.choose(Kind.DATA, 4, ()),
        ]
        assert answers == [2, 0, 0, 0]
