"""The GNU assembler reads our dialect as we do: same source, same words.  pyelftools reads what it wrote."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from ftrace_actors.arm64.isa import parse

GNU_AS = shutil.which("aarch64-linux-gnu-as")

SOURCE = """
.equ SIZE, 0x20
start:
    bti c
    sub sp, sp, #SIZE + 16
    stp x29, x30, [sp, #SIZE]
    add x29, sp, #SIZE
1:  ldr x17, [x11, #(8 * 5)]
    cbnz x17, end
    ldar w0, [x1]
    dmb ish
    cbz w0, 1b
    bic x11, x30, #7
    ldur x11, [x11, #-16]
    mov x10, sp
    dc cvau, x0
    dsb ish
    ic ivau, x0
    isb
    b.ne 1b
    b start
    .balign 16
end:
    .inst 0xd503201f
    ldp x29, x30, [sp], #SIZE
    ret
"""


@pytest.mark.skipif(GNU_AS is None, reason="no aarch64-linux-gnu-as here")
def test_the_same_source_gives_the_same_words(tmp_path: Path) -> None:
    assert GNU_AS is not None
    source = tmp_path / "source.S"
    source.write_text(SOURCE)
    subprocess.run([GNU_AS, "-march=armv8.5-a", "-o", tmp_path / "out.o", source], check=True, timeout=60)
    with (tmp_path / "out.o").open("rb") as file:
        text = ELFFile(file).get_section_by_name(".text").data()
    theirs = [int.from_bytes(text[at : at + 4], "little") for at in range(0, len(text), 4)]
    assert parse(SOURCE, filename="source.S").encode(0, {}) == theirs
