"""Rows as values are made and copied as a whole."""

from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime

import pytest

from payment_engine.domain.commit import KeyRow
from payment_engine.domain.rows import row_of, with_columns

NOW = datetime(2026, 11, 28, tzinfo=UTC)
COLUMNS = {
    "merchant_id": "mer_1",
    "key": "k",
    "fingerprint": b"f",
    "resource_id": "pay_1",
    "process_id": None,
    "created_at": NOW,
    "status_code": None,
    "response": None,
}


def test_a_row_of_its_columns_equals_one_that_was_constructed():
    assert row_of(KeyRow, COLUMNS) == KeyRow(**COLUMNS)
    assert list(COLUMNS) == [field.name for field in fields(KeyRow)]


def test_a_copy_has_the_new_columns_and_the_original_stays():
    row = KeyRow(**COLUMNS)
    changed = with_columns(row, status_code=200, response=b"{}")
    assert (changed.status_code, changed.response, changed.key) == (200, b"{}", "k")
    assert row == KeyRow(**COLUMNS)
    with pytest.raises(FrozenInstanceError):
        changed.key = "other"


def test_a_column_that_a_row_does_not_have_is_an_error():
    with pytest.raises(TypeError, match="has no"):
        with_columns(KeyRow(**COLUMNS), colour="red")
