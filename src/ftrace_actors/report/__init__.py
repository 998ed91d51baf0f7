"""A run as one HTML file: what is shown is a value (`model`), and a page draws it (`page`), for any browser."""

from .log_states import states_of_log
from .model import Fact, Race, RunReport, States
from .page import run_page
from .run_report import RunMaterial, run_report

__all__ = [
    "Fact",
    "Race",
    "RunMaterial",
    "RunReport",
    "States",
    "run_page",
    "run_report",
    "states_of_log",
]
