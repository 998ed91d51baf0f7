"""From a scenario file and options to the plan of its runs."""

from collections.abc import Mapping
from pathlib import Path

from ..explore import Driver, Plan
from .session import Session

__all__ = ["read_plan"]


def read_plan(
    session: Session,
    path: Path,
    *,
    overrides: Mapping[str, str],
    strategy: str,
    seed: int,
    runs: int,
    driver: Driver,
) -> Plan:
    """The runs of a scenario under the session's worlds.  Raises `InputError` when the file cannot be used."""
    card = session.worlds.read(path)
    return Plan(
        card.name,
        card.path,
        card.text,
        session.worlds.loader,
        overrides,
        strategy=strategy,
        seed=seed,
        runs=runs,
        driver=driver,
    )
