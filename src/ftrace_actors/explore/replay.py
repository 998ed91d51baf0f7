"""Replay files: one run, small enough for a bug report.

A run is a pure function of its scenario and its choices, so the file holds the scenario's own text and the
non-zero choices, nothing else that decides anything. The rest says what to expect: the verdict, the finding and the
digest of the event log, which is the same under both drivers. The format is JSON, ``format: 2``.

A choice says what it is about in words that survive another layout of memory (``ftrace_caller+0x18``), and `layout` is
a hash of the layout the run was recorded in. Code that is added in front of everything else moves every address: the
events are others then, and their digest too, but the run is the same.

What a file can disagree with, and what then happens:

- its inlined text with its hash, or the numbers of the run with their seal: the file was edited; it is not replayed
  (`FormatError`);
- its choices with the run they lead to: `ReplayDiverged`, from the runtime;
- in the same layout, its digest with the run's: the tool changed; in another one, its verdict and finding with the
  run's. See `Recording.matches`.

Format 1 had addresses in its choices and is not read any more.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final, Literal, TypeAlias, TypeVar

import msgspec

from .. import __version__
from ..actors.choices import Kind, Pick, ReplayChooser
from ..atomic_file import write_whole
from ..checks import Finding
from ..errors import InputError
from ..events.encoding import BAD_JSON, json_fault
from ..reading import REPLAY_MAX, read_bytes
from ..result import RunResult
from .origin import DesignPart, Origin, Part, ScenarioPart, hash_text
from .portable import portable

__all__ = [
    "EXPLORE",
    "FORMAT",
    "OTHER_LAYOUT",
    "DesignPart",
    "Format",
    "FormatError",
    "Origin",
    "Recording",
    "ScenarioPart",
    "check_picks",
    "convert",
    "hash_text",
    "load",
    "make",
    "read_json",
    "recording_of",
    "replay_path",
    "save",
    "variant_of",
]

Format: TypeAlias = Literal[2]
"""The one that is read and written; files of a test's own actors have it as well."""

FORMAT: Final[Format] = 2
OTHER_LAYOUT = (
    "recorded in another layout of memory, so addresses differ; compared are choices, verdict, invariant, window and "
    "subject"
)
"""What is said of a file that `Recording.matches` although its events are others."""


_K = TypeVar("_K", bound=msgspec.Struct)


class FormatError(InputError):
    """A replay file that cannot be used: names the file and the key path."""


class FindingPart(Part, frozen=True):
    """The finding the file is about."""

    invariant: str
    severity: str
    message: str
    subject: str
    window: str | None = None

    @classmethod
    def of(cls, finding: Finding) -> "FindingPart":
        """What a file says of a finding: which events prove it, the run shows."""
        return cls(
            invariant=finding.invariant,
            severity=finding.severity,
            message=finding.message,
            subject=finding.subject,
            window=finding.window,
        )

    def found_in(self, findings: Iterable[Finding]) -> Finding | None:
        """The same finding among those of a run; None when the run did not show it."""
        return next(filter(self.is_same, findings), None)

    def is_same(self, finding: Finding) -> bool:
        """Whether the same invariant broke in the same window, of the same subject; the wording may be another."""
        return (finding.invariant, finding.window, finding.subject) == (
            self.invariant,
            self.window,
            self.subject,
        )


class PickPart(Part, frozen=True, omit_defaults=True):
    """One non-zero choice; see `ftrace_actors.actors.choices.Pick`."""

    position: int
    kind: Kind
    actor: int
    op: str
    object: str
    picked: int
    count: int
    occurrence: int = -1
    mover: int = -1

    @classmethod
    def of(cls, pick: Pick) -> "PickPart":
        """What a file holds of a choice."""
        return cls(**{name: getattr(pick, name) for name in cls.__struct_fields__})

    def pick(self) -> Pick:
        """The choice."""
        return Pick(
            self.position,
            self.kind,
            self.actor,
            self.op,
            self.object,
            self.picked,
            self.count,
            self.occurrence,
            self.mover,
        )


EXPLORE = "explore"
"""As a `strategy`: a search found the run, and it has no number."""


class Recording(Part, frozen=True):
    """One replay file.

    Attributes:
        tool: version that wrote it.
        scenario: see `ScenarioPart`.
        strategy, seed, run: where the run came from. After shrinking, they lead to the run before it.
        verdict, finding: what it showed.
        layout: a hash of where everything was in memory.
        digest: of the event log, which holds addresses.
        positions: choices asked.
        shrunk_from: non-zero choices before shrinking, or None.
        picks: the non-zero choices.
        actors: names by actor id; empty in files of earlier versions.
        seal: a hash of where the run came from, which replaying does not show; "" in files of earlier versions.
    """

    format: Format
    tool: str
    scenario: ScenarioPart
    strategy: str
    seed: int
    run: int
    verdict: str
    finding: FindingPart | None
    layout: str
    digest: str
    positions: int
    shrunk_from: int | None
    picks: tuple[PickPart, ...]
    actors: tuple[str, ...] = ()
    seal: str = ""

    def sealed(self) -> "Recording":
        """The same with its seal."""
        origin = (
            self.scenario.name,
            self.scenario.hash,
            self.strategy,
            self.seed,
            self.run,
            self.shrunk_from,
        )
        seal = f"blake2b:{blake2b(msgspec.json.encode(origin), digest_size=16).hexdigest()}"
        return msgspec.structs.replace(self, seal=seal)

    def shown(self, result: RunResult) -> Finding | None:
        """The finding of a run that the file is about."""
        return None if self.finding is None else self.finding.found_in(result.findings)

    def chooser(self) -> ReplayChooser:
        """Answers a run as recorded."""
        return ReplayChooser(part.pick() for part in self.picks)

    def is_laid_out_like(self, result: RunResult) -> bool:
        """Whether addresses mean the same in the file and in a run."""
        return result.layout == self.layout

    def matches(self, result: RunResult) -> bool:
        """Whether a recorded run, made with these choices, is the one in the file.

        Event by event in the same layout; in another one it has the same verdict, and the same invariant broke in the
        same window, of the same subject.
        """
        if self.is_laid_out_like(result):
            return result.digest == self.digest and result.verdict == self.verdict
        return result.verdict == self.verdict and (self.finding is None or self.shown(result) is not None)


def make(
    origin: Origin, result: RunResult, finding: Finding | None, shrunk_from: int | None = None
) -> Recording:
    """A recording of a run that was made with ``record=True``.

    It names the scenario's file as `portable` does, whoever made the run.
    """
    return Recording(
        format=FORMAT,
        tool=__version__,
        scenario=ScenarioPart(
            name=origin.name,
            path=portable(origin.path),
            hash=hash_text(origin.text),
            text=origin.text,
            overrides=dict(sorted(origin.overrides.items())),
            own_design=msgspec.UNSET if origin.design is None else origin.design,
        ),
        strategy=origin.strategy,
        seed=origin.seed,
        run=origin.run,
        verdict=result.verdict,
        finding=None if finding is None else FindingPart.of(finding),
        layout=result.layout,
        digest=result.digest,
        positions=result.positions,
        shrunk_from=shrunk_from,
        picks=tuple(PickPart.of(pick) for pick in result.picks),
        actors=result.actors,
    ).sealed()


def variant_of(overrides: Mapping[str, str], design: str = "", text: str = "", strategy: str = "") -> str:
    """A short hash of what makes a run another one than that of the scenario its name means; "" when nothing does.

    `design` is the hash of a user's, `text` that of a scenario whose name alone does not say which it is, and
    `strategy` one that is not the default: its run of the same number is another one.
    """
    parts = [sorted(overrides.items()), design, text, *([strategy] if strategy else [])]
    return blake2b(msgspec.json.encode(parts), digest_size=4).hexdigest() if any(parts) else ""


def replay_path(directory: Path, name: str, seed: int, run: int, variant: str = "") -> Path:
    """``DIRECTORY/NAME.SEED.RUN.replay.json``; a variant (`variant_of`) follows the name."""
    named = f"{name}.{variant}" if variant else name
    return directory / f"{named}.{seed}.{run}.replay.json"


def save(path: Path, recording: Recording) -> None:
    """Write it, whole or not at all."""
    encoded = msgspec.json.encode(recording)
    write_whole(path, msgspec.json.format(encoded, indent=1) + b"\n")


def _unknown_format(found: object) -> str:
    """Why a file of another format is not read."""
    if found == 1:
        return (
            f"1 holds addresses, which have moved since; record the run again (this version reads {FORMAT})"
        )
    return f"{found!r} is not known; this version reads {FORMAT}"


def read_json(path: Path) -> object:
    """What is in a file of either form, a scenario's run or one of a test's own actors, as plain values.

    It has this version's format, if it says which.  Raises `FormatError`, also when the file cannot be read.
    """
    data = read_bytes(path, REPLAY_MAX, FormatError)
    try:
        plain: object = msgspec.json.decode(data)
    except BAD_JSON as error:
        raise FormatError(str(path), "", f"not a replay file: {json_fault(error)}") from None
    if isinstance(plain, dict) and plain.get("format", FORMAT) != FORMAT:
        raise FormatError(str(path), "format", _unknown_format(plain["format"]))
    return plain


def convert(path: Path, plain: object, kind: type[_K]) -> _K:
    """The plain values as one of the two forms; raises `FormatError` with the key path."""
    try:
        return msgspec.convert(plain, kind)
    except msgspec.ValidationError as error:
        message, _, key_path = str(error).partition(" - at ")
        raise FormatError(str(path), key_path.strip("`").removeprefix("$").lstrip("."), message) from None
    except RecursionError as error:
        raise FormatError(str(path), "", f"not a replay file: {json_fault(error)}") from None


def load(path: Path) -> Recording:
    """Read and check the file of a scenario's run; raises `FormatError`, also when the file cannot be read."""
    plain = read_json(path)
    if isinstance(plain, dict) and "test" in plain:
        test = plain["test"]
        raise FormatError(
            str(path),
            "test",
            f"a schedule of the test {test}, not of a scenario; pytest {test} --ftrace-replay={path} makes that run, "
            "and with --ftrace-log=FILE its log",
        )
    return recording_of(path, plain)


def recording_of(path: Path, plain: object) -> Recording:
    """A scenario's run from the plain values of its file; raises `FormatError`."""
    recording = convert(path, plain, Recording)
    if hash_text(recording.scenario.text) != recording.scenario.hash:
        raise FormatError(str(path), "scenario.hash", "does not fit scenario.text; the file was edited")
    if recording.seal and recording.seal != recording.sealed().seal:
        wrong = "does not fit scenario.name, strategy, seed, run and shrunk_from; the file was edited"
        raise FormatError(str(path), "seal", wrong)
    check_picks(path, recording.picks)
    return recording


def check_picks(path: Path, picks: Sequence[PickPart]) -> None:
    """Raise `FormatError` for choices that no run can have made."""
    before = -1
    for index, pick in enumerate(picks):
        if pick.position <= before:
            raise FormatError(str(path), f"picks[{index}].position", "positions must ascend")
        if not 0 < pick.picked < pick.count:
            raise FormatError(
                str(path), f"picks[{index}].picked", f"{pick.picked} is not a non-zero option of {pick.count}"
            )
        before = pick.position
