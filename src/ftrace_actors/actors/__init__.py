"""The runtime: actors, mailboxes, and a conductor that lets exactly one of them run at a time.

It knows nothing of arm64 or of a kernel. A run is made thus::

    conductor = Conductor(DullChooser(), steps_max=10_000)


    class Pinger(Actor):
        __slots__ = ("peer",)

        async def body(self) -> None:
            await self.send(self.peer, "ping")


    ...
    outcome = run_bare(conductor)  # or: await trio_driver.run_trio(conductor)

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
