"""What is said of a value that is not one of a closed set."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..reading import shortened
from ..suggestions import did_you_mean

__all__ = ["unknown_choice"]


def unknown_choice(shown: str, choices: Sequence[object]) -> str:
    """The message: the value as it is `shown`, perhaps what was meant, and what is known."""
    known = [json.dumps(choice) for choice in choices]
    names = [one.strip('"') for one in known]
    hint = did_you_mean(shown.strip("'").lower(), names, "", show=json.dumps)
    return f"{shortened(shown)} is not known; {hint}{' ' if hint else ''}known are {', '.join(known)}"
