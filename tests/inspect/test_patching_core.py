"""The patching core of a scenario as a litmus test: its verdict is the scenario's."""

import re
from pathlib import Path

import pytest

from ftrace_actors.inspect.patching_core import as_litmus
from ftrace_actors.litmus import parse, run
from ftrace_actors.scenario import ScenarioError

SCENARIOS = Path(__file__).parents[2] / "scenarios"
KEPT = sorted(path.stem for path in SCENARIOS.glob("ordering-without-*.toml"))


def exported(name: str, **overrides: str) -> str:
    return as_litmus(SCENARIOS / f"{name}.toml", overrides)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("enable-under-load", "Forbidden"),
        ("enable-call-first", "Allowed"),
        ("ordering-none", "Allowed"),
        *((name, "Forbidden") for name in KEPT),
    ],
)
def test_the_lost_call_is_allowed_exactly_where_the_scenario_loses_it(name: str, verdict: str) -> None:
    test = parse(exported(name), name)
    assert test.name == name
    result = run(test)
    assert (result.verdict, result.flags, result.unknown) == (verdict, (), "")


def test_some_orderings_are_left_out_one_by_one() -> None:
    assert len(KEPT) >= 6


def test_the_caller_may_run_the_old_word_or_call_with_the_new_literal() -> None:
    result = run(parse(exported("enable-under-load")))
    assert [result.state(final)["1:X10"] for final in result.finals] == ["0", "tracer_a"]


def test_the_patcher_is_the_scenarios_own_routine() -> None:
    code = [row.split("|")[0].strip() for row in exported("enable-under-load").splitlines() if "|" in row][1:]
    stores = [line for line in code if re.match(r"STR |STLR|CAS|DC|IC", line)]
    assert stores == [
        "CASA W8,W9,[X2]",
        "STR X3,[X0]",
        "STLR WZR,[X2]",
        "CASA W8,W9,[X2]",
        "STR W4,[X1]",
        "STLR WZR,[X2]",
        "DC CVAU,X1",
        "IC IVAU,X1",
    ]
    assert "DSB ISHST" in code


def test_a_dropped_ordering_is_gone() -> None:
    full, less = exported("enable-under-load"), exported("ordering-none")
    assert full.count("DSB") > less.count("DSB")
    assert "STLR" in full
    assert "STLR" not in less


@pytest.mark.parametrize(
    ("idc", "dic", "line"), [("true", "false", "CacheType=IDC"), ("true", "true", "CacheType=DIC")]
)
def test_what_the_caches_do_alone_is_said(idc: str, dic: str, line: str) -> None:
    text = as_litmus(SCENARIOS / "enable-under-load.toml", {"machine.idc": idc, "machine.dic": dic})
    assert line in text.splitlines()
    assert "DC CVAU" not in text
    assert run(parse(text)).verdict == "Forbidden"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("list-only-teardown", "does not exist"),
        ("torn-literal-disable", "not aligned"),
        ("pair-mismatch", "nothing is patched"),
    ],
)
def test_where_there_is_no_such_core(name: str, why: str) -> None:
    with pytest.raises(ScenarioError, match=why):
        exported(name)
