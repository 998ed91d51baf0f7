"""The answers of ``matrix`` as Markdown: a page of its own, and what each wait leaves open for another page."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from ..studies.matrix import MODELS, WINDOWS, Answer
from ..studies.matrix.answers import FEW, NO, RUNS_MIN, YES
from .matrix_glance import glance
from .matrix_table import ABSENT, LATE, NOTHING, Block, kernel_title, percent

__all__ = ["markdown", "summary"]


def markdown(blocks: Sequence[Block], *, runs: int, seed: int) -> str:
    """The whole page: how to read it and to make any of it again, then design by design."""
    example = blocks[0].answers[0].cell.name
    command = f"--runs {runs} --seed {seed}"
    lines = [
        "# The table, cell by cell",
        "",
        f"<!-- Written by `make answers`: ftrace-actors matrix {command}. Not by hand. -->",
        "",
        *_READING,
        "",
        "Any one cell alone comes out as it does here, run numbers included, and leaves a replay file for each *no*.",
        "Its name is the design, the model and the wait, and `.alone`, `.pac` or `.alone.pac` for those rows:",
        "",
        f"    ftrace-actors matrix {command} --cell {example}",
        "    ftrace-actors replay out/matrix/CELL.OBJECT.WINDOW.SEED.RUN.replay.json",
    ]
    for design, group in groupby(blocks, key=lambda block: block.design):
        lines += ["", f"## {design}"]
        for block in group:
            lines += ["", f"### {design}: {block.subject}", ""]
            lines += [f"n/a: {block.reason}."] if block.reason else _whole(block)
    return "\n".join(lines) + "\n"


_READING = (
    "Each row is a window and a wait, each column a preemption model and the version it was asked of (*its own* says",
    "which version itself); *built*: PREEMPTION is built in, as it is under lazy and full. voluntary is as none, rt as",
    "full; Rude that returns at once is as no wait. [answers.md](answers.md) says what follows.",
    "",
    "- *no, run 7*: run 7 of that cell is the first in which a task that was there when the wait began used the",
    "  object too late.",
    "- *yes 104 (<2.9%)*: nobody did in any run, and 104 runs could have shown it: a task that was there stayed",
    "  until the object was gone, or until nothing else could move. 95 % sure, such a run shows a bad use with a",
    "  probability below 2.9 %. Those runs hold tasks on purpose where they do harm; it is not a probability of a",
    "  kernel's. *61 p*: in 61 of them that task was preempted before its last use.",
    "- *stale branch*: calls that fetch the site after the wait began and find the old instruction; a *yes* also",
    "  needs a quarter as many runs in which a caller came to the site only when everything was gone. A dynamic ops",
    "  traces another function all the while; *alone*: none does, so the update ends with the kernel's own interrupt",
    "  on every CPU. *PAC*: machine.pac, a switch to another task synchronizes context; all other rows are without.",
    "- *n/a*: nothing to ask, for the reason given. *few 10*: so few such runs came about;",
    f"  fewer than {RUNS_MIN} do not count. More are asked for, but in some cells they are rare. *x*: that version",
    "  has no such model.",
)


def summary(blocks: Sequence[Block], *, runs: int, seed: int) -> str:
    """The answer at a glance, then what each wait leaves open, to be put below a heading of the third level."""
    answers = [answer for block in blocks for answer in block.answers]
    lines = [
        f"<!-- Written by `make answers`: ftrace-actors matrix --runs {runs} --seed {seed}; not by hand. -->",
        "",
        *glance(answers),
        *_SUMMARY,
    ]
    for design, group in groupby(blocks, key=lambda block: block.design):
        lines += ["", f"#### {design}"]
        for block in group:
            subject = block.subject[0].upper() + block.subject[1:]
            if block.reason:
                lines += ["", f"{subject}:", f"n/a, {block.reason}."]
                continue
            lines += ["", f"{subject}:", "", *_left_open(block)]
    return "\n".join(lines) + "\n"


_SUMMARY = (
    "",
    "#### What each wait leaves open",
    "",
    "*W0 to W3*: the windows of who was in when the wait began. *late*: calls that come in afterwards by an old",
    "instruction, while a dynamic ops traces another function; *late, alone*: the same where the ops is the only one,",
    "so that its going ends with the kernel's own interrupt on every CPU; *PAC*: the same two with `machine.pac`,",
    "where a switch to another task synchronizes context; callers have no rival there. All else is without PAC.",
    "A dash: nothing was left open, or nothing could be, as where no CPU can still fetch an old instruction.",
)


def _left_open(block: Block) -> Iterator[str]:
    """One row for all models of which a wait leaves the same open."""
    yield _row("wait", "preemption", "W0 to W3", *LATE.values())
    yield _row(*["---"] * (3 + len(LATE)))
    for wait in block.waits:
        found: dict[tuple[str, ...], list[str]] = {}
        for model in MODELS:
            places = block.open_places(wait, model.name)
            if places is not None:
                asked = block.asked(wait, model.name)
                found.setdefault(_columns(places, asked), []).append(kernel_title(model, wait))
        for columns, models in found.items():
            yield _row(wait, "; ".join(models), *columns)


def _columns(places: tuple[list[str], list[str]], asked: set[str]) -> tuple[str, ...]:
    left, few = places
    windows = [f"{place}?" if place in few else place for place in WINDOWS if place in {*left, *few}]
    if not asked & set(WINDOWS):
        windows = [_UNASKED]
    late = (
        _UNASKED if title not in asked else "**open**" if title in left else "?" if title in few else NOTHING
        for title in LATE.values()
    )
    return (" ".join(windows) or NOTHING, *late)


_UNASKED = "not asked"


def _whole(block: Block) -> Iterator[str]:
    models = [model for model in MODELS if model.name in block.models]
    yield _row("window", "wait", *(kernel_title(model) for model in models))
    yield _row(*["---"] * (2 + len(models)))
    for title, wait, row in block.rows():
        cells = (row.get(model.name) for model in models)
        yield _row(title, wait, *(ABSENT if one is None else _cell(one) for one in cells))
    for note in block.notes:
        yield ""
        yield f"n/a: {note}."


def _cell(answer: Answer) -> str:
    if answer.answer == NO:
        return f"**no**, run {answer.first_run}"
    if answer.answer == FEW:
        return f"{FEW} {answer.covered}"
    if answer.answer != YES:
        return answer.answer
    preempted = f", {answer.preempted} p" if answer.preempted else ""
    return f"{YES} {answer.covered} ({percent(answer)}){preempted}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
