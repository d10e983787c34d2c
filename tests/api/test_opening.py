"""Opening a payment: one per order, within bounds, and from allowed pages only."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from payment_engine.domain.money import MAX_AMOUNT, MIN_AMOUNT
from tests.api.responses import pointers, problem, refusal
from tests.world import ORDER, World, running_world

SHOP = "https://shop.example"


async def open_order(world: World, **changes: Any) -> httpx.Response:
    return await world.post("/v1/payments", {**ORDER, **changes})


async def test_the_same_order_and_amount_gives_the_payment_that_is_there(world: World) -> None:
    first = await open_order(world)
    second = await open_order(world, metadata={"cart": "another"}, expires_in=60)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["id"] == first.json()["id"]
    assert second.json()["checkout"] == first.json()["checkout"]
    assert second.json()["metadata"] == ORDER["metadata"]


async def test_another_amount_for_an_open_order_is_refused(world: World) -> None:
    first = await open_order(world)
    other = await open_order(world, amount=100, breakdown=[])
    assert refusal(other) == (409, "order_amount_differs")
    document = problem(other)
    assert (document["payment_id"], document["amount"]) == (first.json()["id"], 116400)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"customer": {"ref": "cust-other"}}, ["/customer/ref"]),
        ({"capture": "manual"}, ["/capture"]),
        (
            {"customer": {"ref": "cust-other"}, "amount": 100, "breakdown": []},
            ["/customer/ref", "/amount"],
        ),
    ],
)
async def test_an_open_order_is_not_given_to_another_customer_or_on_other_terms(
    world: World, changes: dict[str, Any], named: list[str]
) -> None:
    first = await open_order(world)
    other = await open_order(world, **changes)
    assert refusal(other) == (409, "order_differs")
    document = problem(other)
    assert [one["pointer"] for one in document["errors"]] == named
    assert document["payment_id"] == first.json()["id"]
    assert "checkout" not in other.text
    await world.post(f"/v1/payments/{first.json()['id']}/cancel")
    assert (await open_order(world, **changes)).status_code == 201


async def test_a_paid_order_is_not_opened_again_and_grows_by_another_payment(
    world: World,
) -> None:
    paid = await world.paid_payment()
    for changes in ({}, {"amount": 100, "breakdown": []}, {"amount": 200000, "breakdown": []}):
        again = await open_order(world, order_id=paid["order_id"], **changes)
        assert refusal(again) == (409, "order_already_paid")
        assert problem(again)["payment_id"] == paid["id"]
    more = {"order_id": f"{paid['order_id']}/2", "amount": 83600, "breakdown": []}
    assert (await open_order(world, **more)).json()["status"] == "open"


async def test_an_order_that_was_paid_and_fully_refunded_is_not_opened_again(world: World) -> None:
    paid = await world.paid_payment()
    await world.post(f"/v1/payments/{paid['id']}/refunds", {"amount": 116400, "reason": "x"})
    again = await open_order(world, order_id=paid["order_id"])
    assert refusal(again) == (409, "order_already_paid")


async def test_a_cancelled_order_is_opened_anew(world: World) -> None:
    first = (await open_order(world)).json()
    await world.post(f"/v1/payments/{first['id']}/cancel")
    second = await open_order(world, amount=100, breakdown=[])
    assert (second.status_code, second.json()["amount"]) == (201, 100)
    assert second.json()["id"] != first["id"]
    assert (await world.read_payment(first["id"]))["status"] == "cancelled"


@pytest.mark.parametrize("rounds", [0, 3], ids=["not yet swept", "swept"])
async def test_an_expired_order_is_opened_anew(world: World, rounds: int) -> None:
    first = (await open_order(world, expires_in=60)).json()
    world.clock.advance(seconds=61)
    await world.run_worker(rounds)
    second = await open_order(world)
    assert second.status_code == 201
    assert second.json()["id"] != first["id"]
    assert (await world.read_payment(first["id"]))["status"] == "expired"


@pytest.mark.parametrize("amount", [MIN_AMOUNT, MAX_AMOUNT])
async def test_the_smallest_and_the_largest_amount_are_taken(world: World, amount: int) -> None:
    answer = await open_order(world, amount=amount, breakdown=[])
    assert (answer.status_code, answer.json()["amount"]) == (201, amount)
    assert (await world.read_payment(answer.json()["id"]))["amount"] == amount


@pytest.mark.parametrize("amount", [MIN_AMOUNT - 1, MAX_AMOUNT + 1, -MIN_AMOUNT])
async def test_an_amount_beyond_the_bounds_is_refused(world: World, amount: int) -> None:
    answer = await open_order(world, amount=amount, breakdown=[])
    assert (answer.status_code, pointers(answer)) == (422, ["/amount"])


@pytest.mark.parametrize("seconds", [60, 86_400])
async def test_the_shortest_and_the_longest_time_to_pay_are_taken(
    world: World, seconds: int
) -> None:
    payment = await world.open_payment(expires_in=seconds)
    world.clock.advance(seconds=seconds - 5)
    await world.run_worker()
    assert (await world.read_payment(payment["id"]))["status"] == "open"
    world.clock.advance(seconds=6)
    await world.run_worker()
    assert (await world.read_payment(payment["id"]))["status"] == "expired"


async def test_no_attempt_starts_once_the_time_to_pay_is_over(world: World) -> None:
    payment = await world.open_payment(expires_in=60)
    world.clock.advance(seconds=61)
    attempt = {"method": "upi_intent", "client": {"platform": "android"}}
    answer = await world.post(f"/v1/payments/{payment['id']}/attempts", attempt)
    assert refusal(answer) == (409, "payment_not_open")
    assert problem(answer)["current"] == "expired"


async def test_a_method_that_no_gateway_offers_is_refused_with_alternatives(world: World) -> None:
    payment = await world.open_payment()
    answer = await world.post(
        f"/v1/payments/{payment['id']}/attempts",
        {"method": "upi_intent", "client": {"platform": "desktop"}},
    )
    assert refusal(answer) == (422, "method_not_available")
    assert "upi_qr" in problem(answer)["alternatives"]
    assert "upi_intent" not in problem(answer)["alternatives"]


async def test_a_live_attempt_is_named_with_what_can_be_done_about_it(world: World) -> None:
    payment = await world.open_payment()
    live = await world.start_attempt(payment["id"])
    attempt = {"method": "upi_intent", "client": {"platform": "android"}}
    answer = await world.post(f"/v1/payments/{payment['id']}/attempts", attempt)
    assert refusal(answer) == (409, "attempt_in_progress")
    assert problem(answer)["attempt"]["id"] == live["id"]
    assert [way["action"] for way in problem(answer)["allowed"]] == ["wait", "replace", "cancel"]


async def test_what_is_closed_cannot_be_cancelled_captured_or_released(world: World) -> None:
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}"
    await world.post(f"{path}/cancel")
    answers = [
        await world.post(f"{path}/cancel"),
        await world.post(f"{path}/capture", {"amount": 1}),
        await world.post(f"{path}/void"),
    ]
    assert {refusal(answer) for answer in answers} == {(409, "payment_not_open")}
    assert {problem(answer)["current"] for answer in answers} == {"cancelled"}


async def test_more_than_what_was_authorized_is_not_captured(world: World) -> None:
    payment = await world.open_payment(capture="manual")
    token = await world.card_token()
    await world.customer_decides(
        await world.start_attempt(payment["id"], method="card", card_token=token)
    )
    await world.wait_for_status(payment["id"], "authorized")
    answer = await world.post(f"/v1/payments/{payment['id']}/capture", {"amount": 116401})
    assert refusal(answer) == (422, "amount_too_high")
    assert (problem(answer)["available"], pointers(answer)) == (116400, ["/amount"])


async def test_pages_of_the_shop_may_call_from_the_browser(database: str, tmp_path: Path) -> None:
    async with running_world(database, tmp_path, checkout_origins=(SHOP,)) as world:
        headers = {"origin": SHOP, "access-control-request-method": "POST"}
        preflight = await world.api.options("/v1/payments/pay_x/attempts", headers=headers)
        called = await world.get("/v1/payments/pay_x", origin=SHOP)
    assert (preflight.status_code, preflight.content) == (204, b"")
    for answer in (preflight, called):
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert answer.headers["vary"] == "Origin"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    for name in ("Authorization", "Idempotency-Key", "Content-Type", "If-None-Match"):
        assert name in preflight.headers["access-control-allow-headers"]
    assert refusal(called) == (404, "not_found")
    assert "ETag" in called.headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    "origin", ["https://other.example", "null", "https://shop.example.evil.example", "*", ""]
)
async def test_other_pages_may_not(database: str, tmp_path: Path, origin: str) -> None:
    async with running_world(database, tmp_path, checkout_origins=(SHOP,)) as world:
        headers = {"origin": origin, "access-control-request-method": "POST"}
        preflight = await world.api.options("/v1/payments", headers=headers)
        called = await world.get("/v1/payments?order_id=PO1", origin=origin)
    assert refusal(preflight) == (405, "method_not_allowed")
    assert called.status_code == 200
    for answer in (preflight, called):
        assert "access-control-allow-origin" not in answer.headers


async def test_no_page_may_call_unless_a_setting_says_so(world: World) -> None:
    headers = {"origin": SHOP, "access-control-request-method": "POST"}
    preflight = await world.api.options("/v1/payments", headers=headers)
    assert refusal(preflight) == (405, "method_not_allowed")
    assert "access-control-allow-origin" not in preflight.headers
