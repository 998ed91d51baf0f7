"""The table: which wait closes which window, for what, under which preemption model, for every design.

```
for report in run_cells(cells_of("call-ops", kicks=False), seed=0, runs=100, jobs=2):
    ...
```

Nothing in it is known beforehand: each cell is a campaign over a generated scenario (`worlds`), each "no" a run that
was recorded (`evidence`), each "yes" a number of runs in which a task in just that place did all it could to be there
too late (`campaign`, `places`, `pressure`).
"""

from .answers import RUNS_MIN, Answer, answers_of
from .campaign import RUNS_DEFAULT, CellReport, run_cell
from .evidence import Evidence
from .grid import (
    MODELS,
    NO_WAIT,
    OBJECTS,
    OWN,
    PLACES,
    STALE,
    WINDOWS,
    Cell,
    Model,
    Wait,
    cells_of,
    designs,
    select,
    waits,
)
from .runner import CellDone, run_cells, table_cells
from .worlds import scenario_text

__all__ = [
    "MODELS",
    "NO_WAIT",
    "OBJECTS",
    "OWN",
    "PLACES",
    "RUNS_DEFAULT",
    "RUNS_MIN",
    "STALE",
    "WINDOWS",
    "Answer",
    "Cell",
    "CellDone",
    "CellReport",
    "Evidence",
    "Model",
    "Wait",
    "answers_of",
    "cells_of",
    "designs",
    "run_cell",
    "run_cells",
    "scenario_text",
    "select",
    "table_cells",
    "waits",
]
