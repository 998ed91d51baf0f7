"""Logs as tables that SQL is asked of: DuckDB where it is installed, else the sqlite of the standard library."""

from .columns import COLUMNS, RUNS, SYMBOLS, wanted
from .engines import ENGINES, Database, Engine, ask, engine_of, loaded

__all__ = [
    "COLUMNS",
    "ENGINES",
    "RUNS",
    "SYMBOLS",
    "Database",
    "Engine",
    "ask",
    "engine_of",
    "loaded",
    "wanted",
]
