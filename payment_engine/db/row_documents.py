"""Rows as JSON documents, both ways: what a statement returns, and what a commit sends."""

from collections.abc import Callable, Mapping
from enum import Enum
from operator import attrgetter
from typing import Any, ClassVar, Protocol, TypeVar, get_args, get_type_hints

from tortoise.models import Model

from payment_engine.db.columns import columns_of, decoders_of
from payment_engine.db.commit_statement import written_names
from payment_engine.domain.rows import row_of


class _Value(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


V = TypeVar("V", bound=_Value)


def reader(kind: type[V], model: type[Model]) -> Callable[[Mapping[str, Any]], V]:
    """Makes a value of a row's document: its fields are columns, and their types name the enums."""
    names = list(kind.__dataclass_fields__)
    decoders: dict[str, Callable[[Any], Any]] = {**decoders_of(model), **_enums_of(kind)}
    converted = [(name, decoders[name]) for name in names if name in decoders]

    def read(document: Mapping[str, Any]) -> V:
        columns = {name: document[name] for name in names}
        for name, decode in converted:
            if columns[name] is not None:
                columns[name] = decode(columns[name])
        return row_of(kind, columns)

    return read


def writer(model: type[Model]) -> Callable[[int, Any], dict[str, Any]]:
    """Makes the document of a row that change ``n`` of a batch writes; bytes become hex."""
    names = written_names(model)
    values_of = attrgetter(*names)
    hexed = {column.name for column in columns_of(model) if column.type == "bytea"} & set(names)

    def write(n: int, row: Any) -> dict[str, Any]:
        document = dict(zip(names, values_of(row), strict=True))
        for name in hexed:
            if document[name] is not None:
                document[name] = document[name].hex()
        document["n"] = n
        return document

    return write


def _enums_of(kind: type[Any]) -> dict[str, type[Enum]]:
    """The fields that are members of an enum, or None."""
    found = {}
    for name, hint in get_type_hints(kind).items():
        for each in get_args(hint) or (hint,):
            if isinstance(each, type) and issubclass(each, Enum):
                found[name] = each
    return found
