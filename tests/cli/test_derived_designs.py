"""A design of the user's own that derives from a shipped one: every step that the base asks for passes the guard."""

from pathlib import Path

import pytest

from ftrace_actors.cli import main
from ftrace_actors.kernel.designs import DESIGNS

SHIPPED = {
    "CallOps": "pair-call-ops",
    "ListOnly": "grace-period-rcu-in-reader",
    "TwoTrampolines": "two-teardown-tasks",
    "DynamicTrampoline": "dynamic-far-no-kick",
    "GlobalOps": "pair-global-ops",
}
"""Class of a shipped design -> a scenario that is written for it."""


def test_every_shipped_design_has_its_line() -> None:
    assert {type(design).__name__ for design in DESIGNS.values()} == set(SHIPPED)


@pytest.mark.parametrize(("base", "scenario"), SHIPPED.items())
def test_a_file_may_derive_from_any_shipped_design(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    base: str,
    scenario: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "mine.py").write_text(
        "from ftrace_actors.kernel.designs import *\n"
        f'class Mine({base}):\n    name = "mine"\n    summary = "the same by another name"\n'
    )
    assert main(["once", scenario]) in (0, 1)
    shipped = capsys.readouterr().out
    assert main(["once", scenario, "--design", "mine.py"]) in (0, 1)
    assert timeline(capsys.readouterr().out) == timeline(shipped)


def timeline(out: str) -> str:
    """What happened, without the words about the world."""
    head, event, rest = out.partition("\n  event ")
    assert head
    assert "unregister" in rest
    return event + rest
