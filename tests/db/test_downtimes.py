"""Downtimes of banks, UPI apps and wallets: the same in PostgreSQL and in memory."""

from datetime import UTC, datetime, timedelta

import asyncpg

from payment_engine.db.downtimes import ENDS
from payment_engine.domain.downtime import Downtime
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import AttemptStatus
from tests.db.changes import a_payment, changing, opening
from tests.db.conftest import Stores
from tests.db.explained import rows_read

_PAYMENTS = """
INSERT INTO payment (id, merchant_id, order_id, status, amount, currency, breakdown, metadata,
  customer_ref, customer, return_url, capture, created_at, expires_at)
SELECT 'pay_' || n, 'mer_1', n::text, 'open', 100, 'INR', '[]', '{}', 'c', '', '', 'automatic',
  now() - n * interval '1 s', now() FROM generate_series(1, 5000) n
"""
_ATTEMPTS = """
INSERT INTO attempt (id, payment_id, number, ref, gateway, method, choice, status, amount, currency,
  live, decline_code, settled_at, created_at, expires_at)
SELECT 'att_' || order_id, id, 1, order_id, 'juspay', 'netbanking', 'HDFC', 'failed', 100, 'INR',
  false, 'issuer_down', created_at, created_at, expires_at FROM payment
"""
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


async def ended(
    stores: Stores, provider: tuple[str, str], customer: str, seconds: float, **columns: object
) -> None:
    """An attempt by a bank that ended at a time."""
    method, name = provider
    opened = opening(a_payment(customer_ref=customer))
    await stores.payments.commit([opened])

    def attempt(change: PaymentChange) -> None:
        made = change.add_attempt(
            gateway="juspay", method=method, expires_at=change.now + timedelta(minutes=8)
        )
        values = {"choice": name, "live": False, "settled_at": at(seconds), **columns}
        change.update_attempt(made.id, **values)

    await stores.payments.commit([changing(opened.snapshot, attempt)])


async def test_how_attempts_by_a_bank_ended_is_read_in_order_and_for_a_minute(
    stores: Stores,
) -> None:
    hdfc, failed = (Method.NETBANKING, "HDFC"), AttemptStatus.FAILED
    down = {"status": failed, "decline_code": "issuer_down"}
    await ended(stores, hdfc, "late", 30, **down)
    await ended(stores, hdfc, "early", 10, **down)
    await ended(stores, hdfc, "poor", 20, status=failed, decline_code="insufficient_funds")
    await ended(stores, hdfc, "gone", 21, status=failed, decline_code="timed_out")
    await ended(stores, hdfc, "long ago", -31, **down)
    await ended(stores, hdfc, "undecided", 22, settled_at=None)
    await ended(stores, (Method.NETBANKING, "SBI"), "other", 23, **down)
    found = await stores.work.provider_ends(hdfc, at(30))
    assert [(end.at, end.ok, end.customer.split()[1]) for end in found] == [
        (at(10), False, "early"),
        (at(20), True, "poor"),
        (at(30), False, "late"),
    ]
    assert await stores.work.begin_downtime(hdfc, at(31))
    assert await stores.work.end_downtime(hdfc, at(32))
    await ended(stores, hdfc, "after", 33, **down)
    latest = await stores.work.provider_ends(hdfc, at(34))
    assert [end.customer.split()[1] for end in latest] == ["after"]


async def test_a_bank_is_down_once_probed_every_ten_seconds_and_up_once(stores: Stores) -> None:
    work, bank = stores.work, (Method.NETBANKING, "HDFC")
    assert not await work.end_downtime(bank, NOW)
    assert not await work.probe_provider(bank, NOW)
    assert [await work.begin_downtime(bank, at(n)) for n in (0, 1)] == [True, False]
    assert (await work.read_routes()).downtimes == {bank: Downtime(NOW, at(10))}
    assert [await work.probe_provider(bank, at(n)) for n in (9, 10, 11)] == [False, True, False]
    assert (await work.read_routes()).downtimes == {bank: Downtime(NOW, at(20))}
    assert [await work.end_downtime(bank, at(n)) for n in (12, 13)] == [True, False]
    assert (await work.read_routes()).downtimes == {}
    assert await work.begin_downtime(bank, at(14))


async def test_the_ends_are_read_from_the_latest_attempts_only(fresh_database: str) -> None:
    connection = await asyncpg.connect(fresh_database)
    await connection.execute(
        "INSERT INTO merchant (id, name, created_at) VALUES ('mer_1', 'Pharmacy', now())"
    )
    await connection.execute(_PAYMENTS)
    await connection.execute(_ATTEMPTS)
    await connection.execute("ANALYZE attempt; ANALYZE payment")
    values = ("netbanking", "HDFC", datetime(2020, 1, 1, tzinfo=UTC), 50)
    assert await rows_read(connection, "attempt", ENDS, *values) <= 50 + 1, "one ends the sort"
    assert await rows_read(connection, "payment", ENDS, *values) <= 50
    assert len(await connection.fetch(ENDS, *values)) == 50
    await connection.close()
