"""``litmus``: all final states of litmus tests, judged, compared with what is expected of them."""

import json as json_
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ..arm64.options import Options
from ..arm64.search import Limits
from ..errors import InputError
from ..litmus import (
    HERD,
    LeftOutError,
    LitmusTest,
    as_json,
    as_text,
    entries,
    options_of,
    parse,
    read_kinds,
    run,
    summary_line,
    test_files,
    unwritten,
    with_variants,
)
from ..litmus.why import explain, own_state
from ..reading import exists, read_standard_input, read_text
from .app import STDIN
from .exit_codes import ExitCode
from .interrupts import interrupts
from .litmus_batch import in_order
from .options import JOBS_MAX, Here, Pairs, number
from .progress import shown_bar
from .session import Session
from .sweeps import one_change
from .targets import resolve

__all__ = ["LitmusOptions", "command", "limits_of", "litmus", "machine_options", "read_test"]

SECONDS_MAX = 60.0
MEMORY_MAX = 2048
NAMES_SHOWN = 3
VARIANTS = ("idc", "dic", "exs", "eis", "eos", "lse2")
_FLAG = Parameter(negative="", show_default=False)
_UNSUPPORTED, _UNUSABLE, _BUG, _DIFFERS, _UNKNOWN = _COUNTED = (
    "unsupported",
    "unusable",
    "our own bug",
    "not as expected",
    "unknown",
)


@dataclass(frozen=True, slots=True)
class LitmusOptions:
    """What the command line said.

    `profile` is "herd" (share the quirks of the published tools) or "arm".  `variants` are switched on for every
    test, on top of what it asks for itself.  `seconds_max` and `memory_max` (MB) a test; a search that takes more is
    unknown.
    """

    expect: Path | None = None
    jobs: int = 1
    json: bool = False
    memory_max: int = MEMORY_MAX
    profile: str = "herd"
    seconds_max: float = SECONDS_MAX
    variants: tuple[str, ...] = ()
    verbose: bool = False


@dataclass(frozen=True, slots=True)
class _Answer:
    """One test answered: what to print, or why there is nothing (`error`, and which of `_COUNTED` that counts as).

    `details` follow an error that is our own, `remark` is said on stderr of a test that was answered.
    """

    text: str
    name: str = ""
    error: str = ""
    details: str = ""
    remark: str = ""
    counts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Refused:
    """Stands for a target that names no test, and says why."""

    reason: str


def command(
    *targets: str,
    design: str | None = None,
    expect: Path | None = None,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    jobs: Annotated[int, number(1, JOBS_MAX)] = 1,
    json: Annotated[bool, _FLAG] = False,
    memory: Annotated[int, number(1, 1 << 20)] = MEMORY_MAX,
    patch: str | None = None,
    profile: Literal["herd", "arm"] = "herd",
    seconds: Annotated[float, number(0.001, 1e7)] = SECONDS_MAX,
    set_: Pairs = None,
    variant: Annotated[list[str] | None, Parameter(negative="", consume_multiple=False)] = None,
    verbose: Annotated[bool, Parameter(alias="-v", negative="", show_default=False)] = False,
    why: Annotated[list[str] | None, Parameter(negative="", consume_multiple=True)] = None,
    session: Here,
) -> int:
    """All final states of litmus tests, by exhaustive search; exit 1 when any is unknown or not as expected.

    Parameters
    ----------
    targets
        Litmus files, directories of them (*.litmus), or @LIST: a file that names one of these a line; - is the
        standard input.
    design
        With --from: as for run.
    expect
        A file of lines `NAME Allowed|Forbidden|Required`; any other verdict of a named test exits 1.
        Names that were not run, and tests it does not name, are reported on stderr.
    from_
        Write the patching core of this scenario as a litmus test on stdout.
    jobs
        Worker processes; the output does not depend on it.
    json
        One object a test on stdout.
    memory
        Give up on a test that needs more MB (what the search keeps, counted): Unknown, unless a state decides it.
    patch
        With --from: the core of this patch, as make_call:vfs_read; the last one when not given.
    profile
        herd shares the quirks of the published tools; arm is the laboratory's machine.
    seconds
        Give up on a test after this long: Unknown, unless a state decides it.
    set_
        With --from: KEY.PATH=VALUE replaces a value of the scenario; may be repeated.
    variant
        Switch on idc, dic, exs, eis, eos or lse2 for every test; commas between several.
    verbose
        All states, in the manner of the published tools.
    why
        A state, as '0:X1=1; [x]=2': one execution that reaches it, or the rules that forbid it. Without one, at
        the end of the line: the state that the test itself asks about.
    """
    options = LitmusOptions(expect, jobs, json, memory, profile, seconds, _variants(variant or ()), verbose)
    if from_ is not None:
        return _export(session, _Export(from_, design, tuple(set_ or ()), patch), targets)
    for option, value in (("--design", design), ("--patch", patch), ("--set", set_)):
        if value is not None:
            raise InputError(option, "", "goes with --from only")
    state, targets = _asked(why, targets)
    if not targets:
        raise InputError("litmus", "", "name a file, a directory or @LIST, or a scenario with --from")
    if STDIN in targets and len(targets) > 1:
        raise InputError("-", "", "the standard input is one test; name nothing else")
    if state is not None:
        return _explain(session, targets, state, options)
    return litmus(session, targets, options)


def _asked(why: list[str] | None, targets: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """The state after --why ("" where the test's own is meant, None without the option), and the targets.

    `--why STATE FILE` is one option with two values to the parser.
    """
    if why is None:
        return None, targets
    if not why or (len(why) == 1 and not targets and exists(Path(why[0]))):
        return "", (*targets, *why)
    if not why[0].strip():
        raise InputError(
            "--why",
            "",
            "found '' where a state such as '1:X0=0' is expected; without one it is the test's own",
        )
    return why[0], (*targets, *why[1:])


def _variants(given: Iterable[str]) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for text in given for name in text.split(",") if name.strip())
    for name in names:
        if name not in VARIANTS:
            raise InputError(
                "--variant", "", f"found '{name}' where one of {', '.join(VARIANTS)} is expected"
            )
    return names


def litmus(session: Session, targets: Sequence[str], options: LitmusOptions) -> ExitCode:
    """The command; its exit code.

    1 if any verdict differs from what the kinds file expects.  1 as well if any is unknown, expected or not: who asks
    expects an answer, and a script that sees 0 would take the test for decided.  2 if a test cannot be used or needs
    what is left out; it is named on stderr, and the others are answered.
    """
    kinds = read_kinds(options.expect) if options.expect is not None else {}
    paths = [_Refused(str(it)) if isinstance(it, InputError) else it for it in entries(targets)]
    if not paths:
        raise InputError(" ".join(targets), "", "no litmus tests there")
    started = time.perf_counter()
    counts = dict.fromkeys(_COUNTED, 0)
    names: dict[str, None] = {}
    answered = 0
    with interrupts() as interrupted:
        answer = partial(_answer, options=options, kinds=kinds)
        if options.jobs == 1 or len(paths) == 1:
            answer = partial(answer, interrupted=interrupted)
        for found in _shown(session, in_order(paths, answer, _lost, options.jobs, interrupted), len(paths)):
            if interrupted() and _UNKNOWN in found.counts:
                break  # it was given up because of the interrupt
            _print(session, found)
            if not found.error:
                names[found.name] = None
            for count in found.counts:
                counts[count] += 1
            answered += 1
        if interrupted():
            if len(paths) > 1:
                session.note(f"{answered} of {len(paths)} tests answered")
            raise KeyboardInterrupt
    if options.expect is not None:
        _compare(session, options.expect, kinds, names)
    if len(paths) > 1:
        told = "".join(f", {count} {what}" for what, count in counts.items() if count)
        session.note(f"{len(paths)} tests in {time.perf_counter() - started:.1f} s{told}")
    return _exit_code(counts)


def _print(session: Session, found: _Answer) -> None:
    if found.error:
        session.note(found.error)
        if found.details:
            session.details(found.details)
        return
    session.plain(found.text)
    if found.remark:
        session.note(found.remark)


def _exit_code(counts: dict[str, int]) -> ExitCode:
    if counts[_BUG]:
        return ExitCode.BUG
    if counts[_UNUSABLE] or counts[_UNSUPPORTED]:
        return ExitCode.USAGE
    return ExitCode.UNEXPECTED if counts[_DIFFERS] or counts[_UNKNOWN] else ExitCode.OK


def _compare(session: Session, path: Path, kinds: dict[str, str], names: dict[str, None]) -> None:
    """Tell what of the kinds file was not answered, and what was that it does not name."""
    for told, missing in (
        ("names what was not answered", [name for name in kinds if name not in names]),
        ("does not name", [name for name in names if name not in kinds]),
    ):
        if missing:
            more = f" and {len(missing) - NAMES_SHOWN} more" if len(missing) > NAMES_SHOWN else ""
            session.note(f"{path} {told}: {', '.join(missing[:NAMES_SHOWN])}{more}")


def machine_options(test: LitmusTest, options: LitmusOptions) -> Options:
    """The machine a test runs on: the profile, what the test asks for, what the command line adds."""
    base = HERD if options.profile == "herd" else Options()
    return with_variants(options_of(test.meta, base), options.variants)


def _never() -> bool:
    return False


def _answer(
    path: Path | _Refused,
    options: LitmusOptions,
    kinds: dict[str, str],
    interrupted: Callable[[], bool] = _never,
) -> _Answer:
    if isinstance(path, _Refused):
        return _Answer("", error=path.reason, counts=(_UNUSABLE,))
    try:
        return _answered(path, options, kinds, interrupted)
    except LeftOutError as error:
        return _Answer("", error=str(error), counts=(_UNSUPPORTED,))
    except InputError as error:
        return _Answer("", error=str(error), counts=(_UNUSABLE,))
    except Exception:  # noqa: BLE001  # boundary: one bug does not take the other tests along
        told = f"{path}: this is our bug, not yours: please report it with the text below"
        return _Answer("", error=told, details=traceback.format_exc(), counts=(_BUG,))


def _lost(path: Path | _Refused) -> _Answer:
    return _Answer(
        "", error=f"{path}: it killed its process twice, as want of memory does", counts=(_UNKNOWN,)
    )


def _answered(
    path: Path, options: LitmusOptions, kinds: dict[str, str], interrupted: Callable[[], bool]
) -> _Answer:
    test = read_test(path)
    started = time.perf_counter()
    result = run(test, machine_options(test, options), limits_of(options, interrupted))
    seconds = time.perf_counter() - started
    expected = kinds.get(test.name)
    if options.json:
        text = json_.dumps(as_json(result, seconds, expected))
    elif options.verbose:
        text = as_text(result, seconds)
    else:
        text = summary_line(result, expected)
    counts = (
        *((_DIFFERS,) if expected is not None and expected != result.verdict else ()),
        *((_UNKNOWN,) if result.verdict == "Unknown" else ()),
    )
    return _Answer(text, test.name, remark=_remark(path, test), counts=counts)


def _remark(path: Path, test: LitmusTest) -> str:
    """That the condition asks about registers that mean nothing; "" where all do."""
    idle = [str(register) for register in unwritten(test)]
    if not idle:
        return ""
    what = "it is" if len(idle) == 1 else "they are"
    names = ", ".join(idle)
    return (
        f"{path}: the condition names {names}, which the code of its thread does not: {what} 0 in every state"
    )


def limits_of(options: LitmusOptions, interrupted: Callable[[], bool] = _never) -> Limits:
    """How far a search may go."""
    expired = _deadline(options.seconds_max)
    return Limits(expired=lambda: interrupted() or expired(), memory_max=options.memory_max << 20)


def read_test(path: Path) -> LitmusTest:
    """The test in a file, or on the standard input.  Raises `InputError`."""
    if str(path) == STDIN:
        return parse(read_standard_input(), "standard input")
    return parse(read_text(path), str(path))


def _deadline(seconds_max: float) -> Callable[[], bool]:
    end = time.perf_counter() + seconds_max
    return lambda: time.perf_counter() > end


def _shown(session: Session, answers: Iterator[_Answer], count: int) -> Iterator[_Answer]:
    """The same answers, with a progress bar while somebody watches stderr and nothing else scrolls there."""
    if count == 1 or session.out.is_terminal:
        yield from answers
        return
    with shown_bar(session) as bar:
        for done, answer in enumerate(answers, 1):
            yield answer
            if bar is not None:
                bar.update("litmus", done, count)


def _explain(session: Session, targets: Sequence[str], state: str, options: LitmusOptions) -> ExitCode:
    paths = list(test_files(targets))
    if len(paths) != 1:
        raise InputError("--why", "", f"found {len(paths)} tests where one is expected")
    test = read_test(paths[0])
    for line in explain(test, state or own_state(test), machine_options(test, options), limits_of(options)):
        session.plain(line)
    return ExitCode.OK


@dataclass(frozen=True, slots=True)
class _Export:
    """What the command line said of a scenario's patching core."""

    scenario: str
    design: str | None
    pairs: tuple[str, ...]
    patch: str | None


def _export(session: Session, export: _Export, targets: Sequence[str]) -> ExitCode:
    if targets:
        raise InputError("--from", "", f"found '{targets[0]}' where no test is expected")
    # These load the kernel, of which tests need none.
    from ..export.litmus import as_litmus  # noqa: PLC0415
    from ..kernel.designs import DESIGNS, with_own  # noqa: PLC0415
    from .designs import adopt  # noqa: PLC0415

    given = adopt(session, export.design, one_change(export.pairs, "one litmus test is written"))
    path = resolve([export.scenario])[0]
    session.plain(as_litmus(path, given, with_own(session.own, DESIGNS), export.patch).rstrip())
    return ExitCode.OK
