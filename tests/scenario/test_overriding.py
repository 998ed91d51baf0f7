"""``--set``: what a value means, which values are several, and of what a mistake is said."""

from __future__ import annotations

import pytest

from ftrace_actors.errors import InputError
from ftrace_actors.scenario import ScenarioError, build, loads
from ftrace_actors.scenario.overriding import VARIANTS_MAX, spelled, variants

from .test_mistakes import GOOD


@pytest.mark.parametrize(
    "value",
    ["inval-pou", '"inval-pou"', "[inval-pou]", '["inval-pou"]', "['inval-pou']", " [ inval-pou ] "],
)
def test_a_list_of_one_needs_no_quotes_and_no_brackets(value: str) -> None:
    assert loads(GOOD, "x.toml", {"protocol.drop": value}).spec.protocol.drop == {"inval-pou"}


@pytest.mark.parametrize("value", ["rude,tasks", "[rude, tasks]", '["rude", "tasks"]', '"rude", "tasks"'])
def test_several_words_are_one_list(value: str) -> None:
    assert loads(GOOD, "x.toml", {"protocol.wait": value}).spec.protocol.wait == ("rude", "tasks")
    assert len(variants({"protocol.wait": value})) == 1


def test_an_empty_list_has_brackets() -> None:
    assert loads(GOOD, "x.toml", {"protocol.wait": "[]"}).spec.protocol.wait == ()
    with pytest.raises(ScenarioError, match=r"found no value; write protocol\.wait=\[\] for an empty list"):
        loads(GOOD, "x.toml", {"protocol.wait": ""})


def test_a_verdict_may_be_one_word_or_several() -> None:
    for value, verdicts in (
        ("holds", ("holds",)),
        ('"holds"', ("holds",)),
        ("holds,deadlock", ("holds", "deadlock")),
    ):
        assert loads(GOOD, "x.toml", {"expect.verdict": value}).expect.verdicts == verdicts


def test_one_thing_is_spelled_in_one_way() -> None:
    assert spelled("protocol.drop", "a,b") == spelled("protocol.drop", "[a, b]") == '["a","b"]'
    # What is TOML already stays as it was typed: recorded names have its hash.
    assert spelled("protocol.drop", '["a", "b"]') == '["a", "b"]'
    assert spelled("kernel.preempt", "lazy") == "lazy"
    assert spelled("nobody.knows", "a,b") == "a,b"


def test_several_values_of_a_key_without_a_list_are_several_scenarios() -> None:
    found = variants({"kernel.preempt": "none, full", "machine.cpus": "2,4", "protocol.drop": "ipi,lock"})
    assert [(each["kernel.preempt"], each["machine.cpus"]) for each in found] == [
        ("none", "2"),
        ("none", "4"),
        ("full", "2"),
        ("full", "4"),
    ]
    assert {each["protocol.drop"] for each in found} == {'["ipi","lock"]'}


def test_a_text_with_commas_is_one_value() -> None:
    assert variants({"summary": "first, second"}) == [{"summary": "first, second"}]
    assert variants({"nobody.knows": "1,2"}) == [{"nobody.knows": "1,2"}]


def test_too_many_combinations_are_refused() -> None:
    ticks = ",".join(map(str, range(VARIANTS_MAX + 1)))
    with pytest.raises(
        InputError, match=rf"{VARIANTS_MAX + 1} combinations of values; at most {VARIANTS_MAX}"
    ):
        variants({"kernel.ticks": ticks})


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("machine.cpuz", "4", "did you mean 'cpus'?"),
        ("machne.cpus", "4", "did you mean 'machine'?"),
        ("machine.cpus", "many", "Expected `int`"),
        ("machine", "4", "Expected `object`"),
        ("task.cpu", "1", "'task' is not a table"),
        ("protocol.drop", "['ipx']", "did you mean 'ipi'?"),
        ("protocol.drop", "ipx", "did you mean 'ipi'?"),
        ("protocol.wait", "rude,rood", "'rood' is not known; known are"),
        ("kernel.preempt", "fulll", 'did you mean "full"?'),
        ("kernel.preempt", "lazy", "v6.12 has no 'lazy'"),
        ("kernel.profile", "v6.99", "unknown profile"),
        ("expect.verdict", "hols", 'did you mean "holds"?'),
        ("protocol.drop", "reuse-inval", "has no step 'reuse-inval' to drop"),
    ],
)
def test_a_wrong_value_is_said_of_the_option(key: str, value: str, words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        build(loads(GOOD, "x.toml", {key: value}))
    assert caught.value.file == f"--set {key}={value}"
    assert caught.value.key_path == "x.toml"
    assert words.replace("`", "'") in caught.value.message


def test_a_mistake_of_the_file_stays_one_of_the_file() -> None:
    """Also where an option changed something else, or the same table."""
    wrong = GOOD.replace('drop = ["patch-lock"]', 'drop = ["patch-lok"]')
    with pytest.raises(ScenarioError) as caught:
        loads(wrong, "x.toml", {"protocol.order": "call-first", "machine.cpus": "2"})
    assert (caught.value.file, caught.value.key_path) == ("x.toml", "$.protocol.drop[0]")


def test_all_missing_keys_are_named_at_once() -> None:
    with pytest.raises(ScenarioError) as caught:
        loads("[machine]\n[[task]]\nname = 'a'\n", "x.toml")
    assert caught.value.message == (
        "missing keys 'format', 'summary', 'kernel.profile', 'expect.verdict', 'function', 'task[0].cpu', 'task[0].do'"
    )
