"""What came out of a search, to be compared with another."""

from __future__ import annotations

from ftrace_actors.exhaustive import Search

__all__ = ["result"]


def result(search: Search) -> object:
    """All that does not depend on who was first: how many passes it took may."""
    found = sorted((name, each.deviations, each.early) for name, each in search.found.items())
    return (
        search.ending,
        search.places,
        search.steps,
        search.fused,
        search.ends,
        [(name[0], name[1], str(name[2]), *rest) for name, *rest in found],
    )
