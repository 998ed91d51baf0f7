"""Every snippet in the documentation runs; see `tests.docs.snippets`."""

from pathlib import Path

import pytest

from tests.docs.snippets import (
    FENCE,
    FILE,
    PAGES,
    Command,
    blocks,
    commands,
    execute,
    matches,
    pages_with,
    prepare,
    rewrite,
    session,
)


@pytest.mark.parametrize("page", pages_with("python"), ids=lambda page: page.name)
def test_python_snippets_run(page: Path) -> None:
    namespace: dict[str, object] = {"__name__": "__snippet__"}
    for block in blocks(page.read_text(encoding="utf-8"), "python"):
        source = "\n" * (block.line - 1) + block.text  # so that a traceback names the line of the page
        exec(compile(source, str(page), "exec"), namespace)


@pytest.mark.parametrize("page", pages_with("console run"), ids=lambda page: page.name)
def test_console_sessions_print_what_they_show(page: Path, tmp_path: Path) -> None:
    prepare(tmp_path)
    for command in commands(page.read_text(encoding="utf-8"), tmp_path):
        output, status = execute(command.line, tmp_path)
        assert status == command.status, output
        assert matches(command.expected, output), f"$ {command.line}\n{output}\nnow? then: make snippets"


def test_fences_are_known() -> None:
    """A misspelt fence would be a snippet that nobody runs."""
    known = {
        "",
        "python",
        "python no-run",
        "console",
        "console run",
        "toml",
        "json",
        "text",
        "asm",
        "c",
        "make",
        "bash",
    }
    strange = [
        (page.name, m[1])
        for page in PAGES
        for m in FENCE.finditer(page.read_text(encoding="utf-8"))
        if m[1].strip() not in known and not FILE.fullmatch(m[1].strip())
    ]
    assert strange == []


def test_session_parser() -> None:
    assert session("$ a b\nout\n$ c\nx\n[2]\n") == [Command("a b", "out\n", 0), Command("c", "x\n", 2)]


def test_files_are_there_for_what_follows(tmp_path: Path) -> None:
    pages = (
        "```text file=a.txt\n{}\n```\n```console run\n$ see {}\n```\n".format(*words)
        for words in ("12", "34")
    )
    page = "".join(pages)
    found = [(command.line, (tmp_path / "a.txt").read_text()) for command in commands(page, tmp_path)]
    assert found == [("see 2", "1\n"), ("see 4", "3\n")]


@pytest.mark.parametrize(
    ("expected", "actual", "fits"),
    [
        ("a\n", "a\n", True),
        ("a\n", "b\n", False),
        ("a\n…\nz\n", "a\nm\nn\nz\n", True),
        ("a\n…\nz\n", "a\nz\n", True),
        ("took … s\n", "took 3.2 s\n", True),
        ("took … s\n", "took 3\n s\n", False),
        ("a\n", "a\nb\n", False),
    ],
)
def test_wildcards(expected: str, actual: str, fits: bool) -> None:
    assert matches(expected, actual) is fits


def test_output_is_written_anew(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    kept = "```console run\n$ echo a\n…\n```\n```text\n$ x\n```\n"
    page.write_text("```console run\n$ echo new\nold\n$ false\n```\n" + kept)
    rewrite(page, tmp_path)
    assert page.read_text() == "```console run\n$ echo new\nnew\n$ false\n[1]\n```\n" + kept
