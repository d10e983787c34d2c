"""The methods document: ordered for the customer, with reasons for what is disabled."""

import asyncio
import json
from typing import Any

import pytest

from payment_engine.gateways.base import Gateway
from payment_engine.gateways.juspay.adapter import Juspay
from tests.saved_instruments import (
    ANDROID,
    CARD,
    ids,
    items_of,
    read_methods,
    save_card,
    save_preferences,
    save_vpa,
)
from tests.statements import counted
from tests.world import World


async def paid_by(world: World, **body: Any) -> None:
    payment = await world.open_payment()
    await world.customer_decides(await world.start_attempt(payment["id"], **body))
    await world.wait_for_status(payment["id"], "paid")


async def test_every_item_has_all_that_a_checkout_needs(world: World) -> None:
    found = await read_methods(world, await world.open_payment())
    assert [each["group"] for each in found["groups"]] == [
        "saved", "upi", "card", "wallet", "netbanking",
    ]  # fmt: skip
    items = [item for each in found["groups"] for item in each["items"]]
    assert len(items) > 15
    assert all(item["id"] and item["label"] and item["logo"] for item in items)
    assert all(item["enabled"] == (item["reason"] is None) for item in items)
    assert len(set(ids(items))) == len(items)


@pytest.mark.parametrize(
    ("query", "enabled"),
    [
        (ANDROID, ["upi_intent:phonepe", "upi_intent:gpay", "upi_intent", "upi_qr"]),
        ("platform=desktop", ["upi_qr"]),
        ("platform=ios&upi_apps=gpay", ["upi_intent:gpay", "upi_intent", "upi_collect"]),
        ("", ["upi_intent", "upi_qr"]),
    ],
)
async def test_closed_upi_flows_give_a_reason(world: World, query: str, enabled: list[str]) -> None:
    items = items_of(await read_methods(world, await world.open_payment(), query), "upi")
    assert ids([item for item in items if item["enabled"]]) == enabled
    assert all(item["reason"] for item in items if not item["enabled"])


async def test_an_amount_above_upis_limit_leaves_the_other_methods(world: World) -> None:
    payment = await world.open_payment(amount=1_00_000_01, breakdown=[])
    found = await read_methods(world, payment)
    assert not [item for item in items_of(found, "upi") if item["enabled"]]
    assert {item["kind"] for item in found["recommended"]} <= {"card", "netbanking", "wallet"}


async def test_the_last_used_method_comes_first_then_the_most_used(world: World) -> None:
    for _ in range(2):
        await paid_by(world, method="netbanking", bank="ICICI")
    await paid_by(world, method="upi_intent", app="gpay")
    found = await read_methods(world, await world.open_payment())
    assert ids(found["recommended"])[:2] == ["upi_intent:gpay", "netbanking:ICICI"]
    assert len(found["recommended"]) == 3


async def test_another_customers_habits_are_not_mine(world: World) -> None:
    await paid_by(world, method="netbanking", bank="ICICI")
    found = await read_methods(world, await world.open_payment(customer={"ref": "cust-other"}))
    assert "netbanking:ICICI" not in ids(found["recommended"])


async def test_an_app_that_is_gone_from_the_phone_is_not_recommended(world: World) -> None:
    await paid_by(world, method="upi_intent", app="gpay")
    found = await read_methods(
        world, await world.open_payment(), "platform=android&upi_apps=phonepe"
    )
    assert ids(found["recommended"])[0] == "upi_intent"


async def test_preferences_come_before_habits(world: World) -> None:
    await paid_by(world, method="upi_intent", app="gpay")
    await save_card(world)
    await save_preferences(world, default_instrument=CARD, preferred_method="upi_qr")
    found = await read_methods(world, await world.open_payment())
    assert ids(found["recommended"]) == [CARD, "upi_qr", "upi_intent:gpay"]


async def test_hidden_methods_are_nowhere_in_the_document(world: World) -> None:
    await save_preferences(world, hidden_methods=["card", "upi_qr"])
    found = await read_methods(world, await world.open_payment())
    kinds = {item["kind"] for each in found["groups"] for item in each["items"]}
    assert kinds == {"upi_intent", "upi_collect", "wallet", "netbanking"}
    assert not {"card", "upi_qr"} & {item["kind"] for item in found["recommended"]}


async def test_a_method_that_just_failed_is_not_the_first_choice(world: World) -> None:
    payment = await world.open_payment()
    await world.customer_decides(await world.start_attempt(payment["id"]), "decline")
    await world.wait_for_status(payment["id"], "open")
    found = await read_methods(world, payment, "platform=android")
    assert found["recommended"][0]["kind"] != "upi_intent"


async def test_banks_and_wallets_are_those_of_the_settings(world: World) -> None:
    found = await read_methods(world, await world.open_payment())
    banks = items_of(found, "netbanking")
    assert [item["bank"] for item in banks] == list(world.engine.settings.banks)
    assert ids(items_of(found, "wallet")) == ["wallet:mobikwik", "wallet:freecharge"]


async def test_a_gateway_that_stops_answering_is_not_offered_as_healthy(
    world: World,
) -> None:
    payment = await world.open_payment()
    for _ in range(20):
        world.engine.gateways["juspay"].wire._health.note(ok=False)
    found = await read_methods(world, payment)
    items = [item for each in found["groups"] for item in each["items"]]
    assert {(item["enabled"], item["health"]) for item in items} == {(False, "down")}
    assert found["recommended"] == []


class Taker(Juspay):
    """A gateway that captures at once and cannot authorize."""

    name = "taker"
    capture = Gateway.capture


async def test_manual_capture_is_offered_only_where_money_can_be_authorized(
    world: World,
) -> None:
    payments = [await world.open_payment(capture=when) for when in ("automatic", "manual")]
    juspay = world.engine.gateways.pop("juspay")
    world.engine.gateways["taker"] = Taker(juspay.config, juspay.wire)
    offered = [items_of(await read_methods(world, payment), "card") for payment in payments]
    assert [len(items) for items in offered] == [1, 0]


async def gateway_calls(world: World) -> list[str]:
    text = (await world.api.get("/metrics")).text
    return [line for line in text.splitlines() if "gateway_calls_total{" in line]


async def test_the_document_needs_one_statement_and_no_gateway_call(world: World) -> None:
    await save_card(world)
    await save_vpa(world)
    await paid_by(world)
    await world.script_mock("drop_webhook", times=1000)
    payment = await world.open_payment()
    calls, token = await gateway_calls(world), payment["checkout"]["token"]
    path = f"/v1/payments/{payment['id']}/methods?{ANDROID}"
    with counted(world) as statements:
        assert (await world.get(path, token)).status_code == 200
    assert statements.cost == (1, 0)
    assert await gateway_calls(world) == calls


DESKTOP = "platform=desktop"


async def answer_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Any:
    """The document of the one answer on this connection, which ends with it."""
    answer = await reader.read()
    writer.close()
    return json.loads(answer.partition(b"\r\n\r\n")[2])


async def read_at_once(world: World, payments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The methods of each payment, for requests that arrive in the same moment."""
    url = world.api.base_url
    streams = [await asyncio.open_connection(url.host, url.port) for _ in payments]
    for payment, (_, writer) in zip(payments, streams, strict=True):
        line = f"GET /v1/payments/{payment['id']}/methods?{ANDROID} HTTP/1.1"
        token = f"Authorization: Bearer {payment['checkout']['token']}"
        writer.write(f"{line}\r\nHost: x\r\nConnection: close\r\n{token}\r\n\r\n".encode())
    return await asyncio.gather(*(answer_on(*stream) for stream in streams))


async def test_documents_that_are_wanted_at_once_share_a_statement(quiet_world: World) -> None:
    world = quiet_world
    payments = [await world.open_payment(), await world.open_payment()]
    with counted(world) as statements:
        documents = await read_at_once(world, payments)
    assert [each["payment_id"] for each in documents] == [each["id"] for each in payments]
    assert statements.cost == (1, 0)


async def at_once(world: World, query: str = DESKTOP, **order: Any) -> str | None:
    """What a checkout starts by itself for a new payment."""
    found = await read_methods(world, await world.open_payment(**order), query)
    return found["at_once"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("query", "expected"),
    [(DESKTOP, "upi_qr"), (ANDROID, None), ("platform=mobile_web", None), ("", None)],
)
async def test_a_qr_code_is_started_at_once_on_a_computer_only(
    world: World, query: str, expected: str | None
) -> None:
    assert await at_once(world, query) == expected


async def test_nothing_is_started_at_once_above_upis_limit_or_where_it_is_off(world: World) -> None:
    assert await at_once(world, amount=1_00_000_01, breakdown=[]) is None
    world.engine.settings.qr_at_once = False
    assert await at_once(world) is None


async def test_what_the_customer_saved_or_used_comes_before_a_qr_code(world: World) -> None:
    await paid_by(world, method="netbanking", bank="ICICI")
    assert await at_once(world) is None
    assert await at_once(world, customer={"ref": "cust-other"}) == "upi_qr"
    await paid_by(world, method="upi_qr", client={})
    assert await at_once(world) == "upi_qr"
    await save_card(world)
    assert await at_once(world) == "upi_qr"
    await save_preferences(world, preferred_method="card")
    assert await at_once(world) is None


async def test_nothing_is_started_at_once_after_the_first_attempt(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"], method="upi_qr", client={})
    assert (await read_methods(world, payment, DESKTOP))["at_once"] is None
    await world.customer_decides(attempt, "decline")
    await world.wait_for_status(payment["id"], "open")
    assert (await read_methods(world, payment, DESKTOP))["at_once"] is None
