"""The design that docs/designs.md shows: short, and what the page says of it beyond what its sessions show.

That it holds, and what breaks without its kick, is run by `test_snippets`.
"""

from pathlib import Path

import pytest

from ftrace_actors.cli import main
from tests.docs.snippets import FENCE, FILE, REPO

LINES_MAX = 40
NO_RUDE = ("--set", "kernel.rude=noop")


def shown() -> tuple[str, str]:
    """Name and text of the file on the page."""
    page = (REPO / "docs" / "designs.md").read_text(encoding="utf-8")
    ((name, text),) = (
        (match[1], found[2]) for found in FENCE.finditer(page) if (match := FILE.fullmatch(found[1]))
    )
    return name, text


@pytest.fixture(autouse=True)
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    name, text = shown()
    (tmp_path / name).write_text(text, encoding="utf-8")
    return name


def run(name: str, *more: str, scenario: str = "disable-under-load") -> int:
    return main(["run", scenario, "--design", name, "--jobs", "1", "--quiet", *NO_RUDE, *more])


def test_a_whole_variant_is_short() -> None:
    _, text = shown()
    assert len(text.splitlines()) < LINES_MAX
    assert "class KeepLiteral(CallOps):" in text


def test_its_unregister_writes_no_literal(written: str, capsys: pytest.CaptureFixture[str]) -> None:
    few = ("--runs", "60", "--json")
    assert main(["run", "disable-under-load", "--jobs", "1", *few, *NO_RUDE]) == 0
    assert '"literal:nop"' in capsys.readouterr().out  # what the merged design makes late callers read
    assert run(written, *few) == 0
    assert '"literal:nop"' not in capsys.readouterr().out


def test_alone_the_kernels_own_interrupt_stands_in_for_the_kick(written: str) -> None:
    """Dropped by its name, the design is as wrong alone as the page's session shows it with a bystander."""
    no_kick = ("--set", 'protocol.wait=["tasks"]')
    assert run(written, "--fail-fast", *no_kick, "--set", 'protocol.drop=["sync-ipi"]') == 1
