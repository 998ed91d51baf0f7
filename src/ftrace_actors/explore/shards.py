"""Shards of one campaign, put together: which directories they are in, and that nothing is missing.

A campaign that ends at its first failure needs of each shard only the runs before that, which the shard has made: see
`shard`.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

from ..errors import InputError
from .chunk import ChunkReport, Plan, prepare
from .rows import Row, refuse_more
from .shard import WHOLE
from .store import ASKED, RESULTS, Asked, differences, read_asked, read_rows

__all__ = ["Parts", "parts_of"]


class Parts:
    """All shards of one campaign.

    Attributes:
        whole: the campaign.
        first: the directory of the first shard.
    """

    def __init__(self, directories: Mapping[Path, Asked]) -> None:
        self.first, asked = next(iter(directories.items()))
        self.whole = asked.whole()
        self._directories = directories

    def lines(self, plan: Plan) -> Iterator[bytes]:
        """The results of the campaign, in order, up to the run that ends it.

        Raises `InputError` before the first of them when some that count are missing.
        """
        with ExitStack() as stack:
            readers = [stack.enter_context(closing(reader)) for reader in self._readers()]
            count = self._enough(plan, readers)
        return (row.line for row in islice(_in_turn(self._readers()), count))

    def _enough(self, plan: Plan, readers: Sequence[Iterator[Row]]) -> int:
        """How many runs there are up to the end of the campaign."""
        expect, report = prepare(plan)[0].expect, ChunkReport(0)
        counted = replace(plan, shard=WHOLE, rows=False)
        for row in _in_turn(readers):
            assert row.result is not None
            report.add(row.run, row.result, counted, expect)
            if report.over:
                return report.runs  # shards may have made runs after it, which are not in the whole
            if report.runs == plan.runs:
                break
        else:
            directories = list(self._directories)
            late = directories[report.runs % len(directories)]
            raise InputError(
                str(late),
                "",
                f"is not finished: run {report.runs} is missing; `run --resume {late}` continues it",
            )
        for (directory, asked), reader in zip(self._directories.items(), readers, strict=True):
            here = asked.part.positions(plan.runs)
            refuse_more(str(directory / RESULTS), next(reader, None), here, over=False)
        return report.runs

    def _readers(self) -> list[Generator[Row, None, None]]:
        """The runs of each shard, up to the first that is missing."""
        return [read_rows(directory, asked.part) for directory, asked in self._directories.items()]


def _in_turn(readers: Sequence[Iterator[Row]]) -> Iterator[Row]:
    """The runs of all shards in the order of their numbers, up to the first that is missing."""
    while True:
        for reader in readers:
            row = next(reader, None)
            if row is None:
                return
            yield row


def parts_of(directories: Sequence[Path]) -> Parts:
    """The shards in some directories.  Raises `InputError` unless they are all those of one campaign, each once."""
    found = {directory: read_asked(directory) for directory in directories}
    first, asked = next(iter(found.items()))
    places: dict[int, Path] = {}
    for directory, other in found.items():
        file = str(directory / ASKED)
        for key, wanted, value in differences(asked, other):
            raise InputError(file, key, f"is {value}, and {wanted} in {first}; they are not of one campaign")
        if other.shard is None:
            raise InputError(file, "shard", "is none: all runs are here, there is nothing to merge")
        if other.part.count != asked.part.count:
            raise InputError(file, "shard", f"is {other.part}, and {asked.part} in {first}")
        if (same := places.get(other.part.index)) is not None:
            raise InputError(file, "shard", f"is {other.part}, as in {same}; give each shard once")
        places[other.part.index] = directory
    missing = [index + 1 for index in range(asked.part.count) if index not in places]
    if missing:
        words = ", ".join(f"{index}/{asked.part.count}" for index in missing[:8])
        more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
        raise InputError("merge", "", f"not all shards were given: {words}{more} missing")
    return Parts({places[index]: found[places[index]] for index in sorted(places)})
