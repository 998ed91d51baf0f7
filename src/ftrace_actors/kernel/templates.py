"""Placing code that comes while the kernel runs: as data that it is copied from, and room where it goes.

That is what allocated trampolines are made of: slots, and the template.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..arm64.isa import parse
from .actions import Trace
from .asm_files import asm_text
from .designs.errors import DesignError
from .layout import CONSTANTS, TEMPLATE_BASE, TRAMPOLINES_BASE
from .marks import parse_mark
from .operations import OPERATIONS
from .slots import BL_RANGE, Template

if TYPE_CHECKING:
    from ..arm64.isa import Source
    from .actions import Action
    from .image import Image
    from .spec import Spec

__all__ = ["lay_down", "place_template", "reaches", "reserve", "slots_of", "veneer_source"]

LINE = 64
LABELS = ("ftrace_tramp.ops", "ftrace_tramp.call")
"""Where a template holds the pointer to its ops, and where it calls the function."""
COPY = 8
"""Bytes the copying routine moves at a time."""


def slots_of(spec: Spec) -> range:
    """Addresses for trampolines, one for each operation that may have one written.

    No task does an action twice, so they can be counted.
    """
    count = sum(_writes_text(action) for task in spec.tasks for action in task.actions)
    return range(TRAMPOLINES_BASE, TRAMPOLINES_BASE + 2 * LINE * count, 2 * LINE)


def _writes_text(action: Action) -> bool:
    match action:
        case Trace(operation, _):
            return OPERATIONS[operation].writes_text
        case _:
            return False


def reaches(site: int, targets: list[int]) -> bool:
    """May a BL at `site` call every one of them?"""
    return all(-BL_RANGE <= target - site < BL_RANGE for target in targets)


def veneer_source(function: str) -> Source:
    """The PLT entry of one function's site."""
    text = re.sub(r"\bftrace_plt\b", f"{function}.plt", asm_text("ftrace_plt.S"))
    return parse(text, filename="ftrace_plt.S", constants=CONSTANTS)


def place_template(image: Image) -> Template:
    """Assemble the design's template, lay it out as data, and reserve the slots: text of zeros that may be written."""
    name = image.design.template
    protocol = image.spec.protocol
    text = asm_text(name, protocol.drop, image.design.beside, protocol.weaken)
    source = parse(text, filename=name, constants=CONSTANTS)
    slots = slots_of(image.spec)
    words = source.encode(TRAMPOLINES_BASE, image.symbols.names())
    words += [0] * (-len(words) % (COPY // 4))
    size = 4 * len(words)
    if size > 2 * LINE:
        raise _unusable(image, f"has {size} bytes; a slot has {2 * LINE}")
    for label in LABELS:
        if label not in source.labels:
            raise _unusable(image, f"has no label {label}")
    lay_down(image, f"{name.removesuffix('.S')}_template", TEMPLATE_BASE, words)
    for number, base in enumerate(slots):
        reserve(image, f"ftrace_tramp.{number}", base, source, size)
    ops, call = (source.labels[label] for label in LABELS)
    return Template(TEMPLATE_BASE, size, ops, call, tuple(slots))


def _unusable(image: Image, message: str) -> DesignError:
    design = image.design
    return DesignError(design.source or design.name, "", f"the template {design.template} {message}")


def lay_down(image: Image, symbol: str, base: int, words: list[int]) -> None:
    """Put the words of code at `base` as data, an even number of them, to be copied from there."""
    for index in range(0, len(words), 2):
        image.cells[base + 4 * index] = (words[index] | words[index + 1] << 32, 0)
    image.name(symbol, base, 4 * len(words), "")


def reserve(image: Image, symbol: str, base: int, source: Source, size: int) -> None:
    """Make room for code that is written while the kernel runs: zeros that may be modified, with the marks of `source`.

    Raises BuildError when something else is there.
    """
    image.name(symbol, base, size, "")
    marks = {base + offset: parse_mark(text) for offset, text in source.annotations}
    image.marks.update(marks)
    image.program.place(base, [0] * (size // 4), {at: str(mark) for at, mark in marks.items()})
    for addr in range(base, base + size, 4):
        image.cells[addr & ~7] = (0, 0)
        image.program.allow_modification(addr, unlisted=True)
