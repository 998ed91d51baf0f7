"""The command `why`: what it takes, what it prints, and its exit codes."""

import json
import re
import shlex
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from ftrace_actors.cli import main
from ftrace_actors.cli.why_junit import CaseResult, junit
from ftrace_actors.cli.why_text import LISTED_MAX, schedule_words
from ftrace_actors.studies.needed import Help, Mend, Tried
from tests.environment import Done
from tests.inprocess import call

NAME = "enable-call-first"
HEADINGS = (
    "What was promised",
    "What broke it",
    "What led there",
    "What the run needs",
    "Which single change of the protocol helps",
    "The nearest run that holds",
    "Runs",
)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a replay file, of a run that reads an old value, and the log of the same run."""
    path = tmp_path_factory.mktemp("why")
    assert call(main, "run", NAME, "--strategy", "mix", "--driver", "bare", cwd=path).returncode == 0
    (replay,) = (path / "out").glob("*.replay.json")
    replay.rename(path / "it.replay.json")
    assert call(main, "replay", "it.replay.json", "--log-to", "it.log", cwd=path).returncode == 0
    return path


def why(cwd: Path, *args: str) -> Done:
    return call(main, "why", *args, "--jobs", "1", "--tries", "5", cwd=cwd)


@pytest.fixture(scope="module")
def answer(here: Path) -> str:
    done = why(here, "it.replay.json")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_answer_has_its_parts_in_80_columns(answer: str) -> None:
    lines = answer.splitlines()
    assert lines[0] == f"{NAME}: VIOLATED INV-COMPL (lost call) in W0"
    at = [next(index for index, line in enumerate(lines) if line.startswith(heading)) for heading in HEADINGS]
    assert at == sorted(at)
    assert max(map(len, lines)) <= 80


def test_what_its_list_of_runs_says_can_be_typed(here: Path, answer: str) -> None:
    """Letters in the text are those of the list, and each command replays a run that does not fail as this one does."""
    text = answer.partition("\nRuns\n")
    commands = re.findall(r"(?m)^  ([a-z])  (ftrace-actors (?:.|\n {5})+)$", text[2])
    spoken = set(re.findall(r"\brun ([a-z])\b", " ".join(text[0].split())))
    assert {letter for letter, _ in commands} >= spoken
    assert 4 <= len(commands) <= LISTED_MAX + 1
    for _, command in commands[:2] + commands[-1:]:
        words = shlex.split(command.replace("\\\n", ""))
        assert call(main, *words[1:], cwd=here).stdout.startswith(("scenarios/", "/")), words
        assert call(main, *words[1:], cwd=here).returncode == 0


def test_the_other_runs_are_counted_and_listed_on_request(here: Path, answer: str) -> None:
    left = re.search(r"\((\d+) more runs made: --tokens lists all", answer)
    assert left is not None
    done = why(here, "it.replay.json", "--tokens")
    letters = re.findall(r"(?m)^  ([a-z]+)  ftrace-actors ", done.stdout)
    assert len(letters) == len(re.findall(r"(?m)^  ([a-z])  ftrace-actors ", answer)) + int(left[1])
    assert "more runs made" not in done.stdout
    assert set(re.findall(r"\b[a-z]\b", " ".join(re.findall(r"\(runs? ([a-z, ]+)\)", done.stdout)))) <= set(
        letters
    )


@pytest.mark.parametrize(
    ("taken", "skipped", "words"),
    [
        (3, 0, "under the same schedule"),
        (2, 1, "under what is left of the schedule (2 of its 3 choices found a place)"),
        (0, 1, "the schedule could not be followed (none of its 1 choice found a place); without it"),
    ],
)
def test_a_schedule_that_was_followed_in_part_is_not_called_the_same(
    taken: int, skipped: int, words: str
) -> None:
    mend = Mend("wait tasks as well", "protocol.wait", "[]", 1)
    assert schedule_words(Tried(mend, Help.FORBIDS, taken=taken, skipped=skipped)) == words


def test_quick_makes_no_runs_and_says_so(here: Path, answer: str) -> None:
    done = why(here, "it.replay.json", "--quick")
    assert done.returncode == 0
    quick, full = done.stdout.splitlines(), answer.splitlines()
    at = quick.index("What the run needs, what helps, and the nearest run that holds")
    assert quick[:at] == full[:at]
    assert "Left out (--quick)." in done.stdout


def test_a_log_says_as_much_as_its_events(here: Path, answer: str) -> None:
    done = why(here, "it.log")
    assert done.returncode == 0

    def led(text: str) -> str:
        return text.partition("What led there")[2].partition("\n\n")[0]

    assert led(done.stdout) == led(answer)
    assert "A log has no choices to put back" in done.stdout


@pytest.mark.parametrize("name", [NAME, "static-key", "ordering-none", "teardown-no-wait-w1"])
def test_log_names_the_same_two_sides(name: str, tmp_path: Path) -> None:
    assert call(main, "run", name, "--driver", "bare", cwd=tmp_path).returncode == 0
    (replay,) = (tmp_path / "out").glob("*.replay.json")
    said = " ".join(why(tmp_path, str(replay), "--quick").stdout.split())
    sides = re.search(r"The two sides: .*?\[(\d+)\]; and .*?\[(\d+)\]\.", said)
    assert sides is not None
    done = call(main, "log", str(replay), "--causes", "failure", "--json", cwd=tmp_path)
    pair = json.loads(done.stdout)["conflict"]
    assert sorted((pair["late"], pair["other"])) == [int(sides[1]), int(sides[2])]


def test_a_scenario_is_run_until_it_fails_and_its_replay_file_written(here: Path) -> None:
    done = why(here, NAME, "--quick", "--out", "found")
    assert done.returncode == 0
    (replay,) = (here / "found").glob("*.replay.json")
    assert str(replay.relative_to(here)) in done.stdout
    assert done.stdout.startswith(f"{NAME}: VIOLATED INV-COMPL")


def test_a_scenario_that_does_not_fail_is_judged_by_what_it_expects(here: Path) -> None:
    holds = why(here, "explore-enable", "--runs", "2")
    assert (holds.returncode, holds.stdout) == (
        0,
        "explore-enable: no failure in 2 runs of strategy auto, as expected\n",
    )
    breaks = why(here, "teardown-no-wait-w1", "--runs", "2", "--strategy", "mix")
    assert breaks.returncode == 1
    assert "no failure in 2 runs of strategy mix, expected violated" in breaks.stdout


def test_an_unexpected_failure_is_explained_with_exit_code_1(here: Path) -> None:
    done = why(
        here,
        "enable-under-load",
        "--quick",
        "--set",
        "protocol.drop=three",
        "--set",
        "protocol.order=call-first",
    )
    assert done.returncode == 2  # `three` is not an ordering
    done = why(here, "enable-under-load", "--quick", "--set", "protocol.order=call-first")
    assert done.returncode == 1
    assert "  with    protocol.order=call-first" in done.stdout


def test_several_are_explained_one_after_the_other(here: Path) -> None:
    done = why(here, "it.replay.json", "it.log", "--quick")
    assert done.stdout.count("What broke it") == 2


def test_the_answer_goes_into_a_file(here: Path) -> None:
    done = why(here, "it.replay.json", "--quick", "-o", "answer.txt")
    assert (done.returncode, done.stdout) == (0, "")
    assert (here / "answer.txt").read_text() == why(here, "it.replay.json", "--quick").stdout
    done = why(here, "it.replay.json", "--quick", "-o", "nowhere/answer.txt")
    assert done.returncode in {0, 2}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "why: of what? name a replay file, a log of a failing run, or a scenario"),
        (("nope",), "nope: no such file, directory, shipped scenario"),
        (("it.replay.json", "--set", "machine.cpus=3"), "--set: does not go with it.replay.json"),
        (("holds.log",), "holds.log: nothing broke in this run"),
        (("half.json",), "half.json: not a replay file"),
        (("teardown-*",), "teardown-*: has "),
    ],
)
def test_what_is_wrong_is_said_in_one_line(here: Path, args: tuple[str, ...], said: str) -> None:
    if not (here / "holds.log").exists():
        assert call(main, "once", "explore-enable", "--log-to", "holds.log", cwd=here).returncode == 0
        (here / "half.json").write_bytes((here / "it.replay.json").read_bytes()[:500])
    done = why(here, *args)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"ftrace-actors: {said}")
    assert len(done.stderr.splitlines()) == 1


def test_a_file_with_another_run_than_it_says_is_exit_code_4(here: Path) -> None:
    text = (here / "it.replay.json").read_text()
    changed = re.sub(r'"op": "load"', '"op": "store"', text, count=1)
    assert changed != text
    (here / "other.json").write_text(changed)
    done = why(here, "other.json")
    assert done.returncode == 4
    assert done.stdout == ""


# -- other forms ------------------------------------------------------------------------------------------------------


def test_a_mail_has_72_columns_and_all_that_is_needed(here: Path, answer: str) -> None:
    done = why(here, "it.replay.json", "--format", "mail")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == f"Subject: {answer.splitlines()[0]}"
    assert lines[1] == ""
    core = lines.index(f"AArch64 {NAME}")
    end = next(at for at in range(core, len(lines)) if lines[at].startswith("exists ("))
    assert [line for line in lines[:core] + lines[end:] if len(line) > 72] == []
    text = " ".join(done.stdout.split())
    for said in (
        "kernel v6.3, preempt full",
        "machine 2 CPUs",
        "@7: a place in memory order",
        "new, old: whether a load or fetch saw the newest",
        "event cpu0 (registrant)",
        "What led there",
        "Its state is allowed: two CPUs and this one patch are enough",
        "This cannot be said: the run needs accesses that no delay can force",
        "ftrace-actors replay it.replay.json",
    ):
        assert said in text, said
    assert text.index("kernel v6.3") < text.index("event cpu0") < text.index("What was promised")


def test_the_litmus_test_of_a_mail_is_one(here: Path) -> None:
    text = why(here, "it.replay.json", "--format", "mail", "--quick").stdout
    core = text[text.index(f"AArch64 {NAME}") : text.index("How to replay")]
    (here / "core.litmus").write_text(core)
    done = call(main, "litmus", "core.litmus", cwd=here)
    assert done.returncode == 0
    assert "Allowed" in done.stdout or "Sometimes" in done.stdout


def test_a_mail_says_where_to_delay_only_where_no_relaxed_access_is_needed(here: Path) -> None:
    args = ("--runs", "100", "--strategy", "mix")
    done = why(here, "teardown-no-wait-w1", "--format", "mail", *args)
    said = " ".join(done.stdout.partition("How to try it on hardware")[2].split())
    assert "Delay reader1 before ftrace_caller_common+0x" in said
    assert "in W1, until event" in said
    assert "(kfree(tracer_a))" in said
    assert "Pin registrant to CPU 0, reader1 to CPU 1" in said
    assert "The patching core as a litmus test" not in done.stdout


def test_json_has_the_facts_of_the_text(here: Path, answer: str) -> None:
    done = why(here, "it.replay.json", "--format", "json")
    found = json.loads(done.stdout)
    assert (found["name"], found["invariant"], found["window"], found["expected"]) == (
        NAME,
        "INV-COMPL",
        "W0",
        True,
    )
    text = " ".join(answer.split())
    for sentence in (*found["broke"], *found["chain"], *found["nearest"]["difference"]):
        assert " ".join(sentence["text"].split()) in text
    needed = [one for one in found["choices"]["tried"] if one["needed"]]
    assert len(needed) == 4
    assert {one["verdict"] for one in needed} == {"holds"}
    forbidding = {one["change"]: one for one in found["changes"]["tried"] if one["forbids"]}
    assert forbidding["order = literal-first"]["set"] == {"protocol.order": "literal-first"}
    for one in (*needed, *forbidding.values(), found["nearest"]):
        assert one["token"] in one["command"]
    done = call(main, *shlex.split(forbidding["order = literal-first"]["command"])[1:], "--json", cwd=here)
    assert json.loads(done.stdout)["verdict"] == "holds"


def test_json_of_a_scenario_without_a_failure_and_of_a_log(here: Path) -> None:
    done = why(here, "explore-enable", "it.log", "--runs", "2", "--format", "json")
    holds, log = map(json.loads, done.stdout.splitlines())
    assert (holds["verdict"], holds["runs"], holds["expected"], holds["file"]) == ("holds", 2, True, None)
    assert (log["choices"], log["changes"], log["nearest"], log["hardware"]) == (None, None, None, None)
    assert log["chain"]


def test_junit_is_read_back_and_fails_what_is_not_expected(here: Path) -> None:
    done = why(
        here,
        "it.replay.json",
        "explore-enable",
        "--quick",
        "--runs",
        "2",
        "--format",
        "junit",
        "-o",
        "junit.xml",
    )
    assert (done.returncode, done.stdout) == (0, "")
    root = fromstring((here / "junit.xml").read_bytes())
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "2", "0")
    cases = root.findall("./testsuite/testcase")
    assert [case.get("name") for case in cases] == [NAME, "explore-enable"]
    assert "ldr literal = &ftrace_nop_ops" in cases[0].findtext("system-out", "")
    assert [case.get("classname") for case in cases] == ["it", cases[1].get("classname")]
    assert str(cases[1].get("classname")).endswith("scenarios.explore-enable")
    assert cases[0].get("file") == "it.replay.json"
    done = why(
        here, "enable-under-load", "--quick", "--set", "protocol.order=call-first", "--format", "junit"
    )
    assert done.returncode == 1
    (failure,) = fromstring(done.stdout).iter("failure")
    assert failure.get("type") == "INV-COMPL"
    assert failure.text is not None
    assert "What led there" in failure.text


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("out/teardown.0.1.replay.json", "out.teardown_0_1"),
        ("../logs/it.log", "logs.it"),
        ("scenarios/v6.12/mine.toml", "scenarios.v6_12.mine"),
    ],
)
def test_junit_has_directories_as_packages_and_no_other_dot_in_a_class(where: str, name: str) -> None:
    (case,) = fromstring(junit([CaseResult("x", where, True, "", "", "x")])).iter("testcase")
    assert (case.get("classname"), case.get("file")) == (name, where)


def test_junit_of_hostile_names_is_well_formed() -> None:
    name = 'a<b>&"\x00\x1b[31m]]>'
    root = fromstring(junit([CaseResult(name, name, False, "INV-LIFE", name, f"{name}\n")]))
    (case,) = root.iter("testcase")
    (failure,) = case
    for text in (case.get("name"), failure.get("message"), failure.text):
        assert text is not None
        assert "a<b>&" in text
        assert "\x1b" not in text
