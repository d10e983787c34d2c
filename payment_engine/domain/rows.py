"""Rows of tables as values: frozen dataclasses without slots, made and copied as a whole.

The constructor of a frozen dataclass sets each field by itself: for an attempt that takes ten times
as long as filling its dictionary, and a payment's rows are copied at every step of a decision.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

Row = TypeVar("Row")


def row_of(kind: type[Row], columns: Mapping[str, Any]) -> Row:
    """The row with these columns, which must be all that it has."""
    row = object.__new__(kind)
    row.__dict__.update(columns)
    return row


def with_columns(row: Row, **columns: Any) -> Row:
    """The row with new values in some columns; raises TypeError for one that it does not have."""
    if not columns.keys() <= row.__dict__.keys():
        raise TypeError(f"{type(row).__name__} has no {columns.keys() - row.__dict__.keys()}")
    return row_of(type(row), {**row.__dict__, **columns})
