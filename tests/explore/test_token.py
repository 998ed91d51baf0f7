"""Tokens: one word for a run, which comes back as it was or is refused."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftrace_actors.errors import ReplayDiverged
from ftrace_actors.explore import token as tokens
from ftrace_actors.explore.strategies import Profile, make_chooser
from ftrace_actors.explore.token import Token, TokenChooser, TokenError, decode, encode, made_of, token_of
from ftrace_actors.result import RunResult
from tests.explore import toy

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
TEXT = "actors = 3\nrounds = 3"
WORLD = made_of(TEXT, {})

picks = st.dictionaries(st.integers(0, 10**6), st.integers(1, 300), max_size=30).map(
    lambda found: tuple(sorted(found.items()))
)
any_token = st.builds(
    Token,
    st.binary(min_size=4, max_size=4),
    st.binary(min_size=2, max_size=2),
    st.binary(min_size=4, max_size=4),
    picks,
)


@pytest.fixture(scope="module")
def result() -> RunResult:
    world = toy.world(TEXT)
    made = (world.run(make_chooser("random", 7, run, Profile(10)), record=True) for run in range(100))
    return next(found for found in made if found.verdict == "violated" and len(found.picks) > 3)


@given(any_token)
def test_round_trip(token: Token) -> None:
    word = encode(token)
    assert re.fullmatch(f"[{ALPHABET}]+", word)
    assert decode(word) == token


@given(any_token, st.data())
def test_one_character_changed_is_refused(token: Token, data: st.DataObject) -> None:
    word = encode(token)
    at = data.draw(st.integers(0, len(word) - 1))
    # A blank is also drawn, which in the place of the first or the last character leaves a word that is too short.
    other = data.draw(st.sampled_from(sorted(set(ALPHABET + "AZilou-+ é") - {word[at]})))
    with pytest.raises(TokenError):
        decode(word[:at] + other + word[at + 1 :])


def test_every_character_changed_to_every_other_is_refused(result: RunResult) -> None:
    """Not a sample, for one token: also the bits that fill up its end."""
    word = encode(token_of(WORLD, result))
    for at, character in enumerate(word):
        for other in ALPHABET:
            if other != character:
                with pytest.raises(TokenError):
                    decode(word[:at] + other + word[at + 1 :])


@given(any_token, st.data())
def test_a_token_that_was_cut_or_is_longer_is_refused(token: Token, data: st.DataObject) -> None:
    word = encode(token)
    with pytest.raises(TokenError):
        decode(word[: data.draw(st.integers(0, len(word) - 1))])
    with pytest.raises(TokenError):
        decode(word + data.draw(st.text(ALPHABET, min_size=1, max_size=4)))


@given(any_token, st.integers(1, 20))
def test_nothing_but_zeros_after_it_is_refused_as_well(token: Token, count: int) -> None:
    """A plain CRC of a text and its CRC is 0, and stays 0 for all zeros that follow."""
    with pytest.raises(TokenError):
        decode(encode(token) + "0" * count)


@given(st.text(max_size=60))
def test_anything_else_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(TokenError) as caught:
        decode(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("around", [" {}", "{} ", "\t{}\n", "{}\r\n"])
def test_blanks_and_line_ends_around_it_are_left_out(result: RunResult, around: str) -> None:
    token = token_of(WORLD, result)
    assert decode(around.format(encode(token))) == token


def test_a_blank_in_it_is_refused(result: RunResult) -> None:
    word = encode(token_of(WORLD, result))
    with pytest.raises(TokenError, match="' ' is never in one"):
        decode(f"{word[:9]} {word[9:]}")


def test_too_much_is_not_read() -> None:
    with pytest.raises(TokenError, match="longer than"):
        decode("0" * (tokens.LENGTH_MAX + 1))


def test_it_leads_to_the_run(result: RunResult) -> None:
    token = decode(encode(token_of(WORLD, result)))
    token.require(WORLD)
    again = toy.world(TEXT).run(TokenChooser(token.picks), record=True)
    assert again.picks == result.picks
    assert token.is_of(again)
    assert not token.is_of(toy.world(TEXT).run(make_chooser("dull", 0, 0, Profile(1)), record=True))


def test_it_is_short(result: RunResult) -> None:
    token = token_of(WORLD, result)
    assert len(encode(replace(token, picks=()))) == 24
    assert len(encode(replace(token, picks=tuple((at * 31, 1) for at in range(10))))) == 24 + 10 * 8 // 5


@pytest.mark.parametrize(
    "world",
    [made_of(f"{TEXT}\n", {}), made_of(TEXT, {"stale": "1"}), made_of(TEXT, {}, "blake2b:00")],
    ids=["another text", "another value", "another design"],
)
def test_another_world_is_refused(result: RunResult, world: bytes) -> None:
    with pytest.raises(TokenError, match="another scenario"):
        token_of(WORLD, result).require(world)


def test_another_version_is_refused(result: RunResult) -> None:
    with pytest.raises(TokenError, match="another version"):
        replace(token_of(WORLD, result), tool=b"xx").require(WORLD)


def test_what_does_not_fit_diverges(result: RunResult) -> None:
    world = toy.world(TEXT)
    first = result.picks[0]
    with pytest.raises(ReplayDiverged, match="a choice with option 9, found"):
        world.run(TokenChooser([(first.position, 9)]))
    with pytest.raises(ReplayDiverged, match=r"the end of the run \(done\)"):
        world.run(TokenChooser([(10_000, 1)]))


def test_a_later_format_is_said() -> None:
    later = encode(Token(b"abcd", b"ef", b"ghij", ()))
    assert decode(later)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "_FORMAT", 2)
        later = encode(Token(b"abcd", b"ef", b"ghij", ()))
    with pytest.raises(TokenError, match="format 2"):
        decode(later)
