"""``log`` and ``check`` on the unhappy paths: wrong usage, broken files, readers that go away."""

import gzip
import re
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from ftrace_actors.events import Event, Store, Tick
from tests.cli.conftest import REPO, environment
from tests.cli.logs import failing, write
from tests.inspect.test_divergence import fresh

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return failing().write(tmp_path / "run.log")


def cut(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


class TestMistakes:
    """One line on stderr that names what is wrong, nothing on stdout, exit 2."""

    def refused(self, capsys: Capture, *args: str) -> str:
        assert main(list(args)) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert len(err.splitlines()) == 1, err
        return err

    @pytest.mark.parametrize(
        ("args", "words"),
        [
            (("log",), "which one? give a FILE"),
            (("log", "absent"), "absent: cannot be read: No such file"),
            (("check", "absent"), "absent: cannot be read: No such file"),
            (("check",), "FILES"),
            (("log", "."), ".: a directory; only regular files are read"),
            (("check", "/dev/null"), "/dev/null: a device; only regular files are read"),
            (("log", "LOG", "cpu = 1"), "query: column 5: found =; write =="),
            (("log", "LOG", "addr == nowhere"), "query: column 9: no field or symbol is called nowhere"),
            (("log", "LOG", "--around", "9999"), "--around 9999: no such event; this log has events 0 to"),
            (("log", "LOG", "--causes", "9999"), "--causes 9999: no such event; this log has events 0 to"),
            (("log", "LOG", "--around", "-1"), "--around"),
            (("log", "LOG", "--context", "-1"), "--context"),
            (("log", "LOG", "--causes", "1", "--stats"), "--stats: does not go with --causes"),
            (("log", "LOG", "--stats", "--format", "lanes"), "shows events, not counts"),
            (("log", "LOG", "--format", "xml"), "--format"),
            (("log", "--diff", "LOG"), "--diff"),
            (("log", "LOG", "--diff", "LOG", "LOG"), "takes two logs and neither a third"),
        ],
    )
    def test_usage(
        self,
        log: Path,
        capsys: Capture,
        monkeypatch: pytest.MonkeyPatch,
        args: tuple[str, ...],
        words: str,
    ) -> None:
        monkeypatch.chdir(log.parent)
        err = self.refused(capsys, *(log.name if arg == "LOG" else arg for arg in args))
        assert words in err

    @pytest.mark.parametrize("args", [("log",), ("log", "--stats"), ("check",)])
    def test_cut_in_a_line(self, log: Path, capsys: Capture, args: tuple[str, ...]) -> None:
        cut(log, log.stat().st_size - 20)
        last = len(log.read_bytes().splitlines())
        command, *options = args
        assert main([command, str(log), *options]) == 2
        assert (
            f"{log}: line {last}: the log was cut off in the middle of this line" in capsys.readouterr().err
        )

    @pytest.mark.parametrize("args", [("log",), ("log", "--stats"), ("log", "--causes", "2"), ("check",)])
    def test_cut_between_lines(self, log: Path, capsys: Capture, args: tuple[str, ...]) -> None:
        events = failing().header.events
        lines = log.read_bytes().splitlines(keepends=True)
        log.write_bytes(b"".join(lines[:-3]))
        command, *options = args
        code = main([command, str(log), *options])
        if "--causes" in args:
            assert code == 2 or not capsys.readouterr().err  # what led to event 2 is all there
            return
        assert code == 2
        assert f"the log ends here, with {len(lines) - 4} of {events} events" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "line 1: not the header of a log: the file is empty"),
            (gzip.compress(b"{}", mtime=0), "line 1: not the header of a log but gzip: unpack it first"),
            (b"\x7fELF\x02\x01\x01", "line 1: not the header of a log"),
            (b"\xff\xfe\n", "line 1: not the header of a log"),
            (b'{"name":"x","verdict":"holds"}\n', "line 1: not the header of a log"),
            (b"[1]\n", "line 1: not the header of a log"),
        ],
    )
    @pytest.mark.parametrize("args", [("log",), ("log", "--stats"), ("log", "--causes", "0"), ("check",)])
    def test_foreign_files(
        self, tmp_path: Path, capsys: Capture, args: tuple[str, ...], content: bytes, words: str
    ) -> None:
        path = tmp_path / "foreign"
        path.write_bytes(content)
        command, *options = args
        assert words in self.refused(capsys, command, str(path), *options)

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            (b"nonsense\n", "expected an event"),
            (b"\n", "an empty line where an event was expected"),
            (b"\xff\n", "expected an event"),
            (b"{}\n", "missing required field 'kind'"),
            (b'{"kind":"tock"}\n', "tock"),
        ],
    )
    @pytest.mark.parametrize("args", [("log", "cpu == 1"), ("log", "--stats"), ("check",)])
    def test_a_line_that_is_no_event(
        self, tmp_path: Path, capsys: Capture, args: tuple[str, ...], line: bytes, words: str
    ) -> None:
        path = write(tmp_path / "log", fresh())
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join([*lines[:3], line, *lines[3:]]))
        command, *options = args
        err = self.refused(capsys, command, str(path), *options)
        assert f"{path}: line 4: " in err
        assert words in err

    @pytest.mark.parametrize("args", [("log",), ("log", "--stats"), ("log", "--causes", "8"), ("check",)])
    def test_events_too_many(self, tmp_path: Path, capsys: Capture, args: tuple[str, ...]) -> None:
        path = write(tmp_path / "log", fresh(), events=len(fresh()) - 2)
        command, *options = args
        assert main([command, str(path), *options]) == 2
        err = capsys.readouterr().err
        assert (
            err
            == f"ftrace-actors: {path}: line 9: from here on there are events too many: 9, the header says 7\n"
        )

    @pytest.mark.parametrize(
        "args",
        [
            ("log",),
            ("log", "--json"),
            ("log", "--format", "lanes"),
            ("log", "cpu == 1", "--around", "3", "--context", "2"),
            ("log", "--causes", "8"),
            ("log", "--stats"),
            ("check",),
        ],
    )
    @pytest.mark.parametrize("old", [b",", b"}\n"])
    def test_a_carriage_return_is_white_space(
        self, tmp_path: Path, capsys: Capture, args: tuple[str, ...], old: bytes
    ) -> None:
        path = write(tmp_path / "log", fresh(), events=len(fresh()))
        command, *options = args
        assert main([command, str(path), *options]) == 0
        plain = capsys.readouterr().out
        path.write_bytes(path.read_bytes().replace(old, b"\r" + old))
        assert main([command, str(path), *options]) == 0
        assert capsys.readouterr().out.replace("\r", "") == plain

    @pytest.mark.parametrize("options", [(), ("--format", "lanes"), ("--causes", "3"), ("--around", "3")])
    def test_an_event_that_lacks_a_field(
        self, tmp_path: Path, capsys: Capture, options: tuple[str, ...]
    ) -> None:
        path = write(tmp_path / "log", fresh())
        path.write_text(path.read_text().replace('"value":"0x7",', ""))
        assert main(["log", str(path), *options]) == 2
        # A store and a load lack it; the table of causes begins with the load.
        line = 5 if "--causes" in options else 4
        assert f"{path}: line {line}: " in capsys.readouterr().err

    def test_a_wrong_value_names_its_line_also_in_lanes(self, log: Path, capsys: Capture) -> None:
        lines = log.read_text().splitlines(keepends=True)
        store = re.compile(
            '"kind":"store".*"symbol":"vfs_read.literal"'
        )  # lanes tell old values from new ones
        number = next(number for number, line in enumerate(lines, 1) if store.search(line))
        lines[number - 1] = lines[number - 1].replace('"value":"0x', '"value":"zz')
        log.write_text("".join(lines))
        err = self.refused(capsys, "log", str(log), "kind == 'fetch'", "--format", "lanes")
        assert f"line {number}: value" in err


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    events: list[Event] = [
        Tick(seq, seq, "cpu0", 0, "t", -1)
        if seq % 2
        else Store(seq, seq, "cpu0", 0, "t", -1, 0x1000, 8, seq, seq, 0, 0)
        for seq in range(100_000)
    ]
    return write(tmp_path_factory.mktemp("long") / "log", events, events=len(events))


class TestStreams:
    def start(self, *args: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "ftrace_actors", *args],
            cwd=REPO,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @pytest.mark.parametrize("form", ["table", "json"])
    def test_a_reader_that_goes_away_is_no_error(self, long_log: Path, form: str) -> None:
        process = self.start("log", str(long_log), "--format", form)
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 141
        process.stderr.close()

    @pytest.mark.usefixtures("interruptible")
    def test_ctrl_c(self, long_log: Path) -> None:
        """The output does not fit into a pipe, so the command cannot be through when the first line is read."""
        process = self.start("log", str(long_log), "--json")
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert err == "ftrace-actors: interrupted\n"

    @pytest.mark.parametrize(
        "args",
        [
            ("cpu == 7",),
            ("window == 'W1'",),
            ("--stats", "--json"),
            ("--around", "99999", "--json"),
            ("--around", "99999", "--format", "lanes"),
        ],
    )
    def test_memory_does_not_grow_with_the_log(
        self, long_log: Path, capsys: Capture, args: tuple[str, ...]
    ) -> None:
        main(["log", str(long_log), *args])  # so that modules are loaded
        tracemalloc.start()
        assert main(["log", str(long_log), *args]) == 0
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert long_log.stat().st_size > 8_000_000
        assert peak < 4_000_000

    def test_lanes_of_too_many_events_are_refused_before_they_are_made(
        self, long_log: Path, capsys: Capture
    ) -> None:
        assert main(["log", str(long_log), "seq < 20000", "--format", "lanes"]) == 0
        assert len(capsys.readouterr().out.splitlines()) == 20_001
        assert main(["log", str(long_log), "seq < 20001", "--format", "lanes"]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("ftrace-actors: --format lanes: more than 20000 events; narrow them by a query")
