"""A gateway that hangs, resets, garbles or fails, before and after it has the order."""

import asyncio
from pathlib import Path

import pytest

from payment_engine.domain.events import Source
from payment_engine.domain.gateway import ChargeState
from payment_engine.domain.states import AttemptStatus
from payment_engine.gateways.http import Wire
from payment_engine.metrics import unknown_codes
from payment_engine.services.lifecycle.outcomes import apply_charge_outcome
from payment_engine.services.lifecycle.read import load_attempt
from tests.world import World, running_world

FAULTS = {
    "a 500 before": {"kind": "http_status", "status": 500, "when": "before"},
    "a 500 after": {"kind": "http_status", "status": 500, "when": "after"},
    "a reset after": {"kind": "reset", "when": "after"},
    "garbage": {"kind": "garbage"},
    "half an answer": {"kind": "truncate"},
}
"""How one call may fail once bytes were sent."""

ASK = {"method": "upi_intent", "client": {"platform": "android"}}


async def script(world: World, fault: dict[str, object], path: str, times: int = 1) -> None:
    """Make calls of this path fail this way."""
    body = {"match": {"path": path, "method": "POST"}, "times": times, "behaviour": fault}
    answer = await world.mock.post("/control/scripts", json=body)
    assert answer.status_code == 201, answer.text


async def charged(world: World) -> int:
    """What the gateways really charged, less what they refunded."""
    return sum(row["charged"] - row["refunded"] for row in (await world.ledger()).values())


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_unknown_outcome_of_a_charge_is_pending_and_resolved_by_polling(
    world: World, fault: str
) -> None:
    await script(world, FAULTS[fault], "*/txns")
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    assert (attempt["status"], attempt["decline"]) == ("pending", None)
    orders = (await world.mock.get("/control/orders")).json()["orders"]
    assert len(orders) == (0 if fault == "a 500 before" else 1)

    if fault == "a 500 before":
        await world.run_worker(seconds=700)
        current = await world.read_payment(payment["id"])
        assert current["attempts"][0]["decline"]["code"] == "never_started"
        assert await charged(world) == 0
    else:
        await world.customer_decides(attempt)
        await world.run_worker(seconds=91)
        assert (await world.read_payment(payment["id"]))["status"] == "paid"
        assert await charged(world) == 116400


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_unknown_outcome_of_an_order_never_creates_another_order(
    world: World, fault: str
) -> None:
    await script(world, FAULTS[fault], "*/orders")
    payment = await world.open_payment(capture="manual")
    attempt = await world.start_attempt(payment["id"])
    assert attempt["status"] == "pending"
    await world.run_worker(seconds=700)
    current = await world.read_payment(payment["id"])
    assert [a["status"] for a in current["attempts"]] == ["failed"]
    assert await charged(world) == 0
    again = await world.open_payment()
    await world.customer_decides(await world.start_attempt(again["id"]))
    await world.wait_for_status(again["id"], "paid")


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_unknown_outcome_of_a_refund_returns_the_money_once(
    world: World, fault: str
) -> None:
    paid = await world.paid_payment()
    await script(world, FAULTS[fault], "*/refunds")
    answer = await world.post(
        f"/v1/payments/{paid['id']}/refunds", {"amount": 16400, "reason": "test"}
    )
    assert (answer.status_code, answer.json()["refund"]["status"]) == (201, "pending")
    await world.wait_for_refunded(paid["id"], 16400, seconds=95)
    assert await charged(world) == 100000


async def test_a_gateway_that_hangs_leaves_the_attempt_pending(
    database: str, tmp_path: Path
) -> None:
    async with running_world(database, tmp_path) as world:
        _hurry(world.engine.gateways["juspay"].wire, 0.5)
        await script(world, {"kind": "hang", "seconds": 30, "when": "after"}, "*/txns")
        payment = await world.open_payment()
        attempt = await world.start_attempt(payment["id"])
        assert attempt["status"] == "pending"
        await world.customer_decides(attempt)
        await world.wait_for_status(payment["id"], "paid")
        assert await charged(world) == 116400


async def test_what_was_never_sent_is_a_failed_attempt_that_may_be_tried_again(
    database: str, tmp_path: Path
) -> None:
    nowhere = {"juspay": {"base_url": "http://127.0.0.1:9/juspay", **_credentials()}}
    async with running_world(database, tmp_path, gateways=nowhere) as world:
        payment = await world.open_payment()
        attempt = await world.start_attempt(payment["id"])
        assert attempt["decline"]["code"] == "gateway_unreachable"
        assert attempt["decline"]["retry"] == "same"
        current = await world.read_payment(payment["id"])
        assert current["allowed_actions"] == ["attempt", "cancel"]


async def test_a_refused_charge_never_shows_the_gateways_text(
    database: str, tmp_path: Path
) -> None:
    async with running_world(database, tmp_path, mock={"juspay": {"api_key": "another"}}) as world:
        payment = await world.open_payment()
        attempt = await world.start_attempt(payment["id"])
        assert attempt["decline"]["code"] == "gateway_rejected"
        assert "access_denied" not in str(attempt)


async def test_an_unknown_status_is_pending_and_counted(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    ref = attempt["id"].removeprefix("att_")
    await world.mock.post(f"/control/orders/{ref}/status", json={"status": "TELEPORTED"})
    await world.run_worker(seconds=91)
    current = await world.read_payment(payment["id"])
    metrics = (await world.api.get("/metrics")).text
    assert current["status"] == "pending"
    assert 'payment_engine_unknown_statuses_total{gateway="juspay"}' in metrics


async def test_a_decline_for_a_code_that_no_table_knows_is_counted_once(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    state = ChargeState(
        ref=attempt["id"].removeprefix("att_"),
        status=AttemptStatus.FAILED,
        gateway_status="AUTHORIZATION_FAILED",
        decline_code="declined_by_issuer",
        gateway_code="Q7",
        explained=False,
    )
    counted = unknown_codes.labels("juspay")._value.get()
    for _ in range(2):
        known = await load_attempt(world.engine, attempt["id"])
        await apply_charge_outcome(world.engine, known, attempt["id"], state, Source.CHECK)
    current = await world.read_payment(payment["id"])
    assert current["attempts"][0]["decline"]["code"] == "declined_by_issuer"
    assert unknown_codes.labels("juspay")._value.get() == counted + 1


async def test_a_customer_who_leaves_does_not_cut_a_charge_in_half(world: World) -> None:
    await script(world, {"kind": "hang", "seconds": 0.5, "when": "after"}, "*/txns")
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}/attempts"
    leaving = asyncio.create_task(world.post(path, ASK, key="left"))
    await asyncio.sleep(0.25)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    await asyncio.sleep(1)
    again = await world.post(path, ASK, key="left")
    assert (again.status_code, again.json()["attempt"]["status"]) == (201, "pending")
    assert again.json()["attempt"]["next_action"]["uri"]


async def test_an_attempt_whose_process_died_before_the_call_ends_as_never_started(
    world: World,
) -> None:
    payment = await world.open_payment()
    await world.sql(
        "INSERT INTO attempt (id, payment_id, number, ref, gateway, method, status, amount, "
        "currency, created_at, expires_at) VALUES ('att_00000000000000000001', $1, 1, "
        "'00000000000000000001', 'juspay', 'upi_qr', 'created', 116400, 'INR', now(), now()) "
        "RETURNING id",
        payment["id"],
    )
    await world.sql(
        "INSERT INTO job (kind, subject, run_at, created_at) "
        "VALUES ('check_charge', 'att_00000000000000000001', now(), now()) RETURNING id"
    )
    await world.run_worker(seconds=601)
    current = await world.read_payment(payment["id"])
    assert current["attempts"][0]["decline"]["code"] == "never_started"


async def test_a_refund_whose_process_died_before_it_called_is_sent(world: World) -> None:
    paid = await world.paid_payment()
    attempt_id = paid["attempts"][0]["id"]
    await world.sql(
        "INSERT INTO refund (id, payment_id, attempt_id, ref, amount, status, reason, lines, "
        "created_at) VALUES ('rfd_00000000000000000001', $1, $2, '00000000000000000001', 100, "
        "'created', 'test', '[]', now()) RETURNING id",
        paid["id"],
        attempt_id,
    )
    await world.sql(
        "INSERT INTO job (kind, subject, run_at, created_at) "
        "VALUES ('refund', 'rfd_00000000000000000001', now(), now()) RETURNING id"
    )
    await world.wait_for_refunded(paid["id"], 100, seconds=95)
    assert await charged(world) == 116300


async def test_the_order_service_being_away_delays_messages_and_keeps_their_order(
    world: World,
) -> None:
    await world.mock.post("/control/shop", json={"answer": 500, "times": 3})
    paid = await world.paid_payment()
    await world.run_worker(rounds=1)
    assert await world.notifications(paid["order_id"]) == []
    for seconds in (6, 31, 121):
        await world.run_worker(seconds=seconds)
    kinds = [one["type"] for one in await world.notifications(paid["order_id"])]
    assert kinds[:2] == ["payment.pending", "payment.paid"]
    assert len(kinds) == len(set(kinds))


async def test_a_message_that_fails_for_three_days_is_dead(world: World) -> None:
    await world.mock.post("/control/shop", json={"answer": 500, "times": 1000})
    payment = await world.open_payment()
    await world.post(f"/v1/payments/{payment['id']}/cancel")
    await world.run_worker(rounds=1)
    await world.run_worker(rounds=1, hours=73)
    rows = await world.sql("SELECT state, last_error FROM outbox_message")
    assert rows == [{"state": "dead", "last_error": "server_error"}]


async def test_a_job_that_keeps_failing_is_suspended(world: World) -> None:
    await world.sql(
        "INSERT INTO job (kind, subject, run_at, created_at) "
        "VALUES ('check_charge', 'att_missing', now(), now()) RETURNING id"
    )
    for _ in range(21):
        await world.run_worker(rounds=1, seconds=601)
    rows = await world.sql("SELECT held_at, last_error FROM job")
    assert rows[0]["held_at"]
    assert rows[0]["last_error"] == "NotFound"


async def test_a_forged_webhook_changes_nothing(world: World) -> None:
    await world.script_mock("drop_webhook", times=10)
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    body = {
        "id": "evt_V2_1",
        "event_name": "ORDER_SUCCEEDED",
        "content": {"order": {"order_id": attempt["id"][4:], "status": "CHARGED"}},
    }
    for auth in (None, ("juspay-hook", "wrong")):
        answer = await world.api.post("/v1/juspay/webhook", json=body, auth=auth)
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert (await world.read_payment(payment["id"]))["status"] == "pending"
    assert await world.sql("SELECT id FROM inbox_notice") == []


async def test_a_webhook_is_stored_encrypted(world: World) -> None:
    await world.paid_payment()
    rows = await world.sql("SELECT encode(sealed, 'escape') AS sealed FROM inbox_notice")
    assert rows
    assert not any("CHARGED" in row["sealed"] or "customer" in row["sealed"] for row in rows)


def _hurry(wire: Wire, seconds: float) -> None:
    wire._total_timeout = seconds


def _credentials() -> dict[str, str]:
    from tests.world import JUSPAY

    return JUSPAY
