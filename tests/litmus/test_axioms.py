"""The search against brute force by another idea, on programs nobody chose.

Two implementations by two ideas: `axioms/` knows candidate executions and acyclicity, the search knows timelines and
views.  They must agree on every final state.
"""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftrace_actors.litmus import parse
from tests.share import share

from .axioms import UnsupportedError, states
from .golden import States, recorded, searched
from .programs import KINDS, draw_program, programs
from .shapes import shape

KEPT = list(recorded(Path(__file__).parent / "data"))
SOAK = 4_000


def assert_same(text: str) -> None:
    """The search and the oracle agree on a program."""
    result, found = searched(text)
    assert not result.unknown
    assert found == states(parse(text, "random"))


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(st.sampled_from(sorted(KINDS)).flatmap(programs))
def test_random_programs_have_the_same_states(text: str) -> None:
    assert_same(text)


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_many_random_programs_have_the_same_states(kind: str) -> None:
    for seed in range(share(SOAK)):
        assert_same(draw_program(random.Random(f"{kind} {seed}").choice, kind))


@pytest.mark.parametrize("kind", KINDS)
def test_random_programs_have_what_their_kind_is_about(kind: str) -> None:
    texts = [draw_program(random.Random(seed).choice, kind) for seed in range(200)]
    wanted = {
        "data": ["LDAPR", "STLR", "CBNZ", "CSEL"],
        "atomic": ["STXR", "STLXR", "LDAXR", "CASA", "SWP", "LDADDAL", ",WZR,"],
        "mixed": ["LDRH", "STRH", "STR X", "LDR X", "LDXRB", "STLXRH", "CASAB", "LDADDALH", ",WZR,", "LDARH"],
        "wide": [
            "LDP",
            "STP",
            "LDIAPP",
            "STILP X8,X8,[X4]",
            "]!",
            "LDAXP",
            "STLXP",
            "CASPAL",
            "SWPP",
            "LDSETP",
        ],
        "fetch": ["BLR", "DC CVAU", "IC IVAU", "CacheType=IDC", "CacheType=DIC"],
        "exception": ["SVC", "ERET", "Variant=exs"],
    }[kind]
    assert [word for word in wanted if not any(word in text for text in texts)] == []


# -- the oracle itself ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "want"), KEPT, ids=[path.stem for path, _ in KEPT])
def test_the_oracle_gives_the_published_states(path: Path, want: States) -> None:
    """Those of `aarch64.cat`, which were made by neither of our implementations."""
    assert states(parse(path.read_text(encoding="utf-8"), str(path))) == want


SYNC = "DC CVAU,X3; DSB SY; IC IVAU,X3; DSB SY"


@pytest.mark.parametrize(
    ("threads", "exists", "count"),
    [
        (["STR W9,[X0]; STR W9,[X1]", "LDR W10,[X1]; LDR W11,[X0]"], "1:X10=1 /\\ 1:X11=0", 4),
        (
            ["STR W9,[X0]; DMB ST; STR W9,[X1]", "LDR W10,[X1]; DMB LD; LDR W11,[X0]"],
            "1:X10=1 /\\ 1:X11=0",
            3,
        ),
        ([f"STR W6,[X3]; {SYNC}; STR W9,[X1]", "LDR W10,[X1]; FETCH 11"], "1:X10=1 /\\ 1:X11=1", 4),
        (
            [f"STR W6,[X3]; {SYNC}; STR W9,[X1]", "LDR W10,[X1]; DSB LD; ISB; FETCH 11"],
            "1:X10=1 /\\ 1:X11=1",
            3,
        ),
        (["LDXR W10,[X0]; STXR W11,W9,[X0]", "STR W8,[X0]"], "0:X10=0 /\\ 0:X11=0 /\\ x=2", 4),
    ],
    ids=["MP", "MP+dmbs", "MP.RF", "MP.RF+cachesync+dsb-isb", "exclusive against store"],
)
def test_the_oracle_by_hand(threads: list[str], exists: str, count: int) -> None:
    """Sets small enough to write down."""
    assert len(states(shape("by hand", threads, exists))) == count


def test_the_oracle_says_what_it_does_not_know() -> None:
    with pytest.raises(UnsupportedError, match="UDF"):
        states(shape("unknown", ["UDF #0"], "x=1"))
