"""``cost``: what each design costs, counted from dull runs, in two tables."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import StringIO
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from ..errors import InputError
from ..events.flavours import RCU
from ..kernel.config import PROFILES
from ..kernel.designs import DESIGNS, Design, DesignFile, find_design
from ..studies.cost import (
    OPERATIONS,
    PAIRS,
    CallCost,
    OperationCost,
    Setting,
    Unfinished,
    call_costs,
    counted_flavours,
    operation_costs,
)
from ..terminal import fold
from .exit_codes import ExitCode
from .options import Here, number
from .session import Session

__all__ = ["CostOptions", "Costs", "command", "cost"]

_FLAG = Parameter(negative="", show_default=False)
_MANY = Parameter(negative="")


def _periods() -> tuple[str, ...]:
    """The columns of grace periods."""
    return tuple(name.upper() if name == RCU.name else name for name in counted_flavours())


def heads() -> tuple[str, ...]:
    """The columns of the first table."""
    return ("literal", "instr.", "DC", "IC", "IPI", "waited", *_periods(), "executed")


def _legend_of_operations() -> str:
    return (
        "literal: 8-byte words that trampolines load, written; instr.: instruction words written; DC, IC: cache"
        " maintenance by address; IPI: interrupts sent, to kick CPUs and to wake tasks; waited: those of them that"
        " are waited for, kick_all_cpus_sync's and ftrace_sync_ipi's; "
        f"{', '.join(_periods())}: grace periods;"
        " executed: A64 instructions on all CPUs."
    )


CALL_LEGEND = (
    "relevant tracers trace the called function, irrelevant ones another, all static, so that a design may call a"
    " single one directly; A64 instructions from the call to its return, tracers' functions included."
)


@dataclass(frozen=True, slots=True)
class CostOptions:
    """What the command line said; `designs` are names, none for all."""

    designs: tuple[str, ...]
    sites: int
    cpus: int
    profile: str
    static: bool
    form: Literal["table", "json", "markdown"]


@dataclass(frozen=True, slots=True)
class Costs:
    """Both tables, unformatted."""

    operations: list[OperationCost]
    calls: list[CallCost]


def command(
    *,
    cpus: Annotated[int, number(1, 16)] = 4,
    design: Annotated[list[str] | None, _MANY] = None,
    json: Annotated[bool, _FLAG] = False,
    markdown: Annotated[bool, _FLAG] = False,
    profile: Literal["v6.3", "v6.12", "v6.13", "v6.16", "v7.0"] = "v6.12",
    sites: Annotated[int, number(1, 1000)] = 10,
    static: Annotated[bool, _FLAG] = False,
    session: Here,
) -> int:
    """What each design costs: per register and unregister, and per traced call. Counted, not timed.

    Runs are made by the bare driver.

    Parameters
    ----------
    cpus
        CPUs of the machine; all but one are idle.
    design
        Only this design: a name (list --designs), or a Python file with one of your own. More than one is fine.
    json
        One object.
    markdown
        Tables in Markdown.
    profile
        The kernel, which decides what is waited for.
    sites
        Functions that every ops of the first table traces.
    static
        Static ops in the first table: nobody waits for them.
    """
    if json and markdown:
        raise InputError("--json", "", "contradicts --markdown; leave one out")
    form: Literal["table", "json", "markdown"] = "json" if json else "markdown" if markdown else "table"
    return cost(session, CostOptions(tuple(design or ()), sites, cpus, profile, static, form))


def cost(session: Session, options: CostOptions) -> ExitCode:
    """The command; its exit code."""
    chosen = _designs(options.designs)
    designs = [one.design() if isinstance(one, DesignFile) else one for one in chosen]
    costs = Costs([], [])
    for named, design in zip(chosen, designs, strict=True):
        with _blaming(named):
            counted = _costs(design, options)
        costs.operations.extend(counted.operations)
        costs.calls.extend(counted.calls)
    if options.form == "json":
        session.plain(msgspec.json.encode(_as_json(options, costs)).decode())
        return ExitCode.OK
    names = [design.name for design in designs]
    title = (
        f"{options.sites} sites, {options.cpus} CPUs, {'static' if options.static else 'dynamic'} ops, "
        f"{options.profile}, {PROFILES[options.profile].preempt} preemption, no PAC, driver bare"
    )
    if options.form == "markdown":
        for line in _markdown(names, costs, title):
            session.plain(line)
        return ExitCode.OK
    session.plain(title)
    _print(session, _operation_table(costs))
    _legend(session, _legend_of_operations())
    session.plain("")
    _print(session, _call_table(names, costs))
    _legend(session, CALL_LEGEND)
    return ExitCode.OK


def _designs(named: Sequence[str]) -> list[Design | DesignFile]:
    """The shipped ones, or those named.  Raises `InputError`."""
    return [find_design(name, DESIGNS, "--design") for name in dict.fromkeys(named or DESIGNS)]


def _costs(design: Design, options: CostOptions) -> Costs:
    setting = Setting(options.cpus, options.profile)
    operations = operation_costs(design, setting, sites=options.sites, dynamic=not options.static)
    return Costs(list(operations), list(call_costs(design, setting, PAIRS)))


@contextmanager
def _blaming(design: Design | DesignFile) -> Iterator[None]:
    """A run that does not end is its design's fault when a user wrote that."""
    try:
        yield
    except Unfinished as error:
        if isinstance(design, DesignFile):
            raise InputError(design.path, "", f"{error}, so nothing can be counted; run shows it") from None
        raise


def _as_json(options: CostOptions, costs: Costs) -> dict[str, object]:
    return {
        "cpus": options.cpus,
        "driver": "bare",
        "profile": options.profile,
        "dynamic": not options.static,
        "operations": [asdict(one) for one in costs.operations],
        "calls": [asdict(one) for one in costs.calls],
    }


def _cells(cost: OperationCost) -> tuple[str, ...]:
    """The numbers of a row, in the order of `heads`; nothing is a dot, so that something shows."""
    numbers = (
        cost.literals,
        cost.instructions,
        cost.cleans,
        cost.invalidations,
        cost.interrupts,
        cost.waited,
        *(cost.grace_periods[name] for name in counted_flavours()),
        cost.executed,
    )
    cells = tuple(str(number) if number else "." for number in numbers)
    return cells if not cost.errno else (*cells[:-1], f"errno {cost.errno}")


def _operation_table(costs: Costs) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("")
    for head in heads():
        table.add_column(head, justify="right")
    for one in costs.operations:
        if one.operation == OPERATIONS[0]:
            table.add_row(one.design)
        table.add_row(f"  {one.operation}", *_cells(one))
    return table


def _call_rows(names: Sequence[str], costs: Costs) -> Iterator[tuple[str, ...]]:
    known = {(one.design, one.relevant, one.irrelevant): one.instructions for one in costs.calls}
    for relevant, irrelevant in PAIRS:
        yield f"{relevant} / {irrelevant}", *(str(known[name, relevant, irrelevant]) for name in names)


def _call_table(names: Sequence[str], costs: Costs) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("relevant / irrelevant", max_width=12)
    for name in names:
        table.add_column(name.replace("-", "-\n"), justify="right")
    for row in _call_rows(names, costs):
        table.add_row(*row)
    return table


def _markdown(names: Sequence[str], costs: Costs, title: str) -> Iterator[str]:
    columns = heads()
    yield f"| {title} | {' | '.join(columns)} |"
    yield "| --- |" + " ---: |" * len(columns)
    for one in costs.operations:
        yield f"| {one.design}, {one.operation.replace('>', ' to ')} | {' | '.join(_cells(one))} |"
    yield ""
    yield f"| relevant / irrelevant | {' | '.join(names)} |"
    yield "| --- |" + " ---: |" * len(names)
    for row in _call_rows(names, costs):
        yield f"| {' | '.join(row)} |"


def _print(session: Session, table: Table) -> None:
    """Without the blanks that rich fills its last column up with."""
    console = Console(file=StringIO(), width=session.width, color_system=None)
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        session.plain(line.rstrip())


def _legend(session: Session, text: str) -> None:
    for line in fold(text, session.width):
        session.plain(line)
