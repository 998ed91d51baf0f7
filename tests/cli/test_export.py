"""`export`: files whole or not at all, standard output, and mistakes."""

import json
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from ftrace_actors.events import ActorStep
from ftrace_actors.export.forms import FORMS
from tests.cli.logs import write
from tests.environment import Done
from tests.inprocess import call

NAME = "teardown-no-wait-w2"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a replay file, and the log of the same run."""
    path = tmp_path_factory.mktemp("export")
    assert call(main, "run", NAME, "--strategy", "mix", "--driver", "bare", cwd=path).returncode == 0
    (replay,) = (path / "out").glob("*.replay.json")
    replay.rename(path / "it.replay.json")
    assert call(main, "replay", "it.replay.json", "--log-to", "it.log", cwd=path).returncode == 0
    return path


def export(cwd: Path, *args: str) -> Done:
    return call(main, "export", *args, cwd=cwd)


@pytest.mark.parametrize("form", FORMS)
def test_a_log_and_a_replay_file_give_the_same_file(here: Path, form: str) -> None:
    for source in ("it.log", "it.replay.json"):
        done = export(here, source, "--to", form, "-o", f"{source}.{form}")
        assert done.returncode == 0, done.stderr
        assert not done.stdout
        size = (here / f"{source}.{form}").stat().st_size
        assert done.stderr == f"ftrace-actors: wrote {source}.{form} ({size} bytes)\n"
    assert (here / f"it.log.{form}").read_bytes() == (here / f"it.replay.json.{form}").read_bytes()
    if FORMS[form].text:
        done = export(here, "it.log", "--to", form, "-o", "-")
        assert done.stdout == (here / f"it.log.{form}").read_text()
        assert done.stdout == export(here, "it.log", "--to", form).stdout


def test_the_failure_is_said_in_the_file(here: Path) -> None:
    other = json.loads(export(here, "it.log", "--to", "chrome").stdout)["otherData"]
    assert other["run"].startswith(f"{NAME}, seed 0, run ")
    assert other["failure"].startswith(
        "INV-LIFE (use after free in W2): reader1 on cpu1 reads tracer_a->hits"
    )


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("it.log", "--to", "mermade"), "--to: 'mermade' is not a form; did you mean 'mermaid'?"),
        (("it.log", "--to", "x"), "known are perfetto, chrome, shiviz, mermaid, trace, dot"),
        (("nothing", "--to", "dot"), "nothing: cannot be read: No such file or directory"),
        (("it.log", "--to", "dot", "--why", "x=1"), "--why: goes with a litmus test"),
        (("it.log", "--to", "dot", "-o", "it.log/x"), "it.log/x: cannot be written: "),
        (("it.log", "--to", "dot", "-o", "."), ".: cannot be written: "),
        (("it.log",), "--to"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(here: Path, args: tuple[str, ...], said: str) -> None:
    done = export(here, *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_log_that_was_cut_leaves_no_file(here: Path) -> None:
    lines = (here / "it.log").read_text().splitlines(keepends=True)
    (here / "cut.log").write_text("".join(lines[:-5]))
    done = export(here, "cut.log", "--to", "trace", "-o", "cut.trace")
    assert done.returncode == 2
    assert "the log ends here" in done.stderr
    assert not (here / "cut.trace").exists()


def test_a_file_that_was_there_stays_when_the_new_one_cannot_be_made(here: Path) -> None:
    (here / "old.dot").write_text("old")
    assert (
        export(
            here, "cut.log" if (here / "cut.log").exists() else "nothing", "--to", "dot", "-o", "old.dot"
        ).returncode
        == 2
    )
    assert (here / "old.dot").read_text() == "old"


def test_without_its_package_perfetto_says_how_to_install_it(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "perfetto.trace_builder.proto_builder", None)
    done = export(here, "it.log", "--to", "perfetto", "-o", "it.pftrace")
    assert done.returncode == 2
    assert "pip install 'ftrace-actors[perfetto]'" in done.stderr
    assert not (here / "it.pftrace").exists()


@pytest.mark.parametrize("form", FORMS)
def test_steps_of_a_tests_own_actors_leave_too(tmp_path: Path, form: str) -> None:
    steps = [
        ActorStep(n, n, f"actor{n % 2}", -1, "", n - 1, "receive" if n else "send", "box") for n in range(4)
    ]
    write(tmp_path / "own.log", list(steps))
    done = export(tmp_path, "own.log", "--to", form, "-o", f"own.{form}")
    assert done.returncode == 0, done.stderr
    if form in {"chrome", "shiviz", "trace"}:
        assert (tmp_path / f"own.{form}").read_text().count("receive box") == 3
