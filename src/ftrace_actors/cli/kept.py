"""Campaigns kept in a directory, as `run` and `merge` use them: begun, resumed, and what came of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from ..atomic_file import write_whole
from ..errors import InputError
from ..explore import Plan, prepare
from ..explore.portable import locate
from ..explore.shard import Shard
from ..explore.store import ASKED, Asked, Store, asked_of, begin, facts, overrides_words, read_asked
from ..reading import number, shortened
from .campaigns import UNLIMITED, RunOptions
from .designs import adopt_scenario, recorded_design
from .session import Session

__all__ = ["SUMMARY", "Kept", "begun", "overrides_words", "resumed", "shard_of"]

SUMMARY = "summary.json"
_SHARDS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A campaign that is kept: its plan, where its results go, and the options that it has."""

    plan: Plan
    store: Store
    options: RunOptions

    def write_summary(self, summary: Mapping[str, Any]) -> list[str]:
        """Write what came of it, as `run --json` prints it but with the bare name of its replay file.

        Gives why it could not be written, one line.
        """
        path = self.store.directory / SUMMARY
        replay = summary["replay"]
        named = {**summary, "replay": Path(replay).name if replay else None}
        try:
            write_whole(path, msgspec.json.format(msgspec.json.encode(named), indent=1) + b"\n")
        except OSError as error:
            return [f"no summary: cannot write {path}: {error.strerror or error}"]
        return []


def shard_of(text: str) -> Shard:
    """What --shard says: ``2/4`` is the second of four.  Raises `InputError`."""
    first, slash, second = text.partition("/")
    index, count = number(first), number(second)
    found = f"found {shortened(text)!r}"
    if not slash or index is None or count is None:
        raise InputError("--shard", "", f"{found} where I/N is due, as in 2/4: the second of four")
    if not 1 <= count <= _SHARDS_MAX:
        raise InputError("--shard", "", f"{found}, and a campaign has 1 to {_SHARDS_MAX:,} shards")
    if not 1 <= index <= count:
        due = {1: "1/1", 2: "1/2 or 2/2"}.get(count, f"1/{count} to {count}/{count}")
        raise InputError("--shard", "", f"{found} where {due} is due: shards are counted from 1")
    return Shard(index - 1, count)


@contextmanager
def begun(session: Session, directory: Path, plan: Plan, options: RunOptions) -> Iterator[Kept]:
    """A campaign, begun in a directory that has none.  Raises `InputError`."""
    prepare(plan)  # an unusable scenario leaves no directory
    asked = asked_of(plan, recorded_design(session), unlimited=options.runs == UNLIMITED)
    with begin(directory, asked) as store:
        yield Kept(replace(plan, rows=True), store, options)


@contextmanager
def resumed(
    session: Session,
    directory: Path,
    design: str | None,
    given: Mapping[str, str],
    path: Path | None,
    options: RunOptions,
) -> Iterator[Kept]:
    """The campaign of a directory, to be continued.

    `design` is the user's when it was begun with one. `given` is what the user says it is, by the keys of
    `store.facts`, and `path` the scenario; `options` are those that may be others each time.  Raises `InputError`,
    also when the directory has another campaign.
    """
    asked = read_asked(directory)
    file = str(directory / ASKED)
    _compare(session, file, asked, given, path)
    if asked.runs is None and options.seconds_max is None:
        raise InputError(file, "runs", "only time limits this campaign; add --time")
    adopt_scenario(session, directory / ASKED, asked.scenario, design)
    plan = asked.plan(path or locate(asked.scenario.path), session.worlds.loader, UNLIMITED)
    prepare(plan)
    with Store(directory, asked) as store:
        yield Kept(plan, store, _options(plan, options))


def _options(plan: Plan, options: RunOptions) -> RunOptions:
    """The options that a campaign was begun with, and of the others those of this time."""
    return replace(
        options,
        runs=plan.runs,
        seed=plan.seed,
        strategy=plan.strategy,
        driver=plan.driver,
        turns=(dict(plan.overrides),),
        fail_fast=plan.fail_fast,
        allow_vacuous=plan.allow_vacuous,
        shard=plan.shard,
    )


def _compare(session: Session, file: str, asked: Asked, given: Mapping[str, str], path: Path | None) -> None:
    """Raise `InputError` when somebody says of a campaign what it is not."""
    if path is not None:
        card = session.worlds.read(path)
        if card.name != asked.scenario.name:
            raise InputError(file, "scenario.name", f"is {asked.scenario.name}, not {card.name}")
        if card.text != asked.scenario.text:
            raise InputError(
                file,
                "scenario.text",
                f"is not that of {path}, which was changed since the campaign was begun",
            )
    there = {**facts(asked), "shard": str(asked.part) if asked.shard else "none"}
    for key, value in given.items():
        if there[key] != value:
            raise InputError(file, key, f"is {there[key]}, not {value}; begin another campaign for that")
