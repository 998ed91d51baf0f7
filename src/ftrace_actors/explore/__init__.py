"""Finding runs: strategies, campaigns over worker processes, judging, shrinking, replay files.

Nothing here knows a terminal, and nothing here knows what a kernel is: a world is something that can be run
under a chooser (see :mod:`.model`).
"""

from . import replay
from .campaign import Campaign, run_campaign
from .chunk import Failure, Plan, RunFailed, prepare
from .collection import collecting_rarely
from .judge import Judgement, judge
from .merging import Progress, Stopped
from .model import Driver, Loader, World
from .narration import Narrator
from .replay import FormatError, Origin, Recording
from .shrink import Shrunk, Target, shrink, target_of
from .strategies import DEFAULT, NAMES, Profile, make_chooser
from .strength import Strength, failure_bound, strength_of
from .workers import NoWorkers, Workers, open_workers

__all__ = [
    "DEFAULT",
    "NAMES",
    "Campaign",
    "Driver",
    "Failure",
    "FormatError",
    "Judgement",
    "Loader",
    "Narrator",
    "NoWorkers",
    "Origin",
    "Plan",
    "Profile",
    "Progress",
    "Recording",
    "RunFailed",
    "Shrunk",
    "Stopped",
    "Strength",
    "Target",
    "Workers",
    "World",
    "collecting_rarely",
    "failure_bound",
    "judge",
    "make_chooser",
    "open_workers",
    "prepare",
    "replay",
    "run_campaign",
    "shrink",
    "strength_of",
    "target_of",
]
