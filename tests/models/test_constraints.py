"""The database's own constraints: listed from its catalogue, and each one violated."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

CHECKS = {
    "payment_amount_range",
    "payment_nothing_to_pay_is_paid",
    "payment_currency_inr",
    "payment_status_known",
    "payment_capture_known",
    "payment_closing_known",
    "payment_closing_has_time",
    "payment_status_as_closing",
    "payment_amounts_not_negative",
    "payment_expires_after_creation",
    "attempt_amount_range",
    "attempt_currency_inr",
    "attempt_status_known",
    "attempt_amounts_not_negative",
    "attempt_captured_within_amount",
    "attempt_captured_has_money",
    "attempt_refunds_within_captured",
    "attempt_elected_has_success",
    "attempt_elected_without_conflict",
    "refund_amount_positive",
    "refund_status_known",
    "refund_not_sent_is_unknown_there",
    "outbox_state_known",
    "outbox_delivered_has_time",
    "idempotency_answer_whole",
    "saved_card_state_known",
    "saved_card_last4_digits",
    "saved_card_last4_source_known",
    "saved_card_source_known",
    "saved_card_kind_known",
    "saved_card_saved_with_consent",
    "card_token_state_known",
    "card_token_active_has_token",
    "card_token_deleted_is_wiped",
    "linked_wallet_state_known",
    "linked_wallet_balance_not_negative",
    "linked_wallet_balance_has_time",
    "linked_wallet_ended_is_wiped",
    "consent_purpose_known",
    "route_weight_range",
    "provider_weight_range",
    "breaker_state_known",
    "breaker_open_has_probe",
    "admin_action_has_reason",
    "admin_action_is_chained",
}
UNIQUE_INDEXES = {
    "payment_event_by_change",
    "payment_one_open_per_order",
    "attempt_one_elected",
    "attempt_one_live",
    "refund_one_automatic",
    "refund_one_per_foreign_ref",
    "linked_wallet_one_open",
    "saved_card_one_per_fingerprint",
    "downtime_one_open",
}
UNIQUE_COLUMNS = {
    ("idempotency_key", "merchant_id,key"),
    ("inbox_notice", "gateway,event_id"),
    ("outbox_message", "payment_id,sequence"),
    ("attempt", "ref"),
    ("attempt", "payment_id,number"),
    ("refund", "ref"),
    ("job", "kind,subject"),
    ("api_key", "key_hash"),
    ("card_token", "card_id,gateway"),
    ("saved_vpa", "merchant_id,customer_ref,vpa_hash"),
    ("customer_config", "merchant_id,customer_ref"),
    ("route", "gateway,method"),
    ("breaker", "gateway,method"),
}
NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)


@pytest.fixture
async def db(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database)
    await connection.execute(
        "INSERT INTO merchant (id, name, created_at) VALUES ('mer_1', 'Acme', $1)", NOW
    )
    yield connection
    await connection.close()


async def insert(db: asyncpg.Connection, table: str, **columns: Any) -> None:
    parameters = ", ".join(f"${i + 1}" for i in range(len(columns)))
    await db.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({parameters})",  # noqa: S608
        *columns.values(),
    )


async def payment(db: asyncpg.Connection, **changes: Any) -> None:
    columns = {
        "id": "pay_1",
        "merchant_id": "mer_1",
        "order_id": "PO1",
        "status": "open",
        "amount": 116400,
        "currency": "INR",
        "breakdown": "[]",
        "metadata": "{}",
        "customer_ref": "c1",
        "customer": b"",
        "return_url": "https://shop.example/",
        "capture": "automatic",
        "created_at": NOW,
        "expires_at": NOW + timedelta(minutes=15),
    }
    await insert(db, "payment", **{**columns, **changes})


async def attempt(db: asyncpg.Connection, **changes: Any) -> None:
    columns = {
        "id": "att_1",
        "payment_id": "pay_1",
        "number": 1,
        "ref": "r1",
        "gateway": "juspay",
        "method": "upi_intent",
        "status": "pending",
        "amount": 116400,
        "currency": "INR",
        "created_at": NOW,
        "expires_at": NOW,
    }
    await insert(db, "attempt", **{**columns, **changes})


async def refund(db: asyncpg.Connection, **changes: Any) -> None:
    columns = {
        "id": "rfd_1",
        "payment_id": "pay_1",
        "attempt_id": "att_1",
        "ref": "f1",
        "amount": 100,
        "status": "pending",
        "reason": "out_of_stock",
        "lines": "[]",
        "created_at": NOW,
    }
    await insert(db, "refund", **{**columns, **changes})


async def test_every_check_is_in_the_catalogue(db: asyncpg.Connection) -> None:
    rows = await db.fetch("SELECT conname FROM pg_constraint WHERE contype = 'c' AND convalidated")
    assert {row["conname"] for row in rows} >= CHECKS


async def test_every_partial_unique_index_is_in_the_catalogue(db: asyncpg.Connection) -> None:
    rows = await db.fetch(
        "SELECT relname FROM pg_index JOIN pg_class ON indexrelid = pg_class.oid "
        "WHERE indisunique AND indisvalid AND indpred IS NOT NULL AND NOT relispartition"
    )
    assert {row["relname"] for row in rows} == UNIQUE_INDEXES


async def test_every_unique_rule_is_in_the_catalogue(db: asyncpg.Connection) -> None:
    rows = await db.fetch(
        "SELECT conrelid::regclass::text AS table, (SELECT string_agg(attname, ',' ORDER BY place) "
        "FROM unnest(conkey) WITH ORDINALITY AS k(num, place) "
        "JOIN pg_attribute ON attrelid = conrelid AND attnum = num) AS columns "
        "FROM pg_constraint WHERE contype = 'u'"
    )
    assert {(row["table"], row["columns"]) for row in rows} >= UNIQUE_COLUMNS


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 99},
        {"amount": 0},
        {"amount": -1},
        {"amount": 100_000_000_001},
        {"currency": "USD"},
        {"status": "done"},
        {"capture": "maybe"},
        {"closing": "expired"},
        {"closing": "gone", "closed_at": NOW},
        {"expires_at": NOW},
        {"amount_captured": -1},
    ],
)
async def test_a_payment_that_cannot_be_is_refused(
    db: asyncpg.Connection, wrong: dict[str, Any]
) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await payment(db, **wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 0},
        {"status": "paid"},
        {"status": "captured"},
        {"amount_captured": 100},
        {"status": "captured", "amount_captured": 116401},
        {"status": "captured", "amount_captured": 116400, "amount_refund_reserved": 116401},
        {"elected": True},
        {"status": "authorized", "elected": True, "conflict": "second_success"},
    ],
)
async def test_an_attempt_that_cannot_be_is_refused(
    db: asyncpg.Connection, wrong: dict[str, Any]
) -> None:
    await payment(db)
    with pytest.raises(asyncpg.CheckViolationError):
        await attempt(db, **wrong)


async def test_an_order_has_one_current_payment_and_any_number_of_closed_ones(
    db: asyncpg.Connection,
) -> None:
    await payment(db, status="expired", closing="expired", closed_at=NOW)
    await payment(db, id="pay_2")
    with pytest.raises(asyncpg.UniqueViolationError, match="payment_one_open_per_order"):
        await payment(db, id="pay_3", status="paid")


async def test_a_payment_has_one_live_attempt(db: asyncpg.Connection) -> None:
    await payment(db)
    await attempt(db)
    with pytest.raises(asyncpg.UniqueViolationError, match="attempt_one_live"):
        await attempt(db, id="att_2", ref="r2", number=2)


async def test_a_payment_has_one_elected_attempt_but_a_second_capture_is_recorded(
    db: asyncpg.Connection,
) -> None:
    paid = {"status": "captured", "amount_captured": 116400, "live": False}
    await payment(db)
    await attempt(db, elected=True, **paid)
    await attempt(db, id="att_2", ref="r2", number=2, conflict="second_success", **paid)
    with pytest.raises(asyncpg.UniqueViolationError, match="attempt_one_elected"):
        await attempt(db, id="att_3", ref="r3", number=3, elected=True, **paid)


async def test_a_reference_is_used_once(db: asyncpg.Connection) -> None:
    await payment(db)
    await attempt(db)
    with pytest.raises(asyncpg.UniqueViolationError):
        await attempt(db, id="att_2", number=2, live=False)


async def test_one_conflict_is_sent_back_once(db: asyncpg.Connection) -> None:
    await payment(db)
    await attempt(db)
    await refund(db, automatic=True)
    with pytest.raises(asyncpg.UniqueViolationError, match="refund_one_automatic"):
        await refund(db, id="rfd_2", ref="f2", automatic=True)


async def test_a_refund_that_the_gateway_made_has_one_row(db: asyncpg.Connection) -> None:
    await payment(db)
    await attempt(db)
    await refund(db, foreign_ref="d1")
    await refund(db, id="rfd_2", ref="f2", foreign_ref="d2")
    with pytest.raises(asyncpg.UniqueViolationError, match="refund_one_per_foreign_ref"):
        await refund(db, id="rfd_3", ref="f3", foreign_ref="d1")


async def test_history_only_grows(db: asyncpg.Connection) -> None:
    await payment(db)
    event = {"payment_id": "pay_1", "version": 1, "type": "x", "source": "answer", "data": "{}"}
    await insert(db, "payment_event", at=NOW, **event)
    for change in ("UPDATE payment_event SET type = 'y'", "DELETE FROM payment_event"):
        with pytest.raises(asyncpg.RestrictViolationError, match="only grows"):
            await db.execute(change)


async def test_a_payment_with_history_cannot_be_deleted(db: asyncpg.Connection) -> None:
    await payment(db)
    await attempt(db)
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute("DELETE FROM payment")
