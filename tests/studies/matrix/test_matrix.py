"""The table, a slice of it from end to end, and its grid."""

import re
from collections import Counter
from pathlib import Path

import pytest

from ftrace_actors.errors import InputError
from ftrace_actors.explore import replay
from ftrace_actors.explore.pool import open_pool
from ftrace_actors.kernel.config import PROFILES
from ftrace_actors.kernel.designs import DESIGNS
from ftrace_actors.scenario import build, loads
from ftrace_actors.studies.matrix import (
    MODELS,
    OBJECTS,
    PLACES,
    STALE,
    Answer,
    Cell,
    CellDone,
    answers_of,
    cells_of,
    designs,
    run_cell,
    run_cells,
    runner,
    scenario_text,
    select,
    table_cells,
)
from ftrace_actors.studies.matrix.answers import FEW, NA, NO, RUNS_MIN, YES
from ftrace_actors.studies.matrix.grid import VARIANTS
from ftrace_actors.studies.matrix.worlds import BYSTANDER

RUNS = 30
ASKED = {
    "its own, v7.0": ["lazy", "full"],
    "its own, v6.12": ["none", "none, built", "full"],
    "its own, v6.3": ["none", "none, built", "full"],
}
"""Kernels that cannot boot every model."""
MODEL = {model.name: model for model in MODELS}


def cell(design: str, model: str, wait: str, *, alone: bool = False, pac: bool = False) -> Cell:
    return next(
        one
        for one in cells_of(design, kicks=True)
        if (one.model.name, one.wait.name, one.alone, one.pac) == (model, wait, alone, pac)
    )


def answered(cells: list[Cell], *, out: Path | None = None, jobs: int = 1) -> list[Answer]:
    done = run_cells(cells, seed=0, runs=RUNS, jobs=jobs, out=out)
    return list(answers_of(sorted(done, key=lambda one: cells.index(one.report.cell))))


def open_places(answers: list[Answer], kind: str) -> set[str]:
    return {answer.place for answer in answers if answer.object == kind and answer.answer == NO}


# What must be so, by the rules of kernel/rcu and of the memory model: what each wait leaves open.
SLICE = [
    ("call-ops", "none", "no wait", {"W0", "W1", "W2", STALE}),
    ("call-ops", "full", "no wait", {"W0", "W1", "W2", STALE}),
    ("call-ops", "none", "rcu", set()),
    ("call-ops", "full", "rcu", {"W0", "W1", "W2", STALE}),
    ("call-ops", "full", "tasks", set()),
    ("list-only", "full", "rcu", set()),
]


@pytest.mark.parametrize(("design", "model", "wait", "left"), SLICE)
def test_what_a_wait_leaves_open(design: str, model: str, wait: str, left: set[str]) -> None:
    answers = answered([cell(design, model, wait)])
    assert open_places(answers, "ops") == left
    closed = {answer.place for answer in answers if answer.object == "ops" and answer.answer == YES}
    assert closed == set(PLACES) - left
    for answer in answers:
        if answer.answer == YES:
            assert answer.covered >= RUNS
            assert answer.bound is not None
            assert 1 - (1 - answer.bound) ** answer.covered == pytest.approx(0.95)
        else:
            assert answer.bound is None
    assert {answer.answer for answer in answers if answer.object != "ops"} == {NA}


def test_text_that_is_freed_under_a_task_that_is_returning() -> None:
    answers = answered([cell("dynamic-trampoline", "full", "no wait")])
    assert open_places(answers, "text") == set(PLACES)
    assert "W3" not in open_places(answers, "ops")


def test_replay_files_of_a_cluster_are_written_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its workers write them where they are; a pool stands for the cluster, which has tests of its own."""
    one = cell("call-ops", "full", "no wait")
    answered([one], out=tmp_path / "here")
    monkeypatch.setattr(runner, "open_executor", lambda jobs, cluster: open_pool(jobs))
    (done,) = run_cells([one], seed=0, runs=RUNS, jobs=1, out=tmp_path / "there", cluster="x")
    files = {path.name: path.read_bytes() for path in (tmp_path / "here").iterdir()}
    assert files
    assert {path.name: path.read_bytes() for path in (tmp_path / "there").iterdir()} == files
    assert {evidence.path for evidence in done.evidence.values()} == set((tmp_path / "there").iterdir())
    (done,) = run_cells([one], seed=0, runs=RUNS, jobs=1, out=None, cluster="x")
    assert done.evidence == {}


def test_a_word_without_a_safe_value_is_a_matter_of_its_own() -> None:
    answers = answered([cell("two-trampolines", "full", "no wait")])
    assert "W0" in open_places(answers, "literal")
    assert open_places(answers, "literal").isdisjoint({"W1", "W2", "W3"})


def test_every_no_replays(tmp_path: Path) -> None:
    chosen = [cell("call-ops", "full", "rcu"), cell("dynamic-trampoline", "none", "no wait", pac=True)]
    answers = [one for one in answered(chosen, out=tmp_path) if one.answer == NO]
    assert len(answers) == 4 + 2
    for answer in answers:
        assert answer.evidence is not None
        recording = replay.load(answer.evidence.path)
        assert recording.scenario.text == scenario_text(answer.cell)
        world = build(loads(recording.scenario.text, recording.scenario.path))
        result = world.run(recording.chooser(), record=True, driver="bare")
        assert recording.matches(result)
        assert recording.finding is not None
        assert recording.finding.invariant in {found.invariant for found in result.findings}


def test_the_answers_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    chosen = [cell("call-ops", model, "no wait", pac=True) for model in ("none", "lazy", "full")]
    alone = answered(chosen, out=tmp_path)
    assert answered(chosen, out=tmp_path, jobs=2) == alone


def test_a_wait_that_keeps_no_old_instruction_from_being_fetched() -> None:
    """Tasks RCU waits for tasks, and a CPU that has not synchronized context lets one in late.

    With PAC as well: a task that is picked again has not switched.
    """
    answers = answered([cell("dynamic-trampoline", "full", "tasks", pac=pac) for pac in (False, True)])
    late = {
        answer.cell.pac: answer.answer
        for answer in answers
        if answer.object == "text" and answer.place == STALE
    }
    assert late == {False: NO, True: NO}


@pytest.mark.parametrize("design", ["call-ops", "two-trampolines", "dynamic-trampoline"])
def test_alone_the_kernels_own_interrupt_keeps_everybody_from_coming_in_late(design: str) -> None:
    """By accident: with a dynamic ops elsewhere the same cell is open."""
    answers = answered([cell(design, "none", "no wait", alone=alone) for alone in (False, True)])
    late = {one.cell.alone: one.answer for one in answers if (one.object, one.place) == ("ops", STALE)}
    assert late == {False: NO, True: NA}


def test_a_word_that_is_read_late_after_a_kick_and_rcu() -> None:
    answers = answered([cell("two-trampolines", "full", "kick, rcu")])
    assert open_places(answers, "literal") == {"W0", STALE}


@pytest.mark.parametrize("design", ["list-only", "global-ops"])
def test_where_nobody_can_come_in_late_there_is_nothing_to_ask(design: str) -> None:
    """Alone, every CPU is interrupted between the last write of the site and whatever is waited for."""
    report = run_cell(cell(design, "full", "no wait", alone=True), 0, RUNS)
    answers = {(one.object, one.place): one for one in answers_of([CellDone(report)])}
    assert answers["ops", STALE].answer == NA
    assert "old instruction" in answers["ops", STALE].reason
    assert (report.exposed, report.covered["ops", STALE]) == (0, 0)
    assert report.aimed >= RUNS
    assert report.tried * 4 >= RUNS


def test_a_single_run_in_which_somebody_could_be_late_makes_it_a_question() -> None:
    report = run_cell(cell("global-ops", "full", "no wait", alone=True), 0, RUNS)
    report.exposed = 1
    (answer,) = (one for one in answers_of([CellDone(report)]) if one.object == "ops")
    assert answer.answer == FEW


@pytest.mark.parametrize(("missing", "word"), [(1, FEW), (0, YES)])
def test_too_few_runs_are_no_yes(missing: int, word: str) -> None:
    report = run_cell(cell("call-ops", "none", "rcu"), 0, 2)
    assert max(report.covered.values()) < RUNS_MIN
    assert {answer.answer for answer in answers_of([CellDone(report)])} == {FEW, NA}
    report.covered.update(dict.fromkeys(report.rows(), RUNS_MIN))
    report.covered["ops", "W1"] = RUNS_MIN - missing
    (answer,) = (one for one in answers_of([CellDone(report)]) if (one.object, one.place) == ("ops", "W1"))
    assert answer.answer == word


def test_a_design_of_ones_own_with_a_literal_that_stays(tmp_path: Path) -> None:
    """The word is a question there, as a run shows, whatever the design calls its resting state."""
    path = tmp_path / "own.py"
    path.write_text(
        "from ftrace_actors.kernel.designs import CallOps, PatchStep\n"
        "class Own(CallOps):\n"
        "    name = 'own'\n"
        "    summary = 'never resets the word'\n"
        "    def resting(self, protocol):\n"
        "        return 'text'\n"
        "    def disable(self, ops, changes, core):\n"
        "        patches = [PatchStep(record, 'ftrace_patch_call', None, '') for record, _ in changes]\n"
        "        return self.update_then_wait(ops, patches, core)\n"
    )
    cells = table_cells(designs([str(path)]))
    assert {one.wait.name for one in cells} >= {"tasks", "kick, tasks"}
    (chosen,) = (one for one in cells if one.name == "own.full.no-wait.pac")
    answers = answered([chosen], out=tmp_path, jobs=2)
    assert open_places(answers, "literal") == open_places(answers, "ops") == {STALE}
    (evidence,) = (one.evidence for one in answers if one.object == "ops")
    assert evidence is not None
    design = replay.load(evidence.path).scenario.design
    assert design is not None
    assert (design.name, design.file) == ("own", "own.py")


class TestGrid:
    def test_every_design_wait_and_model_has_its_cell_once(self) -> None:
        cells = table_cells(designs([]))
        assert {one.design for one in cells} == set(DESIGNS)
        names = Counter(one.name for one in cells)
        assert set(names.values()) == {1}
        for design in DESIGNS:
            waits = dict.fromkeys(one.wait for one in cells if one.design == design)
            for wait in waits:
                for variant in VARIANTS:
                    found = [
                        one.model.name
                        for one in cells
                        if (one.design, one.wait, (one.alone, one.pac)) == (design, wait, variant)
                    ]
                    assert found == ASKED.get(wait.name, [model.name for model in MODELS])

    def test_kicks_make_rows_where_something_can_be_lost(self) -> None:
        kicked = {one.design for one in table_cells(designs([])) if one.wait.name.startswith("kick")}
        assert kicked == {"two-trampolines", "dynamic-trampoline"}

    def test_every_cell_can_be_built_and_says_what_it_is(self) -> None:
        for one in table_cells(designs([])):
            scenario = loads(scenario_text(one), "cell.toml")
            kernel, protocol = scenario.spec.kernel, scenario.spec.protocol
            assert (kernel.preempt, kernel.preemption) == (one.model.preempt, one.model.preemption)
            assert (kernel.profile, kernel.pac, kernel.switch_sync) == (one.profile, one.pac, one.pac)
            assert kernel.rude == (PROFILES[one.profile].rude if one.wait.profile else "real")
            assert [ops.name for ops in scenario.spec.ops if ops.dynamic][1:] == (
                [] if one.alone else [BYSTANDER]
            )
            assert all("vfs_read" not in ops.functions for ops in scenario.spec.ops if ops.name == BYSTANDER)
            assert (protocol.design, protocol.wait) == (one.design, one.wait.flavours)

    def test_each_cell_answers_each_object_and_place_once(self) -> None:
        answers = answered(
            [cell("call-ops", "full", "no wait"), cell("call-ops", "full", "no wait", pac=True)]
        )
        asked = Counter((answer.cell.pac, answer.object, answer.place) for answer in answers)
        assert asked == Counter(
            [(False, kind, place) for kind in OBJECTS for place in PLACES]
            + [(True, kind, STALE) for kind in OBJECTS]
        )

    def test_cells_are_named_by_what_they_are(self) -> None:
        assert cell("call-ops", "none, built", "kick, rcu").name == "call-ops.none-built.kick-rcu"
        own = cell("call-ops", "lazy", "its own, v7.0", alone=True, pac=True)
        assert own.name == "call-ops.lazy.its-own-v7.0.alone.pac"

    def test_mistakes(self) -> None:
        with pytest.raises(InputError, match=re.escape("unknown design 'call-opps'")):
            designs(["call-opps"])
        with pytest.raises(InputError, match=r"^absent\.py: cannot be read: No such file or directory$"):
            designs(["absent.py"])
        with pytest.raises(InputError, match="no cell is named like fuller"):
            select(cells_of("call-ops", kicks=False), ["fuller"])
