"""Files are there whole or not at all, with the modes that the user wants, and nowhere else."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ftrace_actors import atomic_file
from ftrace_actors.atomic_file import fresh_file, write_lines, write_whole


@pytest.fixture(params=["nameless", "named"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to write."""
    if request.param == "named":
        monkeypatch.setattr(atomic_file, "_nameless", lambda directory: None)


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_a_file_obeys_the_umask(tmp_path: Path) -> None:
    for _ in range(2):  # also the one that replaces it
        write_whole(tmp_path / "deep" / "file", b"text")
        assert stat.S_IMODE((tmp_path / "deep" / "file").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "deep").stat().st_mode) == 0o750


def test_the_new_replaces_the_old_and_leaves_nothing_else(tmp_path: Path) -> None:
    for data in (b"old" * 100_000, b"", b"new"):
        write_whole(tmp_path / "file", data)
        assert (tmp_path / "file").read_bytes() == data
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("leads", ["elsewhere", "absent"])
def test_a_symlink_is_replaced_not_followed(tmp_path: Path, leads: str) -> None:
    (tmp_path / "elsewhere").write_text("mine")
    for number, write in enumerate((lambda path: write_whole(path, b"text"), _stream)):
        link = tmp_path / f"link{number}"
        link.symlink_to(tmp_path / leads)
        write(link)
        assert not link.is_symlink()
        assert link.read_text() == "text"
    assert (tmp_path / "elsewhere").read_text() == "mine"
    assert not (tmp_path / "absent").exists()


def test_a_pipe_is_replaced_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    _stream(tmp_path / "pipe")
    assert (tmp_path / "pipe").read_text() == "text"


def test_what_cannot_be_written_is_not_half_there(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "file", b"text")
    with pytest.raises(OSError, match="too long"):
        write_whole(tmp_path / ("x" * 300), b"text")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_lines_that_cannot_be_made_leave_the_old_file(tmp_path: Path) -> None:
    write_lines(tmp_path / "file", [b"one", b"two"])
    with pytest.raises(ZeroDivisionError):
        write_lines(tmp_path / "file", (b"%d" % (1 // n) for n in (1, 0)))
    assert (tmp_path / "file").read_bytes() == b"one\ntwo\n"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def _stream(path: Path) -> None:
    with os.fdopen(fresh_file(path), "wb") as file:
        file.write(b"text")
