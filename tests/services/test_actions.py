"""Actions of on-call staff: polls, replays and retries, whose outcomes are applied."""

import asyncio
import json
from typing import Any

from payment_engine.domain.gateway import Unknown
from payment_engine.services.documents import format_time
from payment_engine.services.webhooks import inbox
from tests.gauges import scraped
from tests.second_gateway import add_gateway
from tests.webhooks import WEBHOOK_AUTH, basic, deliver_webhook, handle_stored_webhooks
from tests.world import JUSPAY, World

REASON = {"reason": "a customer called"}


async def act(world: World, path: str, verb: str = "POST", **body: Any) -> dict[str, Any]:
    """Perform one action; its outcome."""
    answer = await world.api.request(
        verb,
        f"/v1/admin/{path}",
        json={**REASON, **body},
        headers={"authorization": f"Bearer {world.keys.admin_key}"},
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["outcome"])


async def paid_without_webhook(world: World) -> tuple[str, str]:
    """A payment whose customer paid, without a webhook."""
    await world.script_mock("drop_webhook", times=10)
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.customer_decides(attempt)
    return payment["id"], attempt["id"]


async def checkable_without_webhook(world: World) -> tuple[str, str]:
    """The same, old enough to be checked."""
    found = await paid_without_webhook(world)
    world.clock.advance(seconds=91)
    return found


def webhook_body(attempt_id: str, **order: Any) -> bytes:
    content = {
        "order_id": attempt_id.removeprefix("att_"),
        "merchant_id": JUSPAY["merchant_id"],
        "status": "CHARGED",
        "amount": 1164,
        "currency": "INR",
        **order,
    }
    event = {"id": "evt_1", "event_name": "ORDER_SUCCEEDED", "content": {"order": content}}
    return json.dumps(event).encode()


async def test_a_sync_finds_money_that_no_webhook_reported(world: World) -> None:
    payment_id, attempt_id = await checkable_without_webhook(world)
    outcome = await act(world, f"attempts/{attempt_id}/sync")
    assert (outcome["before"], outcome["after"], outcome["answered"]) == (
        "pending",
        "captured",
        True,
    )
    assert (await world.read_payment(payment_id))["status"] == "paid"
    moved = await world.sql("SELECT source FROM payment_event WHERE type = 'attempt.captured'")
    assert moved == [{"source": "admin"}]


async def test_a_sync_finds_the_late_success_of_a_failed_attempt(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.customer_decides(attempt, "decline")
    await world.wait_for_status(payment["id"], "open")
    await world.script_mock("drop_webhook", times=10)
    await world.customer_decides(attempt)
    outcome = await act(world, f"attempts/{attempt['id']}/sync")
    assert (outcome["before"], outcome["after"]) == ("failed", "captured")
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


async def test_an_unanswered_sync_changes_nothing(world: World) -> None:
    payment_id, attempt_id = await checkable_without_webhook(world)
    await world.script_mock(
        "http_status", {"path": "*/orders/*"}, times=5, status=500, when="before"
    )
    outcome = await act(world, f"attempts/{attempt_id}/sync")
    assert (outcome["called"], outcome["answered"]) == (True, False)
    assert outcome["after"] == "pending"
    assert (await world.read_payment(payment_id))["status"] == "pending"


async def test_a_batch_continues_where_the_last_one_ended(world: World) -> None:
    found = [await checkable_without_webhook(world) for _ in range(3)]
    first = await act(world, "attempts/sync", limit=2)
    assert (first["asked"], first["moved"], first["stopped"]) == (2, 2, False)
    rest = await act(world, "attempts/sync", limit=2, after=first["next"])
    assert (rest["asked"], rest["next"]) == (1, None)
    assert {(await world.read_payment(payment_id))["status"] for payment_id, _ in found} == {"paid"}


async def test_a_batch_stops_when_half_of_it_gets_no_answer(world: World) -> None:
    for _ in range(6):
        await checkable_without_webhook(world)
    await world.script_mock(
        "http_status", {"path": "*/orders/*"}, times=50, status=500, when="before"
    )
    outcome = await act(world, "attempts/sync")
    assert (outcome["asked"], outcome["unanswered"], outcome["stopped"]) == (4, 4, True)


async def test_stuck_attempts_are_listed_oldest_first_page_by_page(world: World) -> None:
    ids = [(await paid_without_webhook(world))[1] for _ in range(3)]
    path = "/v1/admin/attempts?state=pending&gateway=juspay&method=upi_intent&limit=2"
    first = (await world.get(path, world.keys.admin_key)).json()
    rest = (await world.get(f"{path}&after={first['next']}", world.keys.admin_key)).json()
    assert [one["id"] for one in [*first["items"], *rest["items"]]] == ids
    assert rest["next"] is None
    none = await world.get(f"{path}&older_than=3600", world.keys.admin_key)
    assert none.json()["items"] == []


async def listed_refunds(world: World, query: str) -> dict[str, Any]:
    answer = await world.get(f"/v1/admin/refunds?{query}", world.keys.admin_key)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_refunds_that_are_not_decided_are_listed_oldest_first_page_by_page(
    world: World,
) -> None:
    await world.script_mock("refund_hold", times=3)
    paid = await world.paid_payment()
    ids = []
    for _ in range(3):
        body = {"amount": 100, "reason": "test"}
        made = await world.post(f"/v1/payments/{paid['id']}/refunds", body)
        ids.append(made.json()["refund"]["id"])
        world.clock.advance(seconds=1)
    query = "state=pending&gateway=juspay&method=upi_intent&limit=2"
    first = await listed_refunds(world, query)
    rest = await listed_refunds(world, f"{query}&after={first['next']}")
    assert [one["id"] for one in [*first["items"], *rest["items"]]] == ids
    assert rest["next"] is None
    one = rest["items"][0]
    assert (one["payment_id"], one["order_id"]) == (paid["id"], paid["order_id"])
    assert (one["source"], one["reference"]) == ("merchant", ids[2].removeprefix("rfd_"))
    assert (await listed_refunds(world, "older_than=3600"))["items"] == []
    assert (await listed_refunds(world, "gateway=paytm"))["items"] == []
    await world.mock.post(f"/control/refunds/{ids[0].removeprefix('rfd_')}/succeed")
    async with asyncio.timeout(10):
        while len((await listed_refunds(world, ""))["items"]) == 3:
            await asyncio.sleep(0.05)
    assert [each["id"] for each in (await listed_refunds(world, ""))["items"]] == ids[1:]


async def test_a_refund_in_review_is_listed_until_the_review_ends(world: World) -> None:
    await world.script_mock("refund_hold")
    paid = await world.paid_payment()
    body = {"amount": 100, "reason": "test"}
    made = await world.post(f"/v1/payments/{paid['id']}/refunds", body)
    ref = made.json()["refund"]["id"].removeprefix("rfd_")
    odd = {"unique_request_id": ref, "status": "SUCCESS", "amount": 2}
    await deliver_webhook(world, paid["attempts"][0], refunds=[odd])
    [one] = (await listed_refunds(world, "state=review"))["items"]
    assert (one["status"], one["review"]) == ("pending", "amount differs")
    await deliver_webhook(world, paid["attempts"][0], refunds=[{**odd, "amount": 1}])
    assert (await listed_refunds(world, "state=review"))["items"] == []


async def test_attempts_without_a_final_status_after_t_plus_5_are_listed_and_counted(
    world: World,
) -> None:
    _, attempt_id = await paid_without_webhook(world)
    path = "/v1/admin/attempts?state=overdue"
    counted = []
    for days in (4, 2):
        world.clock.advance(days=days)
        listed = (await world.get(path, world.keys.admin_key)).json()["items"]
        overdue = (await scraped(world))["overdue_attempts"][()]
        counted.append(([one["id"] for one in listed], overdue))
    assert counted == [([], 0), ([attempt_id], 1)]
    assert listed[0]["confirm_by"] < format_time(world.clock.now())


async def test_a_stored_webhook_is_applied_again_on_request(world: World) -> None:
    payment_id, attempt_id = await paid_without_webhook(world)
    headers = {"authorization": basic(*WEBHOOK_AUTH)}
    body = webhook_body(attempt_id)
    read = world.engine.gateways["juspay"].read_webhook(headers, body)
    receipt = inbox.new_receipt(world.engine, "juspay", read, inbox.packed(headers, body))
    assert await inbox.store_webhook(world.engine, receipt)
    await world.sql("DELETE FROM job WHERE kind = 'handle_notice' RETURNING id")
    outcome = await act(world, f"notices/{receipt.id}/replay")
    assert (outcome["verified"], outcome["attempt_id"]) == (True, attempt_id)
    await world.run_worker(rounds=1)
    assert (await world.read_payment(payment_id))["status"] == "paid"


async def test_a_dead_message_is_delivered_again_under_its_id(world: World) -> None:
    await world.mock.post("/control/shop", json={"answer": 500, "times": 1})
    payment = await world.open_payment()
    await world.post(f"/v1/payments/{payment['id']}/cancel")
    await world.run_worker(rounds=1)
    await world.sql("UPDATE outbox_message SET state = 'dead' RETURNING id")
    rows = await world.sql("SELECT id FROM outbox_message")
    assert (await act(world, f"deliveries/{rows[0]['id']}/replay"))["state"] == "dead"
    await world.run_worker(rounds=1)
    notifications = await world.notifications(payment["order_id"])
    assert [one["type"] for one in notifications] == ["payment.cancelled"]


async def test_a_refund_that_never_arrived_is_sent_again_by_its_reference(world: World) -> None:
    paid = await world.paid_payment()
    await world.script_mock("http_status", {"path": "*/refunds"}, status=500, when="before")
    made = await world.post(
        f"/v1/payments/{paid['id']}/refunds", {"amount": 16400, "reason": "test"}
    )
    refund = made.json()["refund"]
    assert refund["status"] == "pending"
    for _ in range(2):
        await act(world, f"refunds/{refund['id']}/retry")
    await world.wait_for_refunded(paid["id"], 16400)
    assert sum(row["refunded"] for row in (await world.ledger()).values()) == 16400


async def test_a_gateway_switched_off_gets_no_charge_until_it_is_switched_on(world: World) -> None:
    other = add_gateway(world, "other")
    await act(world, "routes/juspay/upi_intent", "PUT", enabled=False)
    for _ in range(3):
        payment = await world.open_payment()
        assert (await world.start_attempt(payment["id"]))["gateway"] == "other"
    await act(world, "routes/juspay/upi_intent", "PUT", enabled=True, weight=7)
    await act(world, "routes/other/upi_intent", "PUT", enabled=False)
    payment = await world.open_payment()
    assert (await world.start_attempt(payment["id"]))["gateway"] == "juspay"
    assert len(other.charged) == 3
    response = await world.get("/v1/admin/routes/juspay/upi_intent", world.keys.admin_key)
    assert (response.json()["weight"], response.json()["reason"]) == (7, REASON["reason"])


async def test_every_route_is_listed_with_its_weight_health_and_breaker(world: World) -> None:
    add_gateway(world, "other", Unknown("no answer"))
    listed = (await world.get("/v1/admin/routes", world.keys.admin_key)).json()["routes"]
    routes = {(one["gateway"], one["method"]): one for one in listed}
    assert len(routes) == len(listed) == 12
    route = routes["juspay", "card"]
    assert (route["enabled"], route["weight"], route["health"], route["breaker"]) == (
        True,
        100,
        "up",
        "closed",
    )


async def test_a_payment_is_found_by_phone_upi_id_amount_and_time(world: World) -> None:
    payment = await world.open_payment()
    await world.start_attempt(
        payment["id"], method="upi_collect", vpa="asha@ybl", client={"platform": "ios"}
    )
    hour = "since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z"
    for query in ("q=%2B91 98765 43210", "q=ASHA@ybl", f"amount=116400&{hour}"):
        found = await world.get(f"/v1/admin/search?{query}", world.keys.admin_key)
        assert [one["id"] for one in found.json()["payments"]] == [payment["id"]], query
    for query in ("q=9876543211", "q=other@ybl", f"amount=116401&{hour}"):
        found = await world.get(f"/v1/admin/search?{query}", world.keys.admin_key)
        assert found.json()["payments"] == [], query


async def test_quarantined_webhooks_are_processed_once_the_key_is_right(world: World) -> None:
    payment_id, attempt_id = await paid_without_webhook(world)
    signed_by_another = ("juspay-hook", "the-new-password")
    answer = await world.api.post(
        "/v1/juspay/webhook", content=webhook_body(attempt_id), auth=signed_by_another
    )
    assert answer.status_code == 401
    assert (await act(world, "quarantine/reverify"))["verified"] == 0
    config = world.engine.gateways["juspay"].config
    world.engine.gateways["juspay"].config = type(config).model_validate(
        {**JUSPAY, "base_url": config.base_url, "webhook_password": signed_by_another[1]}
    )
    assert (await act(world, "quarantine/reverify", dry_run=True))["would_verify"] == 1
    assert (await world.read_payment(payment_id))["status"] == "pending"
    assert (await act(world, "quarantine/reverify"))["verified"] == 1
    await handle_stored_webhooks(world)
    await world.run_worker(rounds=1)
    assert (await world.read_payment(payment_id))["status"] == "paid"
    assert (await act(world, "quarantine/reverify"))["checked"] == 0


async def test_a_route_set_for_a_time_is_then_as_it_was_before(world: World) -> None:
    await act(world, "routes/juspay/card", "PUT", weight=40)
    set_now = await act(world, "routes/juspay/card", "PUT", enabled=False, expires_in=600)
    assert set_now["expires_at"] > format_time(world.clock.now())
    again = await act(world, "routes/juspay/card", "PUT", weight=10, expires_in=900)
    assert (again["before"], again["after"]) == (
        {"enabled": False, "weight": 40},
        {"enabled": False, "weight": 10},
    )
    await world.sql("UPDATE route SET expires_at = now() - interval '1 s' RETURNING id")
    route = (await world.get("/v1/admin/routes/juspay/card", world.keys.admin_key)).json()
    assert (route["enabled"], route["weight"]) == (True, 40)
    assert (await scraped(world))["route_weight"]["juspay", "card"] == 40


async def test_a_bank_that_people_declare_down_is_shown_so_until_it_is_up_again(
    world: World,
) -> None:
    payment = await world.open_payment()

    async def health() -> str:
        answer = await world.get(f"/v1/payments/{payment['id']}/methods")
        items = [one for group in answer.json()["groups"] for one in group["items"]]
        return str(next(one["health"] for one in items if one.get("bank") == "HDFC"))

    assert await health() == "up"
    done = await act(world, "providers/netbanking/HDFC", "PUT", down=True)
    assert done == {"before": {"down": False}, "after": {"down": True}, "changed": True}
    assert await health() == "down"
    again = await act(world, "providers/netbanking/HDFC", "PUT", down=True)
    assert again["changed"] is False
    await act(world, "providers/netbanking/HDFC", "PUT", down=False)
    assert await health() == "up"
    for path in ("netbanking/NOBANK", "barter/HDFC"):
        answer = await world.api.put(
            f"/v1/admin/providers/{path}",
            json={**REASON, "down": True},
            headers=world.headers(world.keys.admin_key),
        )
        assert answer.status_code == 404
