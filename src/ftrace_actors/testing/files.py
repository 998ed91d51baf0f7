"""Which file a relative name in a test means, wherever pytest is started.

It starts from pytest's rootdir, like the names in a node id, so that a test finds its scenario from any directory of
its project. A file that is not there may be where pytest was started.
"""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

__all__ = ["digest_of", "located", "start_from"]

_roots: list[Path | None] = [None]
"""The rootdir, as an only element; None outside pytest."""


def start_from(root: Path | None) -> Path | None:
    """Relative names start from here; returns from where they did."""
    before = _roots[0]
    _roots[0] = root
    return before


def located(name: Path | str, root: Path | None = None) -> Path:
    """The file of that name, which need not exist; `root` is the rootdir, where it is known better."""
    start = root or _roots[0]
    if start is not None and (start / name).is_file() and start != Path.cwd():
        return start / name
    return Path(name)


def digest_of(path: str) -> str:
    """Of the text in a file, to see whether it has changed; "" when it cannot be read."""
    try:
        return blake2b(Path(path).read_bytes(), digest_size=16).hexdigest()
    except OSError:
        return ""
