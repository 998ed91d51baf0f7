"""What a thread in the middle of a trampoline costs each design: the weakest waits that suffice, by the same cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..events.flavours import FLAVOURS, RUDE
from ..studies.matrix import NO_WAIT, OBJECTS, STALE, WINDOWS, Answer, waits
from ..studies.matrix.answers import FEW, NO
from ..studies.matrix.grid import VARIANTS

__all__ = ["KERNELS", "Kernel", "glance", "weaker"]


@dataclass(frozen=True, slots=True)
class Kernel:
    """Versions and preemption models for which one answer is given.  `rude`: synchronize_rcu_tasks_rude waits there."""

    versions: str
    models: tuple[str, ...]
    rude: bool


KERNELS = (
    Kernel("v7.0", ("lazy", "full"), rude=False),
    Kernel("v6.16", ("lazy", "full"), rude=False),
    Kernel("v6.13, v6.16", ("none, built",), rude=False),
    Kernel("v6.13, v6.16", ("none",), rude=False),
    Kernel("v6.3, v6.12", ("full",), rude=True),
    Kernel("v6.3, v6.12", ("none, built",), rude=True),
    Kernel("v6.3, v6.12", ("none",), rude=True),
)
"""The current one first."""
_KICK = "kick, "
_SURE, _FEW, _OPEN, _UNASKED = range(4)


def glance(answers: Iterable[Answer]) -> list[str]:
    """A table in Markdown below a heading of its own: kernel by kernel, design by design."""
    known = {(*_cell_of(one), one.object, one.place): one for one in answers}
    table = _Table(known)
    lines = [
        "#### What a thread in the middle of a trampoline costs each design",
        "",
        "What must pass between the update of the site and the free: the weakest waits that left nothing open in the",
        "cells below, for ops, text and literal together. A *bystander* is a dynamic ops on another function; *alone*",
        "there is none, and the kernel's own interrupt ends the update, by accident and not by promise. *PAC*:",
        "`machine.pac`, a switch to another task synchronizes context. *none*: PREEMPTION not built in; *none, built*:",
        "built in, booted so. An interrupt moves no task, so who is in a window is the same in all four columns.",
        "",
        "| kernel | preemption | design | bystander | bystander, PAC | alone | alone, PAC |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    designs = list(dict.fromkeys(design for design, *_ in known))
    order = [(alone, pac) for alone in (False, True) for pac in (False, True)]
    assert set(order) == set(VARIANTS)
    for kernel in KERNELS:
        for design in designs:
            needs = (table.needs(kernel, design, alone=alone, pac=pac) for alone, pac in order)
            lines.append(
                f"| {kernel.versions} | {'; '.join(kernel.models)} | {design} | {' | '.join(needs)} |"
            )
    return lines


def _cell_of(answer: Answer) -> tuple[str, str, str, bool, bool]:
    cell = answer.cell
    return cell.design, cell.model.name, cell.wait.name, cell.alone, cell.pac


class _Table:
    """Answers by (design, model, wait, alone, pac, object, place)."""

    def __init__(self, known: dict[tuple[str, str, str, bool, bool, str, str], Answer]) -> None:
        self._known = known

    def needs(self, kernel: Kernel, design: str, *, alone: bool, pac: bool) -> str:
        """The weakest waits that leave nothing open, in words."""
        tried = {
            wait: max(self._state(design, model, wait, alone, pac) for model in kernel.models)
            for wait in _waits(kernel)
        }
        if all(state == _UNASKED for state in tried.values()):
            return "not asked"
        enough = [wait for wait, state in tried.items() if state <= _FEW]
        weakest = [wait for wait in enough if not any(weaker(other, wait) for other in enough)]
        return " or ".join(_word(wait) + "?" * (tried[wait] == _FEW) for wait in weakest) or "none of these"

    def _state(self, design: str, model: str, wait: str, alone: bool, pac: bool) -> int:
        """The worst of a wait's rows.  The cell with a bystander, without PAC, says who was in a window."""
        rows = [(kind, place, False, False) for kind in OBJECTS for place in WINDOWS]
        rows += [(kind, STALE, alone, pac) for kind in OBJECTS]
        return max(
            _state_of(self._known.get((design, model, wait, one_alone, one_pac, kind, place)))
            for kind, place, one_alone, one_pac in rows
        )


def _state_of(answer: Answer | None) -> int:
    if answer is None:
        return _UNASKED
    return {NO: _OPEN, FEW: _FEW}.get(answer.answer, _SURE)


def _waits(kernel: Kernel) -> Sequence[str]:
    """Those that wait on such a kernel, without and with a kick."""
    there = [wait for wait in waits() if kernel.rude or wait.name != RUDE.name]
    return [wait.name for wait in (*there, *(wait.kicked() for wait in there))]


def _parts(wait: str) -> tuple[bool, str]:
    return wait.startswith(_KICK), wait.removeprefix(_KICK)


def weaker(one: str, other: str) -> bool:
    """Less is asked of the kernel.  Flavours do not compare, unless one contains the other."""
    (kick, base), (other_kick, other_base) = _parts(one), _parts(other)
    contained = FLAVOURS[other_base].contains if other_base != NO_WAIT else ()
    less = base in {NO_WAIT, other_base, *contained}
    return one != other and kick <= other_kick and less


def _word(wait: str) -> str:
    kick, base = _parts(wait)
    if not kick:
        return "nothing" if base == NO_WAIT else FLAVOURS[base].title
    return "a kick" if base == NO_WAIT else f"a kick and {FLAVOURS[base].title}"
