"""The invariants: small objects that see the event stream and nothing else, and say what broke, by name.

```
seen = Sometimes()
checker = Checker([*default_checks(), seen])
for event in events:
    checker.feed(event)
for finding in checker.finish():
    print(finding.invariant, finding.severity, finding.message)
```

Checks watch, they never steer; the same checks work during a run and on its log alone.  `checker.copy()` continues
by itself from the middle of a run, and `checker.state()` is what a search must know of the checks to recognise a place.
"""

from .behaviour import Behaviour
from .catalogue import CHECKS, default_checks
from .checker import Check, Checker, Stateless
from .finding import Finding, rank, ranked
from .live import INV_LIVE, liveness
from .quiescence import WAYS
from .sometimes import PROPERTIES, SUBSTANCE, WINDOWS, Sometimes, is_known, substance
from .verdict import Ending, Settings, settle

__all__ = [
    "CHECKS",
    "INV_LIVE",
    "PROPERTIES",
    "SUBSTANCE",
    "WAYS",
    "WINDOWS",
    "Behaviour",
    "Check",
    "Checker",
    "Ending",
    "Finding",
    "Settings",
    "Sometimes",
    "Stateless",
    "default_checks",
    "is_known",
    "liveness",
    "rank",
    "ranked",
    "settle",
    "substance",
]
