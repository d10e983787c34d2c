"""Incidents in which webhooks do not arrive, do not verify or are not applied."""

from typing import Any

from pydantic import SecretStr

from payment_engine.gateways.juspay.adapter import Juspay
from tests.gauges import scraped
from tests.incidents.oncall import recorded
from tests.incidents.setting import JUSPAY, paid_unnoticed
from tests.incidents.signals import noticed
from tests.services.test_runbook import stored_webhook
from tests.webhooks import believe_webhooks
from tests.world import World


class Unreading(Juspay):
    """An adapter with a bug: it cannot read the webhooks that it has stored."""

    def read_webhook(self, headers: Any, body: bytes) -> Any:
        """Fails, whatever was stored."""
        raise RuntimeError("a bug")


async def test_when_webhooks_stay_away_what_customers_paid_is_found_by_one_action(
    world: World,
) -> None:
    before, metric = await scraped(world), "attempts_total"
    world.clock.advance(minutes=-10)
    found = [await paid_unnoticed(world) for _ in range(3)]
    world.clock.advance(minutes=10)
    values = ("juspay", "upi_intent", "created")
    person = await noticed(
        world, "WebhookSilence", metric, *values, more_than=2, before=before, **JUSPAY
    )
    arrived = (await scraped(world))["notices_total"]["juspay", "stored"]
    assert arrived == before["notices_total"]["juspay", "stored"]

    rows = await person.worklist()
    assert {row["id"] for row in rows} == {attempt["id"] for _, attempt in found}
    verdict = await person.verdict(rows[0]["payment_id"])
    assert rows[0]["id"] in verdict["sentence"]
    assert "uspay is checked" in verdict["next_step"]
    chosen = {**JUSPAY, "older_than": 120}
    assert len((await person.tries("attempts/sync", **chosen))["would_ask_about"]) == 3
    assert (await person.acts("attempts/sync", **chosen))["moved"] == 3
    assert {(await world.read_payment(each["id"]))["status"] for each, _ in found} == {"paid"}
    await recorded(person)


async def test_a_webhook_that_is_not_applied_is_applied_again_once_the_bug_is_gone(
    world: World,
) -> None:
    believe_webhooks(world)
    world.clock.advance(minutes=-15)
    payment, attempt = await paid_unnoticed(world)
    await stored_webhook(world, attempt)
    juspay = world.engine.gateways["juspay"]
    world.engine.gateways["juspay"] = Unreading(juspay.config, juspay.wire)
    await world.run_worker(rounds=1, minutes=15)
    world.engine.gateways["juspay"] = juspay
    metric = "unhandled_notices_oldest_seconds"
    person = await noticed(world, "WebhookBacklog", metric, "juspay", more_than=600, **JUSPAY)

    [row] = await person.worklist()
    assert (row["tries"], row["last_error"]) == (1, "RuntimeError")
    tried = await person.tries(f"notices/{row['id']}/replay")
    assert tried["attempt_id"] == attempt["id"]
    assert (await person.acts(f"notices/{row['id']}/replay"))["verified"]
    verdict = await person.verdict(payment["id"])
    assert (verdict["outcome"], verdict["next_step"]) == ("paid", "Nothing is left to do.")
    await recorded(person)


async def test_webhooks_signed_with_a_key_that_we_lack_count_once_we_have_it(
    world: World,
) -> None:
    before, juspay = await scraped(world), world.engine.gateways["juspay"]
    rotated = {"gateway": "juspay", "webhook_password": "new-password"}
    assert (await world.mock.post("/control/keys", json=rotated)).is_success
    payments = [await world.open_payment() for _ in range(3)]
    for payment in payments:
        await world.customer_decides(await world.start_attempt(payment["id"]))
    metric, values = "notices_total", ("juspay", "rejected")
    person = await noticed(
        world, "WebhooksRejected", metric, *values, more_than=5, before=before, **JUSPAY
    )

    rows = await person.worklist()
    assert {row["cause"] for row in rows} == {"wrong_signature"}
    pending = (await person.reads("attempts?state=pending&gateway=juspay"))["items"]
    verdict = await person.verdict(pending[0]["payment_id"])
    assert "uspay is checked" in verdict["next_step"]
    corrected = {"webhook_password": SecretStr("new-password")}
    juspay.config = juspay.config.model_copy(update=corrected)
    tried = await person.tries("quarantine/reverify", **JUSPAY)
    assert tried["would_verify"] == tried["checked"] == len(rows)
    assert (await person.acts("quarantine/reverify", **JUSPAY))["verified"] == len(rows)
    await world.run_worker()
    for payment in payments:
        await world.wait_for_status(payment["id"], "paid")
    await recorded(person)
