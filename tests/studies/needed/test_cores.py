"""What patching cores say without a part."""

from pathlib import Path

import pytest

from ftrace_actors.studies.needed import Answer, Budget, CoreAnswer, ask, cores
from ftrace_actors.studies.needed.cores import ask_cores

from .subjects import part, subject

ENABLE = subject("explore-enable")
TWO = subject("explore-enable", protocol__drop='["fixmap-map", "fixmap-unmap"]')
FEW = Budget(places=0, runs=3)


def test_a_core_forbids_its_outcome_without_one_of_the_orderings() -> None:
    found = ask_cores(ENABLE, [part(ENABLE, "patch-lock")], FEW)
    assert found == CoreAnswer("make_call:vfs_read", allowed=False)


def test_and_allows_it_without_the_last_one() -> None:
    found = ask_cores(TWO, [part(TWO, "patch-lock")], FEW)
    assert found == CoreAnswer("make_call:vfs_read", allowed=True)


def test_a_part_that_is_not_in_a_core_is_not_asked_about() -> None:
    assert ask_cores(ENABLE, [part(ENABLE, "lock")], FEW) is None
    assert ask_cores(ENABLE, [part(ENABLE, "restore-args")], FEW) is None
    trampolines = subject("dynamic-teardown")
    assert ask_cores(trampolines, [part(trampolines, "clean-pou")], FEW) is None


def test_a_search_that_is_cut_short_says_nothing() -> None:
    assert ask_cores(ENABLE, [part(ENABLE, "patch-lock")], Budget(over=lambda: True)) is None


def test_a_part_is_needed_where_its_core_says_so_and_no_run_was_found(tmp_path: Path) -> None:
    cell = ask(TWO, part(TWO, "patch-lock"), FEW, tmp_path)
    assert cell.answer is Answer.CORE
    assert not cell.may_go
    cell = ask(ENABLE, part(ENABLE, "patch-lock"), FEW, tmp_path)
    assert cell.answer is Answer.NOT_SEEN
    assert cell.core == CoreAnswer("make_call:vfs_read", allowed=False)


def test_a_core_that_allows_its_outcome_with_the_part_says_nothing() -> None:
    without_order = '["fixmap-map", "fixmap-unmap", "patch-lock"]'
    broken = subject("explore-enable", protocol__drop=without_order)
    assert ask_cores(broken, [part(broken, "final-isb")], FEW) is None


def test_a_search_that_is_cut_short_without_the_part_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts = iter(["Forbidden", "Unknown"])
    monkeypatch.setattr(cores, "_verdict", lambda *_: next(verdicts))
    assert ask_cores(ENABLE, [part(ENABLE, "patch-lock")], FEW) is None
