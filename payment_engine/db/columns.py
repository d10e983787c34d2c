"""The columns of the tables, derived from the models: no list of names is written by hand.

Rows are sent and returned as JSON documents, so each column knows its type:
bytes travel as hex, times with their offset, documents as documents.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from tortoise import fields
from tortoise.models import Model

_TYPES: Mapping[type[fields.Field[Any]], str] = {
    fields.CharField: "text",
    fields.TextField: "text",
    fields.SmallIntField: "smallint",
    fields.IntField: "int",
    fields.BigIntField: "bigint",
    fields.BooleanField: "boolean",
    fields.DatetimeField: "timestamptz",
    fields.BinaryField: "bytea",
    fields.JSONField: "jsonb",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table and its PostgreSQL type."""

    name: str
    type: str

    @property
    def transport(self) -> str:
        """The type under which it arrives in a JSON document."""
        return "text" if self.type == "bytea" else self.type

    def read(self, alias: str) -> str:
        """The expression that gives its value from a recordset of JSON documents."""
        value = f"{alias}.{self.name}"
        return f"decode({value}, 'hex')" if self.type == "bytea" else value


def columns_of(model: type[Model]) -> tuple[Column, ...]:
    """The columns of a model's table; Tortoise adds those of foreign keys when it starts."""
    by_column = {
        model._meta.fields_map[name].source_field or name: model._meta.fields_map[name]
        for name in model._meta.fields_db_projection
    }
    own = tuple(Column(name, _type_of(field)) for name, field in by_column.items())
    foreign = (f"{name}_id" for name in sorted(model._meta.fk_fields))
    return (*own, *(Column(name, "text") for name in foreign if name not in by_column))


def _type_of(field: fields.Field[Any]) -> str:
    known = next((kind for kind in type(field).__mro__ if kind in _TYPES), None)
    if known is None:
        raise TypeError(f"no PostgreSQL type is known for {type(field).__name__}")
    return _TYPES[known]


def as_document(value: Any) -> Any:
    """A column's value as it travels in a JSON document."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Enum):
        return value.value
    return value


def decoders_of(model: type[Model]) -> Mapping[str, Callable[[Any], Any]]:
    """Decoders of the columns whose types JSON does not have."""
    read: Mapping[str, Callable[[Any], Any]] = {"bytea": _bytes, "timestamptz": _time}
    return {column.name: read[column.type] for column in columns_of(model) if column.type in read}


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("\\x"))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
