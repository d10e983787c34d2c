"""A customer's data is exported, and erased in one call, with every row of money intact."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.requests.config import LimitsIn
from payment_engine.services.access.merchants import register
from payment_engine.services.instruments.customer_data import erase_customer
from payment_engine.services.instruments.limits import set_limits
from tests.api.responses import refusal
from tests.customers import CONSENT, SETTINGS, call_as_customer, token_of
from tests.saved_instruments import CARD, save_card, save_preferences
from tests.webhooks import handle_stored_webhooks
from tests.world import World, running_world

REF, VPA = "cust-8812", "asha.rao@okaxis"
PATH = f"/v1/customers/{REF}"
MONEY = ("payment", "attempt", "refund", "payment_event", "outbox_message")


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(database, tmp_path / "spool", **SETTINGS) as world:
        yield world


async def save_vpa(world: World, ref: str = REF, vpa: str = VPA) -> None:
    body = {"vpa": vpa, "save": CONSENT}
    answer = await call_as_customer(world, "POST", "/v1/upi/vpas", token_of(world, ref), body)
    assert answer.status_code == 201, answer.text


async def erase(world: World, key: str | None = None) -> int:
    answer = await world.api.delete(PATH, headers=world.headers(key))
    return answer.status_code


async def wait_for_refund(world: World, payment_id: str) -> None:
    """Wait until the payment changes no more."""
    await world.wait_for_refunded(payment_id, 100)
    await handle_stored_webhooks(world)
    await world.engine.critical.drain(5)


async def money_rows(world: World) -> list[Any]:
    return [
        await world.sql(f"SELECT t::text AS t FROM {name} t ORDER BY 1")  # noqa: S608
        for name in MONEY
    ]


async def test_the_export_has_everything_stored_about_a_customer(world: World) -> None:
    paid = await world.paid_payment()
    await save_vpa(world)
    await save_card(world)
    answer = await world.get(f"{PATH}/export")
    export = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert [each["vpa"] for each in export["vpas"]] == [VPA]
    assert [each["id"] for each in export["cards"]] == [CARD]
    assert [each["id"] for each in export["payments"]] == [paid["id"]]
    assert export["payments"][0]["contact"]["phone"] == "9876543210"
    assert export["consents"][0]["circumstances"]["ip"] == "127.0.0.1"


async def test_the_export_of_an_unknown_customer_is_empty(world: World) -> None:
    export = (await world.get("/v1/customers/nobody/export")).json()
    assert [export[name] for name in ("cards", "vpas", "wallets", "payments")] == [[]] * 4


async def test_erasing_deletes_all_that_is_saved_and_no_row_of_money(world: World) -> None:
    paid = await world.paid_payment()
    await world.post(f"/v1/payments/{paid['id']}/refunds", {"amount": 100, "reason": "x"})
    await wait_for_refund(world, paid["id"])
    await save_vpa(world)
    await save_card(world)
    await save_preferences(world, language="hi")
    before = await money_rows(world)
    assert await erase(world) == 204
    assert await world.sql("SELECT id FROM saved_vpa") == []
    assert await world.sql("SELECT id FROM customer_config") == []
    assert await world.sql("SELECT state FROM saved_card") == [{"state": "delete_pending"}]
    assert await world.sql("SELECT subject FROM job WHERE kind = 'delete_card'") == [
        {"subject": CARD}
    ]
    assert await money_rows(world) == before
    assert await erase(world) == 204


async def test_consents_stay_without_address_and_device(world: World) -> None:
    await save_vpa(world)
    await erase(world)
    [consent] = await world.sql("SELECT purpose, given, text_version, circumstances FROM consent")
    assert consent["circumstances"] is None
    assert (consent["purpose"], consent["given"], consent["text_version"]) == (
        "save_vpa",
        True,
        "2026-01",
    )


async def test_the_upi_id_of_an_attempt_in_progress_is_erased_too(world: World) -> None:
    payment = await world.open_payment()
    body = {"method": "upi_collect", "vpa": VPA, "save": CONSENT, "client": {"platform": "ios"}}
    started = await world.post(f"/v1/payments/{payment['id']}/attempts", body)
    await erase_customer(world.engine, CustomerKey(world.keys.merchant_id, REF))
    await world.customer_decides(started.json()["attempt"])
    await world.wait_for_status(payment["id"], "paid")
    await world.run_worker(seconds=15)
    assert await world.sql("SELECT id FROM saved_vpa") == []


async def test_where_a_card_came_from_is_erased_too(world: World) -> None:
    payment, other = await world.open_payment(), await world.open_payment(customer={"ref": "c-2"})
    for each in (payment, other):
        body = {"method": "card", "card_token": await world.card_token(), "bin": "424242"}
        path = f"/v1/payments/{each['id']}/attempts"
        answer = await world.post(path, body, each["checkout"]["token"])
        assert answer.status_code == 201, answer.text
        await world.customer_decides(answer.json()["attempt"])
        await world.wait_for_status(each["id"], "paid")
    await erase(world)
    traces = "SELECT payment_id FROM attempt WHERE address_hash IS NOT NULL OR bin_hash IS NOT NULL"
    assert [row["payment_id"] for row in await world.sql(traces)] == [other["id"]]
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


async def test_limits_and_other_customers_survive_an_erasure(world: World) -> None:
    await set_limits(world.engine, CustomerKey(world.keys.merchant_id, REF), LimitsIn(per_day=1))
    await save_vpa(world, "cust-other")
    stranger = await register(world.engine, "Another Pharmacy", None)
    await save_vpa(world)
    assert await erase(world, stranger.service_key) == 204
    assert len(await world.sql("SELECT id FROM saved_vpa")) == 2
    await erase(world)
    assert await world.sql("SELECT customer_ref FROM saved_vpa") == [{"customer_ref": "cust-other"}]
    assert await world.sql("SELECT limits->>'per_day' AS d FROM customer_config") == [{"d": "1"}]


async def test_an_impossible_customer_reference_is_not_found(world: World) -> None:
    for odd in ("%00", "a%20b", "c" * 65, "%FF"):
        assert refusal(await world.get(f"/v1/customers/{odd}/export")) == (404, "not_found")
    assert (await world.get("/v1/customers/a%40b.example/export")).status_code == 200


async def test_only_the_order_service_exports_and_erases(world: World) -> None:
    token = token_of(world, REF)
    for answer in (
        await call_as_customer(world, "GET", f"{PATH}/export", token),
        await call_as_customer(world, "DELETE", PATH, token),
    ):
        assert refusal(answer) == (403, "forbidden")
