"""The answers of ``matrix`` as Markdown: a page of its own, and what each wait leaves open for another page."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from ..explore.matrix import Answer
from ..explore.matrix.answers import FEW, NO, RUNS_MIN, YES
from .matrix_table import NOTHING, Block, percent

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
        "Its name is the design, the model and the wait, and `.switches-synchronize` for those rows:",
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
    "Each row is a window and a wait, each column a preemption model; [answers.md](answers.md) says what follows.",
    "",
    "- *no, run 7*: run 7 of that cell is the first in which a task that was there when the wait began used the",
    "  object too late.",
    "- *yes 104 (<2.9%)*: nobody did in any run, and 104 runs could have shown it: a task that was there stayed",
    "  until the object was gone, or until nothing else could move. 95 % sure, such a run shows a bad use with a",
    "  probability below 2.9 %. Those runs hold tasks on purpose where they do harm; it is no probability of a",
    "  kernel's. *61 p*: in 61 of them that task was preempted before its last use.",
    "- *stale branch*: calls that fetch the site after the wait began and find the old instruction; a *yes* also",
    "  needs a quarter as many runs in which a caller came to the site only when everything was gone. *Switches",
    "  synchronize*: the same where each switch of tasks synchronizes context.",
    "- *n/a*: nothing to ask, for the reason given. *few 10*: so few such runs came about;",
    f"  less than {RUNS_MIN} are no answer. More are asked for, but in some cells they are rare.",
)


def summary(blocks: Sequence[Block], *, runs: int, seed: int) -> str:
    """What each wait leaves open, design by design, to be put below a heading of the third level."""
    lines = [
        f"<!-- Written by `make answers`: ftrace-actors matrix --runs {runs} --seed {seed}; not by hand. -->",
        "",
        "What each wait leaves open: the windows W0 to W3 of who was in when the wait began; *late*, calls that come",
        "in afterwards by an old instruction; *late\\**, the same although each switch of tasks synchronizes context.",
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


def _left_open(block: Block) -> Iterator[str]:
    models = block.models
    yield _row("leaves open", *models)
    yield _row(*["---"] * (1 + len(models)))
    for wait in block.waits:
        yield _row(wait, *(_places(block.open_places(wait, model)) for model in models))


def _places(places: tuple[list[str], list[str]] | None) -> str:
    if places is None:
        return ""
    left, few = places
    words = [*left, *(f"{place}?" for place in few)]
    return " ".join(words).replace("*", "\\*") or NOTHING


def _whole(block: Block) -> Iterator[str]:
    models = block.models
    yield _row("window", "wait", *models)
    yield _row(*["---"] * (2 + len(models)))
    for title, wait, row in block.rows():
        cells = (row.get(model) for model in models)
        yield _row(title, wait, *("" if one is None else _cell(one) for one in cells))
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
