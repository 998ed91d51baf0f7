"""Which parts of a protocol are needed: each left out, singly, and what breaks then or how far nothing does.

```
whole = as_it_is(subject, budget, out)
for cell in ask_each([(subject, part) for part in whole.asked()], budget, out, jobs=2):
    ...
```

"Needed" is a statement about one scenario: there is a run of it without the part in which something breaks, and it is
written to a replay file.  "Not needed" means that no run of that scenario breaks (`means`); another scenario may need
the part.  Nothing in the table is known beforehand.
"""

from .cells import Answer, AsItIs, Cell, Evidence, as_it_is, ask, ask_without
from .means import Broken, Budget, Strength, examine
from .parts import Kind, Missing, Part, missing_of, parts_of, without
from .runner import ask_each
from .subject import Subject

__all__ = [
    "Answer",
    "AsItIs",
    "Broken",
    "Budget",
    "Cell",
    "Evidence",
    "Kind",
    "Missing",
    "Part",
    "Strength",
    "Subject",
    "as_it_is",
    "ask",
    "ask_each",
    "ask_without",
    "examine",
    "missing_of",
    "parts_of",
    "without",
]
