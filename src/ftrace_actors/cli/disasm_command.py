"""``disasm``: what is in memory when a scenario starts, with symbols."""

from pathlib import Path

from ..explore import replay
from .designs import adopt, adopt_recorded
from .exit_codes import ExitCode
from .options import Here, Pairs
from .session import Session
from .sweeps import one_change
from .targets import resolve

__all__ = ["command", "disassemble"]


def command(
    target: str,
    /,
    *,
    design: str | None = None,
    set_: Pairs = None,
    session: Here,
) -> int:
    """What is in memory when a scenario starts, with symbols.

    Parameters
    ----------
    target
        A scenario, or a replay file.
    design
        As for run; for a replay file, the file of a design of your own.
    set_
        KEY.PATH=VALUE replaces a value of the scenario; may be repeated.
    """
    changed = one_change(set_, "what is in memory is listed for one of them")
    return disassemble(session, target, changed, design)


def disassemble(
    session: Session, target: str, overrides: dict[str, str], design: str | None = None
) -> ExitCode:
    """The command; its exit code. `target` is a scenario or a replay file."""
    if target.endswith(".json"):
        recording = replay.load(Path(target))
        adopt_recorded(session, Path(target), recording, design)
        scenario = recording.scenario
        text, path = scenario.text, scenario.path
        overrides = {**scenario.overrides, **overrides}
    else:
        overrides = adopt(session, design, overrides)
        card = session.worlds.read(resolve([target])[0])
        text, path = card.text, card.path
    world = session.worlds.loader(text, path, overrides)
    for line in world.listing():
        session.plain(line)
    return ExitCode.OK
