"""An exchange as one line of JSON, as it is queued, spooled and sent to MongoDB."""

import dataclasses
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import bson
import orjson
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument

from payment_engine.domain.wire import Exchange

MAX_LINE = 256 * 1024
"""Bytes; a longer exchange is stored without its bodies."""
_MAX_DEPTH = 24
_MAX_INT = 2**63
_DOUBTFUL = re.compile(rb"[0-9]{19}|\\u0000")
"""A number that may be too large for BSON, or a NUL that BSON refuses in a name."""
_EXCHANGE_FIELDS = {field.name for field in dataclasses.fields(Exchange)}

Fields = Mapping[str, Any]
"""A record: ``_id`` and the fields of an Exchange, by name."""


class BadLine(Exception):
    """Not a complete record: cut short by a crash, or not written by us."""


def as_line(exchange: Exchange) -> bytes:
    """The exchange with an ``_id`` of its own, so that writing it twice stores it once."""
    at = exchange.at.replace(tzinfo=exchange.at.tzinfo or UTC).astimezone(UTC)
    fields = {name: getattr(exchange, name) for name in _EXCHANGE_FIELDS}
    fields |= {"_id": str(bson.ObjectId()), "at": at.isoformat(timespec="milliseconds")}
    line = _quick_line(fields)
    if line is None:
        fields = {name: _plain(value, _MAX_DEPTH) for name, value in fields.items()}
        line = orjson.dumps(fields)
    if len(line) > MAX_LINE:
        too_large = f"<too large,{len(line)}>"
        line = orjson.dumps(fields | {"request": too_large, "response": too_large})
    return line


def _quick_line(fields: Fields) -> bytes | None:
    """The line if all of it is plainly what both JSON and BSON can hold, as is usual; else None."""
    try:
        line = orjson.dumps(fields)
    except TypeError:
        return None
    shallow = line.count(b"{") + line.count(b"[") <= _MAX_DEPTH
    return line if shallow and not _DOUBTFUL.search(line) else None


def read_line(line: bytes) -> Fields:
    """The fields of a record, ``at`` as a time in UTC; raises BadLine."""
    try:
        fields = orjson.loads(line)
        return {
            **fields,
            "_id": str(fields["_id"]),
            "at": datetime.fromisoformat(fields["at"]),
            "context": dict(fields["context"]),
        }
    except (ValueError, KeyError, TypeError) as error:
        raise BadLine(type(error).__name__) from error


def as_exchange(fields: Fields) -> Exchange:
    """The exchange of a record, without fields of other releases; raises BadLine."""
    try:
        return Exchange(**{name: fields[name] for name in _EXCHANGE_FIELDS & fields.keys()})
    except TypeError as error:
        raise BadLine(str(error)) from error


def as_document(line: bytes) -> RawBSONDocument:
    """The line encoded for MongoDB on its own, so that a bad one fails alone; raises BadLine."""
    fields = read_line(line)
    try:
        return RawBSONDocument(bson.encode(fields))
    except (BSONError, OverflowError, RecursionError) as error:
        raise BadLine(type(error).__name__) from error


def _plain(value: Any, depth: int) -> Any:
    """What both JSON and BSON can hold; of anything else only its type, never its content."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return int(value) if -_MAX_INT <= value < _MAX_INT else f"<int,{value.bit_length()} bits>"
    if isinstance(value, float):
        return float(value)
    if not depth:
        return "<too deep>"
    if isinstance(value, Mapping):
        return {_key(key): _plain(inner, depth - 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, depth - 1) for inner in value]
    return f"<{type(value).__name__}>"


def _key(key: object) -> str:
    return _text(str(key) if isinstance(key, str | int) else type(key).__name__).replace("\0", " ")


def _text(text: str) -> str:
    if text.isascii():
        return text
    return text.encode(errors="replace").decode()
