"""Every kind of answer, each shown by a world."""

from dataclasses import replace
from pathlib import Path

import pytest

from ftrace_actors.explore import replay
from ftrace_actors.studies.needed import (
    Answer,
    Budget,
    Cell,
    Evidence,
    Strength,
    as_it_is,
    ask,
    ask_each,
)

from .subjects import part, subject

ENABLE = subject("explore-enable")
FEW = Budget(places=0, runs=30)
"""No search, few runs."""

ONE = Budget(places=0, runs=1)
"""So few that the sample does not find what the core says."""


def answer(name: str, budget: Budget, out: Path) -> Cell:
    return ask(ENABLE, part(ENABLE, name), budget, out)


def test_needed_a_failing_run_is_shrunk_and_written(tmp_path: Path) -> None:
    cell = answer("restore-args", FEW, tmp_path)
    assert cell.answer is Answer.NEEDED
    evidence = cell.evidence
    assert evidence is not None
    assert evidence.finding is not None
    assert (evidence.broke, evidence.unwritten) == ("ABI", "")
    recording = replay.load(evidence.path)
    assert recording.scenario.overrides == {"protocol.drop": '["restore-args"]'}
    world = ENABLE.world(recording.scenario.overrides)
    assert recording.matches(world.run(recording.chooser(), driver="bare", record=True))


def test_needed_by_a_search_with_the_fewest_deviations(tmp_path: Path) -> None:
    of = subject("explore-enable", protocol__drop='["fixmap-map", "fixmap-unmap"]')
    cell = ask(of, part(of, "patch-lock"), Budget(runs=1), tmp_path)
    assert cell.answer is Answer.NEEDED
    assert cell.evidence is not None
    assert (cell.evidence.broke, cell.evidence.deviations) == ("INV-COMPL in W0", 3)


def test_of_a_barrier_that_is_needed_the_weaker_forms_are_asked(tmp_path: Path) -> None:
    """Where one barrier alone keeps two stores in order, it need not wait, but others must see the order."""
    of = subject("explore-enable", protocol__drop='["fixmap-map", "patch-lock"]')
    whole = as_it_is(of, ONE, tmp_path)
    unmap, clean = (ask(of, part(of, name), ONE, tmp_path) for name in ("fixmap-unmap", "clean-dsb"))
    assert (unmap.answer, clean.answer) == (Answer.CORE, Answer.NOT_SEEN)
    weaker = whole.weaker([unmap, clean])
    found = {one.name: ask(of, one, ONE, tmp_path) for one in weaker}
    assert {name: (cell.answer, cell.core and cell.core.allowed) for name, cell in found.items()} == {
        "fixmap-unmap as dmb": (Answer.NOT_SEEN, False),
        "fixmap-unmap as ishst": (Answer.NOT_SEEN, False),
        "fixmap-unmap as nsh": (Answer.CORE, True),
    }
    names = [one.name for one in whole.with_parts(weaker).parts]
    at = names.index("fixmap-unmap")
    assert names[at : at + 5] == ["fixmap-unmap", *found, "literal-reset"]


def test_not_needed_every_run_was_gone_through(tmp_path: Path) -> None:
    cell = answer("patch-lock", Budget(runs=1), tmp_path)
    assert cell.answer is Answer.NOT_NEEDED
    assert cell.strength is not None
    assert (cell.strength.complete, cell.strength.early) == (True, None)
    assert not list(tmp_path.iterdir())


def test_not_needed_up_to_so_many_deviations_and_a_sample(tmp_path: Path) -> None:
    cell = answer("patch-lock", Budget(places=200, runs=1), tmp_path)
    assert cell.answer is Answer.UP_TO
    assert cell.strength is not None
    assert (cell.strength.complete, cell.strength.runs) == (False, 1)
    assert cell.strength.deviations >= 0


def test_not_seen_in_a_sample(tmp_path: Path) -> None:
    cell = answer("patch-lock", FEW, tmp_path)
    assert cell.answer is Answer.NOT_SEEN
    # The runs that are plain draws of one strategy: 24 to 29.
    assert cell.strength == Strength(runs=30, independent=6)
    assert cell.strength.bound == pytest.approx(1 - 0.05 ** (1 / 6))


def test_no_answer_when_time_is_up(tmp_path: Path) -> None:
    assert answer("patch-lock", Budget(over=lambda: True), tmp_path).answer is Answer.LOST


def test_the_protocol_as_it_is_settles_what_no_run_comes_to(tmp_path: Path) -> None:
    whole = as_it_is(ENABLE, FEW, tmp_path)
    assert isinstance(whole.outcome, Strength)
    settled = {cell.name: cell for cell in whole.settled()}
    assert settled["text-kick"].answer is Answer.NO_STEP
    assert settled["wait tasks"].answer is Answer.NOT_SEEN
    assert settled["wait tasks"].unreached
    assert {one.name for one in whole.asked()} | settled.keys() == {
        *(one.name for one in whole.parts),
        *(one.name for one in whole.missing),
    }


def test_a_protocol_that_breaks_as_it_is_has_a_failing_run_and_no_answers(tmp_path: Path) -> None:
    whole = as_it_is(subject("explore-teardown-no-wait"), Budget(places=0, runs=300), tmp_path)
    assert isinstance(whole.outcome, Evidence)
    assert whole.outcome.path.is_file()
    assert {cell.answer for cell in whole.settled()} <= {Answer.NO_STEP}


def test_answers_do_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    asked = [(ENABLE, part(ENABLE, name)) for name in ("restore-args", "lock")]
    one = list(ask_each(asked, FEW, tmp_path, jobs=1))
    two = sorted(
        ask_each(asked, FEW, tmp_path, jobs=2), key=lambda cell: [each.name for each in one].index(cell.name)
    )
    assert [without_proof(cell) for cell in one] == [without_proof(cell) for cell in two]


def without_proof(cell: Cell) -> Cell:
    """As far as it can be compared after it came from another process."""
    if cell.evidence is None or cell.evidence.finding is None:
        return cell
    finding = replace(cell.evidence.finding, events=())
    return replace(cell, evidence=replace(cell.evidence, finding=finding))
