"""Every public name has an explanation, is on a page, and is explained in one place."""

import json
import re

import pytest

from ftrace_actors.checks import CHECKS
from ftrace_actors.checks.quiescence import WAYS
from ftrace_actors.checks.sometimes import PROPERTIES, WINDOWS
from ftrace_actors.cli import main
from ftrace_actors.cli.explain_command import lookup
from ftrace_actors.cli.glossary import entries, in_glossary
from ftrace_actors.errors import InputError
from ftrace_actors.events import Barrier, CrossCall, Fetch, Quiescent, Send, Sync
from ftrace_actors.events.flavours import FLAVOURS
from ftrace_actors.explore import NAMES, make_chooser
from ftrace_actors.kernel.actions import verbs
from ftrace_actors.kernel.config import KICK
from ftrace_actors.kernel.designs import DESIGNS
from ftrace_actors.kernel.orderings import ORDERINGS
from ftrace_actors.scenario.keys import keys
from ftrace_actors.words import SEVERITIES, Verdict
from tests.cli.conftest import REPO
from tests.docs.key_table import PAGE, TABLE, table
from tests.environment import Done
from tests.inprocess import call
from tests.scenario.runs import profile_of, world_of

PUBLIC = {
    "invariant": CHECKS,
    "window": WINDOWS,
    "strategy": NAMES,
    "key": keys(),
    "ordering": ORDERINGS,
    "design": DESIGNS,
    "verdict": [verdict.value for verdict in Verdict],
    "severity": [severity.value for severity in SEVERITIES],
    "grace period": FLAVOURS,
    "action": verbs(),
}


def command(*args: str) -> Done:
    return call(main, *args, cwd=REPO)


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in PUBLIC.items() for name in names])
def test_every_public_name_is_explained_and_on_its_page(kind: str, name: str) -> None:
    (found,) = [entry for entry in entries() if entry.kind == kind and name in entry.words]
    assert len(found.text) > 20
    page = (REPO / "docs" / found.page).read_text()
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", page), f"docs/{found.page} lacks {name}"


LABEL = re.compile(r"(?m)^([a-z_]\w*(?:\.\w+)?):")


def test_every_routine_of_the_kernel_is_explained() -> None:
    files = (REPO / "src/ftrace_actors/kernel/asm").glob("*.S")
    labels = {label.partition(".")[0] for file in files for label in LABEL.findall(file.read_text())}
    assert len(labels) > 30
    assert [label for label in sorted(labels - {"tracee"}) if not is_known(label)] == []


@pytest.mark.parametrize(
    "name", ["enable-under-load", "dynamic-teardown-tasks", "two-teardown-tasks", "grace-period-several"]
)
def test_every_name_that_the_events_of_a_run_have_is_explained(name: str) -> None:
    world = world_of(name)
    chooser = make_chooser("auto", 0, 1, profile_of(name))
    tasks = {task.name for task in world.image.spec.tasks}
    found = set()
    for event in world.run(chooser, driver="bare", record=True).events:
        found.add(event.actor)
        match event:
            case CrossCall():
                found.add(event.function)
            case Send():
                found.add(event.to)
            case Quiescent() | Sync():
                found.add(event.reason)
            case Barrier():
                found.add(event.name)
            case Fetch():
                found.add(world.image.symbols.describe(event.addr))
            case _:
                """Named by the scenario, or a word of the schema."""
    traced = tuple(f"{function}+" for function in ("vfs_read", "vfs_open"))
    named = {each for each in found if not each.startswith(traced) and not each.startswith("0x")}
    assert len(named) > 10
    assert [each for each in sorted(named - tasks - {""}) if not is_known(each)] == []


@pytest.mark.parametrize(
    ("word", "head"),
    [
        ("PREEMPT_LAZY", "lazy preemption, PREEMPT_LAZY (grace period)"),
        ("CONFIG_PREEMPT_LAZY", "lazy preemption, PREEMPT_LAZY (grace period)"),
        ("synchronize_rcu_tasks_rude()", "synchronize_rcu_tasks_rude (kernel)"),
        ("cpu12", "cpuN, cpu (actor)"),
        ("kworker/3", "kworker/N, kworker (actor)"),
        ("ftrace_modify_code+0x40", "ftrace_modify_code (kernel)"),
        ("ftrace_tramp.1+0x2c", "ftrace_tramp.N, ftrace_tramp (kernel)"),
        ("rcu_tasks replies", "rcu_tasks, rcu_tasks_rude (actor)"),
    ],
)
def test_a_name_is_explained_as_a_report_prints_it(word: str, head: str) -> None:
    done = command("explain", word)
    assert (done.returncode, done.stdout.splitlines()[:1]) == (0, [head])


def is_known(word: str) -> bool:
    try:
        return bool(lookup(word, entries()))
    except InputError:
        return False


@pytest.mark.parametrize("form", PROPERTIES)
def test_every_property_is_explained(form: str) -> None:
    name = form.replace("window:W", "window:W3").replace("preempted:W", "preempted:W0")
    assert {entry.kind for entry in lookup(name, entries())} & {"sometimes", "term"}


def test_a_kick_and_the_ways_of_a_quiescent_state_are_in_the_glossary() -> None:
    page = (REPO / "docs" / "glossary.md").read_text()
    assert [way for way in (KICK, *WAYS) if f"`{way}`" not in page] == []


def test_the_glossary_says_of_invariants_and_severities_what_the_program_does() -> None:
    said = {(entry.kind, entry.words[0]): entry.text for entry in in_glossary()}
    assert {name: said["invariant", name] for name in CHECKS} == {
        name: f"{about}." for name, about in CHECKS.items()
    }
    assert {name: said["severity", name.value] for name in SEVERITIES} == {
        name: f"{about}." for name, about in SEVERITIES.items()
    }


def test_the_table_of_keys_is_in_step_with_the_schema() -> None:
    found = TABLE.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None
    assert found[0] == table(), "the schema has changed: python -m tests.docs.key_table"


def test_every_key_says_what_it_is() -> None:
    assert [key.path for key in keys().values() if not key.about.endswith(".")] == []


@pytest.mark.parametrize(
    ("word", "head"),
    [
        ("INV-QUIET", "INV-QUIET (invariant)"),
        ("inv-quiet", "INV-QUIET (invariant)"),
        ("W1", "W1 (window)"),
        ("pct", "pct (strategy)"),
        ("wait", "protocol.wait (key)"),
        ("protocol.drop", "protocol.drop (key)"),
        ("clean-dsb", "clean-dsb (ordering)"),
        ("tasks", "RCU Tasks, tasks (grace period)"),
        ("violated", "violated (verdict)"),
        ("preempted:W2", "preempted:W1 (sometimes)"),
        ("aligned", "protocol.literal_load (key)"),
        ("call-ops", "call-ops (design)"),
    ],
)
def test_a_word_is_explained(word: str, head: str) -> None:
    done = command("explain", word)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == head
    assert "See docs/" in " ".join(done.stdout.split())
    assert max(map(len, lines)) <= 80


def test_words_with_blanks_need_no_quotes() -> None:
    assert command("explain", "stale", "pointer").stdout.startswith("stale pointer (severity)")
    several = command("explain", "W1", "W2").stdout
    assert (several.count("(window)"), several.count("W2 (window)")) == (2, 1)


def test_what_is_not_known_is_asked_about() -> None:
    done = command("explain", "INV-QUIT")
    assert done.returncode == 2
    assert "'INV-QUIT' is not known; did you mean 'inv-quiet'" in done.stderr
    assert "lists all words" in command("explain", "xyzzy").stderr


def test_alone_it_lists_all_words_by_kind() -> None:
    lines = command("explain").stdout.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == sorted({entry.kind for entry in entries()})
    assert max(map(len, lines)) <= 80


def test_json_has_an_object_for_each_entry() -> None:
    (found,) = map(json.loads, command("explain", "W3", "--json").stdout.splitlines())
    assert (found["words"], found["kind"], found["page"]) == (["W3"], "window", "docs/glossary.md")
