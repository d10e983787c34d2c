"""Cards tried out one after another are slowed, then stopped; other methods work meanwhile."""

import asyncio
from typing import Any

import httpx
import pytest

from payment_engine import metrics
from tests.api.responses import problem, refusal
from tests.statements import counted
from tests.webhooks import deliver_webhook
from tests.world import World

REFUSED = (429, "too_many_declines")
CLIENT = {"platform": "android"}


async def try_card(world: World, payment: dict[str, Any], **body: Any) -> httpx.Response:
    """Start a card attempt from the checkout."""
    request = {"method": "card", "card_token": await world.card_token(), "client": CLIENT, **body}
    path = f"/v1/payments/{payment['id']}/attempts"
    return await world.post(path, request, payment["checkout"]["token"])


async def decline(world: World, payment: dict[str, Any], code: str = "05", **body: Any) -> None:
    """A card that its bank declines."""
    answer = await try_card(world, payment, **body)
    assert answer.status_code == 201, answer.text
    failed = {"status": "AUTHORIZATION_FAILED", "resp_code": code}
    await deliver_webhook(world, answer.json()["attempt"], amount=payment["amount"] / 100, **failed)


def limits(world: World, **rates: Any) -> None:
    """High limits but for those that are given, and no wait between cards."""
    names = ("payment", "customer", "address", "bin")
    high = {f"card_declines_per_{name}": "999/day" for name in names}
    given = {f"card_declines_per_{name}": rate for name, rate in rates.items()}
    update = {**high, "card_decline_wait": 0.0, **given}
    world.engine.settings = world.engine.settings.model_copy(update=update)


async def test_further_cards_wait_longer_and_longer_and_other_methods_do_not(
    world: World,
) -> None:
    payment = await world.open_payment(expires_in=3600)
    for _ in range(3):
        await decline(world, payment)
    refused = await try_card(world, payment)
    assert refusal(refused) == REFUSED
    assert 8 <= int(refused.headers["retry-after"]) <= 10
    assert problem(refused)["retryable"]
    assert "another card may be tried in" in problem(refused)["detail"]
    assert set(problem(refused)["alternatives"]) == {
        *("upi_intent", "upi_qr", "netbanking", "wallet")
    }
    world.clock.advance(seconds=10)
    await decline(world, payment)
    assert 18 <= int((await try_card(world, payment)).headers["retry-after"]) <= 20
    upi = await world.start_attempt(payment["id"])
    assert upi["status"] == "pending"


async def test_after_too_many_declines_of_a_payment_its_cards_pause(world: World) -> None:
    limits(world, payment="4/hour")
    payment = await world.open_payment(expires_in=7200)
    for _ in range(4):
        await decline(world, payment)
        world.clock.advance(minutes=10)
    refused = await try_card(world, payment)
    assert refusal(refused) == REFUSED
    assert 1150 <= int(refused.headers["retry-after"]) <= 1200
    world.clock.advance(minutes=20)
    assert (await try_card(world, payment)).status_code == 201


async def test_what_says_nothing_of_a_card_counts_for_nothing(world: World) -> None:
    limits(world, payment="1/hour")
    payment = await world.open_payment()
    for code in ("USER_DROPPED", "91"):
        await decline(world, payment, code)
    assert (await try_card(world, payment)).status_code == 201


async def test_declines_of_one_customer_count_over_all_payments(world: World) -> None:
    limits(world, customer="2/hour")
    for _ in range(2):
        await decline(world, await world.open_payment())
    assert refusal(await try_card(world, await world.open_payment())) == REFUSED
    another = await world.open_payment(customer={"ref": "cust-other"})
    assert (await try_card(world, another)).status_code == 201


async def test_declines_from_one_address_count_over_all_customers(world: World) -> None:
    limits(world, address="2/hour")
    for number in range(2):
        await decline(world, await world.open_payment(customer={"ref": f"cust-{number}"}))
    payment = await world.open_payment(customer={"ref": "cust-9"})
    assert refusal(await try_card(world, payment)) == REFUSED
    token = await world.card_token()
    by_the_shop = await world.start_attempt(payment["id"], method="card", card_token=token)
    assert by_the_shop["status"] == "pending"


async def test_declines_of_cards_that_begin_alike_count_over_all_addresses(world: World) -> None:
    limits(world, bin="2/hour")
    for number in range(2):
        payment = await world.open_payment(customer={"ref": f"cust-{number}"})
        await decline(world, payment, bin="42424242")
    payment = await world.open_payment(customer={"ref": "cust-9"})
    assert refusal(await try_card(world, payment, bin="424242")) == REFUSED
    assert (await try_card(world, payment, bin="607432")).status_code == 201


async def test_the_first_digits_that_a_gateway_reports_count_too(world: World) -> None:
    limits(world, bin="1/hour")
    payment = await world.open_payment()
    attempt = (await try_card(world, payment)).json()["attempt"]
    failed = {"status": "AUTHORIZATION_FAILED", "resp_code": "05"}
    card = {"card": {"card_isin": "424242", "card_brand": "VISA"}}
    amount = payment["amount"] / 100
    await deliver_webhook(world, attempt, amount=amount, **failed, **card)
    another = await world.open_payment(customer={"ref": "cust-9"})
    assert refusal(await try_card(world, another, bin="42424212")) == REFUSED


async def test_nothing_of_an_address_or_a_card_is_stored_in_clear(world: World) -> None:
    payment = await world.open_payment()
    await decline(world, payment, bin="42424242")
    [row] = await world.sql(
        "SELECT row_to_json(a)::text AS t, address_hash, bin_hash FROM attempt a"
    )
    assert (len(row["address_hash"]), len(row["bin_hash"])) == (32, 32)
    assert "127.0.0.1" not in row["t"]
    assert "424242" not in row["t"]


async def test_one_merchants_declines_slow_no_customer_of_another(world: World) -> None:
    limits(world, address="1/hour", bin="1/hour")
    await decline(world, await world.open_payment(), bin="424242")
    await world.sql("UPDATE attempt SET address_hash = 'another merchant''s', bin_hash = 'same'")
    payment = await world.open_payment(customer={"ref": "cust-9"})
    assert (await try_card(world, payment, bin="424242")).status_code == 201


async def test_a_refusal_is_counted_by_its_kind_and_leaves_nothing(world: World) -> None:
    limits(world, payment="1/hour")
    counter = metrics.refused_by_limits.labels("card_declines_payment")
    before = counter._value.get()
    payment = await world.open_payment()
    await decline(world, payment)
    await try_card(world, payment)
    assert counter._value.get() == before + 1
    assert len((await world.read_payment(payment["id"]))["attempts"]) == 1


async def test_a_card_costs_no_statement_more(quiet_world: World) -> None:
    world = quiet_world
    first, payment = await world.open_payment(), await world.open_payment()
    token, other = await world.card_token(), await world.card_token()
    await world.start_attempt(first["id"], method="card", card_token=other)
    with counted(world) as statements:
        await world.start_attempt(payment["id"], method="card", card_token=token)
    assert statements.cost == (3, 2)


@pytest.mark.parametrize("digits", ["42424", "424242424", "4242 4242", "abcdef"])
async def test_first_digits_are_six_to_eight(world: World, digits: str) -> None:
    answer = await try_card(world, await world.open_payment(), bin=digits)
    assert refusal(answer) == (422, "invalid_request")


async def test_attempts_at_once_are_refused_alike(world: World) -> None:
    limits(world, customer="2/hour")
    for _ in range(2):
        await decline(world, await world.open_payment())
    payments = [await world.open_payment() for _ in range(4)]
    answers = await asyncio.gather(*(try_card(world, each) for each in payments))
    assert {refusal(each) for each in answers} == {REFUSED}
