"""The interface every design answers to: build sites, enable and modify them, disable them, retire what they used.

A design says *what* is done to memory and text, and in which order, as a sequence of steps; the tracing core does them
one after the other in the name of the task that called.  A design is the whole of its protocol and reads like one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias

from ...events.flavours import RUDE, TASKS
from ..records import RecordUpdate

if TYPE_CHECKING:
    from ...actors import Mailbox
    from ...arm64.registers import Reg
    from ..config import KernelConfig, ProtocolConfig
    from ..messages import PatchSite
    from ..ops import Ops
    from ..records import Record

__all__ = [
    "NOP",
    "Changes",
    "Core",
    "Design",
    "FreeTextStep",
    "KickStep",
    "PatchStep",
    "RunStep",
    "SiteLayout",
    "Step",
    "SyncIpiStep",
    "WaitStep",
    "WriteTextStep",
    "kernel_waits",
]

NOP = 0xD503_201F


@dataclass(frozen=True, slots=True)
class SiteLayout:
    """Where the parts of one traced function are: addresses; `literal` and `veneer` are 0 when there is none."""

    entry: int
    literal: int
    site: int
    body: int
    veneer: int = 0


# -- steps ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PatchStep:
    """Run `routine` of `kernel/asm/` on one site.

    `literal`: what it writes in front of the function (None: nothing).  `target`: the symbol that the site calls
    afterwards, "" for none (a NOP).  `by`: the mailbox of the service that has it done, None for the text patcher's.
    """

    record: Record
    routine: str
    literal: Reg | None
    target: str
    by: Mailbox[PatchSite] | None = None


@dataclass(frozen=True, slots=True)
class RunStep:
    """Run `routine` of `kernel/asm/` in the name of the task that called, `args` in x0 and up.

    It answers 0 or a negative errno.
    """

    routine: str
    args: tuple[Reg, ...]


@dataclass(frozen=True, slots=True)
class WaitStep:
    """Wait: each of `flavours` in turn, to close `windows`.

    In unregister it is for `ops`, when it or its owner relies on that, and for its trampoline.  `words`: addresses of
    words that nobody may read any more afterwards.  `handover`: a wait in the middle of an update, which is for none of
    them.
    """

    ops: Ops
    flavours: tuple[str, ...]
    windows: tuple[str, ...]
    words: tuple[int, ...] = ()
    handover: bool = False


@dataclass(frozen=True, slots=True)
class KickStep:
    """Interrupt every other CPU and wait for it: kick_all_cpus_sync."""


@dataclass(frozen=True, slots=True)
class SyncIpiStep:
    """ftrace_sync_ipi has its place here, where one is due.

    Without such a step the tracing core puts it after the update: before the first wait that is not a handover, else
    last.
    """


@dataclass(frozen=True, slots=True)
class WriteTextStep:
    """Allocate text, make it the trampoline of `ops`, and maintain the caches for it."""

    ops: Ops


@dataclass(frozen=True, slots=True)
class FreeTextStep:
    """Free the trampoline of `ops`."""

    ops: Ops


Step: TypeAlias = PatchStep | RunStep | WaitStep | KickStep | SyncIpiStep | WriteTextStep | FreeTextStep

Changes: TypeAlias = Sequence[tuple["Record", RecordUpdate]]
"""The records that need a new literal or instruction, in address order, and what each needs."""


class Core(Protocol):
    """What a design may ask the tracing core."""

    @property
    def kernel(self) -> KernelConfig:
        """How the kernel is built and booted."""

    @property
    def protocol(self) -> ProtocolConfig:
        """What the scenario changes in the protocol."""

    @property
    def nop_ops(self) -> Ops:
        """ftrace_nop_ops: its function does nothing."""

    @property
    def list_ops(self) -> Ops:
        """ftrace_list_ops: its function walks the list."""

    @property
    def registered(self) -> Sequence[Ops]:
        """ftrace_ops_list, newest first."""

    def knows(self, symbol: str) -> bool:
        """Is there anything of that name in memory?"""

    def has_text(self, ops: Ops) -> bool:
        """Was a trampoline written for an ops, and not freed since?"""

    def reuses_text(self, ops: Ops) -> bool:
        """Does the trampoline of an ops lie where another one was freed?"""

    def text_of(self, ops: Ops) -> str:
        """The symbol of the trampoline that was written for an ops."""

    @property
    def text_size(self) -> int:
        """Bytes of a trampoline's text; 0 where none are allocated."""

    def address(self, symbol: str) -> Reg:
        """A pointer to text or data."""

    def unique(self, record: Record) -> Ops | None:
        """ftrace_find_unique_ops: the ops that the site may name alone, None when the list is needed."""


class Design(ABC):
    """One way to trace.

    Attributes:
        name: as scenarios call it.
        summary: one line.
        asm: assembly files it needs in addition to the common ones.
        windows: those in which a task may still use an ops, so a teardown has to wait for them.
        pre_nops: words in front of each function's symbol.
        words: global words of its own, by name, and the symbol whose address each holds at first.
        modifiable: instructions of its own that it patches, by symbol; B, BL or NOP.
        blind: code that finds its ops otherwise: a branch there, at a site or one of `modifiable`, leads to nobody who
            reads the literal or `words`.
        template: the assembly file that allocated trampolines are copied from, "" when none are; with one, a site out
            of BL range gets a PLT entry.
        specialises: a site with a single ops can name that one.
        resting: what a disabled site's literal holds: "nop" or "list" for those ops, "text" for the words as compiled,
            "" when there is no literal.
        source, beside: for one that a user wrote, its file and the assembly files next to it.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    asm: ClassVar[tuple[str, ...]] = ()
    windows: ClassVar[tuple[str, ...]] = ("W1", "W2")
    pre_nops: ClassVar[int] = 0
    words: ClassVar[tuple[tuple[str, str], ...]] = ()
    modifiable: ClassVar[tuple[str, ...]] = ()
    blind: ClassVar[tuple[str, ...]] = ("ftrace_caller_list", "ftrace_ops_list_func", "ftrace_stub")
    template: ClassVar[str] = ""
    specialises: ClassVar[bool] = False
    source: ClassVar[str] = ""
    beside: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def line_of(self, method: str) -> str:
        """For one that a user wrote: "line N", where a method of it starts in its file."""
        return ""

    def resting(self, protocol: ProtocolConfig) -> str:
        """What a disabled site's literal holds, see the class."""
        return ""

    def layout(self, entry: int, bti: bool, protocol: ProtocolConfig) -> SiteLayout:
        """Where things are, for a symbol at `entry`: MOV X9, LR and the BL after the optional BTI."""
        site = entry + (8 if bti else 4)
        return SiteLayout(entry, 0, site, site + 4)

    def refuses(self, layout: SiteLayout, protocol: ProtocolConfig) -> str:
        """Why a site cannot be used ("" when it can): ftrace_call_adjust."""
        return ""

    @abstractmethod
    def trampolines(self, protocol: ProtocolConfig) -> tuple[str, ...]:
        """The symbols that enabled sites call; the first is what a site that nothing specialises calls."""

    @abstractmethod
    def enable(self, ops: Ops, changes: Changes, core: Core) -> Iterable[Step]:
        """What register does once `ops` is on the list: ftrace_make_call, ftrace_modify_call."""

    @abstractmethod
    def disable(self, ops: Ops, changes: Changes, core: Core) -> Iterable[Step]:
        """What unregister does once `ops` is unlinked: ftrace_make_nop, ftrace_modify_call, and the waits."""

    def retire(self, kernel: KernelConfig) -> tuple[str, ...]:
        """The grace periods between the text update and freeing an ops: ftrace_shutdown's own."""
        return kernel_waits(kernel)

    def wait(
        self, ops: Ops, core: Core, *, needed: bool = False, words: tuple[int, ...] = ()
    ) -> Iterator[WaitStep]:
        """The out: label of ftrace_shutdown: for dynamic ops, an owner that asks for it, or a design that needs it.

        A scenario may have it wait for nothing: that is a wait as well, and too short.
        """
        if ops.dynamic or ops.caller_waits or needed:
            wanted = core.protocol.wait
            flavours = self.retire(core.kernel) if wanted is None else wanted
            yield WaitStep(ops, flavours, self.windows, words)

    def update_then_wait(
        self, ops: Ops, updates: Iterable[Step], core: Core, *, needed: bool = False
    ) -> Iterator[Step]:
        """First no new user can come, then those there are leave; the reverse if the scenario wants it."""
        if core.protocol.wait_at == "before-update":
            yield from self.wait(ops, core, needed=needed)
            yield from updates
        else:
            yield from updates
            yield from self.wait(ops, core, needed=needed)


def kernel_waits(kernel: KernelConfig) -> tuple[str, ...]:
    """ftrace_shutdown: synchronize_rcu_tasks_rude, and synchronize_rcu_tasks where nothing guards that."""
    called = {"none": True, "preemption": kernel.preemption, "tasks-rcu": kernel.tasks_rcu}
    return (RUDE.name, TASKS.name) if called[kernel.tasks_guard] else (RUDE.name,)
