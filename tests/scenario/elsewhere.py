"""Another layout of memory: text in front of the first symbol, and the text base a page further on."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ftrace_actors.kernel import placing

__all__ = ["PAGE", "moved"]

PAGE = 0x1000
IN_FRONT = "in_front:\n" + "\tnop\n" * 21 + "\tret\n"


@contextmanager
def moved() -> Iterator[None]:
    """Worlds that are built meanwhile have other addresses."""
    text_of = placing.asm_text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(placing, "TEXT_BASE", placing.TEXT_BASE + PAGE)
        patch.setattr(placing, "FUNCTIONS_BASE", placing.FUNCTIONS_BASE + PAGE)
        patch.setattr(placing, "COMMON_ASM", ("in_front.S", *placing.COMMON_ASM))
        patch.setattr(
            placing,
            "asm_text",
            lambda name, *args: IN_FRONT if name == "in_front.S" else text_of(name, *args),
        )
        yield
