"""The front page: where each kind of reader begins.  Pages that are in no list come last."""

from collections.abc import Iterable
from typing import Final

__all__ = ["READERS", "front"]

READERS: Final = {
    "Begin": ("docs/install", "docs/tutorial", "docs/holds", "docs/glossary"),
    "Kernel engineers": (
        "docs/answers",
        "scenarios/README",
        "docs/scenarios",
        "docs/howto/scenario",
        "docs/kernel",
        "docs/designs",
        "docs/howto/design",
        "docs/needed",
        "docs/howto/flavour",
        "docs/answers-b6",
        "docs/answers-cost",
        "docs/answers-table",
    ),
    "Test authors": (
        "docs/testing",
        "docs/howto/actors",
        "docs/howto/ci",
        "docs/python",
        "docs/campaigns",
        "docs/howto/check",
        "docs/howto/strategy",
    ),
    "Memory models": ("docs/arm-model", "docs/orderings", "docs/howto/litmus", "docs/search"),
    "Reading a failure": ("docs/why", "docs/logs", "docs/report", "docs/step", "docs/export", "docs/replay"),
    "How runs are found": ("docs/exploration", "docs/detection", "docs/strength"),
    "Reference": (),
    "The library": (),
    "The project": (
        "README",
        "ARCHITECTURE",
        "CONTRIBUTING",
        "CHANGELOG",
        "docs/libraries",
        "docs/changed-expectations",
    ),
}
"""Heading -> pages of the repository; the generated ones are added to the two that are empty."""


def front(pages: Iterable[str], reference: Iterable[str], library: Iterable[str]) -> str:
    """The front page, with all pages in the navigation: those of the repository, and both kinds of generated ones."""
    lists = {**READERS, "Reference": tuple(reference), "The library": tuple(library)}
    listed = {name for names in lists.values() for name in names}
    lists["More"] = tuple(sorted(name for name in pages if name not in listed))
    trees = [
        "```{toctree}\n:caption: " + caption + "\n:maxdepth: 1\n\n" + "\n".join(names) + "\n```"
        for caption, names in lists.items()
        if names
    ]
    return "\n\n".join([_HEAD, *trees]) + "\n"


_HEAD = """# ftrace-actors

A deterministic laboratory for arm64 code-patching protocols: how ftrace may change instructions while other CPUs
execute them, and free what a task may be about to use.

- New here: [the tutorial](docs/tutorial.md), a quarter of an hour.
- You know the kernel: [what the laboratory has answered](docs/answers.md), then
  [write a scenario](docs/howto/scenario.md).
- You test concurrent code: [tests under many schedules](docs/testing.md).
- You know memory models: [the Arm model](docs/arm-model.md), and [litmus tests](docs/howto/litmus.md).
- You were sent a replay file or a log: [make a page of it](docs/report.md), or [read it](docs/logs.md).
- You were sent a verdict: [what *holds* does not mean](docs/holds.md).
"""
