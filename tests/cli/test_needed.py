"""``needed``: what people and scripts see of the parts of a protocol."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ftrace_actors.actors import Chooser
from ftrace_actors.cli import main, needed_mends
from ftrace_actors.explore.strategies import Profile
from ftrace_actors.explore.strategies.auto import Shares
from ftrace_actors.studies.needed import AsItIs, Budget, Cell, Part, Subject, means, runner
from tests.environment import Done
from tests.inprocess import call

Needed = Callable[..., Done]

ALONE = """format = 1
summary = "one CPU traces a function and calls it"
[machine]
cpus = 1
[kernel]
profile = "v6.12"
ticks = 0
[[function]]
name = "vfs_read"
[[ops]]
name = "tracer_a"
functions = ["vfs_read"]
[[task]]
name = "tracer"
cpu = 0
do = ["register tracer_a", "call vfs_read"]
[expect]
verdict = "holds"
"""
DROPPED = 'protocol.drop=["restore-args"]'
SOME = ("--part", "final-isb", "--part", "restore-args", "--part", "wake-up", "--part", "kick", "--jobs", "1")


@pytest.fixture
def needed(tmp_path: Path) -> Needed:
    (tmp_path / "alone.toml").write_text(ALONE)

    def run(*args: str) -> Done:
        return call(main, "needed", *args, cwd=tmp_path)

    return run


def test_a_row_a_part_and_a_replay_file_for_what_is_needed(needed: Needed, tmp_path: Path) -> None:
    done = needed("alone.toml", *SOME)
    assert (done.returncode, done.stderr) == (0, "")
    replay = "out/needed/alone.without-restore-args.0.0.replay.json"
    lines = done.stdout.splitlines()
    assert lines[0] == "alone.toml: which parts of call-ops are needed"
    assert lines[3:10] == [
        "  as it is  holds, complete",
        "",
        "final-isb     not needed, complete",
        "restore-args  needed: ABI [1]",
        "wake-up       not asked here: no run comes to it, complete",
        "text-kick     no such step in this design",
        "reuse-kick    no such step in this design",
    ]
    assert lines[-1] == f"[1] {replay}"
    assert max(map(len, lines)) <= 80
    assert call(main, "replay", replay, cwd=tmp_path).returncode == 0


def test_weaker_forms_follow_a_barrier_that_is_needed(needed: Needed) -> None:
    alone = ("--set", 'protocol.drop=["fixmap-map", "patch-lock"]', "--part", "fixmap-unmap")
    done = needed("explore-enable", *alone, "--places", "0", "--runs", "30", "--jobs", "1", "--sets", "0")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    rows = [line for line in lines if line.startswith("fixmap-unmap")]
    assert [row.split("  ")[0] for row in rows] == [
        "fixmap-unmap",
        "fixmap-unmap as dmb",
        "fixmap-unmap as ishst",
        "fixmap-unmap as nsh",
    ]
    answers = [row.removeprefix(row.split("  ")[0]).split()[0] for row in rows]
    assert answers == ["needed:", "not", "not", "needed:"]


def test_the_same_as_one_object(needed: Needed) -> None:
    done = needed("alone.toml", *SOME, "--json", "--places", "0", "--runs", "20", "-o", "files")
    found = json.loads(done.stdout)
    assert found["name"] == "alone"
    assert found["as_it_is"]["verdict"] == "holds"
    assert found["as_it_is"]["runs"] == 20
    parts = {part["part"]: part for part in found["parts"]}
    assert parts["final-isb"]["answer"] == "not seen"
    assert parts["restore-args"]["invariant"] == "ABI"
    assert parts["restore-args"]["replay"].startswith("files/")
    assert parts["text-kick"]["answer"] == "no such step in this design"


def test_a_scenario_that_is_there_to_break_is_refused(needed: Needed) -> None:
    done = needed("teardown-no-wait-w2")
    assert (done.returncode, done.stdout) == (2, "")
    assert "$.expect.verdict: expects violated" in done.stderr


def test_a_scenario_that_breaks_as_it_is_shows_how(needed: Needed) -> None:
    done = needed("alone.toml", "--set", DROPPED, "--places", "0", "--runs", "5")
    assert done.returncode == 1
    assert "as it is  breaks: ABI [1]" in done.stdout
    assert re.search(r"^\[1\] out/needed/alone\.\w+\.0\.0\.replay\.json$", done.stdout, re.MULTILINE)


def test_a_part_that_is_not_there_is_refused_with_those_that_are(needed: Needed) -> None:
    done = needed("alone.toml", "--part", "finalisb", "--places", "0", "--runs", "1")
    assert (done.returncode, done.stdout) == (2, "")
    first, *others = done.stderr.splitlines()
    assert first == "ftrace-actors: --part: no part is named like 'finalisb'; did you mean 'final-isb'?"
    known = " ".join(others).split(", ")
    assert {"fixmap-map", "final-isb", "reuse-kick", "wait tasks", "literal before call", "handover"} <= {
        name.strip() for name in known
    }
    assert max(map(len, others)) <= 80


def test_a_part_of_one_configuration_may_be_asked_for(needed: Needed) -> None:
    """Another one does not have it, which its column says."""
    limits = ("--places", "0", "--runs", "1", "--jobs", "1")
    done = needed("alone.toml", "--part", "rude", "--vary", 'protocol.wait=["rude"],["tasks"]', *limits)
    assert done.returncode == 0, done.stderr


def test_exactly_one_scenario(needed: Needed, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    for name in ("a", "b"):
        (tmp_path / "more" / f"{name}.toml").write_text(ALONE)
    assert "names 2 scenarios; `needed` asks about exactly one" in needed("more").stderr


def test_an_interrupt_keeps_the_answers_that_are_there(
    needed: Needed, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = runner.ask
    before: list[Part] = []

    def interrupted(subject: Subject, part: Part, budget: Budget, out: Path) -> Cell:
        if before:
            signal.raise_signal(signal.SIGINT)
        before.append(part)
        return asked(subject, part, budget, out)

    monkeypatch.setattr(runner, "ask", interrupted)
    done = needed("alone.toml", *SOME, "--places", "0", "--runs", "5")
    assert done.returncode == 130
    assert re.search(r"^final-isb +not seen", done.stdout, re.MULTILINE)
    assert "interrupted: 4 of 5 parts have an answer" in done.stderr


def interrupt_at(monkeypatch: pytest.MonkeyPatch, run: int) -> None:
    """Have a signal arrive in the midst of a sample, before its run of this number."""
    made = means.make_chooser

    def interrupted(strategy: str, seed: int, number: int, profile: Profile, shares: Shares) -> Chooser:
        if number == run:
            signal.raise_signal(signal.SIGINT)
        return made(strategy, seed, number, profile, shares)

    monkeypatch.setattr(means, "make_chooser", interrupted)


def test_an_interrupt_of_the_first_sample_keeps_its_runs(
    needed: Needed, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_at(monkeypatch, 7)
    done = needed("alone.toml", *SOME, "--places", "0", "--runs", "30")
    assert done.returncode == 130
    assert "  as it is  holds, 8 runs\n" in done.stdout
    assert "wake-up     not asked here: no run comes to it, 8 runs\n" in done.stdout
    assert "final-isb" not in done.stdout
    assert done.stderr == "ftrace-actors: interrupted: 3 of 5 parts have an answer\n"


def test_a_part_that_was_interrupted_says_what_was_made_of_it(
    needed: Needed, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = runner.ask

    def begun(subject: Subject, part: Part, budget: Budget, out: Path) -> Cell:
        interrupt_at(monkeypatch, 4)
        return asked(subject, part, budget, out)

    monkeypatch.setattr(runner, "ask", begun)
    done = needed("alone.toml", *SOME, "--places", "0", "--runs", "30")
    assert done.returncode == 130
    assert "final-isb   not seen, 5 runs\n" in done.stdout
    assert "interrupted: 4 of 5 parts have an answer" in done.stderr


def test_an_interrupt_before_any_run_says_that_nothing_was_found_out(
    needed: Needed, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = runner.as_it_is

    def interrupted(subject: Subject, budget: Budget, out: Path) -> AsItIs:
        signal.raise_signal(signal.SIGINT)
        return looked(subject, budget, out)

    monkeypatch.setattr(runner, "as_it_is", interrupted)
    done = needed("alone.toml", *SOME)
    assert (done.returncode, done.stdout) == (130, "")
    assert "nothing was found out" in done.stderr


def test_without_time_there_is_no_answer(needed: Needed) -> None:
    done = needed("alone.toml", *SOME, "--time", "0")
    assert done.returncode == 1
    assert "final-isb     no answer: time was up" in done.stdout


def test_several_parts_at_once(needed: Needed) -> None:
    lines = needed(
        "alone.toml", *SOME, "--part", "list-publish", "--places", "0", "--runs", "34"
    ).stdout.splitlines()
    assert "several left out at once (1 set tried):" in lines
    assert "  may go together, 34 runs, 8 of them random (below 31 %): final-isb," in lines
    assert (
        "several left out"
        not in needed("alone.toml", *SOME, "--places", "0", "--runs", "1", "--sets", "0").stdout
    )


def test_a_column_a_configuration(needed: Needed) -> None:
    done = needed("alone.toml", *SOME, "--vary", "machine.dic,bystander", "--places", "0", "--runs", "6")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    at = next(place for place, line in enumerate(lines) if line.startswith("  A  "))
    assert lines[at : at + 12] == [
        "  A  machine.dic=false, bystander=no",
        "  B  machine.dic=false, bystander=yes",
        "  C  machine.dic=true, bystander=no",
        "  D  machine.dic=true, bystander=yes",
        "",
        "              A           B           C           D",
        "as it is      6 runs      6 runs      6 runs      6 runs",
        "final-isb     not seen    not seen    not seen    not seen",
        "restore-args  needed [1]  needed [2]  needed [3]  needed [4]",
        "wake-up       (not seen)  (not seen)  (not seen)  (not seen)",
        "text-kick     -           -           -           -",
        "reuse-kick    -           -           -           -",
    ]
    replays = [line for line in lines if line.startswith("[")]
    assert len({line for line in replays if ".replay.json" in line}) == 4
    objects = needed("alone.toml", *SOME, "--vary", "pac", "--places", "0", "--runs", "1", "--json").stdout
    found = [json.loads(line)["configuration"] for line in objects.splitlines()]
    assert found == ["machine.pac=false", "machine.pac=true"]


def test_of_a_failing_run_which_single_change_forbids_it(needed: Needed, tmp_path: Path) -> None:
    dropped = 'protocol.drop=["restore-args", "final-isb"]'
    found = json.loads(
        call(main, "run", "alone.toml", "--runs", "9", "--set", dropped, "--json", cwd=tmp_path).stdout
    )
    limits = ("--places", "0", "--runs", "10", "--jobs", "1")
    done = needed(found["replay"], *limits)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:2] == [
        f"{found['replay']}: VIOLATED ABI (corruption)",
        "  which single change of call-ops forbids it",
    ]
    assert f"  as it is, something breaks in run {found['run']} of the sample" in lines
    assert "put back restore-args    forbids it: 10 runs" in lines
    assert "put back final-isb       the same schedule breaks it: ABI" in lines
    objects = json.loads(needed(found["replay"], *limits, "--json").stdout)
    assert objects["changes"][0]["change"] == "put back restore-args"
    assert objects["changes"][0]["set"] == {"protocol.drop": '["final-isb"]'}


def test_an_interrupted_change_says_what_was_made_of_it(
    needed: Needed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    args = ("--runs", "1", "--set", DROPPED, "--json")
    found = json.loads(call(main, "run", "alone.toml", *args, cwd=tmp_path).stdout)
    interrupt_at(monkeypatch, 5)
    done = needed(found["replay"], "--places", "0", "--runs", "10", "--jobs", "1")
    assert done.returncode == 130
    assert "forbids it: 6 runs\n" in done.stdout
    assert "not known" not in done.stdout
    assert re.search(r"interrupted: \d+ of \d+ changes were tried", done.stderr)


def test_a_recorded_run_has_its_scenario_in_it(needed: Needed) -> None:
    done = needed("x.replay.json", "--set", "machine.cpus=3")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--set: does not go with x.replay.json" in done.stderr
    assert needed("x.replay.json").returncode == 2


def test_a_run_that_holds_has_nothing_to_forbid(needed: Needed, tmp_path: Path) -> None:
    done = call(main, "run", "alone.toml", "--runs", "1", "--set", DROPPED, "--json", cwd=tmp_path)
    path = tmp_path / json.loads(done.stdout)["replay"]
    recording = json.loads(path.read_text())
    recording["scenario"]["overrides"] = {}
    path.write_text(json.dumps(recording))
    done = needed(str(path))
    assert done.returncode == 2
    assert "this run holds; a change can be looked for where one breaks" in done.stderr


def test_columns_that_have_no_room_go_below(needed: Needed) -> None:
    limits = ("--places", "0", "--runs", "1", "--jobs", "1")
    lines = needed(
        "alone.toml", "--part", "text-kick", "--vary", "idc,dic,lse2,pac", *limits
    ).stdout.splitlines()
    assert max(map(len, lines)) <= 80
    heads = [line.split() for line in lines if re.fullmatch(r"( +[A-P])+", line)]
    assert len(heads) == 2
    assert [*heads[0], *heads[1]] == list("ABCDEFGHIJKLMNOP")


def test_a_sample_in_which_nothing_breaks_without_a_change_says_nothing_of_one(
    needed: Needed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    args = ("--runs", "1", "--set", DROPPED, "--json")
    found = json.loads(call(main, "run", "alone.toml", *args, cwd=tmp_path).stdout)
    monkeypatch.setattr(needed_mends, "breaks_in_sample", lambda subject, budget: None)
    done = needed(found["replay"], "--places", "0", "--runs", "5", "--jobs", "1")
    assert done.returncode == 1
    assert "in no run of the sample either, so a sample says nothing" in done.stdout
    assert "forbids it:" not in done.stdout
    assert "not seen: 5 runs" in done.stdout
