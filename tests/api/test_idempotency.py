"""One intention, one effect: what happens when a call is made again."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.responses import post_raw, problem, refusal, row_counts
from tests.world import ORDER, World, running_world

UPI = {"method": "upi_intent", "client": {"platform": "android"}}
PART = {"amount": 100, "reason": "out_of_stock"}
MISMATCH = (422, "idempotency_mismatch")
RUNNING = (409, "idempotency_in_progress")


def same(first: httpx.Response, again: httpx.Response) -> bool:
    """Whether the second answer is the first one, to the byte."""
    return (first.status_code, first.content) == (again.status_code, again.content)


async def made(world: World) -> list[int]:
    """How many payments, attempts, refunds and keys there are; webhooks may add other rows."""
    found = await row_counts(world)
    return [found[table] for table in ("payment", "attempt", "refund", "idempotency_key")]


async def forget_answer(world: World, key: str) -> None:
    """As if the process had died between the intent and the answer."""
    changed = await world.sql(
        "UPDATE idempotency_key SET status_code = NULL, response = NULL "
        "WHERE key LIKE '%' || $1 RETURNING id",
        key,
    )
    assert len(changed) == 1


@pytest.mark.parametrize(
    "key", [None, b"", b"k" * 201, b"k\xff", "k₹".encode(), b"a b", b"a\tb", b"k\x7f"]
)
async def test_without_a_usable_key_nothing_is_done(world: World, key: bytes | None) -> None:
    payment = await world.open_payment()
    before = await row_counts(world)
    headers: dict[str, Any] = world.headers()
    del headers["idempotency-key"]
    headers |= {} if key is None else {"idempotency-key": key}
    calls = [("", {**ORDER, "order_id": "PO1"}), (f"/{payment['id']}/attempts", UPI)]
    calls += [(f"/{payment['id']}/{verb}", {}) for verb in ("cancel", "void")]
    calls += [(f"/{payment['id']}/refunds", PART), (f"/{payment['id']}/capture", {"amount": 1})]
    answers = [
        await world.api.post(f"/v1/payments{path}", json=body, headers=headers)
        for path, body in calls
    ]
    assert {refusal(answer) for answer in answers} == {(400, "idempotency_key_required")}
    assert await row_counts(world) == before


async def test_a_repeated_call_that_moves_money_returns_the_same_bytes(world: World) -> None:
    opened = await world.post("/v1/payments", ORDER, key="init")
    path = f"/v1/payments/{opened.json()['id']}"
    started = await world.post(f"{path}/attempts", UPI, key="try")
    await world.customer_decides(started.json()["attempt"])
    await world.wait_for_status(opened.json()["id"], "paid")
    refunded = await world.post(f"{path}/refunds", PART, key="part")
    before = await made(world)
    world.clock.advance(hours=30)
    assert same(opened, await world.post("/v1/payments", ORDER, key="init"))
    assert same(started, await world.post(f"{path}/attempts", UPI, key="try"))
    assert same(refunded, await world.post(f"{path}/refunds", PART, key="part"))
    assert await made(world) == before


async def test_cancelling_is_replayed_to_the_byte(world: World) -> None:
    path = f"/v1/payments/{(await world.open_payment())['id']}/cancel"
    first = await world.post(path, {}, key="c")
    before = await row_counts(world)
    assert first.json()["status"] == "cancelled"
    assert same(first, await world.post(path, {}, key="c"))
    assert same(first, await post_raw(world, path, b"", **{"idempotency-key": "c"}))
    assert await row_counts(world) == before


async def test_the_second_answer_for_an_order_is_replayed_too(world: World) -> None:
    await world.post("/v1/payments", ORDER, key="a")
    second = await world.post("/v1/payments", ORDER, key="b")
    assert second.status_code == 200
    assert same(second, await world.post("/v1/payments", ORDER, key="b"))


async def test_another_body_under_the_same_key_is_refused(world: World) -> None:
    opened = await world.post("/v1/payments", ORDER, key="k")
    other = {**ORDER, "metadata": {"cart": "c2"}}
    before = await row_counts(world)
    assert refusal(await world.post("/v1/payments", other, key="k")) == MISMATCH
    path = f"/v1/payments/{opened.json()['id']}/attempts"
    await world.post(path, UPI, key="t")
    assert refusal(await world.post(path, {**UPI, "app": "gpay"}, key="t")) == MISMATCH
    assert (await row_counts(world))["payment"] == before["payment"]
    assert (await row_counts(world))["attempt"] == 1


async def test_another_route_under_the_same_key_is_refused(world: World) -> None:
    one, two = await world.open_payment(), await world.open_payment()
    first = await world.post(f"/v1/payments/{one['id']}/cancel", {}, key="k")
    assert first.status_code == 200
    others = [(f"/{two['id']}/cancel", {}), (f"/{one['id']}/attempts", UPI), ("", ORDER)]
    answers = [await world.post(f"/v1/payments{path}", body, key="k") for path, body in others]
    assert {refusal(answer) for answer in answers} == {MISMATCH}
    assert (await world.read_payment(two["id"]))["status"] == "open"


async def test_the_same_json_in_another_order_and_spacing_is_the_same_call(world: World) -> None:
    turned = dict(reversed(ORDER.items()))
    first = await world.post("/v1/payments", ORDER, key="k")
    raw = json.dumps(turned, indent=4).encode()
    assert same(first, await post_raw(world, "/v1/payments", raw, **{"idempotency-key": "k"}))


async def test_while_the_first_call_runs_the_second_is_told_to_wait(world: World) -> None:
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}/attempts"
    await world.script_mock("hang", {"path": "/juspay/txns"}, seconds=1.5)
    running_call = asyncio.create_task(world.post(path, UPI, key="k"))
    async with asyncio.timeout(10):
        while not await world.sql("SELECT id FROM attempt"):
            await asyncio.sleep(0.02)
    second = await world.post(path, UPI, key="k")
    assert refusal(second) == RUNNING
    assert problem(second)["retryable"] is True
    assert second.headers["retry-after"] == "1"
    other = await world.post(path, {**UPI, "app": "gpay"}, key="k")
    assert refusal(other) == MISMATCH
    first = await running_call
    assert first.status_code == 201
    assert same(first, await world.post(path, UPI, key="k"))
    assert len(await world.sql("SELECT id FROM attempt")) == 1


async def test_replays_survive_a_restart(database: str, tmp_path: Path) -> None:
    async with running_world(database, tmp_path / "before") as world:
        key, opened = world.keys.service_key, await world.post("/v1/payments", ORDER, key="i")
        path = f"/v1/payments/{opened.json()['id']}"
        started = await world.post(f"{path}/attempts", UPI, key="t")
    async with running_world(database, tmp_path / "after") as world:
        assert same(opened, await world.post("/v1/payments", ORDER, key, "i"))
        assert same(started, await world.post(f"{path}/attempts", UPI, key, "t"))
        assert refusal(await world.post("/v1/payments", {**ORDER, "amount": 1}, key, "i"))[0] == 422
        assert (await world.mock.get("/control/orders")).json()["orders"] == []


async def test_a_call_whose_process_died_is_answered_from_what_became_of_it(world: World) -> None:
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}/attempts"
    first = await world.post(path, UPI, key="dead")
    await forget_answer(world, "dead")
    assert refusal(await world.post(path, UPI, key="dead")) == RUNNING
    await world.customer_decides(first.json()["attempt"])
    await world.wait_for_status(payment["id"], "paid")
    world.clock.advance(seconds=61)
    answer = await world.post(path, UPI, key="dead")
    assert answer.status_code == 201
    assert answer.json()["attempt"]["id"] == first.json()["attempt"]["id"]
    assert answer.json()["attempt"]["status"] == "captured"
    assert same(answer, await world.post(path, UPI, key="dead"))
    assert len((await world.mock.get("/control/orders")).json()["orders"]) == 1


async def test_a_refund_whose_process_died_is_never_made_twice(world: World) -> None:
    paid = await world.paid_payment()
    path = f"/v1/payments/{paid['id']}/refunds"
    first = await world.post(path, PART, key="dead")
    await forget_answer(world, "dead")
    world.clock.advance(seconds=61)
    answer = await world.post(path, PART, key="dead")
    assert answer.status_code == 201
    assert answer.json()["refund"]["id"] == first.json()["refund"]["id"]
    assert len(await world.sql("SELECT id FROM refund")) == 1
    ref = paid["attempts"][0]["id"].removeprefix("att_")
    assert (await world.ledger())[ref]["refunded"] <= PART["amount"]


async def test_a_refused_call_leaves_its_key_free(world: World) -> None:
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}"
    live = await world.start_attempt(payment["id"])
    keys = (await row_counts(world))["idempotency_key"]
    refused = await world.post(f"{path}/attempts", UPI, key="again")
    assert refusal(refused) == (409, "attempt_in_progress")
    early = await world.post(f"{path}/refunds", PART, key="part")
    assert refusal(early) == (409, "nothing_to_refund")
    assert refusal(await world.post(f"{path}/void", {}, key="v")) == (409, "payment_not_open")
    assert (await row_counts(world))["idempotency_key"] == keys
    await world.customer_decides(live, "decline")
    await world.wait_for_status(payment["id"], "open")
    retried = await world.post(f"{path}/attempts", UPI, key="again")
    assert retried.status_code == 201


async def test_too_high_a_refund_leaves_its_key_free(world: World) -> None:
    paid = await world.paid_payment()
    path = f"/v1/payments/{paid['id']}/refunds"
    refused = await world.post(path, {"amount": 116401, "reason": "x"}, key="k")
    assert refusal(refused) == (422, "amount_too_high")
    assert problem(refused)["available"] == 116400
    assert (await world.post(path, PART, key="k")).status_code == 201


async def test_keys_of_checkouts_and_of_the_order_service_never_meet(world: World) -> None:
    one, two = await world.open_payment(), await world.open_payment()
    opened = await world.post("/v1/payments", {**ORDER, "order_id": "PO1"}, key="k")
    tried = [
        await world.post(f"/v1/payments/{p['id']}/attempts", UPI, p["checkout"]["token"], "k")
        for p in (one, two)
    ]
    assert [answer.status_code for answer in (opened, *tried)] == [201, 201, 201]
    assert len({answer.json()["attempt"]["id"] for answer in tried}) == 2
    posing = await world.post(f"/v1/payments/{one['id']}/attempts", UPI, key=f"{one['id']}:k")
    assert refusal(posing) == (409, "attempt_in_progress")
