"""What people on call can find out, and who else cannot."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from payment_engine.db.search import BY_AMOUNT, BY_IDS, SEARCH
from payment_engine.services.access.merchants import register
from payment_engine.store import gateway_log
from payment_engine.store.spool import Spool
from tests.world import World


async def test_a_payment_is_found_by_whatever_number_is_in_hand(world: World) -> None:
    paid = await world.paid_payment()
    attempt = paid["attempts"][0]
    gateway = await world.sql("SELECT gateway_payment_id AS id, ref FROM attempt")
    refunds = f"/v1/payments/{paid['id']}/refunds"
    refund = (await world.post(refunds, {"amount": 100, "reason": "test"})).json()["refund"]
    async with asyncio.timeout(10):
        while not (back := (await world.read_payment(paid["id"]))["refunds"][0])["arn"]:
            await asyncio.sleep(0.05)
    numbers = (paid["order_id"], paid["id"], attempt["id"], attempt["rrn"], refund["id"])
    numbers = (*numbers, paid["customer"]["ref"])
    for number in (*numbers, gateway[0]["id"], gateway[0]["ref"], back["arn"]):
        found = await world.get(f"/v1/admin/search?q={number}", world.keys.admin_key)
        assert [one["id"] for one in found.json()["payments"]] == [paid["id"]], number


async def test_a_payment_is_found_by_a_request_that_called_its_gateway(world: World) -> None:
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}/attempts"
    headers = {**world.headers(), "x-request-id": "order-desk-7"}
    started = await world.api.post(path, json={"method": "upi_qr"}, headers=headers)
    assert started.headers["x-request-id"] == "order-desk-7"
    search = "/v1/admin/search?q=order-desk-7"
    async with asyncio.timeout(10):
        while not (found := (await world.get(search, world.keys.admin_key)).json()["payments"]):
            await asyncio.sleep(0.05)
    assert [one["id"] for one in found] == [payment["id"]]
    other = await register(world.engine, "Another Pharmacy", None)
    assert (await world.get(search, other.admin_key)).json() == {"payments": []}


_MANY_PAYMENTS = """
SET session_replication_role = replica;
INSERT INTO payment (id, merchant_id, order_id, status, amount, currency, breakdown, metadata,
    customer_ref, customer, return_url, capture, created_at, expires_at)
  SELECT 'pay_' || n, 'mer_1', n, 'open', n, 'INR', '[]', '{}', 'c', '', '', 'automatic',
    '2026-01-01 12:00+00', '2026-01-01 13:00+00'
  FROM generate_series(100, 5000) n;
ANALYZE payment;
"""
"""Enough of one day that a time alone finds too many."""


async def test_a_search_reads_indexes_alone(fresh_database: str) -> None:
    connection = await asyncpg.connect(fresh_database)
    try:
        await connection.execute("SET enable_seqscan = off")
        values = ("mer_1", "PO1", [b"phone"], [b"payer"])
        plan = await connection.fetch(f"EXPLAIN {SEARCH}", *values)
        window = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
        await connection.execute(_MANY_PAYMENTS)
        plan += await connection.fetch(f"EXPLAIN {BY_AMOUNT}", "mer_1", 116400, *window)
        plan += await connection.fetch(f"EXPLAIN {BY_IDS}", "mer_1", ["pay_100", "att_1"])
    finally:
        await connection.close()
    lines = "\n".join(row[0] for row in plan)
    assert "Seq Scan" not in lines
    for index in (
        "attempt_by_rrn",
        "attempt_by_arn",
        "attempt_by_gateway_payment",
        "refund_by_arn",
        "refund_by_foreign_ref",
        "payment_by_phone",
        "attempt_by_payer",
        "payment_by_amount",
    ):
        assert index in lines


async def test_a_timeline_lists_everything_in_order_with_its_source_in_utc_and_ist(
    world: World,
) -> None:
    paid = await world.paid_payment()
    await timeline_entries(world, paid["id"], "juspay notice:ORDER_SUCCEEDED")
    path = f"/v1/admin/payments/{paid['id']}/timeline"
    answer = (await world.get(path, world.keys.admin_key)).json()
    rows = answer["timeline"]
    assert [row["sequence"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    assert {row["kind"] for row in rows} == {"event", "exchange", "notice", "message"}
    captured = next(row for row in rows if row["what"] == "attempt.captured")
    assert captured["source"] == "check"
    assert captured["at_ist"].endswith("+05:30")
    assert answer["payment"]["attempts"][0]["next_action"] is None


async def timeline_entries(world: World, payment_id: str, what: str) -> list[dict[str, Any]]:
    """Those rows of the timeline, once the raw log, which waits for nobody, has written them."""
    path = f"/v1/admin/payments/{payment_id}/timeline"
    async with asyncio.timeout(15):
        while True:
            rows = (await world.get(path, world.keys.admin_key)).json()["timeline"]
            if entries := [row for row in rows if row["what"] == what]:
                return entries
            await asyncio.sleep(0.05)


async def test_a_timeline_shows_what_the_gateway_sent_by_itself_masked(world: World) -> None:
    paid = await world.paid_payment()
    entries = await timeline_entries(world, paid["id"], "juspay notice:ORDER_SUCCEEDED")
    assert [row["attempt_id"] for row in entries] == [paid["attempts"][0]["id"]]
    order = entries[0]["detail"]["request"]["content"]["order"]
    assert order["order_id"] == paid["attempts"][0]["id"].removeprefix("att_")
    assert order["customer_email"].startswith("<str,")


async def test_a_timeline_says_where_raw_exchanges_may_be_missing(world: World) -> None:
    payment = await world.open_payment()
    path = f"/v1/admin/payments/{payment['id']}/timeline"
    answer = (await world.get(path, world.keys.admin_key)).json()
    assert answer["raw_log"] == "spilling"


async def test_a_timeline_reads_the_spool_once_and_says_if_it_is_too_large(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.customer_decides(attempt, "decline")
    await world.wait_for_status(payment["id"], "open")
    await world.customer_decides(await world.start_attempt(payment["id"]))
    path = f"/v1/admin/payments/{payment['id']}/timeline"
    looks = []
    find = Spool.find

    def counted(*given: Any, **bounds: Any) -> Any:
        looks.append(bounds["most_bytes"])
        return find(*given, **bounds)

    monkeypatch.setattr(Spool, "find", counted)
    await world.get(path, world.keys.admin_key)
    assert looks == [16 * 1024 * 1024]
    monkeypatch.setattr(gateway_log, "_MOST_READ", 10)
    answer = (await world.get(path, world.keys.admin_key)).json()
    assert answer["raw_log"] == "partial"
    assert {row["kind"] for row in answer["timeline"]} == {"event", "message"}


async def test_only_people_on_call_reach_it(world: World) -> None:
    payment = await world.open_payment()
    path = f"/v1/admin/payments/{payment['id']}/timeline"
    assert (await world.api.get(path)).status_code == 401
    assert (await world.get(path)).status_code == 403
    assert (await world.get(path, payment["checkout"]["token"])).status_code == 403
    await world.sql("UPDATE api_key SET roles = 'config' WHERE roles <> 'service' RETURNING id")
    assert (await world.get(path, world.keys.admin_key)).json()["code"] == "forbidden"


async def test_what_is_not_there_is_not_found(world: World) -> None:
    nothing = await world.get("/v1/admin/search?q=none", world.keys.admin_key)
    assert nothing.json() == {"payments": []}
    assert (await world.get("/v1/admin/search", world.keys.admin_key)).status_code == 422
    missing = await world.get("/v1/admin/payments/pay_none/timeline", world.keys.admin_key)
    assert missing.status_code == 404
