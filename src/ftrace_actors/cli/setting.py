"""What a report says about itself: what was changed by options, and on which kernel the scenario plays.

A verdict that is pasted somewhere without these reads as one about the scenario as it is written.
"""

from collections.abc import Mapping

from ..events.flavours import RUDE
from ..kernel.designs import DesignFile
from ..scenario.designs import DESIGN_KEY
from ..terminal import fold, unbroken

__all__ = ["changed_words", "setting_json", "setting_lines", "setting_words"]

_COLUMNS = 8


def changed_words(overrides: Mapping[str, str], own: str = "") -> str:
    """The overrides, as options give them; `own` is the file of a user's design.  "" when there are none."""
    return ", ".join(_changed(overrides, own))


def _changed(overrides: Mapping[str, str], own: str) -> list[str]:
    return [
        f"{key}={value} ({own})" if own and key == DESIGN_KEY else f"{key}={value}"
        for key, value in sorted(overrides.items())
    ]


def setting_lines(
    kernel: Mapping[str, str], overrides: Mapping[str, str], own: str, width: int, indent: str = "  "
) -> list[str]:
    """A line of overrides, when there are any, and a line of `Worlds.kernel`, when that says anything."""
    return [
        line
        for name, words in _setting(kernel, overrides, own)
        for line in fold(
            ", ".join(map(unbroken, words)), width, f"{indent}{name:<{_COLUMNS}}", indent + " " * _COLUMNS
        )
    ]


def setting_words(kernel: Mapping[str, str], overrides: Mapping[str, str], own: str) -> list[tuple[str, str]]:
    """The same lines, each in two parts and not folded."""
    return [(name, ", ".join(words)) for name, words in _setting(kernel, overrides, own)]


def _setting(
    kernel: Mapping[str, str], overrides: Mapping[str, str], own: str
) -> list[tuple[str, list[str]]]:
    """The lines that say anything."""
    facts = [value if name == "profile" else f"{name} {value}" for name, value in kernel.items()]
    if kernel.get(RUDE.name) == "noop" and RUDE.name in kernel.get("waits", "").split("+"):
        facts.append(f"of which {RUDE.name} returns at once")
    lines = (("with", _changed(overrides, own)), ("kernel", facts))
    return [(name, words) for name, words in lines if words]


def setting_json(
    kernel: Mapping[str, str], overrides: Mapping[str, str], own: DesignFile | None
) -> dict[str, object]:
    """The same, as every command with ``--json`` says it; `design_file` only for one that a user wrote."""
    return {
        "with": dict(sorted(overrides.items())),
        "kernel": dict(kernel),
        "design_file": None if own is None else {"path": own.path, "hash": own.digest},
    }
