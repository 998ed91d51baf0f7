"""The forms in which a recorded run leaves, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .chrome import as_chrome
from .dot import as_dot
from .mermaid import as_mermaid
from .perfetto import as_perfetto
from .recorded import Recorded
from .shiviz import as_shiviz
from .trace_text import as_trace

__all__ = ["FORMS", "Form"]


@dataclass(frozen=True, slots=True)
class Form:
    """One form: what makes the file, and whether that is text."""

    make: Callable[[Recorded], bytes]
    text: bool = True


FORMS: Final = {
    "perfetto": Form(as_perfetto, text=False),
    "chrome": Form(as_chrome),
    "shiviz": Form(as_shiviz),
    "mermaid": Form(as_mermaid),
    "trace": Form(as_trace),
    "dot": Form(as_dot),
}
"""By the name that `--to` takes."""
