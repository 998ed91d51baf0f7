"""What a body may not await: anything but the primitives of its actor.

A sleep of asyncio or trio inside a body suspends it where the conductor does not know of it. At best nobody else runs
meanwhile, so the test tries fewer schedules than it seems to; at worst the order is an event loop's. Both drivers
refuse it with the same `ForeignAwait`. They notice it in two ways: the body suspends although its actor did not park,
or the library finds no event loop of its own and raises.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

from ..actor import Actor
from ..errors import ConductError, ForeignAwait

__all__ = ["Body", "bodies_of", "refusal", "translated"]

Body = Coroutine[Any, Any, None]

_LIBRARIES: Final = frozenset({"asyncio", "trio", "anyio", "sniffio", "curio"})
_NO_LOOP: Final = ("no running event loop", "must be called from async context")
"""What asyncio and trio say where they are not in charge. On some versions an attribute is missing instead."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A frame: the module it belongs to, what is executed, and where."""

    module: str
    name: str
    file: str
    line: int

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]

    @property
    def foreign(self) -> bool:
        """A library's own, or what `types.coroutine` puts in front of a generator that is not a coroutine yet."""
        return self.package in _LIBRARIES or (self.module, self.name) == ("types", "wrapped")


def bodies_of(actors: Sequence[Actor]) -> list[Body]:
    """The coroutine of each actor; raises `ConductError` where `body` does not give one."""
    bodies: list[Body] = []
    for actor in actors:
        body: object = actor.body()
        if not isinstance(body, Coroutine):
            for made in bodies:
                made.close()
            raise ConductError(
                f"the body of {actor.name!r} is not a coroutine function: write `async def body(self)`"
                " without `yield`"
            )
        bodies.append(body)
    return bodies


def refusal(actor: Actor, body: Body) -> ForeignAwait:
    """For a body that is suspended, and not by a primitive of its actor."""
    return ForeignAwait(_sentence(actor, [_place(frame) for frame in _suspended(body)]))


def translated(actor: Actor, error: BaseException) -> BaseException:
    """What a body raised; a library's complaint that it is not in charge becomes a `ForeignAwait`."""
    places = list(_raised(error))
    in_a_library = bool(places) and places[-1].foreign
    lost = str(error) in _NO_LOOP or in_a_library
    if not (lost and isinstance(error, RuntimeError | AttributeError)):
        return error
    refused = ForeignAwait(_sentence(actor, places))
    refused.__cause__ = error
    return refused


def _sentence(actor: Actor, places: Sequence[_Place]) -> str:
    """What is said; `places` lead from the body to where it is suspended, or where the library raised."""
    inside = next((at for at, place in enumerate(places) if place.foreign), len(places))
    awaited = "something"
    if 0 < inside < len(places):
        awaited = f"{places[inside].package}.{places[inside].name}"
    elif len(places) > 1:
        inside = len(places) - 1
        awaited = places[inside].name
    where = places[max(inside - 1, 0)] if places else None
    place = f" at {Path(where.file).name}:{where.line}" if where else ""
    return (
        f"{actor.name!r} awaited {awaited}{place}: a body may await only the primitives of its own actor"
        " (step, send, receive, wait, sleep)"
    )


def _suspended(body: Body) -> Iterator[FrameType]:
    """The frames of a suspended coroutine, from the outside in, as far as they can be seen."""
    at: object = body
    while at is not None:
        frame = getattr(at, "cr_frame", None) or getattr(at, "gi_frame", None)
        if frame is None:
            return
        yield frame
        at = getattr(at, "cr_await", None) or getattr(at, "gi_yieldfrom", None)


def _raised(error: BaseException) -> Iterator[_Place]:
    """The frames of a traceback, from the body on."""
    trace = error.__traceback__
    while trace is not None:
        place = _place(trace.tb_frame, trace.tb_lineno)
        if place.package != __package__.partition(".")[0]:
            yield place
        trace = trace.tb_next


def _place(frame: FrameType, line: int | None = None) -> _Place:
    code = frame.f_code
    module = str(frame.f_globals.get("__name__", ""))
    return _Place(module, code.co_name, code.co_filename, line or frame.f_lineno)
