"""A small language over the typed fields of events.

```
kind == "fetch" and order < newest  # a stale fetch
addr == vfs_read + 4 and window in ("W1", "W2")
task == "reader" and not kind == "load"
```

Text becomes a tree (`parse`), whose `str()` parses back to the same tree; a tree becomes a `Filter`, one function made
of compiled Python that looks at the raw fields of decoded lines (`compile_query`).  An event that lacks a field, or has
it with another type, makes a comparison with it false, whatever the comparison.
"""

from .compile import Filter, compile_query
from .errors import QueryError
from .fields import FIELDS, Type
from .names import Names
from .parser import parse
from .tree import (
    Among,
    And,
    Compare,
    Constant,
    Contains,
    Field,
    Node,
    Not,
    Number,
    Operand,
    Or,
    Symbol,
    Text,
    Truth,
)

__all__ = [
    "FIELDS",
    "Among",
    "And",
    "Compare",
    "Constant",
    "Contains",
    "Field",
    "Filter",
    "Names",
    "Node",
    "Not",
    "Number",
    "Operand",
    "Or",
    "QueryError",
    "Symbol",
    "Text",
    "Truth",
    "Type",
    "compile_query",
    "parse",
]
