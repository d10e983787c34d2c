"""An exchange as a line and as a document: total over whatever a gateway may have said."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from payment_engine.store.record import MAX_LINE, BadLine, as_document, as_fields, as_line
from tests.store.traffic import START, exchange

scalars = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(),
    some.floats(),
    some.text(),
    some.characters(categories=["Cs"]),
    some.binary(),
    some.datetimes(),
    some.decimals(),
)
keys = some.one_of(some.text(), some.integers(), some.none(), some.binary())
anything = some.recursive(
    scalars,
    lambda inner: some.one_of(
        some.lists(inner), some.dictionaries(keys, inner), some.tuples(inner)
    ),
)


@given(anything)
def test_whatever_a_body_holds_the_exchange_can_be_stored(body: Any) -> None:
    line = as_line(exchange(request=body))
    assert b"\n" not in line
    stored = bson.decode(as_document(line).raw)
    assert stored["response"] == {"number": 0}


@given(some.recursive(some.none() | some.booleans() | some.text("abc"), some.lists))
def test_plain_json_comes_back_as_it_was(body: Any) -> None:
    assert as_fields(as_line(exchange(response=body)))["response"] == body


def test_bytes_and_unknown_things_show_their_type_alone() -> None:
    body = [b"secret", {"s"}, object(), 1j]
    assert as_fields(as_line(exchange(request=body)))["request"] == [
        "<bytes>",
        "<set>",
        "<object>",
        "<complex>",
    ]


def test_integers_keep_their_value_up_to_64_bits() -> None:
    body = [2**63 - 1, -(2**63), 2**63]
    stored = bson.decode(as_document(as_line(exchange(request=body))).raw)
    assert stored["request"] == [2**63 - 1, -(2**63), "<int,64 bits>"]


def test_a_body_without_end_is_cut() -> None:
    endless: list[Any] = []
    endless.append(endless)
    line = as_line(exchange(request=endless))
    assert b"<too deep>" in line
    assert as_document(line)


def test_a_huge_exchange_is_kept_without_its_bodies() -> None:
    line = as_line(exchange(request="x" * MAX_LINE, context={"payment": "pay_7"}))
    fields = as_fields(line)
    assert len(line) < 1000
    assert fields["context"] == {"payment": "pay_7"}
    assert fields["request"].startswith("<too large,")


def test_every_record_has_an_id_of_its_own_in_the_order_recorded() -> None:
    ids = [as_fields(as_line(exchange()))["_id"] for _ in range(1000)]
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
def test_times_are_kept_in_utc_to_the_millisecond_as_mongodb_does(at: datetime) -> None:
    line = as_line(exchange(at=at))
    assert as_fields(line)["at"] == START
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
def test_a_line_that_is_no_whole_record_is_refused(line: bytes) -> None:
    with pytest.raises(BadLine):
        as_document(line)
