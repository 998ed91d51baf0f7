"""What happens in a run: the event schema and its recorder.  Everybody may import this; it knows nobody."""

from .schema import *  # noqa: F403 -- the schema module's __all__ is this room's facade
from .schema import __all__ as _schema_all

__all__ = list(_schema_all)
