"""Symbolic registers, `X%a` and `W%a` in code, `0:X%a` elsewhere: any register that its thread does not use.

They are given real names before anything else is read: those of one thread in the order of the alphabet, each the
lowest register free.  States show the real names.
"""

from __future__ import annotations

import re

from .errors import Place

__all__ = ["in_code", "in_places", "registers_for"]

_SYMBOLIC = re.compile(r"([XWxw]?)%([A-Za-z_]\w*)")
_PLACE = re.compile(r"\b(P?)(\d+)(\s*:\s*)([XWxw]?)%([A-Za-z_]\w*)")
_REAL = re.compile(r"\b[XWxw](\d+)\b")
_REAL_PLACE = re.compile(r"\b(\d+)\s*:\s*[XWxw](\d+)\b")

Names = dict[int, dict[str, int]]
"""For each thread, the register each symbolic name stands for."""


def registers_for(code: dict[int, str], places: str, place: Place) -> Names:
    """Registers for all symbolic names in the code of each thread and in `places` (init block and ending).

    Raises `LitmusError` where a thread has no register left.
    """
    used = {thread: {int(number) for number in _REAL.findall(text)} for thread, text in code.items()}
    names = {thread: {name for _, name in _SYMBOLIC.findall(text)} for thread, text in code.items()}
    for thread, number in _REAL_PLACE.findall(places):
        used.setdefault(int(thread), set()).add(int(number))
    for _, thread, _, _, name in _PLACE.findall(places):
        names.setdefault(int(thread), set()).add(name)
    found: Names = {}
    for thread, wanted in names.items():
        free = [number for number in range(31) if number not in used.get(thread, ())]
        if len(wanted) > len(free):
            raise place.error(
                0, f"found {len(wanted)} symbolic registers in P{thread}, which has {len(free)} left"
            )
        found[thread] = dict(zip(sorted(wanted), free, strict=False))
    return found


def in_code(text: str, names: dict[str, int]) -> str:
    """An instruction with real registers."""
    return _SYMBOLIC.sub(lambda found: f"{found[1] or 'X'}{names[found[2]]}", text)


def in_places(text: str, names: Names) -> str:
    """Init block or ending with real registers, as long as it was where that is possible."""

    def real(found: re.Match[str]) -> str:
        thread = int(found[2])
        made = f"{found[1]}{found[2]}{found[3]}{found[4] or 'X'}{names[thread][found[5]]}"
        return made.ljust(len(found[0]))

    return _PLACE.sub(real, text)
