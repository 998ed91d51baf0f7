"""A run, or what came of many, as one HTML file: what is shown is a value (`model`, `tables`), drawn by a page."""

from .log_states import states_of_log
from .model import Chapter, Fact, Race, RunReport, States
from .page import run_page, tables_page
from .run_report import RunMaterial, run_report
from .tables import Curve, Table, TablesReport, thinned

__all__ = [
    "Chapter",
    "Curve",
    "Fact",
    "Race",
    "RunMaterial",
    "RunReport",
    "States",
    "Table",
    "TablesReport",
    "run_page",
    "run_report",
    "states_of_log",
    "tables_page",
    "thinned",
]
