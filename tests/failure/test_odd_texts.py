"""Texts of gateways that fit no column: too long, or not storable in PostgreSQL."""

import json

import pytest

from tests.webhooks import (
    WEBHOOK_AUTH,
    believe_webhooks,
    deliver_webhook,
    handle_stored_webhooks,
    send_webhook,
)
from tests.world import World

ODD = {"too long": "9" * 500, "a NUL": "9\x009", "half a character": "9\ud8009"}


@pytest.mark.parametrize("odd", ODD)
async def test_odd_texts_do_not_lose_a_success(world: World, odd: str) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    fields = {"txn_uuid": ODD[odd], "payment_gateway_response": {"rrn": ODD[odd]}}
    await deliver_webhook(world, attempt, **fields)
    current = await world.read_payment(payment["id"])
    assert (current["status"], current["attempts"][0]["rrn"]) == ("paid", None)


@pytest.mark.parametrize("odd", ODD)
async def test_odd_texts_do_not_lose_a_decline(world: World, odd: str) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    fields = {"bank_error_code": f"E{ODD[odd]}", "bank_error_message": ODD[odd]}
    await deliver_webhook(world, attempt, status="AUTHORIZATION_FAILED", **fields)
    assert (await world.read_payment(payment["id"]))["status"] == "open"


@pytest.mark.parametrize("odd", ODD)
async def test_an_unexpected_status_is_pending(world: World, odd: str) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await deliver_webhook(world, attempt, status=ODD[odd])
    assert (await world.read_payment(payment["id"]))["status"] == "pending"


@pytest.mark.parametrize("odd", ODD)
async def test_odd_texts_do_not_lose_a_refund(world: World, odd: str) -> None:
    await world.script_mock("refund_hold")
    paid = await world.paid_payment()
    path = f"/v1/payments/{paid['id']}/refunds"
    refund = (await world.post(path, {"amount": 100, "reason": "test"})).json()["refund"]
    refund_fields = {
        "unique_request_id": refund["id"].removeprefix("rfd_"),
        "status": "SUCCESS",
        "amount": 1,
        "arn": ODD[odd],
        "ref": ODD[odd],
        "error_code": ODD[odd],
    }
    await deliver_webhook(world, paid["attempts"][0], refunds=[refund_fields])
    assert (await world.read_payment(paid["id"]))["amount_refunded"] == 100


async def test_webhooks_with_overlong_event_ids_stay_distinct(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    for ending in ("a", "b", "b"):
        answer = await send_webhook(
            world, attempt, event_id="e" * 300 + ending, status="AUTHORIZING"
        )
        assert answer.status_code == 200, answer.text
    stored = await world.sql("SELECT event_id FROM inbox_notice WHERE event_id NOT LIKE 'evt_%'")
    assert len(stored) == 2


@pytest.mark.parametrize("odd", ODD)
async def test_a_webhook_with_an_odd_event_id_is_accepted(world: World, odd: str) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    assert (await send_webhook(world, attempt, event_id=ODD[odd])).status_code == 200
    await handle_stored_webhooks(world)
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


@pytest.mark.parametrize("odd", ODD)
async def test_a_webhook_about_an_unknown_order_is_ignored(world: World, odd: str) -> None:
    stranger = {"id": f"att_{ODD[odd]}"}
    await deliver_webhook(
        world, stranger, refunds=[{"unique_request_id": ODD[odd], "status": "SUCCESS"}]
    )
    assert await world.sql("SELECT id FROM job WHERE last_error IS NOT NULL") == []


async def test_a_webhook_in_another_encoding_is_accepted(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    believe_webhooks(world)
    order = {"order_id": attempt["id"][4:], "status": "CHARGED", "amount": 1164}
    order |= {"currency": "INR", "merchant_id": "acme"}
    notice = {"id": "evt_utf16", "event_name": "x", "content": {"order": order}}
    body = json.dumps(notice).encode("utf-16")
    answer = await world.api.post("/v1/juspay/webhook", content=body, auth=WEBHOOK_AUTH)
    assert answer.status_code == 200, answer.text
    await handle_stored_webhooks(world)
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


async def test_a_webhook_with_a_header_in_another_encoding_is_accepted(world: World) -> None:
    body = b'{"id": "evt_header", "event_name": "x", "content": {}}'
    answer = await world.api.post(
        "/v1/juspay/webhook", content=body, auth=WEBHOOK_AUTH, headers={"x-note": b"\xff\xfe"}
    )
    assert answer.status_code == 200, answer.text


async def test_a_body_nested_without_end_is_refused_like_any_forgery(world: World) -> None:
    body = b"[" * 900 + b"]" * 900
    answer = await world.api.post("/v1/juspay/webhook", content=body)
    assert answer.status_code == 401, answer.text


@pytest.mark.parametrize("name", ["pay_%00", "pay_%F0%9F%92%B8", "pay_" + "a" * 500, "nonsense"])
async def test_an_impossible_payment_is_not_found(world: World, name: str) -> None:
    assert (await world.get(f"/v1/payments/{name}")).status_code == 404
    assert (await world.post(f"/v1/payments/{name}/cancel")).status_code == 404


async def test_a_key_in_another_encoding_is_not_known(world: World) -> None:
    answer = await world.api.get(
        "/v1/payments/pay_1", headers={"authorization": b"Bearer pk_\xff\xfe"}
    )
    assert answer.status_code == 401, answer.text
