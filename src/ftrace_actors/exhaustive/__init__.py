"""Searching all runs of a world, instead of sampling some."""

from .remade import Answers, remake
from .search import Ending, Found, Level, Limits, Reductions, Search, collision_bound

__all__ = [
    "Answers",
    "Ending",
    "Found",
    "Level",
    "Limits",
    "Reductions",
    "Search",
    "collision_bound",
    "remake",
]
