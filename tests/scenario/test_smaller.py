"""Smaller scenarios: what may be left out, what goes along with it, and what must stay for the protocol's sake."""

import re

import pytest

from ftrace_actors.scenario import ScenarioError, build, loads
from ftrace_actors.scenario.load import tables
from ftrace_actors.scenario.smaller import reductions, whole
from ftrace_actors.scenario.writing import write_toml

from .runs import SHIPPED

TEXT = """
format = 1
summary = "two readers, two tracers"
sometimes = ["called"]

[machine]
cpus = 4

[kernel]
profile = "v6.12"
ticks = 3

[[function]]
name = "vfs_read"

[[function]]
name = "vfs_open"

[[ops]]
name = "tracer_a"
functions = ["vfs_read", "vfs_open"]

[[ops]]
name = "tracer_b"
functions = ["vfs_open"]

[[task]]
name = "registrant"
cpu = 0
do = ["register tracer_a", "register tracer_b", "wake reader", "wake helper", "unregister tracer_a", "kfree tracer_a"]

[[task]]
name = "reader"
cpu = 2
cpus = [1, 2, 3]
do = ["call vfs_read x3", "yield", "call vfs_open"]
started = false

[[task]]
name = "helper"
cpu = 2
do = ["lock m", "run spinner", "unlock m"]
started = false

[[routine]]
name = "spinner"
asm = \"\"\"
nop
ret
\"\"\"

[[routine]]
name = "unused"
asm = "ret"

[[word]]
name = "flag"

[expect]
verdict = "holds"
"""


def less(text: str = TEXT) -> dict[str, str]:
    """What is left out -> the smaller text."""
    return {one.words: one.text for one in reductions(text)}


def actions(text: str) -> dict[str, list[str]]:
    return {task["name"]: task["do"] for task in tables(text, "x")["task"]}


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_written_reads_as_it_was(name: str) -> None:
    tree = tables(SHIPPED[name].read_text(), name)
    assert tables(write_toml(tree, ["a remark"]), name) == tree


@pytest.mark.parametrize("text", ['quote " and \\', "tab\there", "del\x7f", "'''\n", "two\nlines\n", "ü"])
def test_every_string_reads_as_it_was(text: str) -> None:
    assert tables(write_toml({"a": text, "strange key": [text]}), "x") == {"a": text, "strange key": [text]}


def test_the_whole_scenario_has_what_was_replaced_in_it_and_says_where_it_is_from() -> None:
    text = whole(TEXT, "x.toml", {"machine.cpus": "5", "protocol.drop": '["patch-lock"]'}, ["from x.toml"])
    assert text.startswith("# from x.toml\n")
    tree = tables(text, "x")
    assert tree["machine"]["cpus"] == 5
    assert tree["protocol"] == {"drop": ["patch-lock"]}
    assert "sometimes" not in tree


def test_everything_that_may_go_and_nothing_else() -> None:
    assert list(less()) == [
        "task reader",
        "ops tracer_b",
        "ops tracer_a",
        "function vfs_open",
        "function vfs_read",
        "'kfree tracer_a' of registrant",
        "'call vfs_open' of reader",
        "'yield' of reader",
        "'call vfs_read x3' of reader",
        "the repetition of 'call vfs_read x3' of reader",
        "routine unused",
        "word flag",
        "CPU 3",
        "CPU 1",
        "3 of 3 timer ticks",
        "2 of 3 timer ticks",
        "1 of 3 timer ticks",
        "the wake-up of reader",
    ]


def test_a_task_takes_its_wake_ups_along() -> None:
    smaller = actions(less()["task reader"])
    assert list(smaller) == ["registrant", "helper"]
    assert "wake reader" not in smaller["registrant"]
    assert "wake helper" in smaller["registrant"]


def test_an_ops_takes_what_is_done_with_it_along() -> None:
    smaller = less()["ops tracer_a"]
    assert actions(smaller)["registrant"] == ["register tracer_b", "wake reader", "wake helper"]
    assert [ops["name"] for ops in tables(smaller, "x")["ops"]] == ["tracer_b"]


def test_a_function_takes_calls_along_and_an_ops_that_traces_nothing_else() -> None:
    smaller = less()["function vfs_open"]
    assert [(ops["name"], ops["functions"]) for ops in tables(smaller, "x")["ops"]] == [
        ("tracer_a", ["vfs_read"])
    ]
    assert actions(smaller)["reader"] == ["call vfs_read x3", "yield"]
    assert "register tracer_b" not in actions(smaller)["registrant"]


def test_cpus_close_up() -> None:
    tree = tables(less()["CPU 1"], "x")
    assert tree["machine"]["cpus"] == 3
    assert [(task["cpu"], task.get("cpus")) for task in tree["task"]] == [(0, None), (1, [1, 2]), (1, None)]


def test_the_end_of_an_ops_goes_from_its_end() -> None:
    """An ops that is freed and not unregistered would be another bug."""
    first = less()["'kfree tracer_a' of registrant"]
    assert "'unregister tracer_a' of registrant" in less(first)
    last = less(less(first)["'unregister tracer_a' of registrant"])
    assert not [words for words in last if words.startswith("'register")]


@pytest.mark.parametrize("other", ["kfree tracer_a", "unregister tracer_a"])
def test_not_while_another_task_does_more_with_it(other: str) -> None:
    text = less()["'kfree tracer_a' of registrant"].replace('"lock m"', f'"{other}"')
    assert "'unregister tracer_a' of registrant" not in less(text)


def test_one_that_comes_again_is_not_at_its_end() -> None:
    text = TEXT.replace('"kfree tracer_a"', '"register tracer_a"')
    assert not [words for words in less(text) if words.startswith("'unregister")]


def test_a_task_that_others_may_wait_for_stays_unless_another_does_the_same() -> None:
    text = TEXT.replace('"lock m", "run spinner", "unlock m"', '"run spinner"')
    assert "task helper" not in less(text)
    assert "the wake-up of helper" not in less(text)
    twin = text.replace(
        "[[routine]]", '[[task]]\nname = "twin"\ncpu = 1\ndo = ["run spinner"]\n\n[[routine]]', 1
    )
    assert {"task helper", "task twin"} <= less(twin).keys()
    waking = TEXT.replace('"yield"', '"wake helper"')
    assert "task reader" not in less(waking)


def test_a_task_may_start_at_once() -> None:
    smaller = less()["the wake-up of reader"]
    assert "wake reader" not in actions(smaller)["registrant"]
    assert "started" not in tables(smaller, "x")["task"][1]


def test_what_makes_no_sense_is_refused_where_it_is_built() -> None:
    found = less(whole(SHIPPED["teardown-no-wait-w2"].read_text(), "x.toml", {}))
    refused = []
    for words, smaller in found.items():
        try:
            build(loads(smaller, "x.toml"))
        except ScenarioError:
            refused.append(words)
    assert refused == ["function vfs_read"]
    assert {"task reader2", "'kfree tracer_a' of registrant", "'yield' of reader1"} <= found.keys()


def test_the_same_text_gives_the_same_reductions() -> None:
    assert less() == less()
    assert not re.search(r"<.*>", "".join(less()))
