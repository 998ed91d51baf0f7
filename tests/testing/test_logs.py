"""--ftrace-log: the log of a test's schedule, for `ftrace-actors log`."""

from pathlib import Path

import pytest

from ftrace_actors.cli import main
from ftrace_actors.errors import InputError
from ftrace_actors.inspect import LogFile, Past, diverge, read_log, recheck
from ftrace_actors.testing.logs import events_of
from ftrace_actors.testing.steps import Note, Step
from tests.inprocess import call
from tests.testing import samples

pytest_plugins = ["pytester"]

MAIL = """
from ftrace_actors.actors import Actor, Mailbox
from ftrace_actors.testing import explore


class Sender(Actor):
    __slots__ = ("box",)

    async def body(self):
        await self.send(self.box, self.name)


class Receiver(Actor):
    __slots__ = ("box", "got", "note")

    async def body(self):
        while len(self.got) < 2:
            self.got.append((await self.receive(self.box)).payload)
            self.note(got=self.got[-1])


@explore(runs=50)
def test_order(schedule):
    conductor, box = schedule.conductor(), Mailbox("box")
    for name in ("anna", "bert"):
        Sender(conductor, name).box = box
    carl = Receiver(conductor, "carl")
    carl.box, carl.got, carl.note = box, [], schedule.note
    schedule.conduct(conductor)
    schedule.note("in the end", carl.got)
    assert carl.got == ["anna", "bert"]
"""


def logged(pytester: pytest.Pytester, text: str, name: str, *args: str) -> Path:
    pytester.makepyfile(test_it=text)
    pytester.runpytest(f"--ftrace-log={name}", *args)
    return pytester.path / name


def lines(path: Path) -> list[tuple[str, str, int]]:
    """Actor, what it did, its cause."""
    found = []
    for event in read_log(path)[1]:
        what = getattr(event, "text", None) or f"{getattr(event, 'op', '')} {getattr(event, 'object', '')}"
        found.append((event.actor, what.strip(), event.cause))
    return found


def test_steps_notes_and_messages_of_the_schedule_that_fails(pytester: pytest.Pytester) -> None:
    path = logged(pytester, MAIL, "bad.jsonl")
    assert lines(path) == [
        ("bert", "start", -1),
        ("bert", "send box", -1),
        ("anna", "start", -1),
        ("anna", "send box", -1),
        ("carl", "start", -1),
        ("carl", "receive box", 1),
        ("carl", "got='bert'", 5),
        ("carl", "receive box", 3),
        ("carl", "got='anna'", 7),
        ("test", "in the end ['bert', 'anna']", 7),
    ]
    header = LogFile(path).header
    assert (header.scenario, header.strategy) == ("test_it.py::test_order", "auto")
    assert 1 in Past(LogFile(path), 6)
    assert 3 not in Past(LogFile(path), 6)
    with pytest.raises(InputError, match="a test's own actors made these steps; no invariant is about them"):
        recheck(path)


def test_a_replay_writes_the_same_log(pytester: pytest.Pytester) -> None:
    path = logged(pytester, MAIL, "bad.jsonl")
    pin = ".ftrace-actors/replays/test_it.py/test_order.replay.json"
    again = logged(pytester, MAIL, "again.jsonl", "test_it.py::test_order", f"--ftrace-replay={pin}")
    assert again.read_bytes() == path.read_bytes()


def test_of_a_test_that_passes_it_is_the_dull_schedule(pytester: pytest.Pytester) -> None:
    bad = logged(pytester, MAIL, "bad.jsonl")
    good = logged(pytester, MAIL.replace("assert carl.got", "assert sorted(carl.got)"), "good.jsonl")
    assert [actor for actor, what, _ in lines(good) if what == "send box"] == ["anna", "bert"]
    found = diverge(LogFile(good), LogFile(bad), context=1)
    assert found is not None


def test_of_a_scenario_it_is_the_log_of_its_run(pytester: pytest.Pytester) -> None:
    path = logged(pytester, samples.of_scenario("teardown-no-wait-w2.toml"), "bad.jsonl")
    assert recheck(path).verdict == "violated" == LogFile(path).header.verdict


def test_a_log_is_of_one_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=MAIL + MAIL.replace("test_order", "test_other"))
    result = pytester.runpytest("--ftrace-log=x.jsonl")
    result.stderr.fnmatch_lines(
        ["*--ftrace-log: a log is for one test under @explore; 2 such tests are selected"]
    )
    assert not (pytester.path / "x.jsonl").exists()


def test_a_log_that_cannot_be_written_is_said_before_anything_is_executed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=samples.SOUND)
    (pytester.path / "taken").mkdir()
    result = pytester.runpytest("--ftrace-log=taken")
    result.stderr.fnmatch_lines(["ERROR: --ftrace-log: cannot write *taken: Is a directory"])
    result.stdout.no_fnmatch_line("*passed*")


@pytest.mark.parametrize("text", [samples.SOUND, samples.LOST_UPDATE])
def test_a_log_that_could_not_be_written_after_all_changes_no_verdict(
    text: str, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(
        test_it=text.replace(
            "    schedule.conduct(", "    Path('log').mkdir(exist_ok=True)\n    schedule.conduct("
        ).replace("from ftrace_actors.actors", "from pathlib import Path\nfrom ftrace_actors.actors", 1)
    )
    result = pytester.runpytest("--ftrace-log=log", "-Wdefault")
    passes = text == samples.SOUND
    result.assert_outcomes(passed=int(passes), failed=int(not passes), warnings=int(passes))
    result.stdout.fnmatch_lines(["*no log: cannot write *log: Is a directory"])


def test_notes_come_after_their_steps() -> None:
    steps = [Step(1, "a", "start", 0, 0), Step(2, "a", "add", "x", 0)]
    notes = [Note(0, "", "first"), Note(1, "a", "one"), Note(2, "", "last")]
    events = events_of(steps, notes, {2: 1})
    assert [(type(event).__name__, event.cause) for event in events] == [
        ("Note", -1),
        ("ActorStep", -1),
        ("Note", 1),
        ("ActorStep", 1),
        ("Note", 3),
    ]
    assert [event.seq for event in events] == [0, 1, 2, 3, 4]


STUCK = """
from ftrace_actors.actors import Actor
from ftrace_actors.testing import explore


class Stuck(Actor):
    __slots__ = ("other",)

    async def body(self):
        await self.step("begin")
        await self.wait(guard=lambda: False, point="the end", waits_for=lambda: self.other)


@explore(runs=3)
def test_hangs(schedule):
    conductor = schedule.conductor()
    for name, other in (("anna", "bert"), ("bert", "anna")):
        Stuck(conductor, name).other = other
    schedule.conduct(conductor)
"""


def test_a_deadlock_is_in_the_log_with_who_waits_for_whom(pytester: pytest.Pytester) -> None:
    """`waits_for` lists names; one name alone is not taken for a list of letters."""
    path = logged(pytester, STUCK, "it.log")
    header, _ = read_log(path)
    assert header.verdict == "deadlock"
    assert header.end().culprits == ("anna", "bert")
    said = [what for actor, what, _ in lines(path) if actor == "test"]
    assert said[0].startswith("deadlock after ")
    assert said[1:] == [
        "* anna at the end waits for bert",
        "* bert at the end waits for anna",
        "cycle: anna -> bert -> anna",
    ]


def test_a_pin_of_a_test_is_known_for_one(pytester: pytest.Pytester) -> None:
    logged(pytester, STUCK, "it.log")
    (pin,) = pytester.path.glob(".ftrace-actors/**/*.json")
    for args in (["log"], ["why"], ["check"], ["replay"], ["report", "-o", "it.html"]):
        done = call(main, args[0], str(pin), *args[1:], cwd=pytester.path)
        assert done.returncode == 2
        assert (
            "a schedule of the test test_it.py::test_hangs, not of a scenario; pytest test_it.py"
            in done.stderr
        )
        assert "with --ftrace-log=FILE its log" in done.stderr


def test_what_fails_before_anything_is_chosen_is_not_pinned(pytester: pytest.Pytester) -> None:
    text = STUCK.replace("    schedule.conduct(conductor)", "    raise ValueError('set-up')")
    pytester.makepyfile(test_it=text)
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*it failed before anything was chosen, so there is no schedule to pin*"])
    assert not list(pytester.path.glob(".ftrace-actors/**/*.json"))
