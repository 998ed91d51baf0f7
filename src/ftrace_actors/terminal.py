r"""Text on its way to a terminal: what may be in it, and where a line of it may end.

Names, summaries, logs and replay files are written by others.  An escape sequence in one of them would move the cursor
or retitle the window, a bidi override would show a line in another order than it has.  So whatever is printed goes
through `shown`, and what has to stay on one line through `one_line`.  Both write a character that is not printable as
JSON does (``\u001b``, ``\udb40\udc01``), so a line of JSON means the same afterwards.

`fold` breaks lines at blanks only, and not inside what `unbroken` has marked: a path, a command, a name.
"""

import re
import textwrap

__all__ = ["fold", "one_line", "shown", "unbroken"]

_KEPT = "\n\t"
_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
_STICKY = "\ufdd0"
"""Stands for a blank that no line may end at; a noncharacter, which `shown` never lets through."""
_SUSPECT = re.compile(r"[^ -~\n\t]")


def shown(text: str) -> str:
    """`text` as it may be sent to a terminal; line ends and tabs stay, every other control character is written out.

    So are format characters (bidi overrides, zero-width ones), line and paragraph separators, surrogates and code
    points that are not assigned.
    """
    return _SUSPECT.sub(_visible, text)


def one_line(text: str) -> str:
    """As `shown`, on one line: line ends and tabs are written out too."""
    return shown(text).replace("\n", _SHORT["\n"]).replace("\t", _SHORT["\t"])


def _visible(match: re.Match[str]) -> str:
    char = match[0]
    if char.isprintable() or (char.isspace() and char not in _SEPARATORS):
        return char
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return _SHORT.get(char) or "".join(f"\\u{unit}" for unit in re.findall("....", units))


_SEPARATORS = frozenset("\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")
"""White space that moves more than one column to the right."""


def unbroken(text: str) -> str:
    """`text` on one line, as a single word for `fold`, which keeps its blanks."""
    return one_line(text).replace(" ", _STICKY)


def fold(text: str, width: int, indent: str = "", subsequent: str | None = None) -> list[str]:
    """`text` in lines of at most `width` columns, but a longer word is left whole on a line of its own.

    The first line begins with `indent`, the others with `subsequent`, or `indent` when that is None.
    """
    lines = textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent if subsequent is None else subsequent,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [line.replace(_STICKY, " ") for line in lines]
