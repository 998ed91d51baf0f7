"""The event schema: what happens in a run, as values.

One stream of these is the log, the timeline and all that a check ever sees, so whatever a check needs is in an
event: window, generation, timeline position, the bounds of a fetch.  The union is closed (`AnyEvent`).

Common fields: `seq` is the position in the stream, `step` the conductor's step, `actor` who did it, `cpu` and `task`
where it ran (-1 and "" when nowhere), `cause` the `seq` of the event that caused it (-1 when none).  `order` is always
a position of the memory timeline (0 is the initial state).  `prov` numbers name allocations: 0 is static storage, -1 a
torn or made-up pointer; the same address allocated twice has two numbers.
"""

from __future__ import annotations

from typing import get_args

from .base import Event
from .definitions import OpsDefined, RecordDefined, WordDefined

__all__ = [
    "EVENT_KINDS",
    "SCHEMA_VERSION",
    "Alloc",
    "AnyEvent",
    "Barrier",
    "Body",
    "Call",
    "Callback",
    "Claim",
    "CrossCall",
    "CrossCalled",
    "Early",
    "Event",
    "Exc",
    "Fault",
    "Fetch",
    "Free",
    "GracePeriod",
    "Join",
    "Load",
    "Lock",
    "Maintain",
    "OpsDefined",
    "Patch",
    "Quiescent",
    "Reader",
    "Receive",
    "RecordDefined",
    "RecordState",
    "Register",
    "Returned",
    "Send",
    "Store",
    "Switch",
    "Sync",
    "SynchronizeRcu",
    "TaskState",
    "Tick",
    "Unpredictable",
    "Wait",
    "Warn",
    "Window",
    "WordDefined",
]

SCHEMA_VERSION = 3


# -- the machine ------------------------------------------------------------------------------------------------------


class Load(Event, tag="load", frozen=True, gc=False):
    """A read of shared memory: `value` from the message at `order`, through a pointer of allocation `pointer`.

    `prov` is the allocation the loaded value points into, when it is a pointer.
    """

    addr: int
    size: int
    value: int
    order: int
    pointer: int
    prov: int


class Store(Event, tag="store", frozen=True, gc=False):
    """A write of shared memory, at `order` on the timeline: in the past when it was made visible early."""

    addr: int
    size: int
    value: int
    order: int
    pointer: int
    prov: int


class Early(Event, tag="early", frozen=True, gc=False):
    """A store, DC, IC or completion became visible before its turn, at `order`; `what` is the message's kind."""

    what: str
    addr: int
    value: int
    order: int


class Fetch(Event, tag="fetch", frozen=True, gc=False):
    """A fetch of a modifiable word took the message at `order`.

    It could have taken any of its writes from `floor` to `newest`; `sync` is what context synchronization had raised
    the fetch view to.
    """

    addr: int
    word: int
    order: int
    floor: int
    newest: int
    sync: int


class Barrier(Event, tag="barrier", frozen=True, gc=False):
    """A DMB or DSB, of the code or of the kernel's task switch; `completed` is what DSBs of this PE have completed."""

    name: str
    completed: int


class Maintain(Event, tag="maintain", frozen=True, gc=False):
    """A DC, IC or completion of ICs at `order` (0 when this machine needs no message)."""

    name: str
    addr: int
    order: int


class Sync(Event, tag="sync", frozen=True, gc=False):
    """A context synchronization event: ISB, exception entry or return.  `tau` is the fetch view after it."""

    reason: str
    tau: int


class Exc(Event, tag="exception", frozen=True, gc=False):
    """An exception was taken (`entry`) or returned from."""

    entry: bool
    reason: str


class Unpredictable(Event, tag="unpredictable", frozen=True, gc=False):
    """CONSTRAINED UNPREDICTABLE: the architecture gives no answer."""

    reason: str
    addr: int
    order: int


class Fault(Event, tag="fault", frozen=True, gc=False):
    """A synchronous exception that the kernel would oops on; `pointer` is the allocation it went through."""

    reason: str
    addr: int
    pointer: int


# -- a traced call ----------------------------------------------------------------------------------------------------


class Call(Event, tag="call", frozen=True, gc=False):
    """Control is at a traced function's entry.  `regs` are x0-x8, fp, lr, sp."""

    function: str
    regs: tuple[int, ...]


class Body(Event, tag="body", frozen=True, gc=False):
    """Control is at the first instruction after the patch site; `regs` as in `Call`."""

    function: str
    regs: tuple[int, ...]


class Returned(Event, tag="returned", frozen=True, gc=False):
    """A call that an action of the scenario made came back with `value` in x0."""

    function: str
    value: int


class Window(Event, tag="window", frozen=True, gc=False):
    """The task is now in `window` ("W0" to "W4"), or in none ("")."""

    window: str


class Callback(Event, tag="callback", frozen=True, gc=False):
    """A tracer's function starts (`begins`) or ends: `func` by name, the `ops` pointer it was handed, the `ip`."""

    begins: bool
    func: str
    ops: int
    prov: int
    ip: int


class Reader(Event, tag="reader", frozen=True, gc=False):
    """Preemption was disabled (`begins`) or enabled again: a classic RCU reader."""

    begins: bool


class Claim(Event, tag="claim", frozen=True, gc=False):
    """The caller knows that `function` is traced: from here on its calls count."""

    function: str


# -- the kernel -------------------------------------------------------------------------------------------------------


class Register(Event, tag="register", frozen=True, gc=False):
    """register_ftrace_function or unregister_ftrace_function was called or returned.

    On return `view` is the timeline position the acting CPU had completed and written up to; `errno` is 0 or negative.
    """

    ops: str
    unregister: bool
    returns: bool
    errno: int
    view: int
    caller_waits: bool


class Patch(Event, tag="patch", frozen=True, gc=False):
    """A patch of one site begins or ends: `action` is "make_call", "modify_call" or "make_nop".

    `number` identifies it, `literal` and `word` are what it installs, `ops` whose calls the site then serves.
    """

    number: int
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
    prov: int


class Free(Event, tag="free", frozen=True, gc=False):
    """Allocation `prov` ended; `order` is the newest timeline position at that moment."""

    name: str
    addr: int
    size: int
    prov: int
    order: int


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
    number: int
    phase: str
    waiting: tuple[str, ...]
    view: int = 0


class Quiescent(Event, tag="quiescent", frozen=True, gc=False):
    """`who` passed a quiescent state for grace period `number` of `flavour`, because of `reason`.

    `view` is the timeline position that its CPU had completed by then.  The report to the grace period comes later.
    """

    flavour: str
    who: str
    reason: str
    number: int = 0
    view: int = 0


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
    number: int
    phase: str
    waiting: tuple[str, ...]


class CrossCalled(Event, tag="cross-called", frozen=True, gc=False):
    """This CPU ran `function`, in an interrupt, for cross-call `number` of the task `caller`."""

    function: str
    caller: str
    number: int


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
    number: int
    view: int


class Receive(Event, tag="receive", frozen=True, gc=False):
    """A message was taken out of a mailbox; its `cause` is the `Send`."""

    message: str
    number: int


class Join(Event, tag="join", frozen=True, gc=False):
    """From here on this CPU comes after all that CPU `publisher` had done before event `until`.

    `ordering` is the named ordering that says so ("wake-up", "lock", "ipi", ...) and how far it reaches; an ordering
    that a scenario drops joins nothing.
    """

    ordering: str
    publisher: int
    until: int


AnyEvent = (
    Load
    | Store
    | Early
    | Fetch
    | Barrier
    | Maintain
    | Sync
    | Exc
    | Unpredictable
    | Fault
    | Call
    | Body
    | Returned
    | Window
    | Callback
    | Reader
    | Claim
    | RecordDefined
    | WordDefined
    | OpsDefined
    | Register
    | Patch
    | RecordState
    | Warn
    | Alloc
    | Free
    | Wait
    | GracePeriod
    | Quiescent
    | SynchronizeRcu
    | CrossCall
    | CrossCalled
    | Switch
    | TaskState
    | Tick
    | Lock
    | Send
    | Receive
    | Join
)

EVENT_KINDS: tuple[type[Event], ...] = get_args(AnyEvent)
"""All kinds of events."""
