"""Lists of tests, kinds files, and how results print."""

import json
from pathlib import Path

import pytest

from ftrace_actors.arm64.search import Limits
from ftrace_actors.errors import InputError
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


def test_files_whose_name_begins_with_an_at_are_lists(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a.litmus", "sub/b.litmus", "sub/c.litmus"):
        (tmp_path / name).write_text("")
    (tmp_path / "@all").write_text("a.litmus\nsub/@some\n")
    (tmp_path / "sub" / "@some").write_text("c.litmus\n@more\n")
    (tmp_path / "sub" / "more").write_text("b.litmus\n")
    names = ["a.litmus", "c.litmus", "b.litmus"]
    assert [path.name for path in files_of([f"{tmp_path}/@all"])] == names
    assert [path.name for path in files_of([f"{tmp_path}/sub"])] == ["b.litmus", "c.litmus"]
    (tmp_path / "@all").write_text("sub/../@all\n")
    with pytest.raises(LitmusError, match="contains itself"):
        list(files_of([f"{tmp_path}/@all"]))


def test_a_list_names_its_own_line_when_wrong(tmp_path: Path) -> None:
    (tmp_path / "all").write_text("# c\nmissing.litmus\n")
    with pytest.raises(LitmusError, match=r"all:2:1: found 'missing.litmus'"):
        list(files_of([f"@{tmp_path}/all"]))
    (tmp_path / "self").write_text("@self\n")
    with pytest.raises(LitmusError, match="contains itself"):
        list(files_of([f"@{tmp_path}/self"]))


KINDS = """# kinds, as of today
MP Forbid   # behind a name
SB+x\tAllowed
(* a comment (* in a comment *)
   SB Forbidden *)
// A line of a program
A   Require (* of this one *)
LB#1 ALLOW
MP Forbidden
\r
"""


def test_kinds(tmp_path: Path) -> None:
    path = tmp_path / "kinds.txt"
    path.write_text(KINDS)
    assert read_kinds(path) == {"MP": "Forbidden", "SB+x": "Allowed", "A": "Required", "LB#1": "Allowed"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("MP Maybe\n", "kinds.txt:1:1: found 'MP Maybe' where 'NAME Allowed|Forbidden|Required' is expected"),
        ("# c\n\nAllowed\n", "kinds.txt:3:1: found 'Allowed' where"),
        (
            "MP Allowed\nSB Allowed\nMP Forbid\n",
            "kinds.txt:3:1: 'MP' is Forbidden here and Allowed in line 1",
        ),
        ("MP Allowed (* open\n", "kinds.txt:1:12: found a comment '(*' without its '*)'"),
        ("\x7fELF\x01" + "x" * 5000, "..."),
    ],
)
def test_a_kinds_file_that_is_none_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "kinds.txt"
    path.write_text(text)
    with pytest.raises(LitmusError) as caught:
        read_kinds(path)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 250 + len(str(tmp_path))


def test_directories_and_names_no_file_can_have_are_no_tests(tmp_path: Path) -> None:
    (tmp_path / "folder.litmus").mkdir()
    (tmp_path / "folder.litmus" / "a.litmus").write_text("")
    assert [path.name for path in files_of([str(tmp_path)])] == ["a.litmus"]
    for name in ("\0", "x" * 5000):
        with pytest.raises(InputError, match="which does not exist"):
            list(files_of([name]))


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


BIG = """AArch64 big
{ 0:X1=x; 1:X1=x; 2:X1=x; 0:X0=1; 1:X0=2; 2:X0=3; }
 P0          | P1          | P2          ;
 STR W0,[X1] | STR W0,[X1] | STR W0,[X1] ;
 LDR W2,[X1] | LDR W2,[X1] | LDR W2,[X1] ;
%s
"""


@pytest.mark.parametrize(
    ("ending", "verdict", "observation"),
    [
        ("exists (0:X2=1)", "Allowed", "Sometimes"),
        ("~exists (0:X2=1)", "Allowed", "Sometimes"),
        ("forall (0:X2=1)", "Allowed", "Sometimes"),
        ("forall (0:X2=1 \\/ 0:X2=2 \\/ 0:X2=3)", "Unknown", "Unknown"),
        ("exists (0:X2=9)", "Unknown", "Unknown"),
    ],
)
def test_a_search_that_gives_up_is_answered_by_a_state_that_decides(
    ending: str, verdict: str, observation: str
) -> None:
    result = run(parse(BIG % ending, "big.litmus"), limits=Limits(timelines_max=5))
    assert result.unknown == "timelines"
    assert result.finals, "some states were seen"
    assert (result.verdict, result.observation) == (verdict, observation)


def test_paths_that_are_all_cut_short_forbid_nothing() -> None:
    endless = "AArch64 spin\n{ 0:X1=x; }\n P0 ;\n LC00: LDR W0,[X1] ;\n CBZ W0,LC00 ;\nexists (0:X0=0)\n"
    result = run(parse(endless, "spin.litmus"))
    assert (result.finals, result.flags) == ((), ("loop-bound",))
    assert (result.unknown, result.verdict) == ("loop bound", "Unknown")


TWO_WORDS = """AArch64 two
{ 0:X1=P1:L0; 0:X2=P1:L1; 0:X0=%s; }
 P0          | P1      ;
 %s          | L0: NOP ;
 STR W0,[X1] | L1: NOP ;
exists (1:X0=0)
"""
ASSUMED = "Assuming-no-two-modified-instructions-are-on-the-same-cache-line"


@pytest.mark.parametrize(
    ("word", "first", "flags"),
    [
        ('instr:"B .+4"', "STR W0,[X2]", (ASSUMED,)),
        ("NOP", "STR W0,[X2]", (ASSUMED,)),  # written with what it was
        ('instr:"B .+4"', "STR W0,[X1]", ()),
        ('instr:"B .+4"', "LDR W3,[X2]", ()),
        ('instr:"B .+4"', "DC CVAU,X2", ()),
        ('instr:"B .+4"', "CBZ X4,.+8", ()),  # one of two at a time
    ],
)
def test_two_instructions_modified_in_one_execution_are_flagged(
    word: str, first: str, flags: tuple[str, ...]
) -> None:
    result = run(parse(TWO_WORDS % (word, first)))
    assert result.flags == flags
    assert summary_line(result) == "two Allowed 1/1"
    assert as_json(result, 0.0)["flags"] == list(flags)
    assert (f"Flag {ASSUMED}" in as_text(result, 0.0).splitlines()) == bool(flags)


def test_an_array_prints_whole() -> None:
    init = "int t[3]={1,9,3}; int8_t s[2]={-1,127}; int *p[2]={u,t}; int u[1]; 0:X0=u"
    result = run(parse(f"AArch64 arrays\n{{ {init} }}\nP0;\nNOP;\nlocations [t; t[1]; s; p; 0:X0;]"))
    lines = as_text(result, 0.0).splitlines()
    assert lines[2] == "0:X0=u; p={u,t}; s={-1,127}; t={1,9,3}; t[1]=9;"
    assert "Condition forall (true)" in lines
    assert as_json(result, 0.0)["states"] == [
        {"0:X0": "u", "p": "{u,t}", "s": "{0xff,0x7f}", "t": "{0x1,0x9,0x3}", "t[1]": "0x9"}
    ]


def test_a_hash_of_the_prologue_is_passed_on_and_none_made_up() -> None:
    lines = as_text(run(SB), 0.0).splitlines()
    assert not any(line.startswith("Hash") for line in lines)
    hashed = SB.source.replace("{", "Hash=0123456789abcdef0123456789abcdef\n{", 1)
    assert as_text(run(parse(hashed)), 0.0).splitlines()[-1] == "Hash=0123456789abcdef0123456789abcdef"


def test_a_limit_on_memory_ends_a_search_at_the_same_place_each_time() -> None:
    first, second = (run(SB, limits=Limits(memory_max=2000)) for _ in range(2))
    assert (first.unknown, first.verdict) == ("memory", "Unknown")
    assert (first.timelines, first.paths, first.finals) == (second.timelines, second.paths, second.finals)
    assert run(SB, limits=Limits(memory_max=1 << 20)).verdict == "Allowed"


@pytest.mark.parametrize(("quantifier", "ok"), [("exists", True), ("~exists", False), ("forall", False)])
def test_quantifiers(quantifier: str, ok: bool) -> None:
    test = parse(SB.source.replace("exists", quantifier))
    assert run(test).ok is ok
