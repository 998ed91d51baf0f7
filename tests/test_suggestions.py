"""Names that are close to one that is not known."""

import pytest

from ftrace_actors.suggestions import close_to, did_you_mean

KNOWN = ["register", "unregister", "kfree"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("registr", "did you mean 'register'?"), ("zzz", "known are three"), ("r" * 201, "known are three")],
)
def test_what_is_said(name: str, hint: str) -> None:
    assert did_you_mean(name, KNOWN, "known are three") == hint


def test_several_are_named_closest_first() -> None:
    assert did_you_mean("registe", KNOWN, "", 2, str) == "did you mean register or unregister?"


def test_long_names_are_not_compared() -> None:
    known = ["x" * 300]
    assert close_to("x" * 200, known) == known
    assert close_to("x" * 201, known) == []
