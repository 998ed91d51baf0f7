"""Turning what a campaign saw into an answer.

The rules, in full:

- A campaign's verdict is the strongest any run had: violated > unpredictable > deadlock > livelock > holds.
- A scenario says which verdicts it expects (any of a list counts). For ``violated`` it may name invariants,
  any of which must have broken, and a window: some finding of those invariants must be in it. Findings beyond
  those are printed, never held against it. Where only ``holds`` is expected, any finding counts.
- Of several findings a bad access is shown before a promise that broke, and what is unpredictable last.
- A run is an *expected failure* when it alone already fulfils the expectation and is not ``holds``. A broken
  scenario's campaign stops at its first one.
- With `--fail-fast`, where ``holds`` is expected, a campaign also ends at its lowest-numbered run that fails.
- A `sometimes` property that no run showed makes a campaign not ok although its verdict is ``holds``: nothing
  passes vacuously. Some no campaign may lack (`checks.SUBSTANCE`), and their reason is a sentence.

What a number of runs without a failure says is in `strength`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..checks import SUBSTANCE, WAYS, Finding, ranked
from ..result import Expect, RunResult
from ..words import Verdict

__all__ = [
    "STRENGTH",
    "Judgement",
    "admits_everything",
    "ends_campaign",
    "headline",
    "is_expected_failure",
    "judge",
    "judge_shard",
    "matching_finding",
    "stops_early",
    "strongest",
    "ways",
]

STRENGTH: tuple[str, ...] = (
    Verdict.HOLDS,
    Verdict.LIVELOCK,
    Verdict.DEADLOCK,
    Verdict.UNPREDICTABLE,
    Verdict.VIOLATED,
)
"""Verdicts, weakest first."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer.

    Attributes:
        verdict: the strongest verdict seen.
        ok: it is what the scenario expects.
        reasons: why not; none when ok.
        unmet: `sometimes` properties no run showed, in the scenario's order; empty unless the verdict is
            holds.
    """

    verdict: str
    ok: bool
    reasons: tuple[str, ...]
    unmet: tuple[str, ...]

    @property
    def shows_nothing(self) -> bool:
        """Whether no run had what none may lack; then the first of `reasons` says what that is."""
        return any(name in SUBSTANCE for name in self.unmet)


def strongest(verdicts: Iterable[str]) -> str:
    """The strongest of some verdicts; ``holds`` of none."""
    return max(verdicts, key=STRENGTH.index, default=Verdict.HOLDS)


def matching_finding(expect: Expect, findings: Sequence[Finding]) -> Finding | None:
    """The first finding of an invariant that the scenario names, in the window that it names; None without one."""
    for finding in ranked(findings):
        named = not expect.invariants or finding.invariant in expect.invariants
        if named and expect.window in (None, finding.window):
            return finding
    return None


def headline(expect: Expect, findings: Sequence[Finding]) -> Finding | None:
    """The finding a run is about: the expected one, else the first that `ranked` gives."""
    return matching_finding(expect, findings) or next(iter(ranked(findings)), None)


def is_expected_failure(expect: Expect, result: RunResult) -> bool:
    """Whether this run alone shows the failure the scenario is about."""
    if result.verdict == Verdict.HOLDS or result.verdict not in expect.verdicts:
        return False
    return result.verdict != Verdict.VIOLATED or matching_finding(expect, result.findings) is not None


def stops_early(expect: Expect) -> bool:
    """Whether a campaign ends at the first expected failure: whenever ``holds`` would be wrong."""
    return Verdict.HOLDS not in expect.verdicts


def ends_campaign(expect: Expect, result: RunResult, *, expected: bool, fail_fast: bool) -> bool:
    """Whether no run after this one counts; `expected` is what `is_expected_failure` says of it."""
    if stops_early(expect):
        return expected
    return fail_fast and result.verdict != Verdict.HOLDS and not expected


def judge(
    expect: Expect,
    sometimes: Sequence[str],
    verdicts: Iterable[str],
    seen: frozenset[str],
    *,
    expected_failure: bool,
) -> Judgement:
    """Judge a campaign.

    `verdicts` are those of its runs, `seen` the `sometimes` properties witnessed in any of them, and
    `expected_failure` says whether `is_expected_failure` was true of one.
    """
    verdict = strongest(verdicts)
    unmet = tuple(name for name in sometimes if name not in seen) if verdict == Verdict.HOLDS else ()
    reasons = tuple(_why_not(expect, verdict, expected_failure, unmet))
    return Judgement(verdict, not reasons, reasons, unmet)


def judge_shard(expect: Expect, verdicts: Iterable[str], *, expected_failure: bool) -> Judgement:
    """Judge a part of a campaign's runs, leaving out what the other parts may still change.

    They may show what never happened here, and an expected failure in one of them may come before what was found here.
    """
    verdict = strongest(verdicts)
    wrong = () if stops_early(expect) else tuple(_why_not(expect, verdict, expected_failure, ()))
    return Judgement(verdict, not wrong, wrong, ())


def _why_not(expect: Expect, verdict: str, expected_failure: bool, unmet: Sequence[str]) -> Iterator[str]:
    wanted = " or ".join(expect.verdicts)
    if verdict not in expect.verdicts:
        yield f"expected {wanted}"
    elif verdict == Verdict.VIOLATED and not expected_failure:
        where = f" in {expect.window}" if expect.window else ""
        yield f"expected {' or '.join(expect.invariants) or 'a finding'}{where}; something else broke"
    else:
        yield from _lacks(unmet)


def _lacks(unmet: Sequence[str]) -> Iterator[str]:
    """What no run showed; why it showed nothing at all comes first."""
    empty = [SUBSTANCE[name] for name in unmet if name in SUBSTANCE]
    if empty:
        # What is neither registered nor called cannot match either.
        first = empty[:-1] if len(empty) > 1 else empty
        yield f"it shows nothing: in every run, {' and '.join(first)}"
    rest = [name for name in unmet if name not in SUBSTANCE]
    if rest:
        yield f"never happened: {', '.join(rest)}"


def admits_everything(expect: Expect) -> bool:
    """Whether no run could be other than expected, so that the expectation says nothing."""
    return not expect.invariants and expect.window is None and set(STRENGTH) <= set(expect.verdicts)


def ways(seen: Mapping[str, int]) -> list[tuple[str, int, int]]:
    """How quiescent states came about: the way, in how many runs, in how many of them unsynchronized; see `checks`."""
    return [
        (way, seen[f"quiescent:{way}"], seen.get(f"quiescent:{way}:nosync", 0))
        for way in WAYS
        if f"quiescent:{way}" in seen
    ]
