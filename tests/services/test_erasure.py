"""A worker erases what is personal in old payments, and leaves the money and what is not over."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from payment_engine import metrics
from payment_engine.services.erasure import Erasure, erase_payments
from tests.world import World

PERSON = {
    "ref": "asha@example.in",
    "name": "Asha Rao",
    "phone": "9876543210",
    "email": "asha@example.in",
}
ORDER = {
    "customer": PERSON,
    "metadata": {"address": "12 MG Road"},
    "return_url": "https://shop.example/back?name=asha",
}
MONEY = ("amount", "amount_captured", "amount_refunded", "status", "order_id", "created_at")


async def walk(world: World) -> int:
    return await Erasure().walk(world.engine)


async def erased_ids(world: World) -> set[str]:
    rows = await world.sql("SELECT id FROM payment WHERE erased_at IS NOT NULL")
    return {row["id"] for row in rows}


def money(payment: Mapping[str, Any]) -> list[Any]:
    return [payment[name] for name in MONEY]


async def test_a_year_after_its_last_change_a_payment_has_nothing_personal(world: World) -> None:
    paid = await world.paid_payment(**ORDER)
    before = await world.read_payment(paid["id"])
    world.clock.advance(days=365)
    assert await walk(world) == 0
    assert await erased_ids(world) == set()
    world.clock.advance(days=2)
    counted = metrics.payments_erased._value.get()
    await walk(world)
    assert await erased_ids(world) == {paid["id"]}
    assert metrics.payments_erased._value.get() == counted + 1
    after = await world.read_payment(paid["id"])
    assert money(after) == money(before)
    assert after["attempts"][0]["id"] == before["attempts"][0]["id"]
    assert after["customer"] == {"ref": f"erased:{paid['id']}"}
    assert {line["label"] for line in after["breakdown"]} == {"erased"}
    (row,) = await world.sql("SELECT customer, phone_hash FROM payment")
    assert orjson.loads(world.engine.sealer.open(row["customer"], paid["id"])) == {}
    assert row["phone_hash"] is None
    stored = str(await world.sql("SELECT row_to_json(p)::text FROM payment p"))
    assert not any(text in stored for text in ("asha", "MG Road", "9876543210"))


async def test_an_erasure_is_done_once_and_is_in_the_timeline(world: World) -> None:
    paid = await world.paid_payment()
    world.clock.advance(days=367)
    await walk(world)
    (row,) = await world.sql("SELECT revision, erased_at FROM payment")
    await walk(world)
    assert await world.sql("SELECT revision, erased_at FROM payment") == [row]
    path = f"/v1/admin/payments/{paid['id']}/timeline"
    timeline = (await world.get(path, world.keys.admin_key)).json()["timeline"]
    found = [each for each in timeline if each["what"] == "payment.erased"]
    assert [each["source"] for each in found] == ["retention"]


async def test_the_order_service_hears_nothing_of_an_erasure(world: World) -> None:
    await world.paid_payment()
    messages = await world.sql("SELECT count(*) AS n FROM outbox_message")
    world.clock.advance(days=367)
    await walk(world)
    assert await world.sql("SELECT count(*) AS n FROM outbox_message") == messages


@pytest.mark.breaks_invariants("a review is written by hand")
async def test_a_walk_passes_over_what_is_not_over_and_goes_on_where_it_ended(world: World) -> None:
    await world.paid_payment()
    await world.sql("UPDATE attempt SET review = 'amount differs' RETURNING id")
    ended = await world.paid_payment()
    world.clock.advance(days=367)
    walk_of_one = Erasure(batch=1, most=1)
    assert [await walk_of_one.walk(world.engine) for _ in range(3)] == [1, 1, 0]
    assert await erased_ids(world) == {ended["id"]}


async def test_two_workers_at_once_erase_each_payment_once(world: World) -> None:
    paid = [(await world.paid_payment())["id"] for _ in range(3)]
    world.clock.advance(days=367)
    await erase_payments(world.engine, [*paid, *paid])
    events = await world.sql("SELECT id FROM payment_event WHERE type = 'payment.erased'")
    assert len(events) == len(paid)


async def test_a_payment_that_cannot_be_written_does_not_hold_up_the_others(world: World) -> None:
    broken, other = [await world.paid_payment() for _ in range(2)]
    rule = f"CHECK (erased_at IS NULL OR id <> '{broken['id']}') NOT VALID"
    await world.sql(f"ALTER TABLE payment ADD CONSTRAINT this_one_stays {rule}")
    world.clock.advance(days=367)
    try:
        await walk(world)
    finally:  # the next test uses this database too
        await world.sql("ALTER TABLE payment DROP CONSTRAINT this_one_stays")
    assert await erased_ids(world) == {other["id"]}


async def test_nothing_is_erased_while_the_clock_is_off(world: World) -> None:
    await world.paid_payment()
    world.clock.advance(days=367)
    world.engine.heartbeat.clock_offset = 345600.0
    assert await walk(world) == 0
    assert await erased_ids(world) == set()


async def test_what_was_erased_can_still_be_refunded_and_is_erased_again(world: World) -> None:
    world.engine.settings.refund_windows = {}
    paid = await world.paid_payment(**ORDER)
    world.clock.advance(days=367)
    await walk(world)
    body = {"amount": 100, "reason": "goodwill", "lines": [{"label": "Metformin", "amount": 100}]}
    answer = await world.post(f"/v1/payments/{paid['id']}/refunds", body)
    assert answer.status_code in (201, 202), answer.text
    await world.wait_for_refunded(paid["id"], 100)
    assert await erased_ids(world) == set()
    world.clock.advance(days=367)
    await walk(world)
    assert await erased_ids(world) == {paid["id"]}
    assert "Metformin" not in str(await world.sql("SELECT lines FROM refund"))
