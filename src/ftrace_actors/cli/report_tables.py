"""Which study printed the lines of a JSON file, and its report."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeVar

import msgspec

from ..errors import InputError
from ..events.encoding import BAD_JSON, json_fault
from ..reading import read_bytes
from ..report import TablesReport
from .report_matrix import MatrixAnswer, report_of_matrix
from .report_needed import NeededColumn, report_of_needed

__all__ = ["WHAT", "is_study", "report_of_study"]

_MAX: Final = 1 << 28
_T = TypeVar("_T")

WHAT: Final = (
    "a replay file, a log, a directory of `run --campaign`, what `needed --json` or `matrix --json` printed"
)
"""What `report` shows."""


def is_study(head: bytes) -> bool:
    """Whether a file begins as one that `needed --json` or `matrix --json` printed."""
    return head.startswith((b'{"name":', b'{"cell":'))


def report_of_study(path: Path) -> TablesReport:
    """The report of such a file.  Raises `InputError` that names the line."""
    lines = [line for line in read_bytes(path, _MAX).split(b"\n") if line.strip()]
    if lines[0].startswith(b'{"cell":'):
        answers = _decoded(path, lines, MatrixAnswer)
        try:
            return report_of_matrix(answers)
        except ValueError as error:
            raise InputError(str(path), "", str(error)) from None
    return report_of_needed(tuple(_decoded(path, lines, NeededColumn)))


def _decoded(path: Path, lines: list[bytes], kind: type[_T]) -> list[_T]:
    decoder = msgspec.json.Decoder(kind)
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(decoder.decode(line))
        except msgspec.ValidationError as error:
            message, _, key_path = str(error).partition(" - at ")
            where = f"line {number}" + (f", {key_path.strip('`').removeprefix('$.')}" if key_path else "")
            raise InputError(str(path), where, f"not what a study prints with --json: {message}") from None
        except BAD_JSON as error:
            raise InputError(
                str(path), f"line {number}", f"not what a study prints with --json: {json_fault(error)}"
            ) from None
    return found
