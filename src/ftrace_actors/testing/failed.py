"""What a test raises for a run that found something, or hangs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from ..checks import Finding, ranked
from ..events.ftrace_ops import with_fields
from ..scenario import RunResult

__all__ = ["ScheduleFailed", "message_of"]


class ScheduleFailed(AssertionError):
    """A run found something, or hangs.

    Attributes:
        verdict: ``violated``, ``unpredictable``, ``deadlock`` or ``livelock``.
        findings: what was found, first things first; empty for actors of the test's own.
    """

    def __init__(
        self, verdict: str, findings: Sequence[Finding], message: str, more: Callable[[], str] | None = None
    ) -> None:
        super().__init__(message)
        self.verdict = verdict
        self.findings = tuple(ranked(findings))
        self._more = more

    @property
    def brief(self) -> str:
        """One line for a summary: what broke first, or who waits for whom."""
        first, *others = super().__str__().splitlines() or [""]
        if self.findings or not others:
            return first
        cycle = [line.removeprefix("cycle: ") for line in others if line.startswith("cycle: ")]
        return f"{self.verdict}: {(cycle or [others[0].removeprefix('* ')])[0]}"

    def __str__(self) -> str:
        """The message; under a drawn schedule, which nothing else shows, the timeline and how to see it again.

        They are made when they are asked for: Hypothesis has a run fail hundreds of times, and shows the last.
        """
        message = super().__str__()
        if self._more is None:
            return message
        if not self.findings:
            message = message.partition("\n")[0]  # the timeline ends with who waits for whom
        return f"{message}\n{self._more()}"


def message_of(result: RunResult, ops: Collection[str] = ()) -> str:
    """The verdict of a run of a world and what was found, or who waits for whom; `ops` are the names of its ops."""
    lines = [
        f"{finding.invariant} ({finding.severity}{f' in {finding.window}' if finding.window else ''}): "
        f"{with_fields(finding.message, ops)}"
        for finding in ranked(result.findings)
    ]
    return f"{result.verdict}: " + ("\n".join(lines) or result.wait_for)
