"""The patching core of a scenario as a litmus test that others can run elsewhere.

P0 is what the scenario's own patch routine does to memory, executed once on the scenario's machine: every instruction
others could notice, with whatever orderings and cache operations the scenario keeps, in the order it keeps them.  P1 is
one caller, up to what it loads because the call was taken.  The question is the scenario's own (`questions.py`):

* is the call lost, that is: was the new call taken and the old literal, or the list without the ops, loaded;
* does a caller that was notified, by a flag and the scenario's own routine, still run the old word;
* is a value loaded that was never written, where the literal is not aligned, and where it is;
* does a caller after the grace period still load the old ops;
* is something fetched that is half a pointer, where the literal overlaps code;
* does the literal hold in the end what the kernel's books say.

What is due to tasks, preemption and what a grace period waits for has no such core, and is refused with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Final

from ...arm64.options import Options
from ...kernel.designs import DESIGNS, Design
from ...scenario import World, build, load
from .code import Core
from .questions import question_of
from .story import story_of

__all__ = ["as_litmus", "core_of"]

_NOT_IN_NAMES: Final = re.compile(r"[^\w.,:/-]")


def as_litmus(
    path: Path,
    overrides: Mapping[str, str] | None = None,
    designs: Mapping[str, Design] = DESIGNS,
    patch: str | None = None,
) -> str:
    """The patching core of the scenario in a file; `designs` are those it may name, `patch` is as for `core_of`.

    What is not as the file has it is in the test's name, so that two variants are two tests to whoever collects them.
    Raises `ScenarioError`, and `InputError` for a patch that is not there.
    """
    given = dict(overrides or {})
    if patch is not None:
        given["patch"] = patch
    variant = "".join(
        f"+{key.rpartition('.')[2]}={_NOT_IN_NAMES.sub('', value)}" for key, value in given.items()
    )
    return core_of(build(load(path, overrides or {}, designs)), patch, variant)


def core_of(world: World, patch: str | None = None, variant: str = "") -> str:
    """The patching core of a built scenario: that of its last patch, or of the one named, as `make_call:vfs_read`.

    `variant` is put after the scenario's name.
    Raises `ScenarioError` where there is none, saying why, and `InputError` for a patch that is not there.
    """
    story = story_of(world, patch)
    question = question_of(Core(story))
    return "\n".join(
        [
            f"AArch64 {world.scenario.name}{variant}",
            f'"{story.patch.action} of {story.patch.function}: {question.text}"',
            *_prologue(world.image.spec.options),
            "{",
            *question.init,
            "}",
            *_columns(question.patcher, question.caller),
            f"locations [{' '.join(f'{location};' for location in question.locations)}]",
            f"exists ({question.condition})",
            "",
        ]
    )


def _prologue(options: Options) -> list[str]:
    """Code is written and fetched; what the caches do by themselves."""
    caches = ["CacheType=DIC"] if options.dic else ["CacheType=IDC"] if options.idc else []
    return ["Variant=self", *caches]


def _columns(*threads: Sequence[str]) -> list[str]:
    widths = [max(map(len, thread)) for thread in threads]
    heads = [f"P{number}" for number in range(len(threads))]
    rows = [heads, *zip_longest(*threads, fillvalue="")]
    return [
        " " + " | ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) + " ;"
        for row in rows
    ]
