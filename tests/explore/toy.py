"""A world small enough to know everything about: actors that increment a counter without a lock.

Each actor reads the counter (a load that may be stale) and writes it back plus one; INV-COUNT breaks when an
increment got lost. The text is lines of ``key = value``, see `_Settings`.
"""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, fields
from hashlib import blake2b
from pathlib import Path

import trio
from structlog.typing import FilteringBoundLogger

from ftrace_actors.actors.choices import Chooser, Kind, RunInfo
from ftrace_actors.actors.hearing import tape_for
from ftrace_actors.actors.outcome import RunOutcome, Status
from ftrace_actors.checks import Finding
from ftrace_actors.errors import InputError
from ftrace_actors.explore.model import Driver
from ftrace_actors.result import Expect, RunResult
from ftrace_actors.words import Severity, Verdict


@dataclass
class _Settings:
    """What a toy's text may say."""

    verdicts: str = "violated"
    invariants: str = ""
    window: str = ""
    sometimes: str = ""
    actors: int = 2
    rounds: int = 2
    stale: int = 1  # 0: loads are never stale
    atomic: int = 0  # 1: read and write are one step
    started: str = ""  # a file made by the first run
    raises: int = -1  # raise in the run whose number of picks is at least this
    kill: str = ""  # a file: kill this process unless it exists; made before
    signal: int = 0  # sent to this process by the first run that fails, which also makes the file `signalled`
    signalled: str = ""
    always_kill: str = ""  # kill this process, unless it is the one with this id


class _Loop:
    """One run, stepped from outside."""

    def __init__(self, world: "ToyWorld", chooser: Chooser, record: bool) -> None:
        self.world = world
        self.chooser = chooser
        self.record = record
        self.tape = tape_for(chooser, counting=record)
        self.schedule_choices = 0
        self.steps = 0
        self.log: list[str] = []
        self.history = [0]
        self.left = dict.fromkeys(range(world.settings.actors), world.settings.rounds)
        self.held: dict[int, int] = {}
        self.last = 0
        self.stale_seen = False
        chooser.begin(RunInfo(tuple(f"a{i}" for i in self.left), 1000, lambda actor: ("step", actor)))

    def step(self) -> bool:
        """One visible step; False when everybody is done."""
        enabled = [actor for actor, rounds in self.left.items() if rounds]
        if not enabled:
            return False
        if self.last in enabled:
            enabled = [self.last, *(actor for actor in enabled if actor != self.last)]
        if len(enabled) > 1:
            self.schedule_choices += 1
        actor = enabled[self.tape.choose(Kind.SCHEDULE, len(enabled), self.last, "step", 0x1000, enabled)]
        self.last = actor
        self.steps += 1
        if actor in self.held:
            self._write(actor)
        else:
            self._read(actor)
            if self.world.settings.atomic:
                self._write(actor)
        return True

    def _read(self, actor: int) -> None:
        count = len(self.history) if self.world.settings.stale else 1
        age = self.tape.choose(Kind.LOAD, count, actor, "ldr", 0x1000)
        self.stale_seen |= age > 0
        self.held[actor] = self.history[-1 - age]
        self.log.append(f"a{actor} read {self.held[actor]}")

    def _write(self, actor: int) -> None:
        self.history.append(self.held.pop(actor) + 1)
        self.left[actor] -= 1
        self.log.append(f"a{actor} wrote {self.history[-1]}")

    def finish(self) -> RunResult:
        picks = tuple(self.tape.picks)
        self.chooser.end(RunOutcome(Status.DONE, self.steps, self.tape.position, picks))
        settings = self.world.settings
        if 0 <= settings.raises <= len(picks):
            raise ZeroDivisionError("a bug of ours")
        verdict, findings = Verdict.HOLDS, ()
        if self.history[-1] != settings.actors * settings.rounds:
            verdict, findings = Verdict.VIOLATED, (finding("INV-COUNT", "W1" if self.stale_seen else None),)
            if settings.signal and not Path(settings.signalled).exists():
                Path(settings.signalled).touch()
                os.kill(os.getpid(), settings.signal)
        log = "\n".join(self.log).encode()
        return RunResult(
            verdict,
            findings,
            picks,
            positions=self.tape.position,
            schedule_choices=self.schedule_choices,
            steps=self.steps,
            seen=frozenset({"stale-load"} if self.stale_seen else ()),
            behaviour=int.from_bytes(blake2b(log, digest_size=8).digest(), "big"),
            digest=blake2b(log, digest_size=8).hexdigest() if self.record else "",
            actors=tuple(f"a{i}" for i in range(settings.actors)) if self.record else (),
            events=tuple(self.log) if self.record else (),  # type: ignore[arg-type]  # nobody here reads them
        )


def finding(
    invariant: str,
    window: str | None = None,
    severity: Severity = Severity.CORRUPTION,
    subject: str = "counter",
) -> Finding:
    """An increment got lost."""
    return Finding(invariant, severity, "an increment got lost", window, subject, ())


def result(verdict: str = "holds", *findings: Finding) -> RunResult:
    """A run that came to that, whatever its choices."""
    return RunResult(Verdict(verdict), findings, ())


class ToyWorld:
    def __init__(self, settings: _Settings) -> None:
        self.settings = settings
        self.expect = Expect(
            tuple(settings.verdicts.split()), tuple(settings.invariants.split()), settings.window or None
        )
        self.sometimes = tuple(settings.sometimes.split())

    def _maybe_die(self) -> None:
        settings = self.settings
        if settings.kill and not Path(settings.kill).exists():
            Path(settings.kill).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if settings.always_kill and os.getpid() != int(settings.always_kill):
            os.kill(os.getpid(), signal.SIGKILL)

    def run(self, chooser: Chooser, *, driver: Driver = "trio", record: bool = False) -> RunResult:
        self._maybe_die()
        if self.settings.started:
            Path(self.settings.started).touch()
        loop = _Loop(self, chooser, record)
        while loop.step():
            pass
        return loop.finish()

    async def run_trio(self, chooser: Chooser, *, record: bool = False) -> RunResult:
        loop = _Loop(self, chooser, record)
        while loop.step():
            await trio.lowlevel.cancel_shielded_checkpoint()
        return loop.finish()

    def run_live(self, chooser: Chooser, driver: Driver, log: FilteringBoundLogger) -> RunResult:
        result = self.run(chooser, driver=driver, record=True)
        for event in result.events:
            log.info("step", what=event)
        return result

    def brief(self, result: RunResult, width: int) -> str:
        return f"{len(result.events)} events\n"

    def timeline(self, result: RunResult, finding: Finding | None, width: int) -> str:
        lanes = [f"  {index:>4}  {event}" for index, event in enumerate(result.events)]
        return "\n".join(lanes + [f"  why   {found.message}" for found in result.findings])

    def kernel(self) -> dict[str, str]:
        return {"profile": "toy", "actors": str(self.settings.actors)}

    def log_lines(self, result: RunResult, *, seed: int, run: int, strategy: str) -> list[bytes]:
        return [f'{{"event":"{event}"}}'.encode() for event in result.events]

    def listing(self) -> list[str]:
        return [f"0x1000: counter of {self.settings.actors} actors"]


def load(text: str, path: str, overrides: Mapping[str, str]) -> ToyWorld:
    """The toy's loader."""
    settings = _Settings()
    types = {f.name: f.type for f in fields(_Settings)}
    pairs = [line.partition("=")[::2] for line in text.splitlines() if line.strip() and line[0] != "#"]
    for key, value in [*pairs, *overrides.items()]:
        name = key.strip()
        if name not in types:
            raise InputError(path, name, "unknown key")
        setattr(settings, name, int(value) if types[name] is int else value.strip())
    return ToyWorld(settings)


def world(text: str = "") -> ToyWorld:
    return load(text, "<toy>", {})
