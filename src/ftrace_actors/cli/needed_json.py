"""``needed --json``: one object a configuration."""

from __future__ import annotations

from ..kernel.designs import DesignFile
from ..scenario import kernel_facts
from ..studies.needed import Together
from .needed_report import Column, in_order
from .needed_words import cell_json, outcome_json
from .setting import setting_json

__all__ = ["column_json"]


def column_json(column: Column, own: DesignFile | None) -> dict[str, object]:
    """The protocol as it is, its parts, and what was left out together (None where nothing was)."""
    subject = column.whole.subject
    return {
        "name": subject.name,
        "configuration": subject.label,
        "as_it_is": outcome_json(column.whole.outcome),
        "parts": [cell_json(cell) for cell in in_order(column)],
        "together": None if column.together is None else _together_json(column.together),
        **setting_json(kernel_facts(subject.scenario().spec), dict(subject.overrides), own),
    }


def _together_json(together: Together) -> dict[str, object]:
    return {
        "breaking": [{"parts": names, **outcome_json(evidence)} for names, evidence in together.breaking],
        "holding": [{"parts": names, **outcome_json(strength)} for names, strength in together.holding],
        "tried": together.tried,
        "whole": together.whole,
    }
