"""Events by name: what survives another layout, and finds an event in another log."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftrace_actors.actors import ReplayChooser
from ftrace_actors.cli import main
from ftrace_actors.inspect import EventName, LogFile, decode_event, diverge, make_header, write_log
from ftrace_actors.scenario import RunResult, World, build, load
from tests.inspect.recorded import dull
from tests.scenario.elsewhere import moved
from tests.scenario.runs import SHIPPED

NAME = "teardown-tasks"
Capture = pytest.CaptureFixture[str]


def written(path: Path, world: World, result: RunResult) -> Path:
    header = make_header(world, result, seed=0, run=0, strategy="dull")
    write_log(path, header, result.events, world.image.symbols)
    return path


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dull(NAME).write(tmp_path_factory.mktemp("here") / "log")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log of the same run in another layout of memory."""
    with moved():
        world = build(load(SHIPPED[NAME]))
    picks = dull(NAME).result.picks
    return written(
        tmp_path_factory.mktemp("elsewhere") / "log",
        world,
        world.run(ReplayChooser(picks), driver="bare", record=True),
    )


def names(path: Path) -> list[EventName]:
    found = [EventName.of(line) for line in LogFile(path).lines()]
    return [name for name in found if name is not None]


def test_every_event_has_a_name_of_its_own(here: Path) -> None:
    assert len(set(names(here))) == len(names(here)) == len(dull(NAME).result.events)


def test_names_are_the_same_in_another_layout(here: Path, elsewhere: Path) -> None:
    assert names(elsewhere) == names(here)
    addresses = [
        [json.loads(line).get("addr") for line in LogFile(path).lines()] for path in (here, elsewhere)
    ]
    assert addresses[0] != addresses[1]


def test_logs_of_one_run_in_two_layouts_do_not_differ(here: Path, elsewhere: Path) -> None:
    assert diverge(LogFile(here), LogFile(elsewhere), context=3) is None


@pytest.mark.parametrize(
    ("fields", "old", "new"),
    [
        (("order",), b'"order":7', b'"order":6'),
        (("word",), b'"word":"0x97ffc11d"', b'"word":"0x97ffc11e"'),
        (("addr", "word"), b'"addr":"0xffff80008002100c"', b'"addr":"0xffff800080021010"'),
    ],
)
def test_what_happened_otherwise_in_another_layout_is_still_found(
    here: Path, elsewhere: Path, tmp_path: Path, fields: tuple[str, ...], old: bytes, new: bytes
) -> None:
    lines = elsewhere.read_bytes().splitlines()
    at, line = next((at, line) for at, line in enumerate(lines) if b'"kind":"fetch"' in line)
    lines[at] = line.replace(old, new)
    assert lines[at] != line
    other = tmp_path / "other"
    other.write_bytes(b"\n".join(lines) + b"\n")
    found = diverge(LogFile(here), LogFile(other), context=3)
    assert found is not None
    assert (found.at, found.fields) == (at - 1, fields)


def test_the_number_counts_what_that_actor_did_there_before(here: Path) -> None:
    """Counted again from the events, with no table."""
    events = dull(NAME).result.events
    for name, event in zip(names(here), events, strict=True):
        alike = [
            one
            for one in events[: event.seq]
            if (type(one), one.actor, getattr(one, "addr", 0))
            == (type(event), event.actor, getattr(event, "addr", 0))
        ]
        assert name.occurrence == len(alike)


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b'{"actor":"a","kind":"tick"}', b'{"actor":"a","kind":"tick","occurrence":"1"}'],
)
def test_a_line_that_does_not_say_has_no_name(line: bytes) -> None:
    """Such as those of earlier versions, and edited ones."""
    assert EventName.of(line) is None


def test_reading_an_event_back_ignores_its_name(here: Path) -> None:
    assert tuple(map(decode_event, LogFile(here).lines())) == dull(NAME).result.events


parts = st.text("abcxyz_.+019", min_size=1, max_size=6)


@given(
    st.builds(
        EventName,
        parts,
        st.sampled_from(["load", "grace-period"]),
        parts | st.just(""),
        st.integers(0, 10**9),
    )
)
def test_a_name_is_read_as_it_is_written(name: EventName) -> None:
    assert EventName.parse(str(name)) == name


@pytest.mark.parametrize(
    "text", ["", "17", "cpu1", "cpu1/load", "cpu1/load#", "cpu1/load#-1", "cpu1/load#٣", "/load#1"]
)
def test_anything_else_is_no_name(text: str) -> None:
    assert EventName.parse(text) is None


class TestOnTheCommandLine:
    @pytest.mark.parametrize("option", ["--around", "--causes"])
    @pytest.mark.parametrize("seq", [0, 60, 111])
    def test_a_name_asks_what_its_number_asks(
        self, here: Path, elsewhere: Path, capsys: Capture, option: str, seq: int
    ) -> None:
        name = str(names(here)[seq])
        assert main(["log", str(here), option, str(seq)]) == 0
        by_number = capsys.readouterr().out
        assert main(["log", str(here), option, name]) == 0
        assert capsys.readouterr().out == by_number
        assert main(["log", str(elsewhere), option, name, "--json"]) == 0
        assert f'"seq":{seq},' in capsys.readouterr().out

    def test_the_event_asked_about_is_shown_with_its_name(self, here: Path, capsys: Capture) -> None:
        assert main(["log", str(here), "--around", "60", "--context", "1"]) == 0
        rows = capsys.readouterr().out.splitlines()[1:]
        assert [row.endswith(f"[{names(here)[60]}]") for row in rows] == [False, True, False]

    def test_a_query_finds_it(self, here: Path, capsys: Capture) -> None:
        name = names(here)[60]
        query = f'actor == "{name.actor}" and kind == "{name.kind}" and occurrence == {name.occurrence}'
        assert main(["log", str(here), query, "--json"]) == 0
        assert '"seq":60,' in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("cpu1/fetch/vfs_read+0x4#999", "no such event; this log has 2 like it, from #0"),
            ("cpu1/fetch/nowhere#0", "no such event; this log has no fetch of cpu1 there"),
        ],
    )
    @pytest.mark.parametrize("option", ["--around", "--causes"])
    def test_a_name_that_no_event_has(
        self, here: Path, capsys: Capture, option: str, name: str, why: str
    ) -> None:
        assert main(["log", str(here), option, name]) == 2
        err = capsys.readouterr().err
        assert f"{option} {name}" in err
        assert why.partition("2 like")[0] in err
