"""``log`` and ``check`` as people and scripts see them."""

import json
from pathlib import Path

import msgspec
import pytest

from ftrace_actors.cli import main
from ftrace_actors.events import Early, Load, Patch, Store
from ftrace_actors.inspect import EventSymbols, LogHeader, render_events
from ftrace_actors.inspect.phrases import Narrator
from tests.checks.stream import Stream
from tests.cli.logs import failing, write
from tests.inprocess import call
from tests.inspect.recorded import dull
from tests.inspect.test_divergence import fresh, stale

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return failing().write(tmp_path / "run.log")


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


class TestFilter:
    def test_json_lines_are_those_of_the_log(self, log: Path, capsys: Capture) -> None:
        assert main(["log", str(log), 'kind == "callback"', "--json"]) == 0
        lines = [line for line in log.read_text().splitlines() if '"kind":"callback"' in line]
        assert capsys.readouterr().out.splitlines() == lines

    def test_without_a_query_everything(self, log: Path, capsys: Capture) -> None:
        assert main(["log", str(log), "--format", "json"]) == 0
        assert capsys.readouterr().out.splitlines() == log.read_text().splitlines()[1:]

    def test_a_table(self, tmp_path: Path, capsys: Capture) -> None:
        path = write(tmp_path / "log", fresh())
        assert main(["log", str(path), "cpu == 1 or kind == 'receive'"]) == 0
        assert capsys.readouterr().out == (
            "     seq   step  cpu  task or actor  kind          what\n"
            "       1      1 cpu1  reader         tick\n"
            "       3      3 cpu1  reader         load          addr=0x1000 size=8 value=0x7 order=1 pointer=0"
            " prov=0\n"
            "       5      5 cpu1  reader         window        window=W0\n"
            "       6      6 cpu1  reader         window        window=W1\n"
            "       7      7 cpu1  reader         send          to=cpu0 message=Seen number=7 view=0\n"
            "       8      8 cpu0  writer         receive       message=Seen number=7 cause=7\n"
        )

    def test_lanes(self, tmp_path: Path, capsys: Capture) -> None:
        path = write(tmp_path / "log", fresh())
        assert main(["log", str(path), "kind in ('store', 'load', 'window')", "--format", "lanes"]) == 0
        assert capsys.readouterr().out == (
            "  event cpu0 (writer)                        cpu1 (reader)\n"
            "     2  str 0x7 -> 0x1000  @1\n"
            "     3                                       ldr 0x1000 = 0x7  (@1)\n"
            "     5                                       in W0\n"
            "     6                                       in W1\n"
        )

    def test_lanes_know_the_names_that_the_log_carries(self, log: Path, capsys: Capture) -> None:
        assert main(["log", str(log), "kind == 'fetch'", "--format", "lanes"]) == 0
        assert "fetch bl ftrace_caller" in capsys.readouterr().out

    def test_lanes_put_the_same_words_to_an_event_whatever_the_query_selects(
        self, tmp_path: Path, capsys: Capture
    ) -> None:
        """Words depend on other events: what was early, which literal was old by then."""
        stream = Stream()
        stream.add(Early, "store", 0x7000, 7, 1)
        stream.add(Patch, 1, True, "vfs_read", "ftrace_make_call", 0x2000, 0x97FFC0FD, (), 0)
        stream.add(Store, 0x1000, 8, 0x2000, 2, 0, 0)
        stream.add(Store, 0x7000, 8, 7, 1, 0, 0)
        stream.add(Store, 0x7008, 8, 8, 3, 0, 0)
        stream.add(Load, 0x1000, 8, 0, 0, 0, 0)
        path = write(tmp_path / "log", stream.events)
        narrator = Narrator(stream.events, EventSymbols(stream.events))
        for kind, name, words in (
            (Early, "early", "str 0x7 -> 0x7000  @1 early"),
            (Store, "store", "-> literal"),
            (Load, "load", "(old @0)"),
        ):
            shown = [event for event in stream.events if isinstance(event, kind)]
            assert main(["log", str(path), f"kind == '{name}'", "--format", "lanes"]) == 0
            out = capsys.readouterr().out
            assert out == render_events(shown, narrator, 80)
            assert words in out

    @pytest.mark.parametrize("form", ["table", "lanes", "json"])
    def test_nothing_matches(self, log: Path, capsys: Capture, form: str) -> None:
        assert main(["log", str(log), "cpu == 17", "--format", form]) == 0
        out, err = capsys.readouterr()
        assert (out, err) == ("", f"ftrace-actors: {log}: no event matches\n")

    def test_an_empty_log_is_one(self, tmp_path: Path, capsys: Capture) -> None:
        assert main(["log", str(write(tmp_path / "log", [], events=0))]) == 0
        assert "no event matches" in capsys.readouterr().err


class TestAround:
    @pytest.mark.parametrize(
        ("args", "seqs"),
        [
            (("4", "--context", "2"), [2, 3, 4, 5, 6]),
            (("4", "--context", "0"), [4]),
            (("0", "--context", "1"), [0, 1]),
            (("8",), list(range(9))),
        ],
    )
    def test_before_and_after(
        self, tmp_path: Path, capsys: Capture, args: tuple[str, ...], seqs: list[int]
    ) -> None:
        path = write(tmp_path / "log", fresh())
        assert main(["log", str(path), "--around", *args, "--json"]) == 0
        assert [json.loads(line)["seq"] for line in capsys.readouterr().out.splitlines()] == seqs

    def test_only_what_the_query_selects_and_the_event_itself(self, tmp_path: Path, capsys: Capture) -> None:
        path = write(tmp_path / "log", fresh())
        assert main(["log", str(path), "cpu == 1", "--around", "4", "--context", "2"]) == 0
        assert [line[:8] for line in capsys.readouterr().out.splitlines()[1:]] == [
            "       1",
            "       3",
            "*      4",
            "       5",
            "       6",
        ]


class TestCauses:
    def test_a_table_with_chains(self, tmp_path: Path, capsys: Capture) -> None:
        path = write(tmp_path / "log", fresh())
        assert main(["log", str(path), "kind == 'store' or seq == 8", "--causes", "8"]) == 0
        assert capsys.readouterr().out == (
            "hops      seq   step  cpu  task or actor  kind          what\n"
            "   0        8      8 cpu0  writer         receive       message=Seen number=7 cause=7  [8]\n"
            "   2        2      2 cpu0  writer         store         addr=0x1000 size=8 value=0x7 order=1 pointer=0"
            " prov=0  [2 -then x2-> 8]\n"
        )

    def test_json_with_chains(self, tmp_path: Path, capsys: Capture) -> None:
        path = write(tmp_path / "log", fresh())
        assert main(["log", str(path), "seq == 3", "--causes", "8", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["seq"], found["hops"], found["relation"], found["towards"]) == (3, 4, "task", 5)

    def test_json_of_the_event_itself(self, tmp_path: Path, capsys: Capture) -> None:
        path = write(tmp_path / "log", fresh())
        assert main(["log", str(path), "seq == 8", "--causes", "8", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["hops"], found["relation"], found["towards"]) == (0, None, None)

    def test_lanes_with_a_star(self, tmp_path: Path, capsys: Capture) -> None:
        path = write(tmp_path / "log", fresh())
        assert main(["log", str(path), "--causes", "3", "--format", "lanes"]) == 0
        stars = [line for line in capsys.readouterr().out.splitlines() if line.startswith("*")]
        assert stars == ["*    3                                       ldr 0x1000 = 0x7  (@1)"]


class TestDiff:
    def test_a_table(self, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        write(Path("a"), fresh(), verdict="holds")
        write(Path("b"), stale())
        assert main(["log", "--diff", "a", "b", "--context", "1"]) == 1
        assert capsys.readouterr().out == (
            "A is a: holds (toy, seed 1, run 2)\n"
            "B is b: verdict not known (toy, seed 1, run 2)\n"
            "the first 3 events are the same\n"
            "       seq   step  cpu  task or actor  kind          what\n"
            "         2      2 cpu0  writer         store         addr=0x1000 size=8 value=0x7 order=1 pointer=0"
            " prov=0\n"
            "A *      3      3 cpu1  reader         load          addr=0x1000 size=8 value=0x7 order=1 pointer=0"
            " prov=0\n"
            "B *      3      3 cpu1  reader         load          addr=0x1000 size=8 value=0x0 order=0 pointer=0"
            " prov=0\n"
            "they differ in value, order\n"
            "in A it is cpu1/load/0x1000#0 and led to 4 events, 1 of which only A has\n"
            "A        6      6 cpu1  reader         window        window=W1\n"
            "in B it is cpu1/load/0x1000#0 and led to 3 events, 0 of which only B has\n"
        )

    def test_json(self, tmp_path: Path, capsys: Capture) -> None:
        a, b = write(tmp_path / "a", fresh()), write(tmp_path / "b", stale())
        assert main(["log", "--diff", str(a), str(b), "--json", "--context", "1"]) == 1
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [(line["side"], line["part"], line["event"]["seq"]) for line in lines] == [
            ("both", "common", 2),
            ("a", "first", 3),
            ("a", "followed", 6),
            ("b", "first", 3),
        ]

    def test_lanes(self, tmp_path: Path, capsys: Capture) -> None:
        a, b = write(tmp_path / "a", fresh()), write(tmp_path / "b", stale())
        assert main(["log", "--diff", str(a), str(b), "--format", "lanes"]) == 1
        out = capsys.readouterr().out
        assert "*    3                                       ldr 0x1000 = 0x7  (@1)" in out
        assert "*    3                                       ldr 0x1000 = 0x0  (@0)" in out

    def test_one_that_ends(self, tmp_path: Path, capsys: Capture) -> None:
        a, b = write(tmp_path / "a", fresh()), write(tmp_path / "b", fresh()[:5])
        assert main(["log", "--diff", str(a), str(b)]) == 1
        assert "B * ends here" in capsys.readouterr().out

    @pytest.mark.parametrize(("form", "out"), [("table", "the same events\n"), ("json", "")])
    def test_the_same(self, tmp_path: Path, capsys: Capture, form: str, out: str) -> None:
        a = write(tmp_path / "a", fresh())
        assert main(["log", "--diff", str(a), str(a), "--format", form]) == 0
        assert capsys.readouterr().out == out


class TestStats:
    def test_for_people(self, tmp_path: Path, capsys: Capture) -> None:
        path = write(tmp_path / "log", fresh())
        assert main(["log", str(path), "cpu == 1", "--stats"]) == 0
        assert capsys.readouterr().out == (
            "events    5 of 9\nsteps     up to 7\ntimeline  up to position 1\n"
            "kinds\n         2  window\n         1  load\n         1  send\n         1  tick\n"
            "actors\n         5  cpu1\ncpus\n         5  cpu1\ntasks\n         5  reader\n"
            "windows entered\n         1  W0\n         1  W1\n"
        )

    def test_for_scripts(self, tmp_path: Path, capsys: Capture) -> None:
        path = write(tmp_path / "log", fresh())
        assert main(["log", str(path), "--stats", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["events"], found["of"], found["steps"], found["timeline"]) == (9, 9, 8, 1)
        assert found["windows"] == {"W0": 1, "W1": 1}
        assert found["cpus"] == {"0": 4, "1": 5}


class TestCheck:
    def test_as_expected(self, log: Path, capsys: Capture) -> None:
        assert main(["check", str(log)]) == 0
        out = " ".join(capsys.readouterr().out.split())
        assert out.startswith(f"ok {log}: VIOLATED, ".replace("  ", " "))
        for finding in failing().result.findings:
            assert " ".join(finding.message.split()) in out

    def test_json_holds_every_finding(self, log: Path, capsys: Capture) -> None:
        assert main(["check", str(log), "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["verdict"], found["ok"], found["recorded"]) == ("violated", True, "violated")
        expected = [msgspec.to_builtins(finding) for finding in failing().result.findings]
        assert found["findings"] == [{**finding, "events": list(finding["events"])} for finding in expected]

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"verdict": "holds"}, "recorded as holds by version "),
            ({"expect": {"verdicts": ["holds"]}}, "expected holds"),
            ({"expect": {"verdicts": ["violated"], "invariants": ["ABI"]}}, "something else broke"),
            ({"expect": {"verdicts": ["violated"], "window": "W4"}}, "something else broke"),
        ],
    )
    def test_not_as_expected(
        self, log: Path, capsys: Capture, change: dict[str, object], reason: str
    ) -> None:
        first, *rest = log.read_text().splitlines(keepends=True)
        header = msgspec.convert({**json.loads(first), **change}, LogHeader).sealed()
        log.write_text("".join([msgspec.json.encode(header).decode() + "\n", *rest]))
        assert main(["check", str(log)]) == 1
        out = capsys.readouterr().out
        assert out.startswith(f"FAIL {log}:")
        assert reason in out

    def test_several_logs_and_the_worst_of_them(self, log: Path, tmp_path: Path, capsys: Capture) -> None:
        held = dull("teardown-tasks").write(tmp_path / "held")
        assert main(["check", str(held), str(log), "--json"]) == 0
        verdicts = [json.loads(line)["verdict"] for line in capsys.readouterr().out.splitlines()]
        assert verdicts == ["holds", "violated"]

    def test_a_log_that_does_not_tell_the_machine(self, tmp_path: Path, capsys: Capture) -> None:
        assert main(["check", str(write(tmp_path / "log", fresh()))]) == 0
        assert "checked with the defaults" in capsys.readouterr().err


class TestMaking:
    def test_run_and_replay_write_the_same_log(self, tmp_path: Path) -> None:
        def command(*args: str) -> int:
            return call(main, *args, cwd=tmp_path).returncode

        assert command("run", "teardown-no-wait-w2", "--keep-logs", "--quiet") == 0
        (kept,) = (tmp_path / "out").glob("teardown*.log.jsonl")
        (replay,) = (tmp_path / "out").glob("*.replay.json")
        assert command("replay", str(replay), "--log-to", "again/log") == 0
        assert (tmp_path / "again" / "log").read_bytes() == kept.read_bytes()
        assert command("check", str(kept)) == 0
        assert command("replay", str(replay), "--log-to", f"{kept}/below") == 2
