"""What a strategy may know about a scenario before its first run."""

from dataclasses import dataclass

__all__ = ["Profile"]


@dataclass(frozen=True, slots=True)
class Profile:
    """Facts of the scenario's dull run, which are the same in every process.

    Attributes:
        schedule_choices: how often it asked which actor moves. A strategy that must spread its changes over
            the length of a run (PCT's k) cannot learn it from earlier runs, or runs would not be
            reproducible alone.
    """

    schedule_choices: int
