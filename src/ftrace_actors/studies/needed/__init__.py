"""Which parts of a protocol are needed: each left out, singly, and what breaks then or how far nothing does.

```
whole = as_it_is(subject, budget, out)
for cell in ask_each([(subject, part) for part in whole.asked()], budget, out, jobs=2):
    ...
```

"Needed" is a statement about one scenario: there is a run of it without the part in which something breaks, and it is
written to a replay file.  "Not needed" means that no run of that scenario breaks (`means`); another scenario may need
the part.  Of those that may go singly, `together` finds the smallest sets that may not.  Nothing in the table is known
beforehand.  `mends` asks the reverse of a failing run: which single change of the protocol forbids it.
"""

from .cells import Answer, AsItIs, Cell, Evidence, as_it_is, ask
from .configurations import Axis, axis_of, configurations
from .cores import CoreAnswer
from .means import Broken, Budget, Strength, examine, never
from .mends import Help, Mend, Tried, breaks_in_sample, mends_of, try_mend
from .parts import Kind, Missing, Part, missing_of, parts_of, without
from .runner import ask_each, look_at_each, try_each
from .subject import Subject
from .together import Together, candidates, leave_out_together

__all__ = [
    "Answer",
    "AsItIs",
    "Axis",
    "Broken",
    "Budget",
    "Cell",
    "CoreAnswer",
    "Evidence",
    "Help",
    "Kind",
    "Mend",
    "Missing",
    "Part",
    "Strength",
    "Subject",
    "Together",
    "Tried",
    "as_it_is",
    "ask",
    "ask_each",
    "axis_of",
    "breaks_in_sample",
    "candidates",
    "configurations",
    "examine",
    "leave_out_together",
    "look_at_each",
    "mends_of",
    "missing_of",
    "never",
    "parts_of",
    "try_each",
    "try_mend",
    "without",
]
