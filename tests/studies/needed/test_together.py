"""Parts that may go one by one, left out together."""

from pathlib import Path

import pytest

from ftrace_actors.explore import replay
from ftrace_actors.studies.needed import (
    Answer,
    AsItIs,
    Budget,
    Cell,
    Part,
    Strength,
    Subject,
    candidates,
    leave_out_together,
    parts_of,
    together,
)

from .subjects import part, subject

ORDERINGS = subject("explore-enable")
BUDGET = Budget(places=600, runs=1)


def test_either_of_two_orderings_is_enough_where_the_third_is_left_out(tmp_path: Path) -> None:
    of = subject("explore-enable", protocol__drop='["fixmap-map"]')
    parts = [part(of, name) for name in ("fixmap-unmap", "patch-lock")]
    found = leave_out_together(of, parts, Budget(places=0, runs=120), tmp_path, 20)
    ((breaking, evidence),) = found.breaking
    assert breaking == ("fixmap-unmap", "patch-lock")
    assert evidence.broke == "INV-COMPL in W0"
    overrides = replay.load(evidence.path).scenario.overrides
    assert overrides == {"protocol.drop": '["fixmap-map", "fixmap-unmap", "patch-lock"]'}
    assert (found.tried, found.whole, found.interrupted) == (1, True, False)


@pytest.mark.soak
def test_any_one_of_three_orderings_between_literal_and_call_is_enough(tmp_path: Path) -> None:
    names = ("fixmap-map", "fixmap-unmap", "patch-lock", "final-isb")
    parts = [part(ORDERINGS, name) for name in names]
    found = leave_out_together(ORDERINGS, parts, BUDGET, tmp_path, 20)
    assert [breaking for breaking, _ in found.breaking] == [names[:3]]
    assert {holding for holding, _ in found.holding} == {
        ("fixmap-map", "fixmap-unmap", "final-isb"),
        ("fixmap-map", "patch-lock", "final-isb"),
        ("fixmap-unmap", "patch-lock", "final-isb"),
    }
    assert all(strength.complete for _, strength in found.holding)
    assert found.whole


def cell(of: Part, answer: Answer, *, unreached: bool = False) -> Cell:
    return Cell(of.name, of.kind, "", answer, Strength(), unreached=unreached)


def test_candidates_may_go_are_reached_and_are_not_weaker_forms_of_others() -> None:
    of = subject("explore-teardown")
    parts = {one.name: one for one in parts_of(of.world().image)}
    whole = AsItIs(of, Strength(), tuple(parts.values()))
    cells = [
        cell(parts["wait tasks"], Answer.NEEDED),
        cell(parts["wait tasks, not just rcu"], Answer.UP_TO),
        cell(parts["wait rude"], Answer.NOT_SEEN),
        cell(parts["wait rude, not just rcu"], Answer.NOT_SEEN),
        cell(parts["patch-lock"], Answer.NOT_NEEDED),
        cell(parts["final-isb"], Answer.NOT_NEEDED, unreached=True),
        cell(parts["lock"], Answer.LOST),
    ]
    found = [one.name for one in candidates(whole, cells)]
    assert found == ["patch-lock", "wait rude", "wait tasks, not just rcu"]


def test_an_interrupt_keeps_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def interrupted(of: Subject, parts: list[Part], budget: Budget) -> Strength:
        if tried:
            raise KeyboardInterrupt
        tried.append(len(parts))
        return Strength(complete=True)

    monkeypatch.setattr(together, "probe", interrupted)
    parts = [part(ORDERINGS, name) for name in ("fixmap-map", "final-isb")]
    assert not leave_out_together(ORDERINGS, parts, BUDGET, tmp_path, 20).interrupted
    found = leave_out_together(ORDERINGS, parts, BUDGET, tmp_path, 20)
    assert found.interrupted
    assert (found.breaking, found.whole) == ((), False)


def test_without_time_nothing_is_said(tmp_path: Path) -> None:
    parts = [part(ORDERINGS, name) for name in ("fixmap-map", "final-isb")]
    found = leave_out_together(ORDERINGS, parts, Budget(over=lambda: True), tmp_path, 20)
    assert (found.breaking, found.holding, found.whole) == ((), (), False)
