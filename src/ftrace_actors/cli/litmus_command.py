"""``litmus``: all final states of litmus tests, judged, compared with what is expected of them."""

import json as json_
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..arm64.options import Options
from ..arm64.search import Limits
from ..errors import InputError
from ..litmus import (
    HERD,
    LitmusTest,
    Result,
    as_json,
    as_text,
    options_of,
    parse,
    read_kinds,
    run,
    summary_line,
    test_files,
    with_variants,
)
from .exit_codes import ExitCode
from .session import Session

__all__ = ["LitmusOptions", "litmus"]

SECONDS_MAX = 60.0


@dataclass(frozen=True, slots=True)
class LitmusOptions:
    """What the command line said.

    `profile` is "herd" (share the quirks of the published tools) or "arm".  `variants` are switched on for every
    test, on top of what it asks for itself.  `seconds_max` a test; a search that takes longer is unknown.
    """

    expect: Path | None = None
    json: bool = False
    profile: str = "herd"
    seconds_max: float = SECONDS_MAX
    variants: tuple[str, ...] = ()
    verbose: bool = False


def litmus(session: Session, targets: Sequence[str], options: LitmusOptions) -> ExitCode:
    """The command; its exit code: 1 if any verdict differs from what the kinds file expects, or is unknown to it."""
    kinds = read_kinds(options.expect) if options.expect is not None else {}
    code = ExitCode.OK
    count = 0
    for test in _tests(targets):
        count += 1
        started = time.perf_counter()
        result = run(test, machine_options(test, options), Limits(expired=_deadline(options.seconds_max)))
        seconds = time.perf_counter() - started
        expected = kinds.get(test.name)
        if expected is not None and expected != result.verdict:
            code = ExitCode.UNEXPECTED
        _print(session, result, seconds, expected, options)
    if not count:
        raise InputError(" ".join(targets), "", "no litmus tests there")
    return code


def machine_options(test: LitmusTest, options: LitmusOptions) -> Options:
    """The machine a test runs on: the profile, what the test asks for, what the command line adds."""
    base = HERD if options.profile == "herd" else Options()
    return with_variants(options_of(test.meta, base), options.variants)


def _tests(targets: Sequence[str]) -> Iterator[LitmusTest]:
    for path in test_files(targets):
        yield parse(path.read_text(encoding="utf-8"), str(path))


def _deadline(seconds_max: float) -> Callable[[], bool]:
    end = time.perf_counter() + seconds_max
    return lambda: time.perf_counter() > end


def _print(
    session: Session, result: Result, seconds: float, expected: str | None, options: LitmusOptions
) -> None:
    if options.json:
        session.plain(json_.dumps(as_json(result, seconds, expected)))
    elif options.verbose:
        session.plain(as_text(result, seconds))
    else:
        session.plain(summary_line(result, expected))
