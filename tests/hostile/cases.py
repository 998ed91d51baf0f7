"""Inputs that cannot be used, by hand: what each command line says of them.

A case is a command line in the directory of `arena`, the files it brings along, and words of the one line that it gets.
"""

from __future__ import annotations

from . import of_commands, of_litmus, of_records, of_scenarios
from .case import Case

__all__ = ["CASES"]

CASES: list[Case] = [
    *of_scenarios.scenarios(),
    *of_scenarios.sets(),
    *of_records.replays(),
    *of_records.logs(),
    *of_records.queries(),
    *of_litmus.tests(),
    *of_litmus.lists(),
    *of_commands.paths(),
    *of_commands.one_bad(),
    *of_commands.options(),
    *of_commands.designs(),
    *of_commands.costs(),
]
