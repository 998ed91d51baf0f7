"""Random words of one table row, and text made comparable between tools."""

import re
from random import Random

from ftrace_actors.arm64.isa import ACCESS, assemble_line, table_recent
from ftrace_actors.arm64.isa.codecs_name import Named
from ftrace_actors.arm64.isa.decode import find_row
from ftrace_actors.arm64.isa.row import Row
from ftrace_actors.arm64.isa.table import ROWS

PC = 0x4000_0000
DECODED = [row for row in ROWS if not row.assemble_only]


# Capstone 5 and unicorn 2.1 know none of these, capstone 6 all: `recent_words.py` holds what that says.
RECENT = frozenset(
    [row.value for row in table_recent.ROWS if not row.mnemonic.startswith(("ldlar", "stllr"))]
    + [row.value for row in DECODED if row.mnemonic.startswith("bc.")]
    + [assemble_line("dsb oshnxs", 0, {})]
)

# The GNU assembler of binutils 2.40 does not know FEAT_LRCPC3 and FEAT_LSE128.
NOT_IN_BINUTILS = frozenset(row.value for row in table_recent.ROWS if row.visible == ACCESS) & RECENT


def row_id(row: Row) -> str:
    return f"{row.mnemonic}-{row.value:08x}"


def words_of(row: Row, count: int, seed: int = 1) -> list[int]:
    """Words that decode as exactly this row: random, with few bits set, and with register 31 mixed in."""
    draw = Random(seed ^ row.value)
    found: list[int] = []
    for attempt in range(200 * count):
        word = draw.getrandbits(32)
        if attempt % 4 == 1:
            word &= draw.getrandbits(32) & draw.getrandbits(32) & draw.getrandbits(32)
        if attempt % 4 > 1:
            word |= 31 << (5 * (attempt % 4 - 2))
        word = row.value | (word & ~row.mask)
        for codec in row.operands:
            if isinstance(codec, Named) and not codec.numeric:
                field = ((1 << codec.width) - 1) << codec.low
                word = (word & ~field) | draw.choice(sorted(codec.names)) << codec.low
        if find_row(word) is row:
            found.append(word)
            if len(found) == count:
                break
    return found


_NUMBER = re.compile(r"#?(-?)\b(0x[0-9a-f]+|\d+)\b")


def normal(text: str) -> str:
    """Lower case, single blanks, numbers as unsigned 64-bit decimals, one name for each condition."""
    text = re.sub(r"\s+", " ", text.lower()).strip()
    text = _NUMBER.sub(lambda m: str(int(m[1] + m[2], 0) % (1 << 64)), text)
    text = re.sub(r"\b(bc?\.|, )hs$|\bbc?\.hs\b", lambda m: m[0].replace("hs", "cs"), text)
    return re.sub(r"\b(bc?\.|, )lo$|\bbc?\.lo\b", lambda m: m[0].replace("lo", "cc"), text)
