"""What a failed schedule says of itself in one line."""

import pytest

from ftrace_actors.checks import Finding
from ftrace_actors.testing import ScheduleFailed
from ftrace_actors.words import Severity

FINDING = Finding("INV-QUIET", Severity.LATE_CALL, "late", None, "ops", (1,))


@pytest.mark.parametrize(
    ("verdict", "findings", "message", "brief"),
    [
        ("violated", [FINDING], "violated: INV-QUIET: late\nINV-GP: more", "violated: INV-QUIET: late"),
        ("deadlock", [], "deadlock after 5 steps\n* t1 waits for t2\ncycle: t1 -> t1", "deadlock: t1 -> t1"),
        (
            "deadlock",
            [],
            "deadlock after 5 steps\n* t1 waits for a message",
            "deadlock: t1 waits for a message",
        ),
        ("livelock", [], "too many steps", "too many steps"),
        ("livelock", [], "", ""),
    ],
)
def test_brief(verdict: str, findings: list[Finding], message: str, brief: str) -> None:
    assert ScheduleFailed(verdict, findings, message).brief == brief
    assert ScheduleFailed(verdict, findings, message, lambda: "the timeline").brief == brief
