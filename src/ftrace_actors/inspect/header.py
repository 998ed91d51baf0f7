"""The first line of a log: what the run was, and what judging it needs beyond events.

Everything after `schema` came later than the first logs and has a default, so that those are still read; what they do
not say is then not known (None, or empty).
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import msgspec

from .. import __version__
from ..arm64.image import Symbols as ImageSymbols
from ..checks import Ending, Settings
from ..errors import InputError
from ..events import SCHEMA_VERSION
from ..reading import number, shortened
from ..scenario import Expect, RunResult, World
from ..words import Hang, Verdict, hang_of

__all__ = ["FORMAT", "LogHeader", "SymbolPart", "make_header"]

FORMAT: Final = "ftrace-actors-log"


_HANGS: Final = ("", *Hang)
_VERDICTS: Final = tuple(Verdict)
_LINES: Final = (16, 32, 64, 128)


def _address(what: str, text: str) -> int:
    found = number(text)
    if found is None or not 0 <= found < 1 << 64:
        raise ValueError(f"{what}: {shortened(repr(text))} is not the hexadecimal text of 64 bits")
    return found


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a header."""


class SymbolPart(_Part, frozen=True):
    """A named piece of memory: `size` bytes from `addr` (hexadecimal); size 0 is a label inside another piece."""

    name: str
    addr: str
    size: int = 0


class ChecksPart(_Part, frozen=True):
    """See `ftrace_actors.checks.Settings`; `hazards` are hexadecimal addresses."""

    hazards: tuple[str, ...]
    idc: bool
    line: int
    cpus: int = 0
    routines: tuple[str, ...] = ()
    filters: dict[str, tuple[str, ...]] = {}


class EndingPart(_Part, frozen=True):
    """See `ftrace_actors.checks.Ending`."""

    hang: str
    explanation: str
    culprits: tuple[str, ...]


class ExpectPart(_Part, frozen=True):
    """See `ftrace_actors.scenario.Expect`."""

    verdicts: tuple[str, ...]
    invariants: tuple[str, ...] = ()
    window: str | None = None


class LogHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first line of a log.

    Attributes:
        scenario, seed, run, strategy: which run it was; of one that was shrunk, which one before that.
        digest: of the events that follow, which are then known to be whole; "" in a log that another program wrote.
        schema: the version of the event schema.
        tool: the version that wrote the log.
        events: how many follow.
        verdict: the run's.
        expect: what the scenario expects.
        ending: how the run ended, which no event tells.
        checks: what checks know of the machine.
        sometimes: properties a campaign of the scenario must have witnessed.
        symbols: names of addresses.
        seal: digest of all of the above; "" in logs of earlier versions.
    """

    scenario: str
    seed: int
    run: int
    strategy: str
    digest: str = ""
    format: str = FORMAT
    schema: int = SCHEMA_VERSION
    tool: str = ""
    events: int | None = None
    verdict: str | None = None
    expect: ExpectPart | None = None
    ending: EndingPart | None = None
    checks: ChecksPart | None = None
    sometimes: tuple[str, ...] = ()
    symbols: tuple[SymbolPart, ...] = ()
    seal: str = ""

    def sealed(self) -> LogHeader:
        """The same, with the seal that belongs to it."""
        bare = msgspec.structs.replace(self, seal="")
        return msgspec.structs.replace(
            self, seal=blake2b(msgspec.json.encode(bare), digest_size=16).hexdigest()
        )

    @property
    def is_as_written(self) -> bool | None:
        """Whether the seal belongs to the rest; None when there is none."""
        return self.seal == self.sealed().seal if self.seal else None

    def contradiction(self) -> str:
        """What in it no run can say; "" when all is well."""
        hang = self.ending.hang if self.ending is not None else ""
        verdicts = (
            *(() if self.verdict is None else (self.verdict,)),
            *(self.expect.verdicts if self.expect else ()),
        )
        if hang not in _HANGS:
            return f"ending.hang: found {shortened(repr(hang))}; it is empty, deadlock or livelock"
        for verdict in verdicts:
            if verdict not in _VERDICTS:
                return f"found the verdict {shortened(repr(verdict))}; known are {', '.join(_VERDICTS)}"
        if self.checks is not None and self.checks.line not in _LINES:
            return f"checks.line: found {self.checks.line}; it is one of {', '.join(map(str, _LINES))}"
        if self.events is not None and self.events < 0:
            return f"events: found {self.events}, which is not a count"
        return ""

    def settings(self) -> Settings:
        """What the checks must know; the defaults when the log does not say.  Raises `ValueError`."""
        if self.checks is None:
            return Settings()
        hazards = frozenset(_address("checks.hazards", addr) for addr in self.checks.hazards)
        checks = self.checks
        return Settings(hazards, checks.idc, checks.line, checks.cpus, checks.routines, checks.filters)

    def end(self) -> Ending:
        """How the run ended; without a hang when the log does not say."""
        if self.ending is None:
            return Ending()
        return Ending(hang_of(self.ending.hang), self.ending.explanation, self.ending.culprits)

    def expected(self) -> Expect | None:
        """What the scenario expects; None when the log does not say."""
        wanted = self.expect
        return None if wanted is None else Expect(wanted.verdicts, wanted.invariants, wanted.window)

    def image_symbols(self, file: str) -> ImageSymbols:
        """The names of addresses.  Raises `InputError` when they contradict each other."""
        symbols = ImageSymbols()
        try:
            for part in self.symbols:
                symbols.add(part.name, _address(part.name, part.addr), max(part.size, 0))
        except ValueError as error:
            raise InputError(file, "line 1", f"symbols: {error}") from None
        return symbols


def make_header(world: World, result: RunResult, *, seed: int, run: int, strategy: str) -> LogHeader:
    """The header for the log of a recorded run."""
    settings, ending, expect = world.settings, result.ending, world.expect
    symbols = world.image.symbols
    sizes = {piece.name: piece.size for piece in symbols.pieces()}
    return LogHeader(
        scenario=world.scenario.name,
        seed=seed,
        run=run,
        strategy=strategy,
        digest=result.digest,
        tool=__version__,
        events=len(result.events),
        verdict=result.verdict,
        expect=ExpectPart(expect.verdicts, expect.invariants, expect.window),
        ending=EndingPart(ending.hang or "", ending.explanation, ending.culprits),
        checks=ChecksPart(
            tuple(f"{addr:#x}" for addr in sorted(settings.hazards)),
            settings.idc,
            settings.line,
            settings.cpus,
            settings.routines,
            dict(settings.filters),
        ),
        sometimes=world.sometimes,
        symbols=tuple(
            SymbolPart(name, f"{addr:#x}", sizes.get(name, 0)) for name, addr in symbols.names().items()
        ),
    )
