"""What is wrong with a query, by column."""

from __future__ import annotations

from ...errors import InputError

__all__ = ["QueryError"]


class QueryError(InputError):
    """A query cannot be used; `column` counts from 1, the message says what was found and what would be right."""

    def __init__(self, column: int, message: str) -> None:
        super().__init__("query", f"column {column}", message)
        self.column = column
