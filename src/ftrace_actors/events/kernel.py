"""Events of the kernel: patching, teardown, grace periods, tasks, messages."""

from __future__ import annotations

from .base import AllocationNumber, Counted, Event

__all__ = [
    "Alloc",
    "CrossCall",
    "CrossCalled",
    "Free",
    "GracePeriod",
    "Join",
    "Lock",
    "Patch",
    "Quiescent",
    "Receive",
    "RecordState",
    "Register",
    "Send",
    "Switch",
    "SynchronizeRcu",
    "TaskState",
    "Tick",
    "Wait",
    "Warn",
]


class Register(Event, tag="register", frozen=True, gc=False):
    """register_ftrace_function or unregister_ftrace_function was called or returned.

    On return `view` is the timeline position the acting CPU had completed and written up to; `errno` is 0 or negative.
    """

    ops: str
    unregister: bool
    returns: bool
    errno: int
    view: Counted
    caller_waits: bool


class Patch(Event, tag="patch", frozen=True, gc=False):
    """A patch of one site begins or ends: `action` is "make_call", "modify_call" or "make_nop".

    `number` identifies it, `literal` and `word` are what it installs, `ops` whose calls the site then serves.
    """

    number: Counted
    begins: bool
    function: str
    action: str
    literal: int
    word: int
    ops: tuple[str, ...]
    errno: int


class RecordState(Event, tag="record-state", frozen=True, gc=False):
    """ftrace_lock is about to be released: what the books say is installed at a site.

    `word` and `literal` are what the site must then hold; `literal` is 0 where the design has none.
    """

    function: str
    count: int
    enabled: bool
    word: int
    literal: int


class Warn(Event, tag="warn", frozen=True, gc=False):
    """A WARN_ON of the kernel's own fires: `condition`, in `function`, about the object `subject`."""

    function: str
    condition: str
    subject: str


class Alloc(Event, tag="alloc", frozen=True, gc=False):
    """`size` bytes at `addr` became allocation `prov`."""

    name: str
    addr: int
    size: int
    prov: AllocationNumber


class Free(Event, tag="free", frozen=True, gc=False):
    """Allocation `prov` ended; `order` is the newest timeline position at that moment."""

    name: str
    addr: int
    size: int
    prov: AllocationNumber
    order: Counted


class Wait(Event, tag="wait", frozen=True, gc=False, omit_defaults=True):
    """The tracing core begins or ends a wait, in register or unregister of `ops`.

    `flavours` are the grace periods it asks for, in order; `windows` those that the design relies on them to close.
    What it is for: nobody uses `objects` any more (an ops, or the text "OPS.tramp"), nobody reads `words` any more.
    A wait in the middle of an update is for neither.
    """

    begins: bool
    ops: str
    flavours: tuple[str, ...]
    windows: tuple[str, ...]
    objects: tuple[str, ...] = ()
    words: tuple[int, ...] = ()


class GracePeriod(Event, tag="grace-period", frozen=True, gc=False):
    """Grace period `number` of `flavour` ("rcu", "tasks", "rude"); `phase` is "start", "scan", "end".

    `waiting` names the CPUs or tasks it waits for from now on.  `view` is the timeline position that the caller had
    completed when it starts, and when it ends the one that is ordered before what follows (0 at the scan).
    """

    flavour: str
    number: Counted
    phase: str
    waiting: tuple[str, ...]
    view: Counted = 0


class Quiescent(Event, tag="quiescent", frozen=True, gc=False):
    """`who` passed a quiescent state for grace period `number` of `flavour`, because of `reason`.

    `view` is the timeline position that its CPU had completed by then.  The report to the grace period comes later.
    """

    flavour: str
    who: str
    reason: str
    number: Counted = 0
    view: Counted = 0


class SynchronizeRcu(Event, tag="synchronize-rcu", frozen=True, gc=False):
    """The task, or the actor where there is none, begins or ends to wait for a grace period of `flavour`.

    `flavour` is the one that is waited for, whatever the call was named: synchronize_rcu_tasks may wait for "rcu".
    """

    begins: bool
    flavour: str


class CrossCall(Event, tag="cross-call", frozen=True, gc=False):
    """The task has other CPUs run `function` in an interrupt, and waits: `phase` is "start" or "end".

    `number` counts the cross-calls of this task; `waiting` names the CPUs it waits for.
    """

    function: str
    number: Counted
    phase: str
    waiting: tuple[str, ...]


class CrossCalled(Event, tag="cross-called", frozen=True, gc=False):
    """This CPU ran `function`, in an interrupt, for cross-call `number` of the task `caller`."""

    function: str
    caller: str
    number: Counted


class Switch(Event, tag="switch", frozen=True, gc=False):
    """The CPU switches from `prev` to `next` ("" is the idle task); `voluntary` when `prev` blocked or exited."""

    prev: str
    next: str
    voluntary: bool


class TaskState(Event, tag="task-state", frozen=True, gc=False):
    """`who` is now "runnable", "running", "blocked" (then `on` says on what), "user" or "dead"."""

    who: str
    state: str
    on: str


class Tick(Event, tag="tick", frozen=True, gc=False):
    """A timer tick was handled."""


class Lock(Event, tag="lock", frozen=True, gc=False):
    """A lock passes: `state` is "acquired", "released" or "contended"."""

    name: str
    who: str
    state: str


class Send(Event, tag="send", frozen=True, gc=False):
    """A message was sent; `number` identifies it, `view` is what it carries (0 when it orders nothing)."""

    to: str
    message: str
    number: Counted
    view: Counted


class Receive(Event, tag="receive", frozen=True, gc=False):
    """A message was taken out of a mailbox; its `cause` is the `Send`."""

    message: str
    number: Counted


class Join(Event, tag="join", frozen=True, gc=False):
    """From here on this CPU comes after all that CPU `publisher` had done before event `until`.

    `ordering` is the named ordering that says so ("wake-up", "lock", "ipi", ...) and how far it reaches; an ordering
    that a scenario drops joins nothing.
    """

    ordering: str
    publisher: int
    until: Counted
