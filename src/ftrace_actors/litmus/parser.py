r"""The herd AArch64 litmus format, from text to a `LitmusTest`.

    AArch64 MP                      architecture and name
    "info" Key=Value ...            prologue
    { x=0; 0:X1=x; 1:X1=P0:L0; }    init: memory, registers, addresses, instruction words
     P0          | P1          ;    code, one column a thread; `P1.F` is P1's fault handler
     L0: NOP     | LDR W0,[X1] ;
    locations [x; 1:X0;]
    exists (1:X0=1 /\ x=1)

Source: the herdtools7 documentation and its published tests.  Comments `(* ... *)` may stand anywhere and may be
nested; after the prologue `// ...` is one too.
"""

from __future__ import annotations

import re

from .comments import blank_comments
from .conditions import Ending, parse_ending
from .errors import Place
from .init_block import parse_init
from .left_out import variant_left_out
from .options import ALWAYS, KNOWN, VARIANT_KEYS, variants_of
from .symbolic import in_code, in_places, registers_for
from .syntax import Cell, Code, Column, LitmusTest
from .tokens import THREADS_MAX, thread_of

__all__ = ["parse"]

_LINE_COMMENT = re.compile(r"//[^\n]*")
_HEAD = re.compile(r"\s*(?P<arch>[A-Za-z]\w*)(?:[ \t]+(?P<name>\S[^\n{]*))?[ \t]*(?=\n|\{)", re.ASCII)
_META = re.compile(r"^[ \t]*([A-Za-z][\w.-]*)[ \t]*=[ \t]*(.*)$", re.MULTILINE)
_STRING = re.compile(r'"[^"]*"')
_ENDING = re.compile(
    r"(?:(?<=;)|^)[ \t]*(?:locations\b|exists\b|forall\b|filter\b|~|not\b|observed\b)", re.MULTILINE
)
_THREAD = re.compile(r"P(\d+)(\.F)?", re.ASCII)
_LABEL = re.compile(r"([A-Za-z_.$][\w.$]*)\s*:\s*", re.ASCII)
CODE_MAX = 1 << 11
"""Instructions of one thread."""


def parse(text: str, filename: str = "<text>") -> LitmusTest:
    """Parse one litmus test.  Raises `LitmusError` with file, line and column."""
    place = Place(filename, text)
    _check_architecture(_HEAD.match(text), place)  # before anything else: C has no comments of this kind
    plain = blank_comments(text, place) if "(*" in text or "*)" in text else text
    if "\r" in plain or plain.startswith("\ufeff"):
        plain = plain.replace("\r", " ").replace("\ufeff", " ")
    head = _HEAD.match(plain)
    if head is None:
        raise place.error(0, "found no first line such as 'AArch64 NAME'")
    _check_architecture(head, place)
    if head["name"] is None:
        raise place.error(head.start("arch"), "found no name after AArch64")
    opening = _opening(plain, head.end())
    if opening < 0:
        raise place.error(len(plain), "found no init block '{ ... }'")
    if "//" in plain:
        plain = plain[:opening] + _LINE_COMMENT.sub(lambda found: " " * len(found[0]), plain[opening:])
    closing = _closing(plain, opening, place)
    meta = _meta(plain[head.end() : opening])
    _check_variants(meta, plain, head.end(), place)
    ending_at = _ENDING.search(plain, closing)
    cut = ending_at.start() if ending_at is not None else len(plain)
    columns = _columns(plain, closing + 1, cut, place)
    if "%" in plain[opening:]:
        head_text, middle, tail = plain[:closing], plain[closing:cut], plain[cut:]
        head_text, tail = _real_registers(columns, head_text, tail, place)
        closing, cut = len(head_text), len(head_text) + len(middle)
        plain = head_text + middle + tail
    init = parse_init(plain, opening + 1, closing, place)
    arrays = {item.target.name for item in init if isinstance(item.target, Cell) and item.count > 1}
    ending = parse_ending(plain[cut:], cut, place, arrays) if ending_at is not None else Ending()
    claim = plain[ending.start :].strip()
    if not ending.quantifier:
        if not ending.locations:
            raise place.error(len(plain), "found no exists, ~exists or forall")
        ending.quantifier, claim = "forall", "forall (true)"  # nothing is claimed, so it holds
    return LitmusTest(
        name=head["name"].rstrip(),
        filename=filename,
        source=text,
        meta=meta,
        init=init,
        columns=columns,
        locations=tuple(ending.locations),
        filter=ending.filter,
        quantifier=ending.quantifier,
        condition=ending.condition,
        condition_text=claim,
        ending_offset=cut,
    )


def _check_architecture(head: re.Match[str] | None, place: Place) -> None:
    """Raises `LitmusError` for a test that is not of AArch64."""
    if head is None or head["arch"].lower() == "aarch64":
        return
    at, shown = head.start("arch"), head["arch"][:40]
    if shown in {"C", "LKMM"}:
        raise place.error(at, "found a litmus test in C; only those of AArch64 are read")
    raise place.error(at, f"found architecture '{shown}' where AArch64 is expected")


def _real_registers(columns: tuple[Column, ...], before: str, after: str, place: Place) -> tuple[str, str]:
    """Give symbolic registers real names, in the code and in what comes before and after it."""
    code: dict[int, str] = {}
    for column in columns:
        lines = [code.get(column.thread, ""), *[line.text for line in column.code]]
        code[column.thread] = "\n".join(lines)
    names = registers_for(code, before + after, place)
    for column in columns:
        column.code = [Code(in_code(line.text, names[column.thread]), line.offset) for line in column.code]
    return in_places(before, names), in_places(after, names)


def _opening(text: str, start: int) -> int:
    """The offset of the brace that opens the init block: the first outside the strings of the prologue."""
    at = text.find("{", start)
    if '"' in text[start:at]:
        return _STRING.sub(lambda found: " " * len(found[0]), text[start:]).find("{") + start
    return at


def _meta(prologue: str) -> dict[str, str]:
    """The `Key=Value` lines; of a key that comes twice, both values."""
    meta: dict[str, list[str]] = {}
    if "=" in prologue:
        for key, value in _META.findall(_STRING.sub("", prologue)):
            meta.setdefault(key, []).append(value.rstrip())
    return {key: ",".join(values) for key, values in meta.items()}


def _check_variants(meta: dict[str, str], text: str, start: int, place: Place) -> None:
    name, feature = variant_left_out(meta) if meta else ("", "")
    if feature:
        raise place.left_out(text.index(name, start), name, feature)
    known = ALWAYS.union(KNOWN)
    expected = f"where one of {', '.join(sorted(known))} is expected"
    for key, value in meta.items():
        if key.lower() in VARIANT_KEYS and not value.strip(", |"):
            raise place.error(text.index(key, start), f"found nothing after '{key}=' {expected}")
    for name in variants_of(meta):
        if name.lower() not in known:
            raise place.error(text.index(name, start), f"found variant '{name}' {expected}")


def _closing(text: str, opening: int, place: Place) -> int:
    """The offset of the brace that closes the init block; arrays have braces of their own."""
    depth = 0
    for match in re.finditer(r"[{}]", text[opening:]):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return opening + match.start()
    raise place.error(opening, "found no '}' that closes the init block")


# -- code ---------------------------------------------------------------------------------------------------------


def _columns(text: str, start: int, end: int, place: Place) -> tuple[Column, ...]:
    rows = text[start:end].split(";")
    if rows[-1].strip():
        raise place.error(end - len(rows[-1]), "found a row of code without ';' at its end")
    if len(rows) == 1:
        raise place.error(end, "found no code where a line of threads, 'P0 | P1 ;', is expected")
    columns = _header(rows[0], start, place)
    at = start + len(rows[0]) + 1
    for row in rows[1:-1]:
        cells = row.split("|")
        surplus = cells[len(columns) :]
        if surplus and (len(surplus) > 1 or surplus[0].strip()):
            _check_lines(cells, at, place)
            raise place.error(at, f"found {len(cells)} cells in a row where {len(columns)} are expected")
        for column, cell in zip(columns, cells, strict=False):
            if not cell.isspace() and cell:
                _cell(column, cell, at, place)
            at += len(cell) + 1
        at += sum(len(cell) + 1 for cell in surplus)
    for column in columns:
        if len(column.code) > CODE_MAX:
            raise place.error(
                column.code[CODE_MAX].offset,
                f"found {len(column.code)} instructions in a thread where {CODE_MAX} are the most",
            )
    return columns


def _header(row: str, start: int, place: Place) -> tuple[Column, ...]:
    """The threads.  A handler belongs to a thread that is there as well."""
    columns: list[Column] = []
    at = start
    for cell in row.split("|"):
        text = cell.strip()
        match = _THREAD.fullmatch(text)
        if match is None:
            first = _THREAD.match(text)
            if first is not None and "\n" in text[first.end() :]:
                behind = at + cell.index(text) + first.end()
                raise place.error(behind, f"found no '|' or ';' after '{first[0]}' in the line of threads")
            shown = text if len(text) <= 40 else f"{text[:37]}..."
            raise place.error(at, f"found '{shown}' where a thread such as P0 or P0.F is expected")
        thread = thread_of(match[1])
        if thread is None:
            shown = text if len(text) <= 40 else f"{text[:37]}..."
            raise place.error(at, f"found '{shown}' where a thread below P{THREADS_MAX} is expected")
        column = Column(thread, match[2] is not None, [], {})
        if any((other.thread, other.handler) == (column.thread, column.handler) for other in columns):
            raise place.error(at, f"found thread '{text}' twice")
        columns.append(column)
        at += len(cell) + 1
    running = {column.thread for column in columns if not column.handler}
    for column in columns:
        if column.thread not in running:
            raise place.error(
                start + row.index(f"P{column.thread}"),
                f"found a handler 'P{column.thread}.F' of a thread P{column.thread} that is not there",
            )
    return tuple(columns)


def _check_lines(cells: list[str], at: int, place: Place) -> None:
    """Too many cells: is one of them the end of one row and the start of the next?"""
    for cell in cells:
        lines = cell.rstrip().lstrip().splitlines()
        if len(lines) > 1:
            raise place.error(at, f"found no ';' after '{lines[0].strip()}' at the end of its line")
        at += len(cell) + 1


def _cell(column: Column, cell: str, at: int, place: Place) -> None:
    """One cell: labels, then possibly an instruction."""
    text = cell.rstrip()
    begin = len(text) - len(text.lstrip())
    if ":" in text:
        match = _LABEL.match(text, begin)
        while match is not None:
            name = match[1]
            if name in column.labels:
                raise place.error(at + begin, f"label '{name}' is defined twice")
            column.labels[name] = len(column.code)
            begin = match.end()
            match = _LABEL.match(text, begin)
    if begin < len(text):
        if "\n" in text:
            line_end = text.find("\n", begin)
            if line_end >= 0:
                shown = text[begin:line_end].strip()
                raise place.error(at + begin, f"found no ';' or '|' after '{shown}' at the end of its line")
        column.code.append(Code(text[begin:], at + begin))
