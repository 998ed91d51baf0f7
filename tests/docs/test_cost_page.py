"""The numbers of docs/answers-cost.md that no session prints are those that are counted."""

import re

import pytest

from ftrace_actors.kernel.designs import DESIGNS
from ftrace_actors.studies.cost import Setting, call_costs
from tests.docs.snippets import REPO

PAGE = (REPO / "docs" / "answers-cost.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| (\d+) / (\d+|any) \| [\d.]+ ns \| (\d+) \| (\d+) \| [\d.]+ ns \| (\d+) \|$", re.MULTILINE
)
ROWS = [match.groups() for match in ROW.finditer(PAGE)]


def counted(name: str, relevant: int, irrelevant: int) -> int:
    (cost,) = call_costs(DESIGNS[name], Setting(), [(relevant, irrelevant)])
    return cost.instructions


def test_the_comparison_has_all_rows_of_the_commit_log() -> None:
    assert len(ROWS) == 9


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_instructions_beside_the_nanoseconds_are_counted(row: tuple[str, ...]) -> None:
    relevant, irrelevant = int(row[0]), 3 if row[1] == "any" else int(row[1])
    found = [str(counted(name, relevant, irrelevant)) for name in ("list-only", "global-ops", "call-ops")]
    assert found == list(row[2:])


def test_so_are_those_in_the_text() -> None:
    own, common = counted("dynamic-trampoline", 1, 0), counted("call-ops", 1, 0)
    assert f"({own} against {common})" in PAGE
    step = counted("global-ops", 1, 0), counted("global-ops", 1, 1)
    assert f"({step[0]} to {step[1]})" in PAGE
    irrelevant = counted("list-only", 1, 2) - counted("list-only", 1, 1)
    relevant = counted("call-ops", 3, 0) - counted("call-ops", 2, 0)
    assert f"an irrelevant tracer ({irrelevant}) is cheaper than a relevant one ({relevant})" in PAGE
