"""Lists of tests, kinds files, and how results print."""

import json
from pathlib import Path

import pytest

from ftrace_actors.arm64.search import Limits
from ftrace_actors.litmus import (
    LitmusError,
    as_json,
    as_text,
    parse,
    read_kinds,
    run,
    summary_line,
)
from ftrace_actors.litmus import (
    test_files as files_of,
)

from .shapes import shape

SB = shape("SB", ["STR W9,[X0]; LDR W10,[X1]", "STR W9,[X1]; LDR W10,[X0]"], "0:X10=0 /\\ 1:X10=0")


def test_files_directories_and_lists(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("b.litmus", "sub/a.litmus", "sub/c.litmus", "sub/notes.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "all").write_text("# both\nb.litmus\n\n@sub/more  # nested\n")
    (tmp_path / "sub" / "more").write_text("c.litmus\na.litmus\n")
    found = [str(path.relative_to(tmp_path)) for path in files_of([f"@{tmp_path}/all", f"{tmp_path}/sub"])]
    assert found == ["b.litmus", "sub/c.litmus", "sub/a.litmus", "sub/a.litmus", "sub/c.litmus"]


def test_a_list_names_its_own_line_when_wrong(tmp_path: Path) -> None:
    (tmp_path / "all").write_text("# c\nmissing.litmus\n")
    with pytest.raises(LitmusError, match=r"all:2:1: found 'missing.litmus'"):
        list(files_of([f"@{tmp_path}/all"]))
    (tmp_path / "self").write_text("@self\n")
    with pytest.raises(LitmusError, match="contains itself"):
        list(files_of([f"@{tmp_path}/self"]))


def test_kinds(tmp_path: Path) -> None:
    path = tmp_path / "kinds.txt"
    path.write_text("# kinds\nMP Forbid\nSB+x Allowed\nA\tRequire\n".replace("\t", " "))
    assert read_kinds(path) == {"MP": "Forbidden", "SB+x": "Allowed", "A": "Required"}
    path.write_text("MP Maybe\n")
    with pytest.raises(LitmusError, match=r"kinds.txt:1:1: found 'MP Maybe'"):
        read_kinds(path)


def test_text_has_the_words_the_published_tools_print() -> None:
    lines = as_text(run(SB), 0.25).splitlines()
    assert lines[:2] == ["Test SB Allowed", "States 4"]
    assert lines[2] == "0:X10=0; 1:X10=0;"
    assert "Ok" in lines
    assert "Positive: 1 Negative: 3" in lines
    assert "Observation SB Sometimes 1 3" in lines
    assert "Time SB 0.250" in lines


def test_json_has_hexadecimal_states() -> None:
    row = json.loads(json.dumps(as_json(run(SB), 0.25, "Forbidden")))
    assert row["states"][0] == {"0:X10": "0x0", "1:X10": "0x0"}
    assert (row["name"], row["verdict"], row["expected"], row["observation"]) == (
        "SB",
        "Allowed",
        "Forbidden",
        "Sometimes",
    )


def test_summary_tells_what_was_expected_instead() -> None:
    assert summary_line(run(SB), "Allowed") == "SB Allowed 1/4"
    assert summary_line(run(SB), "Forbidden") == "SB Allowed 1/4 expected Forbidden"


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Limits(steps_max=3), "steps"),
        (Limits(timelines_max=1), "timelines"),
        (Limits(expired=lambda: True), "time"),
    ],
)
def test_a_search_that_gives_up_says_so_and_never_guesses(limits: Limits, why: str) -> None:
    result = run(SB, limits=limits)
    assert (result.unknown, result.verdict, result.observation) == (why, "Unknown", "Unknown")


@pytest.mark.parametrize(("quantifier", "ok"), [("exists", True), ("~exists", False), ("forall", False)])
def test_quantifiers(quantifier: str, ok: bool) -> None:
    test = parse(SB.source.replace("exists", quantifier))
    assert run(test).ok is ok
