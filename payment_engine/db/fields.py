"""Columns whose values are an enum's members."""

from enum import StrEnum
from typing import Any, Literal, TypeVar, overload

from tortoise.fields import CharField
from tortoise.fields.base import Field
from tortoise.models import Model

E = TypeVar("E", bound=StrEnum)


class _EnumColumn(CharField[str]):
    """A ``CharField`` in the database and in migrations; an enum in Python."""

    def __init__(self, members: type[StrEnum], **options: Any) -> None:
        super().__init__(**options)
        self._members = members

    def to_python_value(self, value: Any) -> Any:
        """The member; raises ValueError for any other text."""
        return None if value is None else self._members(value)

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        """The member's text."""
        return None if value is None else self._members(value).value

    def describe(self, serializable: bool) -> dict[str, Any]:  # noqa: FBT001 - as the base has it
        """What migrations compare: the column is text to them."""
        described = super().describe(serializable)
        return {**described, "field_type": CharField.__name__ if serializable else CharField}


@overload
def enum_column(members: type[E], length: int, *, null: Literal[True]) -> Field[E | None]: ...
@overload
def enum_column(members: type[E], length: int, *, default: E) -> Field[E]: ...
@overload
def enum_column(members: type[E], length: int) -> Field[E]: ...
def enum_column(
    members: type[E], length: int, *, null: bool = False, default: E | None = None
) -> Any:
    """A column of up to ``length`` characters; ``default`` is the database's, too."""
    options = {} if default is None else {"default": default, "db_default": default.value}
    return _EnumColumn(members, max_length=length, null=null, **options)
