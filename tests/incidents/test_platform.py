"""Incidents of our platform, of shops, and attacks."""

from datetime import timedelta
from typing import Any

from payment_engine.gateways.juspay.adapter import Juspay
from tests.gauges import scraped
from tests.incidents.oncall import recorded
from tests.incidents.setting import paid_unnoticed
from tests.incidents.signals import noticed
from tests.world import World


class Unchecking(Juspay):
    """An adapter with a bug: it fails at every look at a charge."""

    async def fetch_charge(self, key: Any) -> Any:
        """Fails, whatever the gateway would answer."""
        raise RuntimeError("a bug")


async def run_until(world: World, statement: str, **later: float) -> None:
    """Let the worker run, later each time, until the statement finds a row."""
    for _ in range(60):
        if await world.sql(statement):
            return
        await world.run_worker(rounds=1, **later)
    raise AssertionError(f"nothing found by {statement}")


async def test_messages_that_a_shop_never_took_are_sent_again_with_their_ids(
    world: World,
) -> None:
    world.clock.advance(days=-5)
    await world.mock.post("/control/shop", json={"answer": 500, "times": 10000})
    await world.paid_payment()
    await run_until(world, "SELECT id FROM outbox_message WHERE state = 'dead'", hours=3)
    world.clock.ahead = timedelta()
    await world.mock.post("/control/shop", json={"answer": 204, "times": 1})
    merchant = world.keys.merchant_id
    person = await noticed(world, "MessagesDead", "outbox_dead", merchant, merchant=merchant)

    rows = await person.worklist()
    verdict = await person.verdict(rows[0]["payment_id"])
    assert "to the order service" in verdict["sentence"]
    assert verdict["actor"] == "person"
    assert await person.tries(f"deliveries/{rows[0]['id']}/replay")
    assert (await person.acts(f"deliveries/{rows[0]['id']}/replay"))["queued"]
    await world.run_worker()
    states = await world.sql("SELECT DISTINCT state FROM outbox_message")
    assert states == [{"state": "delivered"}]
    await recorded(person)


async def test_a_job_that_failed_too_often_runs_again_once_its_cause_is_mended(
    world: World,
) -> None:
    payment, attempt = await paid_unnoticed(world)
    juspay = world.engine.gateways["juspay"]
    world.engine.gateways["juspay"] = Unchecking(juspay.config, juspay.wire)
    statement = "SELECT id FROM job WHERE kind = 'check_charge' AND held_at IS NOT NULL"
    await run_until(world, statement, minutes=11)
    world.engine.gateways["juspay"] = juspay
    person = await noticed(
        world, "JobsSuspended", "jobs_suspended", "check_charge", kind="check_charge"
    )

    [row] = [each for each in await person.worklist() if each["kind"] == "check_charge"]
    verdict = await person.verdict(row["payment_id"])
    assert verdict["sentence"] == (
        f"The job check_charge of {attempt['id']} is suspended: RuntimeError."
    )
    assert verdict["next_step"] == "Correct the cause, then resume the job."
    assert (await person.tries(f"jobs/{row['id']}/resume"))["needed"]
    assert (await person.acts(f"jobs/{row['id']}/resume"))["done"]
    await world.run_worker()
    after = await world.read_payment(payment["id"])
    assert after["attempts"][0]["status"] == "captured"
    await recorded(person)


async def test_a_customer_who_tries_stolen_cards_is_limited(world: World) -> None:
    before = await scraped(world)
    bare = world.engine.settings.model_copy(
        update={
            **{f"card_declines_per_{name}": "999/day" for name in ("payment", "customer", "bin")},
            "card_decline_wait": 0.0,
        }
    )
    world.engine.settings = bare
    payment = await world.open_payment(customer={"ref": "cust-8812"})
    for _ in range(3):
        token = await world.card_token("4000000000000002")
        attempt = await world.start_attempt(payment["id"], method="card", card_token=token)
        path = f"/control/orders/{attempt['id'].removeprefix('att_')}/decline"
        assert (await world.mock.post(path, json={"reason": "declined"})).is_success
        await world.wait_for_status(payment["id"], "open")
    metric, values = "attempt_results_total", ("juspay", "card", "business")
    person = await noticed(world, "CardTesting", metric, *values, more_than=2, before=before)

    rows = await person.worklist()
    assert {row["payment_id"] for row in rows} == {payment["id"]}
    verdict = await person.verdict(rows[0]["payment_id"])
    assert "was declined: " in verdict["sentence"]
    limits = {"limits": {"attempts_per_day": 1}}
    path = "customers/cust-8812/limits"
    assert (await person.tries(path, "PUT", **limits))["limits"] == limits["limits"]
    await person.acts(path, "PUT", **limits)
    another = await world.open_payment(customer={"ref": "cust-8812"})
    request = {"method": "upi_intent", "client": {"platform": "android"}}
    refused = await world.post(f"/v1/payments/{another['id']}/attempts", request)
    assert refused.status_code in (403, 409, 422, 429), refused.text
    await recorded(person)
