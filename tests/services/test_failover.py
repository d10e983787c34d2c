"""A charge moves to the next gateway only where the first one proves that it collected nothing."""

import json
from dataclasses import replace

import pytest

from payment_engine.domain.gateway import ChargeState, NotSent, Refused, Unknown
from payment_engine.domain.states import AttemptStatus
from payment_engine.services.routing.breakers import refresh_routes
from tests.second_gateway import ScriptedGateway, add_gateway
from tests.world import World

ASK = {"method": "upi_intent", "client": {"platform": "android"}}
FAILED = ChargeState(
    ref="", status=AttemptStatus.FAILED, gateway_status="DECLINED", decline_code="other"
)


class Declining(ScriptedGateway):
    """Every charge is declined at once."""

    async def charge(self, charge):
        self.charged.append(charge)
        return replace(FAILED, ref=charge.ref, amount=charge.amount)


class NoVoidGateway(ScriptedGateway):
    """Cannot authorize: it captures at once."""

    @classmethod
    def supports(cls, verb):
        return verb != "void"


async def prefer(world: World, first: str) -> None:
    """Give every other gateway a weight of zero."""
    for name in world.engine.gateways:
        if name != first:
            await world.sql(
                "INSERT INTO route (gateway, method, weight, changed_at) "
                "VALUES ($1, 'upi_intent', 0, now()) RETURNING id",
                name,
            )
    await refresh_routes(world.engine)


async def events(world: World, kind: str) -> list[dict[str, object]]:
    rows = await world.sql("SELECT type, data::text AS data FROM payment_event ORDER BY id")
    return [json.loads(row["data"]) for row in rows if row["type"] == kind]


@pytest.mark.parametrize("outcome", [NotSent("ConnectError"), Refused("not_today")], ids=repr)
async def test_a_charge_that_was_not_sent_moves_to_the_next_gateway(world: World, outcome) -> None:
    add_gateway(world, "first", outcome)
    await prefer(world, "first")
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    current = await world.read_payment(payment["id"])
    assert [(a["gateway"], a["status"]) for a in current["attempts"]] == [
        ("first", "failed"),
        ("juspay", "pending"),
    ]
    assert attempt["id"] == current["attempts"][1]["id"]
    await world.customer_decides(attempt)
    assert (await world.wait_for_status(payment["id"], "paid"))["amount_captured"] == 116400


async def test_the_key_replays_the_attempt_that_moved_on(world: World) -> None:
    add_gateway(world, "first", NotSent("ConnectError"))
    await prefer(world, "first")
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}/attempts"
    first = await world.post(path, ASK, key="once")
    again = await world.post(path, ASK, key="once")
    assert first.json()["attempt"]["gateway"] == "juspay"
    assert again.content == first.content
    rows = await world.sql("SELECT resource_id FROM idempotency_key WHERE key LIKE '%once'")
    assert rows == [{"resource_id": first.json()["attempt"]["id"]}]


async def test_the_key_replays_it_even_if_the_process_died(world: World) -> None:
    add_gateway(world, "first", NotSent("ConnectError"))
    await prefer(world, "first")
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}/attempts"
    first = await world.post(path, ASK, key="once")
    await world.sql(
        "UPDATE idempotency_key SET response = NULL, status_code = NULL "
        "WHERE key LIKE '%once' RETURNING id"
    )
    world.clock.advance(seconds=61)
    again = await world.post(path, ASK, key="once")
    assert again.json()["attempt"]["id"] == first.json()["attempt"]["id"]


async def test_an_unknown_outcome_never_moves_to_another_gateway(world: World) -> None:
    add_gateway(world, "first", Unknown("no answer"))
    await prefer(world, "first")
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    assert (attempt["gateway"], attempt["status"]) == ("first", "pending")
    assert len((await world.read_payment(payment["id"]))["attempts"]) == 1


async def test_a_decline_never_moves_to_another_gateway(world: World) -> None:
    add_gateway(world, "first", kind=Declining)
    await prefer(world, "first")
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    assert (attempt["gateway"], attempt["status"]) == ("first", "failed")
    assert len((await world.read_payment(payment["id"]))["attempts"]) == 1


async def test_no_more_gateways_are_tried_than_set(world: World) -> None:
    for name in ("first", "second", "third", "fourth"):
        add_gateway(world, name, Refused("not_today"))
    await prefer(world, "first")
    await world.sql("UPDATE route SET enabled = false WHERE gateway = 'juspay' RETURNING id")
    await refresh_routes(world.engine)
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    current = await world.read_payment(payment["id"])
    assert [a["status"] for a in current["attempts"]] == ["failed"] * 3
    assert attempt["decline"]["code"] == "gateway_rejected"
    assert "attempt" in current["allowed_actions"]


async def test_the_choice_is_recorded_with_its_inputs(world: World) -> None:
    add_gateway(world, "first", NotSent("ConnectError"))
    add_gateway(world, "other")
    await prefer(world, "first")
    await world.sql("UPDATE route SET enabled = false WHERE gateway = 'other' RETURNING id")
    await refresh_routes(world.engine)
    payment = await world.open_payment()
    await world.start_attempt(payment["id"])
    before, after = (each["routing"] for each in await events(world, "attempt.created"))
    assert (before["chosen"], after["chosen"]) == ("first", "juspay")
    left_out = {each["gateway"]: each["left_out"] for each in after["candidates"]}
    assert left_out == {"juspay": None, "first": "tried: never_sent", "other": "switched_off"}
    assert {each["gateway"]: each["weight"] for each in before["candidates"]}["first"] == 100
    moved = (await events(world, "attempt.rerouted"))[0]
    assert (moved["gateway"], moved["why"]) == ("first", "never_sent")


async def test_no_gateway_that_cannot_hold_money_gets_a_charge_to_hold(world: World) -> None:
    add_gateway(world, "first", kind=NoVoidGateway)
    payment = await world.open_payment(capture="manual")
    attempt = await world.start_attempt(payment["id"])
    assert attempt["gateway"] == "juspay"
    routing = (await events(world, "attempt.created"))[0]["routing"]
    left_out = {each["gateway"]: each["left_out"] for each in routing["candidates"]}
    assert left_out["first"] == "cannot_hold_money"


async def test_a_payment_is_tried_only_so_often(world: World) -> None:
    world.engine.settings.attempts_most = 2
    payment = await world.open_payment()
    first = await world.start_attempt(payment["id"])
    await world.start_attempt(payment["id"], replaces=first["id"])
    live = (await world.read_payment(payment["id"]))["attempts"][1]["id"]
    answer = await world.post(f"/v1/payments/{payment['id']}/attempts", {**ASK, "replaces": live})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_attempts")
