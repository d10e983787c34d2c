"""An exchange as a line and as a document, whatever a gateway may have sent."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_engine.store.record import (
    MAX_LINE,
    BadLine,
    as_document,
    as_exchange,
    as_line,
    read_line,
)
from tests.store.traffic import START, exchange

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.characters(categories=["Cs"]),
    st.binary(),
    st.datetimes(),
    st.decimals(),
)
keys = st.one_of(st.text(), st.integers(), st.none(), st.binary())
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(keys, inner), st.tuples(inner)),
)


@given(anything)
def test_an_exchange_with_any_body_can_be_stored(body: Any) -> None:
    line = as_line(exchange(request=body))
    assert b"\n" not in line
    stored = bson.decode(as_document(line).raw)
    assert stored["response"] == {"number": 0}


@given(st.recursive(st.none() | st.booleans() | st.text("abc"), st.lists))
def test_plain_json_is_read_back_unchanged(body: Any) -> None:
    assert read_line(as_line(exchange(response=body)))["response"] == body


def test_bytes_and_unknown_objects_show_only_their_type() -> None:
    body = [b"secret", {"s"}, object(), 1j]
    assert read_line(as_line(exchange(request=body)))["request"] == [
        "<bytes>",
        "<set>",
        "<object>",
        "<complex>",
    ]


def test_integers_keep_their_value_up_to_64_bits() -> None:
    body = [2**63 - 1, -(2**63), 2**63]
    stored = bson.decode(as_document(as_line(exchange(request=body))).raw)
    assert stored["request"] == [2**63 - 1, -(2**63), "<int,64 bits>"]


def test_an_endless_body_is_cut() -> None:
    endless: list[Any] = []
    endless.append(endless)
    line = as_line(exchange(request=endless))
    assert b"<too deep>" in line
    assert as_document(line)


def test_a_huge_exchange_is_stored_without_its_bodies() -> None:
    line = as_line(exchange(request="x" * MAX_LINE, context={"payment": "pay_7"}))
    fields = read_line(line)
    assert len(line) < 1000
    assert fields["context"] == {"payment": "pay_7"}
    assert fields["request"].startswith("<too large,")


def test_every_record_has_an_id_of_its_own_in_the_order_recorded() -> None:
    ids = [read_line(as_line(exchange()))["_id"] for _ in range(1000)]
    assert ids == sorted(set(ids))


@pytest.mark.parametrize(
    "at",
    [
        START,
        START.replace(tzinfo=None),
        START.astimezone(timezone(timedelta(hours=5, minutes=30))),
        START + timedelta(microseconds=999),
    ],
)
def test_times_are_in_utc_and_milliseconds_as_in_mongodb(at: datetime) -> None:
    line = as_line(exchange(at=at))
    assert read_line(line)["at"] == START
    assert bson.decode(as_document(line).raw)["at"].replace(tzinfo=UTC) == START


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"{}",
        b'{"_id":"1","at":"never","context":{}}',
        b'{"_id":"1","at":7,"context":{}}',
        b'{"_id":"1","at":"2026-03-14T09:26:53+00:00"}',
        b'{"_id":"1","at":"2026-03-14T09:26:53+00:00","context":7}',
        b'{"_id":"1","at":"2026-03-14T09:26:53+00:00","context":{},"n":18446744073709551615}',
        b'{"_id":"1","at":"2026-03-14T09:26:53+00:00","context":{},"a\\u0000b":1}',
    ],
)
def test_a_line_that_is_no_complete_record_is_refused(line: bytes) -> None:
    with pytest.raises(BadLine):
        as_document(line)


def test_a_record_of_another_release_is_read_without_its_extra_fields() -> None:
    fields = read_line(as_line(exchange(1)))
    assert as_exchange({**fields, "added_later": 1}) == exchange(1)
    with pytest.raises(BadLine):
        as_exchange({"_id": "1", "at": START, "context": {}})
