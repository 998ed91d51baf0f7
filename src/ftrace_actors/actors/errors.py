"""What can go wrong with a run itself, as opposed to what a run finds.

Deadlock, livelock and whatever the upper floors call a violation are *values* (`RunOutcome`); an exception
always means that somebody made a mistake:

- `ReplayDiverged`: the record does not belong to this run (wrong file, changed scenario, changed tool);
- `ConductError`: a body or a chooser broke the rules of the runtime (a bug above this floor, or in it);
- `ActorError`: a body raised.

Both drivers raise the same thing for the same mistake. `ActorError` is an exception group, so `except*
ValueError` and `pytest.RaisesGroup(ValueError)` work as they do with a trio nursery, and it is one type with
the name of the actor, so `except ActorError` works too. A group is the honest shape: the `finally` block of a
second actor may fail while the run is being closed because the first one failed, and neither may be
swallowed. `ReplayDiverged` and `ConductError` raised by a primitive inside a body surface as they are, since
they aren't the body's fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar, overload

from ..errors import FtraceActorsError, ModelError, ReplayDiverged

__all__ = [
    "ActorError",
    "ConductError",
    "Failure",
    "ForeignAwait",
    "ReplayDiverged",
    "RunCancelled",
    "RunClosed",
    "surfaced",
]

E_co = TypeVar("E_co", bound=Exception, covariant=True)
F = TypeVar("F", bound=Exception)
B = TypeVar("B", bound=BaseException)


class ConductError(ModelError):
    """The rules of the runtime were broken: a bug in a body, a chooser or the runtime, never a finding."""


class ForeignAwait(ConductError):
    """A body awaited something that is not a primitive of its actor; see `drivers.foreign`."""


class RunCancelled(FtraceActorsError):
    """The nursery that a run's actors were in was cancelled: the tasks have cleaned up, and there is no outcome."""


class ActorError(ExceptionGroup[E_co]):
    """One or more actors raised.

    Attributes:
        actor: name of the actor that failed first.
        point: the await point it came from (the last primitive it used).
        step: number of the visible step it had reached.
        exceptions: what was raised, the first failure first; each carries a note naming its actor.
    """

    actor: str
    point: str
    step: int

    def __new__(cls, actor: str, point: str, step: int, exceptions: Sequence[E_co]) -> Self:
        """Make the group; the arguments are the attributes of the same names."""
        self = super().__new__(cls, f"actor {actor!r} failed after {point!r}, step {step}", exceptions)
        self.actor = actor
        self.point = point
        self.step = step
        return self

    @overload
    def derive(self, excs: Sequence[F], /) -> ActorError[F]: ...

    @overload
    def derive(self, excs: Sequence[B], /) -> BaseExceptionGroup[B]: ...

    def derive(self, excs: Sequence[Any], /) -> BaseExceptionGroup[Any]:
        """Keep actor, point and step when `except*` splits the group; of ours, only into `Exception`s."""
        return ActorError(self.actor, self.point, self.step, excs)


@dataclass(frozen=True, slots=True)
class Failure:
    """What the body of an actor raised, after which await point and step."""

    actor: str
    point: str
    step: int
    error: BaseException


def surfaced(failures: Sequence[Failure]) -> BaseException:
    """The one exception that stands for all failures of a run, of which there is at least one.

    What is meant for the program (Ctrl-C), and what is the runtime's own and came first, comes out as itself, with a
    note about each other failure: clean-up that fails afterwards does not make a bad record the fault of a body.
    """
    first = failures[0]
    alone = next((failure for failure in failures if not isinstance(failure.error, Exception)), None)
    if alone is None and isinstance(first.error, ConductError | ReplayDiverged):
        alone = first
    if alone is not None:
        for failure in failures:
            note = f"actor {failure.actor!r} failed as well, after {failure.point!r}: {failure.error!r}"
            if failure is not alone and note not in getattr(alone.error, "__notes__", ()):
                alone.error.add_note(note)
        return alone.error
    errors = [failure.error for failure in failures if isinstance(failure.error, Exception)]
    return ActorError(first.actor, first.point, first.step, errors)


class RunClosed(BaseException):
    """Raised inside a body whose run is over, so that its `finally` blocks run; never leaves a driver.

    Not an `Exception`, for the same reason as `trio.Cancelled`: a body that handles its own errors must not
    handle this one by accident.
    """
