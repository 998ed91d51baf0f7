"""`report` of a campaign, of `needed --json` and of `matrix --json`: the numbers and words of those commands."""

import json
import re
import shutil
from html import unescape
from pathlib import Path

import pytest

from ftrace_actors.cli import main
from ftrace_actors.cli.needed_report import legend_words
from ftrace_actors.studies.needed import Answer, Cell, Evidence, Strength
from tests.environment import Done
from tests.inprocess import call

NAME = "teardown-no-wait-w2"


def command(cwd: Path, *args: str) -> Done:
    return call(main, *args, cwd=cwd)


def report(cwd: Path, *args: str) -> dict[str, object]:
    done = command(cwd, "report", *args, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def rows(shown: dict[str, object], title: str) -> dict[str, list[str]]:
    (table,) = [one for one in shown["tables"] if one["title"].startswith(title)]
    return {row[0]: row[1:] for row in table["rows"]}


# -- campaigns --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("campaigns")
    assert command(path, "run", NAME, "--campaign", "kept", "--driver", "bare", "--quiet").returncode == 0
    held = ("run", "enable-under-load", "--campaign", "held", "--runs", "40", "--driver", "bare", "--quiet")
    assert command(path, *held).returncode == 0
    return path


def test_a_campaign_is_judged_as_run_judged_it(kept: Path) -> None:
    for name in ("kept", "held"):
        summary = json.loads((kept / name / "summary.json").read_bytes())
        shown = report(kept, name)
        assert shown["kind"] == "campaign"
        assert shown["verdict"] == f"{summary['verdict']}, as expected"
        assert rows(shown, "Verdicts") == {
            verdict: [str(runs)] for verdict, runs in summary["coverage"]["verdicts"].items()
        }
        assert rows(shown, "What happened") == {
            seen: [str(runs)] for seen, runs in summary["coverage"]["seen"].items()
        }
        facts = {fact["name"]: fact["text"] for fact in shown["facts"]}
        assert facts["runs"].startswith(f"{summary['runs']} of ")
        (curve,) = shown["curves"]
        assert curve["points"][-1] == [summary["runs"], summary["strength"]["behaviours"]]


def test_its_bound_is_in_the_words_of_run(kept: Path) -> None:
    said = " ".join(report(kept, "held")["sentences"])
    assert "no failure in 40 runs" in said
    assert "with 95 % confidence" in said


def test_each_failing_run_comes_with_the_command_that_makes_it(kept: Path) -> None:
    shown = report(kept, "kept")
    (run, failed), *more = rows(shown, "Runs that failed").items()
    assert more == []
    typed = failed[-1]
    assert typed.startswith(f"ftrace-actors once {NAME} --run {run} --seed 0 --strategy ")
    again = command(kept, *typed.split()[1:], "--json")
    assert json.loads(again.stdout)["verdict"] == "violated"
    ((file, (replay,)),) = rows(shown, "Replay files").items()
    assert replay == f"ftrace-actors replay kept/{file}"


def test_a_campaign_that_was_cut_short_says_so(kept: Path, tmp_path: Path) -> None:
    shutil.copytree(kept / "held", tmp_path / "cut")
    results = tmp_path / "cut" / "results.jsonl"
    lines = results.read_bytes().splitlines(keepends=True)
    results.write_bytes(b"".join(lines[:7]) + lines[7][:10])
    facts = {fact["name"]: fact["text"] for fact in report(tmp_path, "cut")["facts"]}
    assert facts["runs"] == "7 of 40"
    assert facts["continue"] == "ftrace-actors run --resume cut"


@pytest.mark.parametrize(("lines", "said"), [(0, "without a finished run"), (-1, "line 3")])
def test_a_campaign_that_cannot_be_shown(kept: Path, tmp_path: Path, lines: int, said: str) -> None:
    shutil.copytree(kept / "held", tmp_path / "bad")
    results = tmp_path / "bad" / "results.jsonl"
    content = results.read_bytes().splitlines(keepends=True)
    results.write_bytes(b"".join(content[:lines] if lines == 0 else [*content[:2], b"{}\n"]))
    done = command(tmp_path, "report", "bad", "-o", "out.html")
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "out.html").exists()


def test_another_directory_is_refused(tmp_path: Path) -> None:
    done = command(tmp_path, "report", ".", "-o", "out.html")
    assert done.returncode == 2
    assert "holds no campaign" in done.stderr


# -- needed -----------------------------------------------------------------------------------------------------------

PARTS = ("--part", "inval-pou", "--part", "text-kick")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `needed` printed, as text and as JSON, of one configuration and of two."""
    path = tmp_path_factory.mktemp("needed")
    small = ("--jobs", "1", "--places", "0", "--runs", "40", "--sets", "0")
    _small_scenario(path / "patch-clean.toml")
    for name, more in (("one", ()), ("two", ("--vary", "machine.idc"))):
        line = ("needed", "patch-clean.toml", *small, *PARTS, *more)
        (path / f"{name}.json").write_text(command(path, *line, "--json").stdout)
        (path / f"{name}.txt").write_text(command(path, *line).stdout)
    return path


def _small_scenario(path: Path) -> None:
    """That of patch-without-inval, with nothing left out."""
    from tests.scenario.runs import SHIPPED

    text = SHIPPED["patch-without-inval"].read_text(encoding="utf-8")
    text = re.sub(r"^drop = .*\n", "", text, flags=re.MULTILINE)
    path.write_text(re.sub(r"\[expect\].*", '[expect]\nverdict = "holds"\n', text, flags=re.DOTALL))


def test_one_configuration_has_the_words_of_the_text(asked: Path) -> None:
    text = " ".join((asked / "one.txt").read_text().split())
    shown = report(asked, "one.json")
    answers = rows(shown, "Each part left out")
    assert answers["inval-pou"][0].startswith("needed: INV-COMPL")
    assert answers["text-kick"] == ["no such step in this design"]
    for name, (answer,) in answers.items():
        assert f"{name} {answer}" in text
    for line in shown["legend"]:
        assert line in text
    (number, (file,)), *_ = rows(shown, "Replay files").items()
    assert f"{number} {file}" in text


def test_several_configurations_are_a_table_with_the_cells_of_the_text(asked: Path) -> None:
    text = (asked / "two.txt").read_text()
    shown = report(asked, "two.json")
    answers = rows(shown, "Each part left out")
    assert next(iter(answers)) == "as it is"
    for name, cells in answers.items():
        (line,) = [line for line in text.splitlines() if line.startswith(f"{name}  ")]
        assert line.split("  ")[0] == name
        for cell in cells:
            assert cell in line
    for line in shown["legend"]:
        assert " ".join(line.split()) in " ".join(text.split())


def test_the_legend_is_of_the_answers_that_are_there() -> None:
    held = Cell("a", "instruction", "", Answer.NOT_NEEDED, Strength(complete=True))
    broke = Cell("b", "message", "", Answer.NEEDED, evidence=Evidence(Path("x"), "", None, "deadlock", 1, 0))
    said = list(legend_words([held, broke], several=False))
    assert [line.partition(":")[0] for line in said] == ["[N]", "not needed"]


# -- matrix -----------------------------------------------------------------------------------------------------------


def test_the_table_has_the_cells_of_the_text(tmp_path: Path) -> None:
    line = ("matrix", "--design", "call-ops", "--cell", "full.no-wait", "--runs", "30", "--jobs", "1")
    (tmp_path / "it.json").write_text(command(tmp_path, *line, "--json").stdout)
    text = command(tmp_path, *line).stdout
    shown = report(tmp_path, "it.json")
    left = rows(shown, "call-ops: the ops, freed by its owner after unregister: left open")
    assert re.search(rf"^no wait\s+{re.escape(left['no wait'][0])}$", text, re.MULTILINE)
    known = rows(shown, "call-ops: the ops, freed by its owner after unregister: known by")
    for window, (wait, answer) in known.items():
        assert re.search(rf"^{re.escape(window)}:\n\s+{wait}\s+{re.escape(answer)}$", text, re.MULTILINE)
    assert any(answer[1].startswith("no [") for answer in known.values())
    page = command(tmp_path, "report", "it.json", "-o", "it.html")
    assert page.returncode == 0
    html = unescape((tmp_path / "it.html").read_text(encoding="utf-8"))
    assert "What the words mean" in html


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"cell":1}', "line 1, cell: not what a study prints with --json: Expected `str`, got `int`"),
        ('{"name":"x"}', "line 1: not what a study prints with --json: Object missing required field"),
        ('{"name":"x"', "line 1: not what a study prints with --json: "),
    ],
)
def test_what_no_study_printed_is_refused_by_line(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "it.json").write_text(content)
    done = command(tmp_path, "report", "it.json", "-o", "out.html")
    assert done.returncode == 2
    assert done.stderr.startswith(f"ftrace-actors: it.json: {said}")
    assert not (tmp_path / "out.html").exists()
