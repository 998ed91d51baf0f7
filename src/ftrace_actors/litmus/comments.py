"""Comments `(* ... *)`, which may be nested, as tests and kinds files have them."""

from __future__ import annotations

import re

from .errors import Place

__all__ = ["blank_comments"]

_COMMENT_EDGE = re.compile(r"\(\*|\*\)")


def blank_comments(text: str, place: Place) -> str:
    """The text with comments turned into blanks, so that every offset stays what it was.

    Raises `LitmusError` for one that is not closed.
    """
    pieces: list[str] = []
    opened: list[int] = []
    done = 0
    for edge in _COMMENT_EDGE.finditer(text):
        if edge[0] == "(*":
            if not opened:
                pieces.append(text[done : edge.start()])
                done = edge.start()
            opened.append(edge.start())
        elif opened:
            opened.pop()
            if not opened:
                pieces.append(re.sub(r"[^\n]", " ", text[done : edge.end()]))
                done = edge.end()
    if opened:
        raise place.error(opened[0], "found a comment '(*' without its '*)'")
    return "".join(pieces) + text[done:]
