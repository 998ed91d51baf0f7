"""What came out of a search, to be compared with another."""

from __future__ import annotations

from ftrace_actors.exhaustive import Ending, Search

__all__ = ["answer", "result"]


def answer(search: Search) -> object:
    """What is claimed of the scenario: that does not depend on who was first."""
    found = sorted((name, each.deviations, each.early) for name, each in search.found.items())
    return (
        search.ending,
        None if search.ending is Ending.COMPLETE else search.proven,
        sorted(search.ends),
        [(name[0], name[1], str(name[2]), *rest) for name, *rest in found],
    )


def result(search: Search) -> object:
    """All of it, but for how many passes it took."""
    found = sorted((name, each.deviations, each.early) for name, each in search.found.items())
    return (
        search.ending,
        search.places,
        search.steps,
        search.fused,
        search.ends,
        [(name[0], name[1], str(name[2]), *rest) for name, *rest in found],
    )
