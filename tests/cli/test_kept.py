"""A campaign in a directory, from the command line: what is in it, and what is refused in one line."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ftrace_actors.explore.store import RESULTS
from tests.cli.conftest import Command, environment
from tests.explore.processes import until, with_variable

FILES = {"campaign.log.jsonl", "results.jsonl", "run.json", "summary.json"}


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


def test_a_directory_says_what_was_asked_what_every_run_came_to_and_what_follows(
    command: Command, directory: Path
) -> None:
    done = command("run", "flaky", "--runs", "30", "--seed", "3", "--json", "--campaign", "kept")
    assert done.returncode == 1
    found = contents(directory / "kept")
    (replay,) = found.keys() - FILES
    assert replay.startswith("flaky.")
    assert not (directory / "out").exists()
    asked = json.loads(found["run.json"])
    assert (asked["scenario"]["name"], asked["seed"], asked["runs"], asked["shard"]) == ("flaky", 3, 30, None)
    results = [json.loads(line) for line in found["results.jsonl"].splitlines()]
    summary = json.loads(found["summary.json"])
    assert summary == {**json.loads(done.stdout), "replay": replay}
    verdicts = [one["verdict"] for one in results]
    assert {name: verdicts.count(name) for name in set(verdicts)} == summary["coverage"]["verdicts"]


@pytest.mark.parametrize("name", ["broken", "flaky", "holding"])
def test_what_was_cut_anywhere_ends_with_the_same_bytes_and_words(
    name: str, command: Command, directory: Path
) -> None:
    kept = directory / "kept"
    usual = command("run", name, "--runs", "40", "--campaign", "kept")
    whole = contents(kept)
    for left in (0, len(whole["results.jsonl"]) // 2, len(whole["results.jsonl"])):
        shutil.rmtree(kept)
        kept.mkdir()
        (kept / "run.json").write_bytes(whole["run.json"])
        (kept / "results.jsonl").write_bytes(whole["results.jsonl"][:left])
        done = command("run", "--resume", "kept")
        assert (done.returncode, done.stdout) == (usual.returncode, usual.stdout)
        assert contents(kept) == whole


def test_shards_are_merged_to_the_campaign_of_one_machine(command: Command, directory: Path) -> None:
    args = ("run", "broken", "--strategy", "mix", "--runs", "40")
    usual = command(*args, "--campaign", "usual", "--strength")
    assert "so one fails with probability" in " ".join(usual.stdout.split())
    for index in (1, 2, 3):
        part = command(*args, "--shard", f"{index}/3", "--campaign", str(index))
        assert part.returncode == 0
        assert part.stdout.startswith("part broken")
        assert f"shard {index}/3 of 40 runs" in part.stdout
    shutil.rmtree(directory / "usual")
    done = command("merge", "2", "3", "1", "--campaign", "usual", "--strength")
    assert (done.returncode, done.stdout) == (usual.returncode, usual.stdout)


@pytest.mark.parametrize("name", ["holding", "broken"])
def test_a_shard_has_the_portfolio_that_does_not_learn(name: str, command: Command, directory: Path) -> None:
    """More runs than `auto` makes before its shares change; each can be made alone all the same."""
    args = ("run", name, "--runs", "100")
    usual = command(*args, "--strategy", "auto-fixed", "--campaign", "usual")
    said = (
        "--shard: strategy auto-fixed, which is auto but does not learn from earlier runs (docs/campaigns.md)"
    )
    for index in ("1", "2"):
        part = command(*args, "--shard", f"{index}/2", "--campaign", index)
        assert part.stderr.count(f"ftrace-actors: {said}\n") == 1
        assert json.loads((directory / index / "run.json").read_text())["strategy"] == "auto-fixed"
        again = command("run", "--resume", index)
        assert (again.stdout, said in again.stderr) == (part.stdout, False)
    whole = contents(directory / "usual")
    shutil.rmtree(directory / "usual")
    done = command("merge", "1", "2", "--campaign", "usual")
    assert (done.returncode, done.stdout) == (usual.returncode, usual.stdout)
    merged = contents(directory / "usual")
    assert [merged[file] for file in ("run.json", "results.jsonl", "summary.json")] == [
        whole[file] for file in ("run.json", "results.jsonl", "summary.json")
    ]
    row = json.loads(merged["results.jsonl"].splitlines()[-1])
    once = json.loads(
        command("once", name, "--strategy", "auto-fixed", "--run", str(row["run"]), "--json").stdout
    )
    assert (once["verdict"], once["steps"]) == (row["verdict"], row["steps"])


def test_a_shard_says_of_which_strategy_it_is_unless_that_was_asked_for(command: Command) -> None:
    for args in (("--strategy", "auto-fixed"), ("--strategy", "random"), ("--quiet",)):
        done = command("run", "holding", "--runs", "4", *args, "--shard", "1/2", "--campaign", args[-1])
        assert "--shard" not in done.stderr


def test_a_shard_fails_at_once_where_its_failure_decides(command: Command) -> None:
    done = command(
        "run", "flaky", "--runs", "40", "--strategy", "mix", "--shard", "2/2", "--campaign", "kept"
    )
    assert done.returncode == 1
    assert done.stdout.startswith("FAIL flaky")


def test_what_time_cut_is_continued_with_another_time(command: Command, directory: Path) -> None:
    assert command("run", "holding", "--time", "0s", "--campaign", "kept").returncode == 0
    first = (directory / "kept" / "results.jsonl").read_bytes()
    assert command("run", "--resume", "kept").stderr == (
        "ftrace-actors: kept/run.json: runs: only time limits this campaign; add --time\n"
    )
    assert command("run", "--resume", "kept", "--time", "0.1s").returncode == 0
    now = (directory / "kept" / "results.jsonl").read_bytes()
    assert now.startswith(first)
    assert len(now) > len(first)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("run", "broken", "--resume", "kept"), "kept/run.json: scenario.name: is flaky, not broken"),
        (
            ("run", "--resume", "kept", "--seed", "4"),
            "kept/run.json: seed: is 0, not 4; begin another campaign",
        ),
        (("run", "--resume", "kept", "--runs", "9"), "kept/run.json: runs: is 10, not 9; begin another"),
        (("run", "--resume", "kept", "--strategy", "pct"), "kept/run.json: strategy: is mix, not pct"),
        (("run", "--resume", "kept", "-x"), "kept/run.json: fail_fast: is false, not true"),
        (("run", "--resume", "kept", "--shard", "1/2"), "kept/run.json: shard: is none, not 1/2"),
        (
            ("run", "--resume", "kept", "--set", "actors=3"),
            "kept/run.json: scenario.overrides: is none, not actors=3",
        ),
        (("run", "--resume", "absent"), "absent/run.json: cannot be read: No such file"),
        (("run", "--resume", "scenarios"), "scenarios: holds no campaign: there is no run.json in it"),
        (("run", "flaky", "--campaign", "kept"), "kept: holds a campaign already; --resume continues it"),
        (
            ("run", "flaky", "--campaign", "a", "--resume", "kept"),
            "--resume: continues a campaign, --campaign",
        ),
        (
            ("run", "flaky", "--campaign", "a", "--out", "b"),
            "--out: all files of a campaign that is kept are in",
        ),
        (
            ("run", "scenarios", "--campaign", "a"),
            "scenarios: 4 scenarios; a directory keeps the campaign of one",
        ),
        (
            ("run", "flaky", "--set", "wheels=4", "--campaign", "a"),
            "scenarios/flaky.toml: wheels: unknown key",
        ),
        (
            ("run", "flaky", "--campaign", "scenarios/flaky.toml"),
            "scenarios/flaky.toml: is a file; a campaign is kept in a directory, which it may create\n",
        ),
        (
            ("run", "--resume", "scenarios/flaky.toml"),
            "scenarios/flaky.toml: is a file; a campaign is kept in a directory",
        ),
        (
            ("merge", "scenarios/flaky.toml", "--campaign", "a"),
            "scenarios/flaky.toml: is a file; a campaign is kept in a directory",
        ),
        (("run", "flaky", "--shard", "1/2"), "--shard: add --campaign DIR to keep the results"),
        (
            ("run", "flaky", "--shard", "3/2", "--campaign", "a"),
            "--shard: found '3/2' where 1/2 or 2/2 is due",
        ),
        (
            ("run", "flaky", "--shard", "0/3", "--campaign", "a"),
            "--shard: found '0/3' where 1/3 to 3/3 is due: shards are counted from 1\n",
        ),
        (
            ("run", "flaky", "--shard", "1/0", "--campaign", "a"),
            "--shard: found '1/0', and a campaign has 1 to 10,000 shards\n",
        ),
        (("run", "flaky", "--shard", "x", "--campaign", "a"), "--shard: found 'x' where I/N is due"),
        (("run", "flaky", "--shard", "2", "--campaign", "a"), "--shard: found '2' where I/N is due"),
        (
            ("run", "flaky", "--shard", "1/2", "--time", "5s", "--campaign", "a"),
            "--shard: add --runs: a part of as many runs as fit is not known",
        ),
        (
            ("run", "flaky", "--shard", "1/2", "--strategy", "auto", "--campaign", "a"),
            "--shard: auto learns from all earlier runs, of which a shard has only its own; leave out --strategy, or",
        ),
        (
            ("run", "flaky", "--shard", "1/2", "--strategy", "auto", "--time", "5s"),
            "--shard: auto learns from all earlier runs",
        ),
        (("merge", "kept", "--campaign", "a"), "kept/run.json: shard: is none: all runs are here"),
        (("merge", "kept", "kept", "--campaign", "a"), "kept: was given twice"),
        (("merge", "scenarios", "--campaign", "a"), "scenarios: holds no campaign"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_one_line_says_what_is_wrong_and_nothing_is_left(
    args: tuple[str, ...], said: str, command: Command, directory: Path
) -> None:
    command("run", "flaky", "--runs", "10", "--strategy", "mix", "--campaign", "kept")
    before = contents(directory / "kept")
    done = command(*args)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"ftrace-actors: {said}"), done.stderr
    assert done.stderr.count("\n") == 1
    assert contents(directory / "kept") == before
    assert not (directory / "a").exists()


def test_a_changed_scenario_is_said_when_it_is_named(command: Command, directory: Path) -> None:
    """Its text is in the directory, so that without its name it is continued as it was begun."""
    command("run", "flaky", "--runs", "10", "--campaign", "kept")
    before = contents(directory / "kept")
    path = directory / "scenarios" / "flaky.toml"
    path.write_text(path.read_text() + "# more\n")
    done = command("run", "flaky", "--resume", "kept")
    assert done.returncode == 2
    assert "scenario.text: is not that of scenarios/flaky.toml, which was changed" in done.stderr
    assert command("run", "--resume", "kept").returncode == 1
    assert contents(directory / "kept") == before


def test_a_directory_that_cannot_be_written_is_said(command: Command, directory: Path) -> None:
    (directory / "kept").mkdir()
    (directory / "kept" / "results.jsonl").mkdir()
    done = command("run", "flaky", "--campaign", "kept")
    assert done.returncode == 2
    assert (
        done.stderr
        == "ftrace-actors: kept/results.jsonl: is there without a run.json; name another directory\n"
    )


def test_an_interrupt_ends_a_campaign_on_a_cluster_of_our_own(directory: Path) -> None:
    """A terminal sends it to all processes; what it means is decided by the command alone."""
    pytest.importorskip("distributed", reason="an optional extra")
    mark = f"{os.getpid()}.interrupt"
    arguments = (
        "run",
        "flaky",
        "--runs",
        "1000000",
        "--cluster",
        "local",
        "--jobs",
        "2",
        "--campaign",
        "kept",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.toycli", *arguments],
        cwd=directory,
        env=environment(MARK=mark),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    results = directory / "kept" / RESULTS
    assert until(lambda: results.exists() and results.stat().st_size, 60)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped: interrupted" in " ".join(out.split())
    assert err.count("\n") == 1, err
    assert results.read_bytes().endswith(b"\n")
    assert until(lambda: not with_variable("MARK", mark))
