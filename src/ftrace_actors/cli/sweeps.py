"""Several values of one key: `--set kernel.preempt=lazy,full` asks the same of each, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..errors import InputError
from ..explore import Campaign
from ..terminal import one_line, unbroken
from .designs import adopt
from .options import overrides
from .report import mark
from .session import Session

__all__ = ["changes", "each_change", "each_turn", "heading", "one_change", "table"]


def each_change(pairs: Sequence[str] | None) -> list[dict[str, str]]:
    """What `--set` changes, once for each combination of values; one that changes nothing where it is not given.

    Raises InputError.
    """
    from ..scenario.overriding import variants  # noqa: PLC0415  # loads the kernel

    return variants(overrides(pairs or []))


def one_change(pairs: Sequence[str] | None, why: str) -> dict[str, str]:
    """The same for a command that can take only one.  Raises InputError, which says `why`."""
    found = each_change(pairs)
    if len(found) > 1:
        raise InputError(f"--set {_first_of(found)}", "", f"found {len(found)} values; {why}")
    return found[0]


def _first_of(found: Sequence[Mapping[str, str]]) -> str:
    (key, values) = next(iter(changes(found).items()))
    return f"{key}={','.join(values)}"


def changes(found: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    """The keys that have several values, with those."""
    values: dict[str, dict[str, None]] = {}
    for change in found:
        for key, value in change.items():
            values.setdefault(key, {})[value] = None
    return {key: list(each) for key, each in values.items() if len(each) > 1}


def label(change: Mapping[str, str], varied: Sequence[str]) -> str:
    """One combination in words."""
    return ", ".join(f"{key}={change[key]}" for key in varied)


def heading(session: Session, change: Mapping[str, str], found: Sequence[Mapping[str, str]]) -> None:
    """Print what the next report is about, where there are several."""
    if len(found) > 1:
        session.plain(f"== {one_line(label(change, list(changes(found))))}")


def each_turn(
    session: Session, design: str | None, turns: Sequence[Mapping[str, str]], *, quiet: bool
) -> Iterator[tuple[tuple[str, str], ...]]:
    """The overrides of one report after the other, each with its heading unless `quiet`, in a user's design."""
    for change in turns:
        if not quiet:
            heading(session, change, turns)
        yield tuple(adopt(session, design, change).items())


def table(
    session: Session, campaigns: Sequence[tuple[Mapping[str, str], Campaign]], varied: Sequence[str]
) -> None:
    """A line for each campaign of several values: what was set, what came out."""
    rows = [(label(change, varied), campaign) for change, campaign in campaigns]
    width = max((len(words) for words, _ in rows), default=0)
    several = len({campaign.plan.name for campaign in (each for _, each in campaigns)}) > 1
    session.plain("== all")
    for words, campaign in rows:
        name = f"  {one_line(campaign.plan.name)}" if several else ""
        session.say(
            f"{mark(campaign)} {one_line(words):<{width}}  {campaign.judgement.verdict}{unbroken(name)}"
        )
