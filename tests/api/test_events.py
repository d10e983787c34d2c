"""The order service reads its messages in order, and has those it missed sent again."""

import asyncio
import base64
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from tests.api.responses import problem
from tests.world import World

ALWAYS = {"created_after": "2020-01-01T00:00:00Z", "created_before": "2100-01-01T00:00:00Z"}


async def listed(world: World, **query: str) -> dict[str, Any]:
    """The list once it has all that was written until now: it ends before the oldest transaction
    that is open, also one in a database of another test on the same server."""
    [snapshot] = await world.sql(
        "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next"
    )
    reached = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= $1 AS reached"
    async with asyncio.timeout(50):
        while not (await world.sql(reached, snapshot["next"]))[0]["reached"]:
            await asyncio.sleep(0.02)
    return await listed_now(world, **query)


async def listed_now(world: World, **query: str) -> dict[str, Any]:
    answer = await world.api.get("/v1/events", params=query, headers=world.headers())
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def cancelled_payment(world: World) -> str:
    payment = await world.open_payment()
    await world.post(f"/v1/payments/{payment['id']}/cancel")
    return str(payment["id"])


async def fail_deliveries(world: World, state: str) -> None:
    await world.sql("UPDATE outbox_message SET state = $1 RETURNING id", state)


async def test_what_was_delivered_is_listed_as_it_was_sent(world: World) -> None:
    paid = await world.paid_payment()
    await world.run_worker()
    sent = await world.notifications(paid["order_id"])
    events = (await listed(world))["events"]
    assert [event["type"] for event in events] == ["payment.pending", "payment.paid"]
    names = ("type", "timestamp", "sequence", "data")
    assert [{name: event[name] for name in names} for event in events] == sent
    assert {event["state"] for event in events} == {"delivered"}
    assert {event["data"]["attempt_id"] for event in events} == {paid["attempts"][0]["id"]}


async def test_a_message_about_a_refund_names_it(world: World) -> None:
    paid = await world.paid_payment()
    path = f"/v1/payments/{paid['id']}/refunds"
    refund = (await world.post(path, {"amount": 100, "reason": "return"})).json()["refund"]
    await world.run_worker(seconds=5)
    events = [each for each in (await listed(world))["events"] if each["type"][:6] == "refund"]
    assert events
    assert {each["data"]["refund_id"] for each in events} == {refund["id"]}
    assert {each["data"]["attempt_id"] for each in events} == {refund["attempt_id"]}


async def test_pages_follow_each_other_without_gaps_and_repeats(world: World) -> None:
    orders = [await cancelled_payment(world) for _ in range(5)]
    found: list[str] = []
    page = await listed(world, limit="2")
    while page["events"]:
        found += [event["data"]["payment"]["id"] for event in page["events"]]
        assert page["more"] is (len(found) < 5)
        page = await listed(world, limit="2", after=page["cursor"])
    assert found == orders
    later = await cancelled_payment(world)
    [event] = (await listed(world, after=page["cursor"]))["events"]
    assert event["data"]["payment"]["id"] == later


async def test_nothing_is_ever_written_before_a_cursor(world: World, database: str) -> None:
    """A transaction that began first and commits last is listed after those before it only."""
    slow = await asyncpg.connect(database)
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute(
        "INSERT INTO outbox_message (id, merchant_id, payment_id, sequence, type, body, run_at, "
        "created_at, transaction_id) VALUES ('msg_slow', $1, 'pay_slow', 1, 'payment.paid', $2, "
        "now(), now(), pg_current_xact_id()::text::bigint)",
        world.keys.merchant_id,
        '{"data": {"payment": {"id": "pay_slow"}}}',
    )
    fast = await cancelled_payment(world)
    while_open = await listed_now(world)
    assert while_open == {"events": [], "cursor": None, "more": False}
    await transaction.commit()
    await slow.close()
    events = (await listed(world))["events"]
    assert [event["data"]["payment"]["id"] for event in events] == ["pay_slow", fast]


async def test_a_shop_reads_no_other_shops_messages(world: World) -> None:
    await cancelled_payment(world)
    await world.sql(
        "INSERT INTO merchant (id, name, created_at) VALUES ('mer_x', 'X', now()) RETURNING id"
    )
    await world.sql("UPDATE outbox_message SET merchant_id = 'mer_x' RETURNING id")
    assert (await listed(world))["events"] == []
    answer = await world.post("/v1/events/redeliver", ALWAYS)
    assert answer.json() == {"messages": 0, "more": False}


@pytest.mark.parametrize("state", ["dead", "undeliverable"])
async def test_undelivered_messages_are_listed_and_sent_again(world: World, state: str) -> None:
    payment_id = await cancelled_payment(world)
    await fail_deliveries(world, state)
    assert (await listed(world, state="dead" if state != "dead" else "undeliverable"))[
        "events"
    ] == []
    [event] = (await listed(world, state=state))["events"]
    assert event["data"]["payment"]["id"] == payment_id
    answer = await world.post("/v1/events/redeliver", ALWAYS)
    assert (answer.status_code, answer.json()) == (202, {"messages": 1, "more": False})
    await world.run_worker()
    [event] = (await listed(world))["events"]
    assert (event["state"], event["deliveries"]) == ("delivered", 1)


async def test_only_what_was_created_within_the_times_is_sent_again(world: World) -> None:
    await cancelled_payment(world)
    await fail_deliveries(world, "dead")
    now = world.clock.now()
    earlier = {
        "created_after": (now - timedelta(days=2)).isoformat(),
        "created_before": (now - timedelta(days=1)).isoformat(),
    }
    assert (await world.post("/v1/events/redeliver", earlier)).json()["messages"] == 0


async def test_a_message_without_an_address_is_undeliverable_and_not_called_delivered(
    world: World,
) -> None:
    await world.sql("UPDATE merchant SET notify_url = NULL RETURNING id")
    await cancelled_payment(world)
    await world.run_worker()
    [event] = (await listed(world, state="undeliverable"))["events"]
    assert (event["deliveries"], event["delivered_at"]) == (1, None)


async def test_one_message_without_an_address_does_not_hold_up_the_next(world: World) -> None:
    await world.sql("UPDATE merchant SET notify_url = NULL RETURNING id")
    payment = await world.open_payment()
    await world.start_attempt(payment["id"], method="upi_qr")
    await world.run_worker()
    await world.sql(
        "UPDATE merchant SET notify_url = $1 RETURNING id",
        str(world.mock.base_url.join("/shop/notifications")),
    )
    await world.post(f"/v1/payments/{payment['id']}/cancel")
    await world.run_worker()
    sent = await world.notifications(payment["order_id"])
    assert [one["type"] for one in sent] == ["payment.cancelled"]


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        *("x", "MSAy", "%00", "MSBwYXkgLTE", "MSBwYXkgMTk5OTk5OTk5OTk5OTk5OTk5OTk5", "é"),
        cursor("1 pay_1 99999999999"),
        cursor("0001-01-01T00:00:00+14:00 pay_1 "),
        cursor("9999-12-31T23:59:59-14:00 pay_1 "),
    ],
)
async def test_a_wrong_cursor_is_refused_by_name(world: World, cursor: str) -> None:
    for path in ("/v1/events", "/v1/payments"):
        answer = await world.api.get(path, params={"after": cursor}, headers=world.headers())
        body = problem(answer)
        assert body["errors"][0]["pointer"] == "/after"


async def test_times_in_the_wrong_order_are_refused_by_name(world: World) -> None:
    given = {"created_after": ALWAYS["created_before"], "created_before": ALWAYS["created_after"]}
    body = problem(await world.post("/v1/events/redeliver", given))
    assert body["errors"][0]["pointer"] == "/created_before"


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 1795705570, "1795705570"]
)
async def test_a_time_that_is_none_is_refused_by_name(world: World, moment: object) -> None:
    given = {**ALWAYS, "created_before": moment}
    body = problem(await world.post("/v1/events/redeliver", given))
    assert body["errors"][0]["pointer"] == "/created_before"
    query = {"created_after": str(moment)}
    answer = await world.api.get("/v1/payments", params=query, headers=world.headers())
    assert problem(answer)["errors"] == [
        {
            "pointer": "/created_after",
            "message": "must be a time with its offset, such as 2026-11-26T00:00:00Z",
        }
    ]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
async def test_the_first_and_the_last_time_are_times(world: World, moment: str) -> None:
    for name in ("created_after", "created_before"):
        await listed_payments(world, **{name: moment})


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"order_id": "PO1", "status": "paid"}, "/status"),
        ({"order_id": "PO1", "created_after": ALWAYS["created_after"]}, "/created_after"),
        ({"order_id": "PO1", "after": cursor("2026-01-01T00:00:00+00:00 pay_1 ")}, "/after"),
        (
            {
                "created_after": ALWAYS["created_before"],
                "created_before": ALWAYS["created_after"],
            },
            "/created_before",
        ),
    ],
)
async def test_filters_that_exclude_each_other_are_refused_by_name(
    world: World, query: dict[str, str], pointer: str
) -> None:
    answer = await world.api.get("/v1/payments", params=query, headers=world.headers())
    assert problem(answer)["errors"][0]["pointer"] == pointer


async def test_a_state_that_cannot_be_chosen_is_refused_with_those_that_can(world: World) -> None:
    query = {"state": "delivered"}
    answer = await world.api.get("/v1/events", params=query, headers=world.headers())
    [error] = problem(answer)["errors"]
    assert error["message"] == "Input should be 'dead' or 'undeliverable'"


async def listed_payments(world: World, **query: str) -> dict[str, Any]:
    answer = await world.api.get("/v1/payments", params=query, headers=world.headers())
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_payments_are_listed_by_time_a_page_at_a_time(world: World) -> None:
    opened = []
    for _ in range(5):
        opened.append((await world.open_payment())["id"])
        world.clock.advance(seconds=1)
    found: list[str] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        page = await listed_payments(world, **query)
        found += [payment["id"] for payment in page["payments"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert found == opened


async def test_payments_of_one_moment_are_on_one_page_or_the_next(world: World) -> None:
    opened = [(await world.open_payment())["id"] for _ in range(5)]
    await world.sql("UPDATE payment SET created_at = now(), revision = revision + 1 RETURNING id")
    for query in ({"limit": "2"}, {"limit": "2", "status": "open"}):
        found, page = [], await listed_payments(world, **query)
        found += page["payments"]
        while page["next"]:
            page = await listed_payments(world, **query, after=page["next"])
            found += page["payments"]
        assert [payment["id"] for payment in found] == sorted(opened)


async def test_an_older_message_is_sent_again_after_later_ones_as_it_was(world: World) -> None:
    """The order service can tell by its sequence, and ignore it."""
    paid = await world.paid_payment()
    await world.run_worker()
    await world.sql(
        "UPDATE outbox_message SET state = 'dead', delivered_at = NULL "
        "WHERE sequence = 1 RETURNING id"
    )
    await world.post("/v1/events/redeliver", ALWAYS)
    await world.run_worker()
    sent = await world.notifications(paid["order_id"])
    assert [one["sequence"] for one in sent] == [1, 2, 1]
    assert [one["data"]["payment"]["status"] for one in sent] == ["pending", "paid", "pending"]


async def test_payments_are_listed_by_status_within_times(world: World) -> None:
    cancelled = [await cancelled_payment(world) for _ in range(3)]
    await world.open_payment()
    page = await listed_payments(world, status="cancelled", limit="2")
    assert [payment["id"] for payment in page["payments"]] == cancelled[:2]
    page = await listed_payments(world, status="cancelled", limit="2", after=page["next"])
    assert [payment["id"] for payment in page["payments"]] == cancelled[2:]
    assert page["next"] is None
    past = (world.clock.now() - timedelta(days=1)).isoformat()
    assert (await listed_payments(world, created_before=past))["payments"] == []
    assert len((await listed_payments(world, created_after=past))["payments"]) == 4


async def test_a_page_of_a_rare_status_reads_a_bounded_number_of_payments(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payment_engine.db.payment_pages.MOST_READ", 2)
    for _ in range(2):
        await world.open_payment()
    rare = await cancelled_payment(world)
    page = await listed_payments(world, status="cancelled")
    assert page["payments"] == []
    page = await listed_payments(world, status="cancelled", after=page["next"])
    assert [payment["id"] for payment in page["payments"]] == [rare]
