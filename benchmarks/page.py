"""Putting what a benchmark measured into docs/exploration.md."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["put"]

_PAGE = Path(__file__).parents[1] / "docs" / "exploration.md"


def put(mark: str, text: str) -> None:
    """Replace what is between the marks `<!-- MARK -->` and `<!-- end of MARK -->`; both must be there."""
    page = _PAGE.read_text(encoding="utf-8")
    between = rf"(?<=<!-- {re.escape(mark)} -->\n).*?(?=<!-- end of {re.escape(mark)} -->)"
    page, places = re.subn(between, lambda _: text, page, flags=re.DOTALL)
    if places != 1:
        raise SystemExit(f"{_PAGE}: no place that is marked {mark!r}")
    _PAGE.write_text(page, encoding="utf-8")
