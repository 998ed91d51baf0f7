"""The runtime: actors, mailboxes, and a conductor that lets exactly one of them run at a time.

It knows nothing of arm64 or of a kernel. A run is made thus::

    balls: Mailbox[str] = Mailbox("ponger")


    class Pinger(Actor):
        async def body(self) -> None:
            await self.send(balls, "ping")


    class Ponger(Actor):
        async def body(self) -> None:
            ball = await self.receive(balls)
            print(self.name, "has", ball.payload)


    conductor = Conductor(DullChooser(), steps_max=10_000)
    Pinger(conductor, "pinger")
    Ponger(conductor, "ponger")
    outcome = run_bare(conductor)  # or: await trio_driver.run_trio(conductor)
    print(outcome.status)

The trio driver is imported from `ftrace_actors.actors.drivers.trio_driver`, so that trio is imported only by
those who use it.
"""

from .actor import Actor, Wake, Woken
from .choices import Chooser, CountingTape, DullChooser, Kind, Pick, ReplayChooser, RunInfo, Tape
from .conductor import Conductor, Statistics
from .drivers.bare import run_bare
from .errors import ActorError, ConductError, ForeignAwait, ReplayDiverged, RunCancelled, RunClosed
from .mailbox import Channel, ChannelFactory, Envelope, Inbox, Mailbox, Outbox
from .outcome import Busy, RunOutcome, Status, WaitEdge

__all__ = [
    "Actor",
    "ActorError",
    "Busy",
    "Channel",
    "ChannelFactory",
    "Chooser",
    "ConductError",
    "Conductor",
    "CountingTape",
    "DullChooser",
    "Envelope",
    "ForeignAwait",
    "Inbox",
    "Kind",
    "Mailbox",
    "Outbox",
    "Pick",
    "ReplayChooser",
    "ReplayDiverged",
    "RunCancelled",
    "RunClosed",
    "RunInfo",
    "RunOutcome",
    "Statistics",
    "Status",
    "Tape",
    "WaitEdge",
    "Wake",
    "Woken",
    "run_bare",
]
