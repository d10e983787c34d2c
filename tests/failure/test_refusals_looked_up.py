"""A refusal that does not prove that nothing was done is looked up before it is believed."""

import asyncio
from typing import Any

import pytest

from payment_engine.domain.gateway import Charge, ChargeState, Refused
from tests.failure.test_uncertain_refunds import net_charged, request_refund
from tests.second_gateway import NOWHERE, ScriptedGateway, add_gateway
from tests.services.test_failover import prefer
from tests.webhooks import deliver_webhook
from tests.world import World

STATUSES = [400, 409, 429]


async def refuse(world: World, path: str, status: int, when: str) -> None:
    """Have Juspay answer the next such call with an error, before or after it took effect."""
    await world.script_mock("http_status", {"path": path}, status=status, when=when)


@pytest.mark.parametrize("status", STATUSES)
async def test_a_charge_that_began_before_its_refusal_stays_where_it_is(
    world: World, status: int
) -> None:
    await world.script_mock("drop_webhook", times=100)
    add_gateway(world, "second")
    await prefer(world, "juspay")
    await refuse(world, "*/txns", status, "after")
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    assert (attempt["gateway"], attempt["status"]) == ("juspay", "pending")
    assert await world.sql("SELECT checks FROM attempt") == [{"checks": 1}]
    await world.customer_decides(attempt)
    await world.run_worker(seconds=91)
    current = await world.read_payment(payment["id"])
    assert (current["status"], len(current["attempts"])) == ("paid", 1)
    assert await net_charged(world) == 116400


@pytest.mark.parametrize("status", STATUSES)
async def test_a_charge_of_which_a_look_shows_nothing_moves_on(world: World, status: int) -> None:
    add_gateway(world, "second")
    await prefer(world, "juspay")
    await refuse(world, "*/txns", status, "before")
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    current = await world.read_payment(payment["id"])
    assert [(each["gateway"], each["status"]) for each in current["attempts"]] == [
        ("juspay", "failed"),
        ("second", "pending"),
    ]
    await world.customer_decides(attempt)
    await world.run_worker(seconds=91)
    assert (await world.read_payment(payment["id"]))["status"] == "paid"
    assert await net_charged(world) == 116400


async def test_a_documented_refusal_is_looked_up_before_the_charge_moves_on(world: World) -> None:
    add_gateway(world, "first", Refused("not_today"))
    await prefer(world, "first")
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    assert attempt["gateway"] == "juspay"
    rows = await world.mock.get("/control/requests")
    looks = [each for each in rows.json()["requests"] if each["method"] == "GET"]
    assert len(looks) == 1


class RefusedAfterAll(ScriptedGateway):
    """Behind a proxy that sends a charge again, whose repetition is refused."""

    async def charge(self, charge: Charge) -> ChargeState:
        await super().charge(charge)
        raise Refused("GATEWAY_NOT_FOUND")


async def test_a_documented_refusal_that_no_look_confirms_moves_no_charge(world: World) -> None:
    await world.script_mock("drop_webhook", times=100)
    add_gateway(world, "proxied", kind=RefusedAfterAll)
    await prefer(world, "proxied")
    lookups = {"path": "*/orders/*", "method": "GET"}
    await world.script_mock("http_status", lookups, status=500, times=2)
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    assert (attempt["gateway"], attempt["status"]) == ("proxied", "failed")
    assert attempt["decline"]["code"] == "gateway_rejected"
    await world.customer_decides(attempt)
    await world.run_worker(seconds=91)
    assert (await world.read_payment(payment["id"]))["status"] == "open"
    await world.run_worker(seconds=35)
    current = await world.read_payment(payment["id"])
    assert (current["status"], len(current["attempts"])) == ("paid", 1)
    assert await net_charged(world) == 116400


@pytest.mark.parametrize(
    ("refused", "gateways"),
    [
        (Refused("access_denied", certain=True), ["first", "juspay"]),
        (Refused("GATEWAY_NOT_FOUND"), ["first"]),
    ],
    ids=str,
)
async def test_without_a_look_only_a_certain_refusal_moves_a_charge(
    world: World, refused: Refused, gateways: list[str]
) -> None:
    add_gateway(world, "first", refused, base_url=NOWHERE)
    await prefer(world, "first")
    payment = await world.open_payment()
    await world.start_attempt(payment["id"])
    current = await world.read_payment(payment["id"])
    assert [each["gateway"] for each in current["attempts"]] == gateways
    jobs = await world.sql("SELECT kind FROM job WHERE kind = 'confirm_charge'")
    assert len(jobs) == (0 if refused.certain else 1)


async def test_a_refused_charge_that_cannot_be_looked_up_stays_where_it_is(world: World) -> None:
    add_gateway(world, "second")
    await prefer(world, "juspay")
    await refuse(world, "*/txns", 409, "before")
    await refuse(world, "*/orders/*", 500, "before")
    attempt = await world.start_attempt((await world.open_payment())["id"])
    assert (attempt["gateway"], attempt["status"]) == ("juspay", "pending")


async def test_a_refusal_that_turns_out_wrong_is_found_days_later(world: World) -> None:
    await world.script_mock("drop_webhook", times=100)
    payment = await world.open_payment(expires_in=86_400)
    await refuse(world, "*/txns", 409, "after")
    stale = {"path": "*/orders/*", "method": "GET"}
    await world.script_mock("status", stale, status="NEW")
    attempt = await world.start_attempt(payment["id"])
    assert attempt["decline"]["code"] == "gateway_rejected"
    await world.customer_decides(attempt)
    await world.run_worker(seconds=95)
    await world.run_worker(hours=6)
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


async def test_a_charge_believed_never_started_is_looked_up_days_later(world: World) -> None:
    await world.script_mock("drop_webhook", times=100)
    await refuse(world, "*/txns", 500, "after")
    payment = await world.open_payment(expires_in=86_400)
    attempt = await world.start_attempt(payment["id"])
    stale = {"path": "*/orders/*", "method": "GET"}
    await world.script_mock("status", stale, status="NEW", times=1)
    await world.run_worker(seconds=700)
    current = await world.read_payment(payment["id"])
    assert current["attempts"][0]["decline"]["code"] == "never_started"
    await world.customer_decides(attempt)
    await world.run_worker(hours=7)
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


@pytest.mark.parametrize("status", STATUSES)
async def test_a_refund_that_was_made_before_its_refusal_counts(world: World, status: int) -> None:
    paid = await world.paid_payment()
    await world.script_mock("drop_webhook", times=100)
    await refuse(world, "*/refunds", status, "after")
    refund = await request_refund(world, paid, 50000)
    assert refund["status"] == "pending"
    path = f"/v1/payments/{paid['id']}/refunds"
    more = await world.post(path, {"amount": 100000, "reason": "again"})
    assert more.json()["available"] == 66400
    await asyncio.sleep(0.1)
    await world.run_worker(seconds=95)
    assert (await world.read_payment(paid["id"]))["amount_refunded"] == 50000
    assert await net_charged(world) == 66400


async def test_a_refund_that_came_too_often_is_sent_again_and_made_once(world: World) -> None:
    paid = await world.paid_payment()
    await refuse(world, "*/refunds", 429, "before")
    refund = await request_refund(world, paid)
    assert refund["status"] == "pending"
    await world.wait_for_refunded(paid["id"], 16400, seconds=95)
    assert await net_charged(world) == 100000


async def test_a_refund_of_which_a_look_shows_nothing_has_failed(world: World) -> None:
    paid = await world.paid_payment()
    await refuse(world, "*/refunds", 409, "before")
    assert (await request_refund(world, paid))["status"] == "failed"


async def test_a_refused_refund_that_cannot_be_looked_up_is_pending(world: World) -> None:
    paid = await world.paid_payment()
    await refuse(world, "*/refunds", 409, "before")
    await world.script_mock("http_status", {"path": "*/orders/*", "method": "GET"}, status=500)
    assert (await request_refund(world, paid))["status"] == "pending"


async def test_a_refund_whose_documented_refusal_cannot_be_looked_up_is_pending(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> None:
        raise Refused("duplicate")

    paid = await world.paid_payment()
    gateway = world.engine.gateways["juspay"]
    await world.script_mock("http_status", {"path": "*/orders/*", "method": "GET"}, status=500)
    with monkeypatch.context() as patch:
        patch.setattr(gateway, "refund", refused)
        refund = await request_refund(world, paid)
    assert refund["status"] == "pending"
    await world.wait_for_refunded(paid["id"], 16400, seconds=95)
    assert await net_charged(world) == 100000


async def test_a_refund_that_only_seemed_refused_is_reserved_again_once_it_shows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> None:
        return None

    paid = await world.paid_payment()
    await world.script_mock("drop_webhook", times=100)
    await world.script_mock("refund_hold")
    await refuse(world, "*/refunds", 409, "after")
    with monkeypatch.context() as patch:
        patch.setattr(world.engine.gateways["juspay"], "fetch_refund", nothing)
        refund = await request_refund(world, paid)
    assert refund["status"] == "failed"
    fields = {"unique_request_id": refund["id"].removeprefix("rfd_"), "amount": 164}
    await deliver_webhook(world, paid["attempts"][0], refunds=[{**fields, "status": "PENDING"}])
    current = await world.read_payment(paid["id"])
    assert current["refunds"][0]["status"] == "pending"
    more = await world.post(f"/v1/payments/{paid['id']}/refunds", {"amount": 116400, "reason": "x"})
    assert more.json()["available"] == 100000
    await world.mock.post(f"/control/refunds/{fields['unique_request_id']}/succeed")
    await world.run_worker()
    assert (await world.read_payment(paid["id"]))["amount_refunded"] == 16400


async def paid_and_refused_afterwards(world: World) -> dict[str, Any]:
    """A paid payment whose next refund is made and refused, without a webhook."""
    paid = await world.paid_payment()
    await world.script_mock("drop_webhook", times=100)
    await refuse(world, "*/refunds", 409, "after")
    return paid


def hide(world: World, patch: pytest.MonkeyPatch, *looks: str) -> None:
    """The gateway shows nothing of what it has."""

    async def nothing(*_: object) -> None:
        return None

    for look in looks:
        patch.setattr(world.engine.gateways["juspay"], look, nothing)


async def test_a_refund_that_only_seemed_refused_is_found_by_the_look_that_follows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid = await paid_and_refused_afterwards(world)
    with monkeypatch.context() as patch:
        hide(world, patch, "fetch_refund")
        assert (await request_refund(world, paid))["status"] == "failed"
    await asyncio.sleep(0.1)
    await world.run_worker(rounds=2)
    assert (await world.read_payment(paid["id"]))["amount_refunded"] == 16400


async def test_a_failed_refund_that_was_made_all_the_same_is_found_days_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid = await paid_and_refused_afterwards(world)
    with monkeypatch.context() as patch:
        hide(world, patch, "fetch_refund", "fetch_charge")
        refund = await request_refund(world, paid)
        assert refund["status"] == "failed"
        await world.run_worker(seconds=95)
    assert (await world.read_payment(paid["id"]))["amount_refunded"] == 0
    await world.run_worker(hours=6)
    assert (await world.read_payment(paid["id"]))["amount_refunded"] == 16400
    for _ in range(3):
        await world.run_worker(hours=30)
    assert await world.sql("SELECT subject FROM job WHERE kind = 'refund'") == []
