"""A toy world with one of everything, and choosers to run it under."""

from collections.abc import Awaitable, Callable, Sequence

import trio

from ftrace_actors.actors import (
    Actor,
    Conductor,
    DullChooser,
    Kind,
    Mailbox,
    RunInfo,
    RunOutcome,
    Tape,
    run_bare,
)
from ftrace_actors.actors.drivers.trio_driver import run_trio

Script = Callable[[Actor], Awaitable[None]]


def run_on_trio(conductor: Conductor) -> RunOutcome:
    return trio.run(run_trio, conductor)


DRIVERS = {"bare": run_bare, "trio": run_on_trio}


class Scripted(Actor):
    """An actor whose body is a function."""

    __slots__ = ("script",)

    def __init__(self, conductor: Conductor, name: str, script: Script, *, daemon: bool = False) -> None:
        super().__init__(conductor, name, daemon=daemon)
        self.script = script

    async def body(self) -> None:
        await self.script(self)


class BytesChooser(DullChooser):
    """One byte a choice, zeros when they run out; remembers what it was asked."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = data
        self.asked: list[tuple[Kind, int, tuple[int, ...]]] = []
        self.run: RunInfo | None = None
        self.ended: RunOutcome | None = None

    def begin(self, run: RunInfo) -> None:
        self.run = run

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        at = len(self.asked)
        self.asked.append((kind, count, tuple(actors)))
        return self.data[at] % count if at < len(self.data) else 0

    def end(self, outcome: RunOutcome) -> None:
        self.ended = outcome


class LastChooser(DullChooser):
    """Always the last option: the least dull there is."""

    def choose(self, kind: Kind, count: int, actors: Sequence[int]) -> int:
        return count - 1


class Toy:
    """Workers send jobs to a hub and wait for answers, a clerk waits for a count, a clock ticks, one sleeps.

    `log` is what the bodies did, in order: the same under each driver, or something is wrong.
    """

    def __init__(self, conductor: Conductor, *, workers: int = 3, jobs: int = 3) -> None:
        self.conductor = conductor
        self.log: list[tuple[str, object]] = []
        self.done = 0
        self.jobs = jobs
        self.hub_box = Mailbox("hub")
        self.urgent_box = Mailbox("urgent")
        self.boxes = [Mailbox(f"worker{i}") for i in range(workers)]
        self.workers = [Scripted(conductor, f"worker{i}", self.work) for i in range(workers)]
        self.hub = Scripted(conductor, "hub", self.serve, daemon=True)
        self.clerk = Scripted(conductor, "clerk", self.count)
        self.clock = Scripted(conductor, "clock", self.tick, daemon=True)
        self.sleeper = Scripted(conductor, "sleeper", self.nap)

    async def work(self, me: Actor) -> None:
        for job in range(self.jobs):
            await me.step("load", 0x1000 + job)
            box = self.urgent_box if me.choose(Kind.DATA, 3, "urgent?", job) else self.hub_box
            await me.send(box, (me.id, job), cause=job)
            answer = await me.receive(self.boxes[me.id], point="answer", waits_for="hub")
            self.log.append((me.name, answer.payload))
            self.done += 1

    async def serve(self, me: Actor) -> None:
        while True:
            woken = await me.wait(inboxes=(self.hub_box, self.urgent_box), point="serve", timer=True)
            if woken.envelope is None:
                self.log.append(("hub", woken.by))
                continue
            worker, job = woken.envelope.payload
            self.log.append(("hub", (worker, job, woken.mailbox.name)))
            me.post(self.boxes[worker], job * 10)

    async def count(self, me: Actor) -> None:
        half = len(self.workers) * self.jobs // 2
        await me.wait(guard=lambda: self.done >= half, point="half", waits_for=lambda: ["worker0", "worker1"])
        self.log.append(("clerk", self.done))

    async def tick(self, me: Actor) -> None:
        while True:
            await me.wait(timer=True, point="tick")
            self.log.append(("clock", self.conductor.now))

    async def nap(self, me: Actor) -> None:
        for ticks in (3, 1, 5):
            await me.sleep(ticks)
            self.log.append(("sleeper", self.conductor.now))


def toy(data: bytes = b"", **options: object) -> Toy:
    """The toy world under a tape of bytes, with a digest."""
    return Toy(Conductor(Tape(BytesChooser(data)), digest=True, **options))
