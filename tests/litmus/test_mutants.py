"""The mutants of `mutants.py` still fit the code, and some of them, tried here, are killed."""

import pytest

from ftrace_actors.arm64.solo import Solo

from .mutant_list import MUTANTS, Mutant
from .mutants import MACHINE, SOURCE, apply, first_difference, killer


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_every_mutant_applies(mutant: Mutant) -> None:
    text = (SOURCE / MACHINE / mutant.file).read_text(encoding="utf-8")
    changed = apply(mutant, text)
    assert changed != text
    compile(changed, mutant.file, "exec")


def test_the_machine_itself_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_hopeless", "_spent"):
        monkeypatch.setattr(Solo, name, getattr(Solo, name))  # set back what the comparison replaces
    assert first_difference() == ""


@pytest.mark.parametrize("name", ["DMB does not hold later reads", "ISB leaves the fetch view"])
def test_a_broken_rule_is_found(name: str) -> None:
    mutant = next(mutant for mutant in MUTANTS if mutant.name == name)
    assert killer(mutant).startswith("pair: ")
