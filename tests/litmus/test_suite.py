"""Our own litmus suite: every file against the search and the oracle, pairs that differ in one thing."""

import re
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from ftrace_actors.litmus.syntax import Column, LitmusTest, Register

from .axioms import states
from .golden import computed
from .suite import FOLDER, Entry, entries

PAGE = Path(__file__).parents[2] / "docs" / "arm-model.md"
ENTRIES = list(entries().values())
WEAKER = [entry for entry in ENTRIES if entry.stronger]

OTHER_PLACE = ("Co", "SCA+", "MIX+CoRR+")
"""Pairs whose one difference is the place or the kind of an access, so that they end in other states altogether."""

FAMILIES = {
    "MP+", "SB+", "LB+", "S+", "R+", "2+2W+", "WRC+", "ISA2+", "IRIW+", "RWC+", "Z6+", "CoRR", "CoWW", "CoWR", "CoRW1",
    "CoRW2", "CoRMW+", "SCA+", "MIX+", "MP.RF+", "MP.FR+", "MP.FF+", "S.FW+", "LB.FW+", "SB.RF+", "CoFF", "CoFR",
    "CoRF", "CoFW", "SM+", "ISA2.F+", "WRC.F+", "JIT+", "BLR+", "FTRACE+",
}  # fmt: skip


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_search_finds_exactly_the_states_of_the_file(entry: Entry) -> None:
    result, found = computed(entry.path)
    assert not result.unknown
    assert found == entry.states
    assert result.verdict == entry.verdict


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_oracle_finds_exactly_the_states_of_the_file(entry: Entry) -> None:
    assert states(entry.test) == entry.states


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_file_asks_what_it_answers_and_says_why(entry: Entry) -> None:
    assert entry.test.name == entry.name
    assert entry.question == entry.test.condition_text.removeprefix("exists").strip().strip("()")
    assert len(entry.reasoning.split()) >= 5
    assert "oracle" in entry.source


@pytest.mark.parametrize("entry", WEAKER, ids=lambda entry: entry.name)
def test_a_pair_differs_in_one_thing_and_in_its_verdict(entry: Entry) -> None:
    strong = entries()[entry.stronger]
    assert (entry.verdict, strong.verdict) == ("Allowed", "Forbidden")
    assert entry.question == strong.question
    if not entry.name.startswith(OTHER_PLACE):
        assert not (strong.states - entry.states), "what is weaker loses no state"
    assert differences(entry.test, strong.test) == 1


def differences(weak: LitmusTest, strong: LitmusTest) -> int:
    """How many instructions or options are not the same; 99 when something else is not."""
    if [(c.thread, c.handler) for c in weak.columns] != [(c.thread, c.handler) for c in strong.columns]:
        return 99
    if not _same_start(weak, strong):
        return 99
    options = [{k: v for k, v in t.meta.items() if k in {"CacheType", "Variant"}} for t in (weak, strong)]
    pairs = zip(weak.columns, strong.columns, strict=True)
    return int(options[0] != options[1]) + sum(_edits(a, b) for a, b in pairs)


def _edits(weak: Column, strong: Column) -> int:
    changes = SequenceMatcher(None, _lines(weak), _lines(strong), autojunk=False).get_opcodes()
    return sum(max(b - a, d - c) for tag, a, b, c, d in changes if tag != "equal")


def _lines(column: Column) -> list[str]:
    names: dict[int, str] = {}
    for label, index in column.labels.items():
        names[index] = f"{names.get(index, '')}{label}: "
    return [f"{names.get(index, '')}{code.text}" for index, code in enumerate(column.code)]


def _same_start(weak: LitmusTest, strong: LitmusTest) -> bool:
    """The same initial state, but for registers that only one of the two uses."""
    starts = [{item.target: item.values for item in test.init} for test in (weak, strong)]
    for target in starts[0].keys() ^ starts[1].keys():
        other = strong if target in starts[0] else weak
        if not isinstance(target, Register) or _uses(other, target):
            return False
    return all(starts[0][target] == starts[1][target] for target in starts[0].keys() & starts[1].keys())


def _uses(test: LitmusTest, register: Register) -> bool:
    word = re.compile(rf"\b[XW]{register.name[1:]}\b")
    return any(
        word.search(code.text)
        for column in test.columns
        if column.thread == register.thread
        for code in column.code
    )


def test_every_rule_of_the_page_has_a_pair() -> None:
    table = PAGE.read_text(encoding="utf-8").split("| rule |")[1].split("\n\n")[0]
    rules = {line.split("|")[1].strip() for line in table.splitlines()[2:]}
    assert len(rules) >= 12
    assert rules - {entry.rule for entry in WEAKER} == set()
    assert {entry.rule for entry in WEAKER} - rules == set()


def test_every_family_is_there() -> None:
    names = [entry.name for entry in ENTRIES]
    assert [family for family in sorted(FAMILIES) if not any(name.startswith(family) for name in names)] == []
    assert len(names) >= 250
    assert len(WEAKER) >= 150


def test_a_program_is_there_twice_only_as_the_weaker_of_two_pairs() -> None:
    bodies: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.litmus")):
        body = path.read_text(encoding="utf-8").split("*)", 1)[1]
        entry = entries()[path.stem]
        options = ",".join(entry.test.meta.get(key, "") for key in ("CacheType", "Variant", "Stronger"))
        assert body + options not in bodies, f"{path.stem} is {bodies[body + options]}"
        bodies[body + options] = path.stem
