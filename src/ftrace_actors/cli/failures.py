"""How a command that raised ends: what is said on stderr, and its exit code."""

import traceback
from contextlib import suppress
from typing import TypeVar

from cyclopts import CycloptsError, MissingArgumentError, UnusedCliTokensError

from ..errors import DesignChanged, InputError, ReplayDiverged, RunFailed, clipped
from .exit_codes import ExitCode
from .output import OutputLost, silence
from .session import Session

__all__ = ["ended", "output_lost"]

E = TypeVar("E", bound=BaseException)


def ended(session: Session, error: BaseException) -> ExitCode:
    """Say on stderr why a command ended with `error`; its exit code.

    Call it where `error` is handled.  Raises what says that the output is lost, and what asks to end the program.
    """
    match error:
        case MissingArgumentError(argument=missing) if missing is not None and not missing.tokens:
            command = " ".join(error.command_chain or ())
            what = "needs a value" if missing.name in (error.root_input_tokens or ()) else "is missing"
            session.note(f"{command}: {missing.name} {what} (see ftrace-actors {command} --help)")
            return ExitCode.USAGE
        case UnusedCliTokensError(unused_tokens=[_, *_] as words):
            command = " ".join(error.command_chain or ())
            session.note(
                f"{command}: too much: {clipped(' '.join(words))} (see ftrace-actors {command} --help)"
            )
            return ExitCode.USAGE
        case CycloptsError():
            session.note(f"{clipped(' '.join(str(error).split()))} (see ftrace-actors --help)")
            return ExitCode.USAGE
        case DesignChanged():
            session.note(str(error))
            return ExitCode.DIVERGED
        case InputError():
            session.note(str(error))
            return ExitCode.USAGE
        case ReplayDiverged():
            session.note(clipped(str(error)))
            return ExitCode.DIVERGED
        case KeyboardInterrupt():
            session.note("interrupted")
            return ExitCode.INTERRUPTED
        case BaseExceptionGroup():
            return _group_ended(session, error)
        case RunFailed():
            return _our_bug(session, error.details, str(error))
        case Exception():
            return _our_bug(session, traceback.format_exc(), f"{type(error).__name__}: {error}")
        case _:
            raise error


def output_lost(session: Session, lost: OutputLost) -> ExitCode:
    """Nothing more can be printed; the exit code that says so."""
    silence()
    if not lost.reason:
        return ExitCode.PIPE
    with suppress(OutputLost):
        session.note(str(lost))
    return ExitCode.USAGE


def _group_ended(session: Session, group: "BaseExceptionGroup[BaseException]") -> ExitCode:
    if lost := _first(group, OutputLost):
        raise lost from None
    if _first(group, KeyboardInterrupt) is None:
        return _our_bug(session, traceback.format_exc(), str(group))
    session.note("interrupted")
    return ExitCode.INTERRUPTED


def _first(group: "BaseExceptionGroup[BaseException]", kind: type[E]) -> E | None:
    """Of the exceptions that nurseries put together, the first of a kind."""
    for error in group.exceptions:
        found = _first(error, kind) if isinstance(error, BaseExceptionGroup) else error
        if isinstance(found, kind):
            return found
    return None


def _our_bug(session: Session, details: str, summary: str) -> ExitCode:
    session.details(details)
    session.note(summary)
    session.note("this is our bug, not yours: please report it with the text above")
    return ExitCode.BUG
