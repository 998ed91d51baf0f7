"""Searching all runs of a world, instead of sampling some."""

from .least import Least, least_deviations
from .remade import Answers, remake
from .search import Ending, Found, Level, Limits, Reductions, Search, collision_bound

__all__ = [
    "Answers",
    "Ending",
    "Found",
    "Least",
    "Level",
    "Limits",
    "Reductions",
    "Search",
    "collision_bound",
    "least_deviations",
    "remake",
]
