"""The shipped scenarios by the question they answer: a group has a name, which commands take as a target."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

__all__ = ["GROUPS", "Group", "group_of", "matching"]


@dataclass(frozen=True, slots=True)
class Group:
    """Scenarios that answer one question; `patterns` are of their names."""

    name: str
    question: str
    patterns: tuple[str, ...]

    def has(self, scenario: str) -> bool:
        """Whether one of its patterns is of this scenario."""
        return any(fnmatchcase(scenario, pattern) for pattern in self.patterns)


GROUPS: Final = (
    Group("enabling", "does a call that must be traced get traced", ("enable-*", "disable-*", "ops-one-*")),
    Group(
        "orderings",
        "which ordering of the patch routines is needed",
        ("ordering-*", "patch-without-*"),
    ),
    Group("literals", "what a literal that is not aligned does", ("torn-literal-*", "misaligned-*")),
    Group(
        "ops-windows",
        "where a task may be when an ops is freed",
        ("teardown-no-wait-*", "teardown-wait-first"),
    ),
    Group(
        "text-windows",
        "where a task may be when a trampoline is freed",
        ("dynamic-teardown-no-wait-*",),
    ),
    Group("lists", "what walkers of the list of tracers hold", ("list-only-*", "teardown-list-*")),
    Group(
        "waits",
        "what a wait of some flavour leaves open",
        ("teardown-*", "dynamic-teardown*", "two-teardown*"),
    ),
    Group(
        "reuse",
        "new text where there was none, or where other text was freed",
        ("dynamic-reuse*", "dynamic-far*"),
    ),
    Group("poison", "text that is overwritten before it is freed", ("dynamic-poison*",)),
    Group("handover", "how a site is specialised in two passes", ("two-handover*", "two-modify")),
    Group("pairs", "one tracer's ops with another's function", ("pair-*",)),
    Group("modify", "a task between ops and function while the site is modified", ("modify-*",)),
    Group("survivors", "whether the survivor of two tracers keeps its guard", ("*-survivor", "*-survivor-*")),
    Group(
        "visibility",
        "an instruction that others must have seen by the time a flag says so",
        ("static-key*", "visibility-*"),
    ),
    Group("order", "what a grace period or a wake-up orders by itself", ("grace-period-*", "wake-up-*")),
    Group("small", "two CPUs and one call: small enough for `explore`", ("explore-*",)),
    Group(
        "single",
        "mistakes of their own kind",
        ("deadlock-spin", "trampoline-loses-arguments"),
    ),
)
"""In the order of `list`.  A scenario is in the first group that has it."""


def group_of(scenario: str) -> Group | None:
    """The group of a shipped scenario; None for one of another name."""
    return next((group for group in GROUPS if group.has(scenario)), None)


def matching(target: str, names: Iterable[str]) -> list[str]:
    """The shipped scenarios that a group's name, or a pattern such as `teardown-*`, means; in the order given."""
    named = next((group for group in GROUPS if group.name == target), None)
    if named is not None:
        return [name for name in names if group_of(name) is named]
    if any(sign in target for sign in "*?["):
        return [name for name in names if fnmatchcase(name, target)]
    return []
