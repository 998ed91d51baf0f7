"""A run in one word, to be pasted into a message: ``ftrace-actors replay NAME TOKEN``.

A run is its scenario and its choices. The reader of the message has the scenario, so a token has the choices only: for
each that was not dull, how many dull ones came before it and which option was picked. The rest is there to refuse
everything else: a hash of what the run was made of (the scenario's text, what options replaced in it, a user's design),
one of the tool's version, and the beginning of the digest of its events. A token is strict: the run it leads to is the
one it was made of, or there is an error.

The alphabet is Crockford's base 32 in lower case, without i, l, o and u: one word for a double click, nothing that a
shell, a mail program or a table would change. A CRC of 32 bits ends it, which notices each single change: one
character is 5 bits in a row, and any burst of up to 32 bits is noticed (Peterson and Brown, Proc. IRE 49, 1961).
Bits that fill up the last character are 0. A replay file says more, survives another layout, and can be followed
leniently; a token is what fits into a line.
"""

from __future__ import annotations

from binascii import crc32
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import msgspec

from .. import __version__
from ..actors.choices import Kind, RunInfo
from ..actors.outcome import RunOutcome
from ..errors import InputError, ReplayDiverged
from ..reading import shortened
from ..result import RunResult

__all__ = ["LENGTH_MAX", "Token", "TokenChooser", "TokenError", "decode", "encode", "made_of", "token_of"]

LENGTH_MAX: Final = 10_000
"""Characters that are read."""

_FORMAT: Final = 1
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES: Final = {character: value for value, character in enumerate(_ALPHABET)}
_BITS: Final = 5
_HASH: Final = 4
_TOOL: Final = 2
_CHECK: Final = 4
_FEW: Final = 3
"""Options up to this one share a number with the distance, later ones have one of their own."""
_NUMBER_MAX: Final = 1 << 63


class TokenError(InputError):
    """Text that is not a token, or one of another run."""


@dataclass(frozen=True, slots=True)
class Token:
    """A run in a word.

    Attributes:
        world: a hash of what the run was made of (`made_of`).
        tool: a hash of the version that made it.
        digest: the beginning of the digest of its events.
        picks: (position, picked) of each choice that was not dull, in order.
    """

    world: bytes
    tool: bytes
    digest: bytes
    picks: tuple[tuple[int, int], ...]

    def is_of(self, result: RunResult) -> bool:
        """Whether a recorded run is the one."""
        return self.digest == _start(result.digest)

    def require(self, world: bytes) -> None:
        """Raise TokenError unless this version made it, of the world with that hash."""
        if self.tool != _tool():
            raise TokenError(
                "TOKEN",
                "",
                f"was made by another version than this one, {__version__}; only a replay file lasts",
            )
        if self.world != world:
            raise TokenError(
                "TOKEN",
                "",
                "is of another scenario, or of another text of it; it takes the text and the --set and --design that "
                "it was made with",
            )


def made_of(text: str, overrides: Mapping[str, str], design: str = "") -> bytes:
    """A hash of what decides a run besides its choices; `design` is the hash of a user's own."""
    parts = [text, sorted(overrides.items()), design]
    return blake2b(msgspec.json.encode(parts), digest_size=_HASH).digest()


def token_of(world: bytes, result: RunResult) -> Token:
    """The token of a recorded run; `world` is from `made_of`."""
    picks = tuple((pick.position, pick.picked) for pick in result.picks)
    return Token(world, _tool(), _start(result.digest), picks)


def _tool() -> bytes:
    return blake2b(__version__.encode(), digest_size=_TOOL).digest()


def _start(digest: str) -> bytes:
    return bytes.fromhex(digest)[:_HASH].ljust(_HASH, b"\0")


# -- as text ----------------------------------------------------------------------------------------------------------


def encode(token: Token) -> str:
    """The word."""
    body = bytearray([_FORMAT])
    body += token.world + token.tool + token.digest
    before = -1
    for position, picked in token.picks:
        few = min(picked - 1, _FEW)
        _put(body, (position - before - 1) * (_FEW + 1) + few)
        if few == _FEW:
            _put(body, picked - 1 - _FEW)
        before = position
    body += crc32(body).to_bytes(_CHECK)
    return "".join(_characters(body))


def decode(text: str) -> Token:
    """The token that a word is, which may have blanks and line ends around it.  Raises TokenError."""
    text = text.strip()
    body = _bytes(text)
    if len(body) < 1 + 2 * _HASH + _TOOL + _CHECK:
        raise _wrong(text, "is too short to be a token; was all of it copied?")
    content, check = body[:-_CHECK], body[-_CHECK:]
    if crc32(content).to_bytes(_CHECK) != check:
        raise _wrong(text, "is not a token as it was printed; copy it once more")
    if content[0] != _FORMAT:
        raise _wrong(text, f"is a token of format {content[0]}; this version reads {_FORMAT}")
    at = 1 + _HASH
    world, tool, digest = content[1:at], content[at : at + _TOOL], content[at + _TOOL : at + _TOOL + _HASH]
    try:
        picks = tuple(_picks(_numbers(content[at + _TOOL + _HASH :])))
    except ValueError as error:
        raise _wrong(text, f"is not a token: {error}") from None
    found = Token(world, tool, digest, picks)
    if encode(found) != text:
        raise _wrong(text, "is not a token as it was printed; copy it once more")
    return found


def _wrong(text: str, why: str) -> TokenError:
    return TokenError("TOKEN", "", f"{shortened(text)!r} {why}")


def _put(body: bytearray, number: int) -> None:
    """Append a number, 7 bits a byte, the lowest first."""
    while number > 0x7F:
        body.append(number & 0x7F | 0x80)
        number >>= 7
    body.append(number)


def _numbers(body: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in body:
        number |= (byte & 0x7F) << shift
        if number >= _NUMBER_MAX:
            raise ValueError("a number in it is too large")
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0
    if shift:
        raise ValueError("its last number is not whole")


def _picks(numbers: Iterator[int]) -> Iterator[tuple[int, int]]:
    before = -1
    for number in numbers:
        distance, few = divmod(number, _FEW + 1)
        before += distance + 1
        more = next(numbers, None) if few == _FEW else 0
        if more is None:
            raise ValueError("its last choice is not whole")
        yield before, 1 + few + more


def _characters(body: Iterable[int]) -> Iterator[str]:
    pending = bits = 0
    for byte in body:
        pending = pending << 8 | byte
        bits += 8
        while bits >= _BITS:
            bits -= _BITS
            yield _ALPHABET[pending >> bits]
            pending &= (1 << bits) - 1
    if bits:
        yield _ALPHABET[pending << (_BITS - bits)]


def _bytes(text: str) -> bytes:
    """The whole bytes in a word; what is over is looked at by encoding them again."""
    if len(text) > LENGTH_MAX:
        raise _wrong(text, f"is longer than {LENGTH_MAX} characters")
    pending = bits = 0
    body = bytearray()
    for character in text:
        value = _VALUES.get(character)
        if value is None:
            raise _wrong(text, f"is not a token: {shortened(character)!r} is never in one")
        pending = pending << _BITS | value
        bits += _BITS
        if bits >= 8:
            bits -= 8
            body.append(pending >> bits)
            pending &= (1 << bits) - 1
    return bytes(body)


# -- replaying --------------------------------------------------------------------------------------------------------


class TokenChooser:
    """Answers by position; raises `ReplayDiverged` where there is no such option, and at the end for what is left."""

    __slots__ = ("_left", "_picks", "_position")

    def __init__(self, picks: Sequence[tuple[int, int]]) -> None:
        self._picks = dict(picks)
        self._left = dict(self._picks)
        self._position = 0

    def begin(self, run: RunInfo) -> None:
        """A run starts."""
        self._position = run.position
        self._left = {at: picked for at, picked in self._picks.items() if at >= run.position}

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        """What the token says, 0 where it says nothing."""
        position = self._position
        self._position = position + 1
        picked = self._left.pop(position, 0)
        if picked >= count:
            raise ReplayDiverged(position, f"a choice with option {picked}", f"{kind} with {count} options")
        return picked

    def end(self, outcome: RunOutcome) -> None:
        """Check that nothing is left over."""
        for position, picked in self._left.items():
            raise ReplayDiverged(
                position,
                f"a choice with option {picked}",
                f"the end of the run ({outcome.status}) after {self._position} choices",
            )
