"""Incidents in which a gateway or a bank fails, or refuses us."""

from typing import Any

from pydantic import SecretStr

from payment_engine.domain.payment_methods import Method
from tests.gauges import scraped
from tests.incidents.oncall import recorded
from tests.incidents.setting import JUSPAY, ROUTE, Paying, healed
from tests.incidents.signals import noticed
from tests.saved_instruments import items_of, read_methods
from tests.second_gateway import add_gateway
from tests.world import World

UPI = "routes/juspay/upi_intent"
HOUR = {"enabled": False, "expires_in": 3600}
REFUSED = ("gateway_failures_total", ("unauthorized", "juspay"))
HDFC = {"method": "netbanking", "bank": "HDFC"}


async def customers_try(world: World, number: int, **body: Any) -> list[Paying]:
    """So many customers who try to pay, each with a payment of their own."""
    found = []
    for each in range(number):
        payment = await world.open_payment(customer={"ref": f"customer-{each}"})
        found.append((payment, await world.start_attempt(payment["id"], **body)))
    return found


async def declined(world: World, tried: list[Paying], reason: str) -> None:
    """All are declined for this reason, and the service knows it."""
    for _, attempt in tried:
        path = f"/control/orders/{attempt['id'].removeprefix('att_')}/decline"
        assert (await world.mock.post(path, json={"reason": reason})).is_success
    for payment, _ in tried:
        await world.wait_for_status(payment["id"], "open")


async def test_charges_that_a_gateway_did_not_answer_are_looked_up_when_it_works_again(
    world: World,
) -> None:
    before = await scraped(world)
    await world.script_mock("drop_webhook", JUSPAY, times=50)
    await world.script_mock("http_status", {"path": "*/txns"}, times=9, status=503, when="after")
    await world.script_mock("http_status", {"path": "*/orders/*"}, times=99, status=503)
    tried = await customers_try(world, 5)
    metric, values = "gateway_failures_total", ("server_error", "juspay")
    person = await noticed(
        world, "GatewayNotAnswering", metric, *values, more_than=4, before=before, **JUSPAY
    )
    await healed(world)
    await world.script_mock("drop_webhook", JUSPAY, times=50)
    for _, attempt in tried:
        await world.customer_decides(attempt)

    routes = await person.worklist()
    assert "open" in {each["breaker"] for each in routes if each["method"] == "upi_intent"}
    rows = (await person.reads("attempts?state=unsettled&gateway=juspay"))["items"]
    verdict = await person.verdict(rows[0]["payment_id"])
    assert verdict["sentence"].startswith(f"Nobody knows yet if {rows[0]['id']} is paid: juspay")
    assert verdict["next_step"].startswith("Juspay is checked")
    world.clock.advance(seconds=91)
    assert len((await person.tries("attempts/sync", **JUSPAY))["would_ask_about"]) == 5
    assert (await person.acts("attempts/sync", **JUSPAY))["moved"] == 5
    paid = [await world.read_payment(payment["id"]) for payment, _ in tried]
    assert {each["status"] for each in paid} == {"paid"}
    await recorded(person)


async def test_a_route_whose_key_is_refused_is_left_to_the_other_gateway_for_an_hour(
    world: World,
) -> None:
    before, metric, values = await scraped(world), *REFUSED
    refused = {"gateway": "juspay", "api_key": "rotated"}
    assert (await world.mock.post("/control/keys", json=refused)).is_success
    request = {"method": "upi_intent", "client": {"platform": "android"}}
    for _ in range(3):
        payment = await world.open_payment()
        await world.post(f"/v1/payments/{payment['id']}/attempts", request)
    person = await noticed(
        world, "GatewayRefusesUs", metric, *values, more_than=2, before=before, **JUSPAY
    )
    other = add_gateway(world, "other")
    other.config = other.config.model_copy(update={"api_key": SecretStr("rotated")})

    assert {each["gateway"] for each in await person.worklist()} >= {"juspay", "other"}
    rows = (await person.reads("attempts?state=failed&order=newest&gateway=juspay"))["items"]
    verdict = await person.verdict(rows[0]["payment_id"])
    assert "was declined: gateway_rejected (juspay: access_denied)" in verdict["sentence"]
    assert (await person.tries(UPI, "PUT", **HOUR))["after"]["enabled"] is False
    await person.acts(UPI, "PUT", **HOUR)
    failures = (await scraped(world))[metric][values]
    [(_, attempt)] = await customers_try(world, 1)
    assert (attempt["gateway"], len(other.charged)) == ("other", 1)
    assert (await scraped(world))[metric][values] == failures
    await recorded(person)


async def test_a_route_by_which_nothing_succeeds_is_left_to_the_other_gateway(
    world: World,
) -> None:
    before = await scraped(world)
    await declined(world, await customers_try(world, 20), "insufficient_funds")
    other, metric = add_gateway(world, "other"), "attempt_results_total"
    values = ("juspay", "upi_intent", "business")
    after = (await scraped(world))[metric]["juspay", "upi_intent", "success"]
    assert after == before[metric]["juspay", "upi_intent", "success"]
    person = await noticed(
        world, "NothingSucceeds", metric, *values, more_than=19, before=before, **ROUTE
    )

    rows = await person.worklist()
    assert {row["decline_code"] for row in rows} == {"insufficient_funds"}
    verdict = await person.verdict(rows[0]["payment_id"])
    assert "was declined: insufficient_funds (juspay:" in verdict["sentence"]
    assert verdict["next_step"].startswith("The customer can try again until")
    assert (await person.tries(UPI, "PUT", **HOUR))["after"]["enabled"] is False
    await person.acts(UPI, "PUT", **HOUR)
    [(_, attempt)] = await customers_try(world, 1)
    assert (attempt["gateway"], len(other.charged)) == ("other", 1)
    await recorded(person)


async def test_a_bank_that_fails_is_declared_down_where_customers_choose(world: World) -> None:
    before = await scraped(world)
    await declined(world, await customers_try(world, 4, **HDFC), "bank_down")
    metric, values = "attempt_results_total", ("juspay", "netbanking", "technical")
    labels = {"gateway": "juspay", "method": "netbanking"}
    person = await noticed(
        world, "TechnicalFailuresNow", metric, *values, more_than=3, before=before, **labels
    )

    rows = await person.worklist()
    verdict = await person.verdict(rows[0]["payment_id"])
    assert "was declined: issuer_down" in verdict["sentence"]
    assert verdict["next_step"].startswith("The customer can try again until")
    down = "providers/netbanking/HDFC"
    assert (await person.tries(down, "PUT", down=True))["after"] == {"down": True}
    assert (await person.acts(down, "PUT", down=True))["changed"]
    payment = await world.open_payment(customer={"ref": "another"})
    items = items_of(await read_methods(world, payment), "netbanking")
    assert [each["id"] for each in items if not each["enabled"]] == ["netbanking:HDFC"]
    await recorded(person)


async def test_a_bank_that_was_found_down_and_works_again_is_declared_up(world: World) -> None:
    world.clock.advance(minutes=-5)
    await world.engine.work.begin_downtime((Method.NETBANKING, "HDFC"), world.engine.now())
    await declined(world, await customers_try(world, 1, **HDFC), "bank_down")
    world.clock.advance(minutes=5)
    metric, values = "provider_down_seconds", ("netbanking", "HDFC")
    labels = {"method": "netbanking", "provider": "HDFC"}
    person = await noticed(world, "ProviderDown", metric, *values, more_than=60, **labels)

    [row] = await person.worklist()
    verdict = await person.verdict(row["payment_id"])
    assert "was declined: issuer_down" in verdict["sentence"]
    up = "providers/netbanking/HDFC"
    assert (await person.tries(up, "PUT", down=False))["before"] == {"down": True}
    assert (await person.acts(up, "PUT", down=False))["changed"]
    found = (await person.reads("health"))["providers"]
    assert [each["provider"] for each in found if each["down_since"]] == []
    assert (await scraped(world))[metric][values] == 0
    await recorded(person)


async def test_an_unknown_status_is_named_and_looked_up_again(world: World) -> None:
    before = await scraped(world)
    await world.script_mock("drop_webhook", JUSPAY, times=50)
    [(_, attempt)] = await customers_try(world, 1)
    odd = {"path": "*/orders/*"}
    await world.script_mock("status", odd, times=1, status="ODD_STATUS")
    await world.run_worker(seconds=91)
    metric = "unknown_statuses_total"
    person = await noticed(world, "UnknownStatusOrCode", metric, "juspay", before=before, **JUSPAY)
    await world.customer_decides(attempt)

    [row] = await person.worklist()
    world.clock.advance(minutes=45)
    verdict = await person.verdict(row["payment_id"])
    assert "ODD_STATUS" in verdict["sentence"]
    assert verdict["next_step"].startswith("Juspay is checked")
    assert await person.tries(f"attempts/{row['id']}/sync")
    assert (await person.acts(f"attempts/{row['id']}/sync"))["after"] == "captured"
    await recorded(person)
