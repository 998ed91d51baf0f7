"""A part of a campaign's runs, for one of several machines.

Shard k of n has the runs whose numbers leave the remainder k-1 when divided by n. So all shards come to the campaign's
first failure at about the same time, and a shard that ended at a failure has made every run of its own before it: that
is all it takes to find the lowest-numbered failure of the campaign. Blocks of consecutive runs would have the later
shards work for nothing.

Within a campaign a run is counted by its *position* in the shard; its number follows.
"""

from dataclasses import dataclass

__all__ = ["WHOLE", "Shard"]


@dataclass(frozen=True, slots=True)
class Shard:
    """One of `count` shards; `index` counts from 0, what people read and write (`str`) from 1."""

    index: int = 0
    count: int = 1

    def __post_init__(self) -> None:
        assert 0 <= self.index < self.count

    def __str__(self) -> str:
        return f"{self.index + 1}/{self.count}"

    def number(self, position: int) -> int:
        """The number of the run at a position."""
        return position * self.count + self.index

    def positions(self, runs: int) -> int:
        """How many of a campaign's runs it has."""
        return len(range(self.index, runs, self.count))


WHOLE = Shard()
"""All runs."""
