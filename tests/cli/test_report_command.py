"""`report`: what it writes and prints, and what it says of files that it cannot show."""

import json
import re
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from tests.environment import Done
from tests.inprocess import call
from tests.report.made import write_replay

NAME = "teardown-no-wait-w2"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a replay file, and the log of the same run."""
    path = tmp_path_factory.mktemp("report")
    write_replay(NAME, path / "it.replay.json")
    assert call(main, "replay", "it.replay.json", "--log-to", "it.log", cwd=path).returncode == 0
    return path


def command(cwd: Path, *args: str) -> Done:
    return call(main, "report", *args, cwd=cwd)


@pytest.mark.parametrize("source", ["it.replay.json", "it.log"])
def test_it_writes_one_page_and_says_so(here: Path, source: str) -> None:
    done = command(here, source, "-o", "out.html")
    assert (done.returncode, done.stdout) == (0, "")
    assert re.fullmatch(r"ftrace-actors: out.html: [0-9]+ KiB; open it in a browser\n", done.stderr)
    page = (here / "out.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert json.loads(data) == json.loads(command(here, source, "--json").stdout)


def test_a_log_shows_the_run_of_its_replay_file(here: Path) -> None:
    replay, log = (json.loads(command(here, name, "--json").stdout) for name in ("it.replay.json", "it.log"))
    for part in ("title", "verdict", "findings", "race", "events", "arrows", "bands", "bars", "columns"):
        assert replay[part] == log[part], part
    assert (replay["states"]["source"], log["states"]["source"]) == ("run", "log")


def test_it_tells_why_in_the_words_of_why(here: Path) -> None:
    shown = json.loads(command(here, "it.replay.json", "--json").stdout)
    why = call(main, "why", "it.replay.json", "--quick", cwd=here)
    assert why.returncode in {0, 1}, why.stderr
    said = " ".join(why.stdout.split())
    assert [chapter["heading"] for chapter in shown["story"]] == [
        "What was promised",
        "What broke it",
        "What led there",
    ]
    for chapter in shown["story"]:
        for sentence in chapter["sentences"]:
            assert sentence in said


def test_what_was_set_is_in_the_head(here: Path) -> None:
    made = call(main, "run", "enable-call-first", "--set", "machine.cpus=4", "--driver", "bare", cwd=here)
    (path,) = (here / "out").glob("*.replay.json")
    assert made.returncode == 0, made.stderr
    facts = json.loads(command(here, str(path), "--json").stdout)["facts"]
    assert {"name": "with", "text": "machine.cpus=4"} in facts


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not a file that can be shown: a replay file, a log, a directory of"),
        (b"{}", "is not a file that can be shown"),
        (b"<html>", "is not a file that can be shown"),
        (b'"scenario"', "is not a file that can be shown"),
        (b'{"scenario": 1, "format": 2}', "scenario: Expected `object`, got `int`"),
        (b"\xff\xfe", "is not a file that can be shown"),
    ],
)
def test_other_files_are_refused_and_nothing_is_written(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "it.json").write_bytes(content)
    done = command(tmp_path, "it.json", "-o", "out.html")
    assert done.returncode == 2
    assert done.stderr.startswith("ftrace-actors: it.json: ")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.html").exists()


def test_a_log_that_was_cut_is_refused(here: Path) -> None:
    lines = (here / "it.log").read_bytes().splitlines(keepends=True)
    (here / "cut.log").write_bytes(b"".join(lines[:-3]))
    done = command(here, "cut.log", "-o", "cut.html")
    assert done.returncode == 2
    assert "the log ends here" in done.stderr
    assert not (here / "cut.html").exists()


def test_it_never_overwrites_what_it_reads(here: Path) -> None:
    before = (here / "it.log").read_bytes()
    done = command(here, "it.log", "-o", "./it.log")
    assert done.returncode == 2
    assert "name another one" in done.stderr
    assert (here / "it.log").read_bytes() == before


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("it.log",), "report: where to? give -o OUT.html, or --json for what the page shows"),
        (("it.log", "-o", "nowhere\0.html"), "--output: cannot write"),
        (("it.log", "-o", "."), "--output: cannot write .: Is a directory"),
        (("it.log", "--design", "x.py", "--json"), "--design: goes with a replay file"),
        (("none.json", "--json"), "none.json: cannot be read: No such file"),
    ],
)
def test_what_does_not_go_together(here: Path, args: tuple[str, ...], said: str) -> None:
    done = command(here, *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"ftrace-actors: {said}")


def test_an_old_page_survives_a_failure(here: Path) -> None:
    (here / "old.html").write_text("old")
    assert command(here, "none.json", "-o", "old.html").returncode == 2
    assert (here / "old.html").read_text() == "old"
