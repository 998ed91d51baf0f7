"""The search gives exactly the recorded final states: those kept here, and a shared folder if there is one."""

import os
from pathlib import Path

import pytest

from ftrace_actors.arm64.options import Options
from ftrace_actors.litmus import HERD, options_of, parse, run

from .golden import States, computed, recorded

HERE = Path(__file__).parent / "data"
REPO = Path(__file__).parents[2]
SHARED = Path(os.environ.get("FTRACE_ACTORS_LITMUS", REPO.parent / "shared" / "litmus"))

KEPT = list(recorded(HERE))


@pytest.mark.parametrize(("path", "states"), KEPT, ids=[path.stem for path, _ in KEPT])
def test_kept_tests_have_exactly_the_recorded_states(path: Path, states: States) -> None:
    result, found = computed(path)
    assert not result.unknown
    assert found == states


def test_every_kept_file_is_recorded() -> None:
    assert {path.name for path, _ in KEPT} == {path.name for path in HERE.glob("*.litmus")}


@pytest.mark.skipif(not (SHARED / "states.jsonl").exists(), reason="no shared folder of litmus tests")
def test_shared_tests_have_exactly_the_recorded_states() -> None:
    wrong = []
    for path, states in recorded(SHARED):
        result, found = computed(path)
        if result.unknown or found != states:
            wrong.append(f"{path.name}: {len(states - found)} missing, {len(found - states)} extra")
    assert wrong == []


def test_profiles_differ_in_two_kept_tests_only() -> None:
    """The page docs/arm-model.md names them."""
    different = set()
    for path, _ in KEPT:
        test = parse(path.read_text(encoding="utf-8"), str(path))
        herd, arm = (run(test, options_of(test.meta, base)) for base in (HERD, Options()))
        if {final.values for final in herd.finals} != {final.values for final in arm.finals}:
            different.add(path.stem)
    assert different == {
        "ours-ifetch-XMP.RF+dc-dsb-ic-dsbnsh+ctrlisb",
        "ours-ifetch-XMP.RF+dc-dsb-iciallu-dsb+ctrlisb",
    }
