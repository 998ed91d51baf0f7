"""Valid files of every format, with parts taken out, doubled and put in: read, or refused with one line.

A few always; `make soak` draws many more, fresh ones each time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftrace_actors import scenario
from ftrace_actors.errors import InputError
from ftrace_actors.explore import replay
from ftrace_actors.inspect import LogFile, recheck
from ftrace_actors.inspect.query import compile_query
from ftrace_actors.inspect.query import parse as parse_query
from ftrace_actors.inspect.select import names_of
from ftrace_actors.litmus import build, parse, read_kinds
from ftrace_actors.litmus.lists import entries
from tests.share import share

from .arena import usable

EXAMPLES: Final = 300
SOAK: Final = 10_000
LINE_MAX: Final = 2000
WORDS: Final = [
    *"[]{}()\"'=,.;:|#\\~&*+-/@!<>%\n\r\t \0²٣\x1b",
    *(
        "0x",
        "9" * 60,
        "[" * 300,
        "(" * 300,
        "{a=" * 40,
        ".a" * 40,
        "not ",
        "true",
        "null",
        "-1",
        "1e999",
        "P0:",
        "_",
    ),
    *('"""', "/\\", "\\/", "exists", "x1000", "18446744073709551616", "\\u0000", "\ud7ff", "\U0010ffff", "é"),
]
QUERY: Final = b'kind == "store" and addr == vfs_read + 4 or not (cpu in (0, 1) and window == "W1")'


@st.composite
def edited(draw: st.DrawFn, whole: bytes) -> bytes:
    """`whole` after a few edits."""
    data = whole
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        gone = draw(st.sampled_from([0, 0, 1, 2, 7, 40]))
        word = draw(
            st.one_of(
                st.sampled_from(WORDS).map(str.encode),
                st.binary(max_size=3),
                st.integers(0, len(data)).map(lambda start, data=data: data[start : start + 30]),
            )
        )
        data = data[:at] + word + data[at + gone :]
    return data


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def _overridden(path: Path) -> None:
    key, _, value = _text(path).partition("=")
    scenario.loads(usable()["good.toml"].decode(), "good.toml", {key: value})


def _log(path: Path) -> None:
    log = LogFile(path)
    names_of(log)
    recheck(path)


def _query(path: Path) -> None:
    names = names_of(LogFile(path.with_name("good.log")))
    compile_query(parse_query(_text(path), names), names)


FORMATS: Final[dict[str, tuple[bytes, Callable[[Path], object]]]] = {
    "scenario": (usable()["good.toml"], lambda path: scenario.build(scenario.load(path))),
    "override": (b"machine.cpus=[1, {a = 2}]", _overridden),
    "replay": (usable()["good.replay.json"], replay.load),
    "log": (usable()["good.log"], _log),
    "query": (QUERY, _query),
    "litmus": (usable()["good.litmus"], lambda path: build(parse(_text(path), str(path)))),
    "kinds": (b"MP Allowed # why\n(* a *) MP2 Forbidden\n", read_kinds),
    "list": (b"good.litmus # one\n@good.list\n", lambda path: list(entries([f"@{path}"]))),
}


@pytest.mark.parametrize("name", FORMATS)
def test_an_edited_file_is_read_or_refused(name: str, tmp_path: Path) -> None:
    read_or_refused(name, tmp_path, EXAMPLES)


@pytest.mark.soak
@pytest.mark.parametrize("name", FORMATS)
def test_many_edited_files_are_read_or_refused(name: str, tmp_path: Path) -> None:
    read_or_refused(name, tmp_path, share(SOAK))


def read_or_refused(name: str, tmp_path: Path, examples: int) -> None:
    whole, read = FORMATS[name]
    (tmp_path / "good.log").write_bytes(usable()["good.log"])
    path = tmp_path / "edited"

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(edited(whole))
    def check(data: bytes) -> None:
        path.write_bytes(data)
        try:
            read(path)
        except InputError as error:
            assert len(str(error)) <= LINE_MAX  # noqa: PT017 -- what is refused is as good as what is read

    check()
