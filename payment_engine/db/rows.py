"""Columns and values of a table, derived from its model: no statement lists them by hand."""

from typing import Any

from tortoise.fields import BinaryField
from tortoise.models import Model

_INSERT = "INSERT INTO {table} ({columns}) VALUES ({values})"


def columns_of(table: type[Model]) -> dict[str, str]:
    """Column names by attribute, without those that the database generates.

    Complete only once Tortoise is initialised: foreign keys get their columns then.
    """
    meta = table._meta
    return {
        attribute: column
        for attribute, column in meta.fields_db_projection.items()
        if column not in meta.generated_db_fields
    }


def insert_into(table: type[Model], first: int) -> str:
    """An INSERT of one whole row, its values numbered from ``$first`` on."""
    columns = columns_of(table).values()
    numbers = (f"${number}" for number in range(first, first + len(columns)))
    return _INSERT.format(
        table=table._meta.db_table, columns=", ".join(columns), values=", ".join(numbers)
    )


def values_of(row: Model) -> list[Any]:
    """The values of a row in the order of its columns, as the driver takes them."""
    table, fields = type(row), row._meta.fields_map
    return [fields[name].to_db_value(getattr(row, name), row) for name in columns_of(table)]


def from_json(table: type[Model], row: dict[str, Any]) -> dict[str, Any]:
    """A row of ``to_jsonb`` with its bytes as bytes: JSON carries them as text, ``\\x`` and hex."""
    return {name: _value(table, name, value) for name, value in row.items()}


def _value(table: type[Model], name: str, value: Any) -> Any:
    if value is None or not isinstance(table._meta.fields_map[name], BinaryField):
        return value
    return bytes.fromhex(value.removeprefix("\\x"))
