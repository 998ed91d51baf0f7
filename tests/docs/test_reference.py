"""Every public name is on a page: those of the command line, of scenarios and events, and of the library."""

import importlib
import re

import pytest

from ftrace_actors.checks import CHECKS
from ftrace_actors.checks.sometimes import WINDOWS
from ftrace_actors.cli import main
from ftrace_actors.cli.app import COMMANDS
from ftrace_actors.events import EVENT_KINDS
from ftrace_actors.events.flavours import FLAVOURS
from ftrace_actors.explore import NAMES
from ftrace_actors.inspect.query import FIELDS
from ftrace_actors.kernel.actions import verbs
from ftrace_actors.kernel.designs import DESIGNS
from ftrace_actors.kernel.orderings import ORDERINGS
from ftrace_actors.scenario.keys import keys
from ftrace_actors.words import SEVERITIES, Verdict
from tests.docs.snippets import PAGES, REPO
from tests.inprocess import call
from tools.site import reference

MADE = reference.pages()
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}

PUBLIC = {
    "invariants": list(CHECKS),
    "windows": list(WINDOWS),
    "strategies": list(NAMES),
    "orderings": list(ORDERINGS),
    "designs": list(DESIGNS),
    "flavours": list(FLAVOURS),
    "actions": list(verbs()),
    "verdicts": [verdict.value for verdict in Verdict],
    "severities": [severity.value for severity in SEVERITIES],
    "keys": list(keys()),
    "events": [*(kind.__struct_config__.tag for kind in EVENT_KINDS), *FIELDS],
}


def is_on(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text.replace("\\_", "_")) is not None


@pytest.mark.parametrize("page", PUBLIC)
def test_every_name_of_a_kind_is_on_its_page(page: str) -> None:
    common = {
        "kind",
        "seq",
        "step",
        "actor",
        "cpu",
        "task",
        "cause",
        "symbol",
        "occurrence",
    }  # docs/logs.md has them
    text = MADE[page] + (TEXTS[REPO / "docs" / "logs.md"] if page == "events" else "")
    assert common <= set(FIELDS)
    assert [name for name in PUBLIC[page] if not is_on(name, text)] == []


def test_a_name_that_is_missing_is_noticed() -> None:
    assert not is_on("INV-LIF", MADE["invariants"])
    assert not is_on("INV-NONE", MADE["invariants"])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_described_with_all_its_options(command: str) -> None:
    page = MADE["commands"]
    start = page.index(f"## ftrace-actors {command}\n")
    end = page.find("\n## ", start + 1)
    section = page[start : end if end > 0 else None]
    shown = call(main, command, "--help", cwd=REPO).stdout
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", shown.partition("Parameters")[2]))
    assert options or command in {"completion", "disasm"}
    assert sorted(option for option in options if option not in section) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_used_on_a_page_for_people(command: str) -> None:
    used = [page.name for page, text in TEXTS.items() if f"ftrace-actors {command}" in text]
    assert used, f"no page shows `ftrace-actors {command}`"


def test_the_options_for_pytest_are_on_a_page() -> None:
    source = (REPO / "src" / "ftrace_actors" / "pytest_plugin.py").read_text(encoding="utf-8")
    source += (REPO / "src" / "ftrace_actors" / "testing" / "options.py").read_text(encoding="utf-8")
    options = set(re.findall(r"--ftrace-[a-z]+", source))
    assert len(options) > 4
    assert sorted(name for name in options if name not in TEXTS[REPO / "docs" / "testing.md"]) == []


class TestLibrary:
    def test_every_public_name_is_described(self) -> None:
        pytest.importorskip("griffe", reason="the extra `docs` is not installed")
        from tools.site import library

        pages = library.pages()
        for module in library.MODULES:
            text = pages[f"api-{module.replace('.', '-')}"]
            names = [n for n in importlib.import_module(module).__all__ if not n.startswith("_")]
            assert names
            assert [name for name in names if not re.search(rf"^## {name}(\(\))?$", text, re.MULTILINE)] == []
            bare = re.findall(r"^## (.+)\n\n(?=## )", text, re.MULTILINE)
            assert bare == [], f"{module}: without a word of what they are"

    def test_docstrings_are_written_as_markdown(self) -> None:
        pytest.importorskip("griffe", reason="the extra `docs` is not installed")
        from tools.site.library import _markdown

        assert _markdown("See :mod:`a.b`::\n\n    code") == "See `a.b`:\n\n    code"
