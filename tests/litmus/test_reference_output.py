"""What is printed of a test is what the reference printed: each line of a state, their order, observation, flags."""

import json
import os
from pathlib import Path

import pytest

from ftrace_actors.litmus import Result, as_json, as_text, parse, run

HERE = Path(__file__).parent / "data"
REPO = Path(__file__).parents[2]
SHARED = Path(os.environ.get("FTRACE_ACTORS_LITMUS", REPO.parent / "shared" / "litmus"))
FOUND_BY_US = {"unpredictable", "loop-bound"}


def rows(folder: Path) -> list[dict[str, object]]:
    written = (folder / "states.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in written]


def answer(folder: Path, row: dict[str, object]) -> Result:
    path = folder / str(row["file"])
    return run(parse(path.read_text(encoding="utf-8"), str(path)))


def printed_states(text: str) -> list[str]:
    lines = text.splitlines()
    count = int(lines[1].removeprefix("States "))
    return lines[2 : 2 + count]


@pytest.mark.parametrize("row", rows(HERE), ids=lambda row: str(row["file"]))
def test_kept_tests_print_the_recorded_lines(row: dict[str, object]) -> None:
    result = answer(HERE, row)
    assert printed_states(as_text(result, 0.0)) == row["states"]


@pytest.mark.skipif(not (SHARED / "states.jsonl").exists(), reason="no shared folder of litmus tests")
def test_shared_tests_print_what_was_recorded() -> None:
    wrong = []
    for row in rows(SHARED):
        result = answer(SHARED, row)
        text = as_text(result, 0.0)
        flags = [flag for flag in result.flags if flag not in FOUND_BY_US]
        counted = f"Observation {result.test.name} {row['observation']} {result.positive} {result.negative}"
        if (
            printed_states(text) != row["states"]
            or counted not in text.splitlines()
            or flags != row["flags"]
            or as_json(result, 0.0)["observation"] != row["observation"]
        ):
            wrong.append(str(row["file"]))
    assert wrong == []
