"""Which file a relative name in a test means, wherever pytest is started.

It starts from pytest's rootdir, like the names in a node id, so that a test finds its scenario from any directory of
its project. A file that is not there may be where pytest was started.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from ..explore.portable import portable

__all__ = ["digest_of", "from_root", "located", "start_from"]


@dataclass(slots=True)
class _Session:
    """The run of pytest in this process: `root` is its rootdir, None outside pytest."""

    root: Path | None = None


_session: Final = _Session()


def start_from(root: Path | None) -> Path | None:
    """Relative names start from here; returns from where they did."""
    before, _session.root = _session.root, root
    return before


def located(name: Path | str, root: Path | None = None) -> Path:
    """The file of that name, which need not exist; `root` is the rootdir, where it is known better."""
    start = root or _session.root
    if start is not None and (start / name).is_file() and start != Path.cwd():
        return start / name
    return Path(name)


def from_root(path: Path | str) -> str:
    """How to name a file in a log that does not depend on where the project is."""
    start = _session.root
    if start is not None and Path(path).is_relative_to(start):
        return Path(path).relative_to(start).as_posix()
    return portable(str(path))


def digest_of(path: str) -> str:
    """Of the text in a file, to see whether it has changed; "" when it cannot be read."""
    try:
        return blake2b(Path(path).read_bytes(), digest_size=16).hexdigest()
    except OSError:
        return ""
