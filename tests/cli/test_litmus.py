"""``ftrace-actors litmus``: what it prints, what it exits with."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from tests.inprocess import call

from .conftest import REPO, Done, environment

SB = """AArch64 SB
{ 0:X0=x; 0:X1=y; 1:X0=x; 1:X1=y; 0:X9=1; 1:X9=1; }
P0           | P1           ;
STR W9,[X0]  | STR W9,[X1]  ;
%s           | %s           ;
LDR W2,[X1]  | LDR W2,[X0]  ;
exists (0:X2=0 /\\ 1:X2=0)
"""
# P1's NOP can be fetched as the B that P0 writes, or not; MOV is outside the concurrent-modification list.
PATCH = """AArch64 patch
{ 0:X1=P1:L0; 0:X2=%s; }
P0          | P1         ;
STR W2,[X1] | L0: NOP    ;
            | MOV W9,#1  ;
exists (1:X9=0)
"""


def big(threads: int) -> str:
    """A test with more timelines than anybody waits for."""
    init = " ".join(f"{n}:X0=x; {n}:X1=y; {n}:X9={n};" for n in range(threads))
    rows = [" | ".join([cell] * threads) for cell in ("STR X9,[X0]", "STR X9,[X1]", "LDR X2,[X0]")]
    code = " ;\n".join([" | ".join(f"P{n}" for n in range(threads)), *rows])
    return f"AArch64 big\n{{ {init} }}\n{code} ;\nexists (0:X2=9)\n"


Litmus = Callable[..., Done]
COMMAND = [sys.executable, "-m", "ftrace_actors", "litmus"]


@pytest.fixture
def litmus(tmp_path: Path) -> Litmus:
    (tmp_path / "sb.litmus").write_text(SB % ("NOP", "NOP"))
    (tmp_path / "fenced.litmus").write_text(
        SB.replace("AArch64 SB", "AArch64 SB+dmbs") % ("DMB SY", "DMB SY")
    )
    (tmp_path / "all").write_text("# both\nsb.litmus\nfenced.litmus\n")
    (tmp_path / "empty").mkdir()

    def run(*args: str) -> Done:
        return call(main, "litmus", *args, cwd=tmp_path)

    return run


def test_states_and_verdict_as_the_published_tools_print_them(litmus: Litmus) -> None:
    done = litmus("sb.litmus", "-v")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:-2] == [
        "Test SB Allowed",
        "States 4",
        "0:X2=0; 1:X2=0;",
        "0:X2=0; 1:X2=1;",
        "0:X2=1; 1:X2=0;",
        "0:X2=1; 1:X2=1;",
        "Ok",
        "Witnesses",
        "Positive: 1 Negative: 3",
        "Condition exists (0:X2=0 /\\ 1:X2=0)",
        "Observation SB Sometimes 1 3",
    ]
    assert re.fullmatch(r"Time SB \d+\.\d\d\d", lines[-2])
    assert lines[-1] == ""


def test_a_condition_that_does_not_hold_is_no_and_never(litmus: Litmus) -> None:
    lines = litmus("fenced.litmus", "-v").stdout.splitlines()
    assert "No" in lines
    assert "Observation SB+dmbs Never 0 3" in lines


def test_the_quantifier_changes_ok_and_neither_verdict_nor_exit_code(litmus: Litmus, tmp_path: Path) -> None:
    """As the help of the command says it."""
    found = {}
    for quantifier in ("exists", "~exists", "forall"):
        text = SB.replace("exists", quantifier) % ("NOP", "NOP")
        (tmp_path / "q.litmus").write_text(text)
        done = litmus("q.litmus", "-v")
        (ok,) = {"Ok", "No"} & set(done.stdout.split())
        found[quantifier] = (litmus("q.litmus").stdout.split()[1], ok, done.returncode)
    assert found == {
        "exists": ("Allowed", "Ok", 0),
        "~exists": ("Allowed", "No", 0),
        "forall": ("Allowed", "No", 0),
    }
    help_ = " ".join(litmus("--help").stdout.split())
    assert "The exit code does not depend on that: 0 when every test was decided" in help_


@pytest.mark.parametrize(
    ("ending", "named"),
    [
        ("exists (0:X2=0 /\\ 1:X7=0)", "1:X7, which"),
        ("exists (0:W3=0 /\\ not (1:X7=1:X8))", "0:W3, 1:X7, 1:X8, which"),
        ("exists (0:X2=0 /\\ 1:X9=1 /\\ 1:XZR=0)", ""),
    ],
)
def test_a_register_that_no_code_names_is_named_on_stderr(
    litmus: Litmus, tmp_path: Path, ending: str, named: str
) -> None:
    text = SB.replace("exists (0:X2=0 /\\ 1:X2=0)", ending) % ("NOP", "NOP")
    (tmp_path / "r.litmus").write_text(text)
    done = litmus("r.litmus")
    assert done.returncode == 0
    assert ("the condition names" in done.stderr) == bool(named)
    assert named in done.stderr


def test_the_link_register_is_written_by_a_call(litmus: Litmus, tmp_path: Path) -> None:
    text = "AArch64 link\n{ }\nP0 ;\nBL L ;\nL: NOP ;\nexists (0:X30=0)\n"
    (tmp_path / "link.litmus").write_text(text)
    assert litmus("link.litmus").stderr == ""


def test_flags_stand_behind_the_counts(litmus: Litmus, tmp_path: Path) -> None:
    (tmp_path / "patch.litmus").write_text(PATCH % 'instr:"MOV W9,#0"')
    lines = litmus("patch.litmus", "-v").stdout.splitlines()
    at = lines.index("Flag unpredictable")
    assert lines[at - 1].startswith("Positive: ")
    assert lines[at + 1].startswith("Condition ")
    row = json.loads(litmus("patch.litmus", "--json").stdout)
    assert row["flags"] == ["unpredictable"]


def test_json_is_one_object_a_test(litmus: Litmus, tmp_path: Path) -> None:
    (tmp_path / "kinds.txt").write_text("SB Allowed\n")
    done = litmus("@all", "--json", "--expect", "kinds.txt")
    assert done.returncode == 0
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert set(first) == {
        "name",
        "file",
        "expected",
        "verdict",
        "states",
        "observation",
        "flags",
        "timelines",
        "seconds",
    }
    assert (first["name"], first["file"], first["expected"]) == ("SB", "sb.litmus", "Allowed")
    assert (first["verdict"], first["observation"], first["flags"]) == ("Allowed", "Sometimes", [])
    assert first["states"][1] == {"0:X2": "0x0", "1:X2": "0x1"}
    assert (second["expected"], second["verdict"]) == (None, "Forbidden")


@pytest.mark.parametrize(("kind", "code"), [("Forbidden", 0), ("Allowed", 1)])
def test_any_difference_from_the_kinds_file_exits_1(
    litmus: Litmus, tmp_path: Path, kind: str, code: int
) -> None:
    (tmp_path / "kinds.txt").write_text(f"SB Allowed\nSB+dmbs {kind}\n")
    done = litmus(".", "--expect", "kinds.txt")
    assert done.returncode == code
    assert ("expected Allowed" in done.stdout) == bool(code)


def test_directories_lists_and_jobs_answer_the_same(litmus: Litmus) -> None:
    one, two = litmus("."), litmus("@all", "--jobs", "2")
    assert sorted(one.stdout.splitlines()) == sorted(two.stdout.splitlines())
    assert "2 tests in " in one.stderr
    assert two.stdout.splitlines() == ["SB Allowed 1/4", "SB+dmbs Forbidden 0/3"]


def test_profile_and_variants_change_the_machine(litmus: Litmus) -> None:
    test = str(REPO / "tests/litmus/data/ours-ifetch-XMP.RF+dc-dsb-ic-dsbnsh+ctrlisb.litmus")
    assert " Forbidden " in litmus(test).stdout
    assert " Allowed " in litmus(test, "--profile", "arm").stdout
    assert " Forbidden " in litmus(test, "--profile", "arm", "--variant", "idc,dic").stdout


def test_a_search_that_runs_out_is_unknown_and_not_a_success(litmus: Litmus, tmp_path: Path) -> None:
    (tmp_path / "big.litmus").write_text(big(4))
    done = litmus("big.litmus", "--seconds", "0.001")
    assert re.fullmatch(r"big Unknown 0/\d+ \(out of time\)\n", done.stdout)
    assert done.returncode == 1
    done = litmus("big.litmus", "--memory", "1")
    assert re.fullmatch(r"big Unknown 0/\d+ \(out of memory\)\n", done.stdout)
    assert done.returncode == 1
    (tmp_path / "kinds.txt").write_text("big Forbidden\n")
    done = litmus("big.litmus", "--memory", "1", "--expect", "kinds.txt", "--json")
    assert (json.loads(done.stdout)["verdict"], done.returncode) == ("Unknown", 1)


def test_what_kinds_file_and_run_do_not_share_is_told(litmus: Litmus, tmp_path: Path) -> None:
    (tmp_path / "kinds.txt").write_text("SB Allowed\nLB Forbidden\nR Allowed\nS Allowed\nMP Forbidden\n")
    done = litmus(".", "--expect", "kinds.txt")
    assert done.returncode == 0
    told = done.stderr.splitlines()
    assert told[0] == "ftrace-actors: kinds.txt names what was not answered: LB, R, S and 1 more"
    assert told[1] == "ftrace-actors: kinds.txt does not name: SB+dmbs"
    assert len(told) == 3
    (tmp_path / "kinds.txt").write_text("SB Allowed\nSB+dmbs Forbidden\n")
    assert litmus(".", "--expect", "kinds.txt").stderr.startswith("ftrace-actors: 2 tests in ")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "name a file"),
        (("missing.litmus",), "found 'missing.litmus', which does not exist"),
        (("sb.litmus", "--variant", "fast"), "found 'fast'"),
        (("sb.litmus", "--profile", "x86"), "x86"),
        (("sb.litmus", "--memory", "0"), "memory"),
        (("sb.litmus", "--memory", "much"), "much"),
        (("sb.litmus", "--seconds", "0"), "seconds"),
        (("empty",), "empty: no litmus tests there"),
        (("all",), "all:1:1: found no first line such as 'AArch64 NAME'"),
        (("bytes.litmus",), "bytes.litmus: line 2, column 118: found byte 0x80 where UTF-8 is expected"),
        (("sb.litmus", "--expect", "empty"), "empty: a directory; only regular files are read"),
        (("sb.litmus", "--expect", "sb.litmus"), "sb.litmus:1:1: found 'AArch64 SB' where 'NAME Allowed"),
        (("sb.litmus", "--expect", "none.txt"), "none.txt"),
        (("@.",), "."),
    ],
)
def test_mistakes_are_one_line_and_exit_2(
    litmus: Litmus, tmp_path: Path, args: tuple[str, ...], message: str
) -> None:
    (tmp_path / "bytes.litmus").write_bytes(bytes(range(256)))
    done = litmus(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_bad_test_is_named_and_the_others_are_answered(litmus: Litmus, tmp_path: Path) -> None:
    (tmp_path / "bad.litmus").write_text("AArch64 bad\n{ }\nP0 ;\nFLY X0 ;\nexists (true)\n")
    (tmp_path / "more.litmus").write_text("AArch64 more\n{ }\nP0 ;\nLDR Q0,[X1] ;\nexists (true)\n")
    for jobs in ("1", "2"):
        done = litmus(".", "--jobs", jobs)
        assert done.returncode == 2
        bad, left_out, total = done.stderr.splitlines()
        assert bad.startswith("ftrace-actors: bad.litmus:4:1: ")
        assert left_out.startswith("ftrace-actors: more.litmus:4:5: unsupported: 'LDR Q0,[X1]' needs SIMD")
        assert re.fullmatch(r"ftrace-actors: 4 tests in .* s, 1 unsupported, 1 unusable", total)
        assert len(done.stdout.splitlines()) == 2
    assert litmus("more.litmus").returncode == 2


def test_a_bug_of_ours_in_one_test_is_named_and_the_others_are_answered(tmp_path: Path) -> None:
    (tmp_path / "a.litmus").write_text(SB % ("NOP", "NOP"))
    (tmp_path / "b.litmus").write_text(SB.replace("AArch64 SB", "AArch64 bug") % ("NOP", "NOP"))
    code = (
        "from ftrace_actors.cli import litmus_command\n"
        "read = litmus_command.read_test\n"
        "def broken(path):\n"
        "    return {}['nothing'] if path.name == 'a.litmus' else read(path)\n"
        "litmus_command.read_test = broken\n"
        "from ftrace_actors.cli import main\n"
        "raise SystemExit(main(['litmus', '.']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (70, "bug Allowed 1/4\n")
    assert done.stderr.startswith("ftrace-actors: a.litmus: this is our bug, not yours")
    assert "KeyError: 'nothing'" in done.stderr
    assert ", 1 our own bug" in done.stderr.splitlines()[-1]


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_exits_130(litmus: Litmus, tmp_path: Path, jobs: str) -> None:
    (tmp_path / "many").write_text("sb.litmus\n" * 100_000)
    running = subprocess.Popen(
        [*COMMAND, "@many", "--jobs", jobs],
        cwd=tmp_path,
        env=environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    assert running.stderr is not None
    assert running.stdout.readline() == "SB Allowed 1/4\n"  # it is under way
    os.kill(running.pid, signal.SIGINT)
    running.stdout.read()
    told = running.stderr.read()
    assert re.fullmatch(
        r"ftrace-actors: [1-9]\d* of 100000 tests answered\nftrace-actors: interrupted\n", told
    )
    assert running.wait(60) == 130
    running.stdout.close()
    running.stderr.close()


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_ends_a_long_search_and_what_was_finished_stays(
    litmus: Litmus, tmp_path: Path, jobs: str
) -> None:
    (tmp_path / "big.litmus").write_text(big(5))
    (tmp_path / "list").write_text("sb.litmus\nbig.litmus\nfenced.litmus\n")
    running = subprocess.Popen(
        [*COMMAND, "@list", "--jobs", jobs, "--seconds", "600"],
        cwd=tmp_path,
        env=environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "SB Allowed 1/4\n"
    os.kill(running.pid, signal.SIGINT)
    out, told = running.communicate(timeout=60)
    assert (out, running.returncode) == ("", 130)
    assert told == "ftrace-actors: 1 of 3 tests answered\nftrace-actors: interrupted\n"


def test_why_explains_one_state(litmus: Litmus) -> None:
    assert litmus("sb.litmus", "--why", "0:X2=0; 1:X2=0;").stdout.startswith(
        "SB: 0:X2=0; 1:X2=0; is allowed\n"
    )
    assert "cut by: nr (raised by `DMB SY`)" in litmus("fenced.litmus", "--why", "0:X2=0 /\\ 1:X2=0").stdout
    done = litmus("@all", "--why", "0:X2=0")
    assert (done.returncode, done.stderr) == (
        2,
        "ftrace-actors: --why: found 2 tests where one is expected\n",
    )


def test_without_a_state_why_asks_what_the_test_asks(litmus: Litmus) -> None:
    asked = litmus("sb.litmus", "--why")
    assert asked.stdout.startswith("SB: (0:X2=0 /\\ 1:X2=0) is allowed\n")
    assert litmus("--why", "sb.litmus").stdout == asked.stdout
    assert litmus("--why", "0:X2=1", "sb.litmus").stdout.startswith("SB: 0:X2=1 is allowed\n")
    done = litmus("--why", "0:X2=1")
    assert (done.returncode, "name a file" in done.stderr) == (2, True)


def test_a_hyphen_is_the_standard_input(
    litmus: Litmus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def given(data: bytes) -> None:
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(data)))

    text = (tmp_path / "sb.litmus").read_bytes()
    given(text)
    assert litmus("-").stdout == litmus("sb.litmus").stdout
    given(text)
    assert litmus("-", "--why").stdout == litmus("sb.litmus", "--why").stdout
    given(b"AArch64 x\xff")
    done = litmus("-")
    assert (done.returncode, done.stderr.startswith("ftrace-actors: standard input: line 1")) == (2, True)
    done = litmus("-", "sb.litmus")
    assert (done.returncode, "name nothing else" in done.stderr) == (2, True)


def test_a_scenario_is_exported_and_read_back(litmus: Litmus, tmp_path: Path) -> None:
    done = litmus("--from", "enable-call-first")
    assert done.returncode == 0
    (tmp_path / "core.litmus").write_text(done.stdout)
    assert litmus("core.litmus").stdout == "enable-call-first Allowed 1/3\n"
    assert litmus("--from", "no-such-scenario").returncode == 2


def test_the_core_of_a_changed_scenario_and_of_a_patch_by_name(litmus: Litmus) -> None:
    done = litmus("--from", "modify-one-two", "--patch", "make_call:vfs_read", "--set", "machine.idc=true")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("AArch64 modify-one-two+idc=true+patch=make_call:vfs_read\n")
    assert "ftrace_make_call of vfs_read: is the call lost?" in done.stdout
    assert "CacheType=IDC" in done.stdout
    done = litmus("--from", "explore-enable", "--design", "list-only")
    assert "ftrace_patch_call of vfs_read" in done.stdout
    done = litmus("--from", "explore-enable", "--patch", "make_call:vfs_raed")
    assert done.returncode == 2
    assert "did you mean make_call:vfs_read?" in done.stderr
    done = litmus("test.litmus", "--set", "machine.idc=true")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--set: goes with --from only" in done.stderr
