"""The result of a run as a line: nothing that counts is lost, and what is not such a line is refused by name."""

from dataclasses import asdict, fields

import pytest

from ftrace_actors.actors.choices import Kind, Pick
from ftrace_actors.checks import Ending
from ftrace_actors.errors import InputError
from ftrace_actors.explore.rows import decode, encode, lost_line
from ftrace_actors.result import RunResult
from ftrace_actors.words import Hang, Severity, Verdict
from tests.explore import toy

PICK = Pick(7, Kind.LOAD, 2, "ldr", "tracer_a+0x18", 1, 3, 4, 2)
FULL = RunResult(
    Verdict.DEADLOCK,
    (toy.finding("INV-COUNT", "W1"), toy.finding("INV-LIVE", severity=Severity.UNPREDICTABLE)),
    (PICK,),
    positions=11,
    schedule_choices=5,
    steps=6,
    instructions=70,
    seen=frozenset({"window:W1", "called"}),
    wait_for="a waits for b",
    ending=Ending(Hang.DEADLOCK, "a waits for b", ("a", "b")),
    behaviour=(1 << 64) - 1,
)
NOT_KEPT = {"actors", "digest", "events", "layout"}
"""Only recorded runs have the first three, and the last is the same for all runs of a campaign."""


def test_a_failed_run_comes_back_whole() -> None:
    found = decode(encode(3, FULL), "results.jsonl", "line 4")
    assert (found.run, found.result) == (3, FULL)
    assert found.result is not None
    assert asdict(found.result.picks[0]) == asdict(PICK)  # some of it does not make picks different


def test_every_part_of_a_result_is_in_the_example_or_is_not_kept() -> None:
    """So that a part that is added to `RunResult` one day gets its place in the line, or a reason to have none."""
    plain = RunResult(Verdict.HOLDS, (), ())
    same = {part.name for part in fields(RunResult) if getattr(FULL, part.name) == getattr(plain, part.name)}
    assert same == NOT_KEPT


def test_a_run_that_held_keeps_no_choices_and_no_empty_keys() -> None:
    line = encode(0, RunResult(Verdict.HOLDS, (), (PICK,), positions=2, steps=1))
    assert line == b'{"run":0,"verdict":"holds","choices":2,"steps":1}'


def test_the_same_run_gives_the_same_bytes() -> None:
    """A set has no order that lasts from one process to the next."""
    assert b'"seen":["called","window:W1"]' in encode(3, FULL)


def test_a_run_that_was_given_up_has_no_result() -> None:
    assert decode(lost_line(9), "f", "line 1").result is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "f: line 3: not the result of a run: "),
        (b"[]", "f: line 3: Expected `object`, got `array`"),
        (b'{"run":1}', "f: line 3: Object missing required field `verdict`"),
        (b'{"run":"1","verdict":"holds"}', "f: line 3, run: Expected `int`, got `str`"),
        (b'{"run":1,"verdict":"nice"}', "f: line 3, verdict: unknown verdict 'nice'"),
        (b'{"run":1,"verdict":"holds","mood":1}', "f: line 3: Object contains unknown field `mood`"),
        (b'{"run":1,"verdict":"violated","findings":[{}]}', r"f: line 3, findings\[0\]: Object missing"),
        (
            b'{"run":1,"verdict":"holds","behaviour":"x"}',
            "f: line 3, behaviour: Expected `str` matching regex",
        ),
        (b'{"run":1,"verdict":"holds","steps":-3}', "f: line 3, steps: Expected `int` >= 0"),
        (
            b'{"run":1,"verdict":"violated"}',
            "f: line 3, findings: is missing, although the verdict is violated",
        ),
        (
            (
                b'{"run":1,"verdict":"holds","picks":[{"position":0,"kind":"load","actor":0,"op":"ldr","object":"x",'
                b'"picked":1,"count":2}]}'
            ),
            "f: line 3, verdict: is holds, and yet the line says what broke",
        ),
        (b"\xff", "f: line 3: not the result of a run"),
    ],
)
def test_what_is_not_a_result_is_said_with_its_place(line: bytes, said: str) -> None:
    with pytest.raises(InputError, match=f"^{said}"):
        decode(line, "f", "line 3")
