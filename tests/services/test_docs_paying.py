"""docs/paying.md: its examples are sent to the service, and what they show is what it answers."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.customers import SETTINGS, call_as_customer, token_of
from tests.examples import differences
from tests.world import World, running_world

PAGE = (Path(__file__).parents[2] / "docs" / "paying.md").read_text()
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
METHODS, STATUS, SAVING, CARDS, BARRED, CHECKED, CONFIG = EXAMPLES
SENT = [
    (path, json.loads(body))
    for path, body in re.findall(
        r"^(?:POST|PATCH) (\S+)[^{]*?(\{.*?\})\n```", PAGE, re.MULTILINE | re.DOTALL
    )
]
WAYS = re.findall(r'^\| [^|]+ \| `(\{"method.*?\})`(.*?) \| (.*) \|$', PAGE, re.MULTILINE)
STARTS = r"`POST (/v1/\w+/wallet/\w+)` `\{[^}]*\}`: 202, `(\{.*?\})`"
LINKED = r"^\| linked \| `(\{.*?\})` \|"
PHONE, OTP, VPA = "7777777777", "489871", "asha.rao@okaxis"


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    others = ("paytm", "amazonpay")
    async with running_world(
        database, tmp_path / "spool", other_gateways=others, **SETTINGS
    ) as world:
        yield world


async def save_card(world: World) -> str:
    """Pay by card once, with the consent in the docs; the id of the saved card."""
    body = {**SAVING, "card_token": await world.card_token()}
    payment = await world.open_payment()
    await world.customer_decides(await world.start_attempt(payment["id"], **body))
    await world.wait_for_status(payment["id"], "paid")
    await world.run_worker(seconds=15)
    (card,) = (await world.get("/v1/cards", payment["checkout"]["token"])).json()["cards"]
    return str(card["id"])


async def wallet_linked(world: World, payment: dict[str, Any]) -> str:
    token = payment["checkout"]["token"]
    await world.post("/v1/paytm/wallet/otp", {"phone": PHONE}, token)
    linked = await world.post("/v1/paytm/wallet/link", {"otp": OTP}, token)
    return str(linked.json()["id"])


async def test_the_methods_document_is_as_in_the_docs(world: World) -> None:
    path, body = SENT[0]
    await save_card(world)
    payment = await world.open_payment()
    token = payment["checkout"]["token"]
    await wallet_linked(world, payment)
    answer = await world.post(path.replace("pay_...", payment["id"]), body, token)
    here = str(world.mock.base_url.join("/juspay"))
    expected = json.dumps(METHODS).replace("https://sandbox.juspay.in", here)
    assert differences(json.loads(expected), answer.json()) == []


async def test_a_saved_card_is_as_in_the_docs(world: World) -> None:
    await save_card(world)
    token = (await world.open_payment())["checkout"]["token"]
    assert differences(CARDS, (await world.get("/v1/cards", token)).json()) == []


@pytest.mark.parametrize(("body", "or_else", "promised"), WAYS)
async def test_every_method_is_accepted_as_in_the_docs(
    world: World, body: str, or_else: str, promised: str
) -> None:
    payment = await world.open_payment()
    body = {**json.loads(body), "client": {"platform": "android"}}
    if body["method"] == "upi_collect":
        body |= {"client": {"platform": "ios"}, "vpa": VPA}
    if "card_token" in body:
        body["card_token"] = await world.card_token()
    if body.get("instrument_id") == "crd_...":
        body |= {"instrument_id": await save_card(world), "cvv": "123"}
    if body.get("instrument_id") == "wal_...":
        body["instrument_id"] = await wallet_linked(world, payment)
    attempt = await world.start_attempt(payment["id"], **body)
    action = attempt["next_action"]
    assert f"`{action['kind']}`" in promised if action else promised.startswith("none")


async def test_a_flow_that_is_barred_names_those_that_are_open(world: World) -> None:
    payment = await world.open_payment()
    body = {"method": "upi_collect", "vpa": VPA, "client": {"platform": "desktop"}}
    answer = await world.post(f"/v1/payments/{payment['id']}/attempts", body)
    assert differences(BARRED, answer.json()) == []
    assert answer.json()["alternatives"] == BARRED["alternatives"]


async def test_a_upi_id_is_validated_as_in_the_docs(world: World) -> None:
    path, body = SENT[1]
    token = (await world.open_payment())["checkout"]["token"]
    assert differences(CHECKED, (await world.post(path, body, token)).json()) == []


async def test_wallets_are_linked_as_in_the_docs(world: World) -> None:
    (otp, by_otp), (consent, by_consent) = (
        (path, json.loads(answer)) for path, answer in re.findall(STARTS, PAGE)
    )
    token = (await world.open_payment())["checkout"]["token"]
    sent = await world.post(otp, {"phone": PHONE}, token)
    begun = await world.post(consent, {"return_url": "https://shop.example/linked"}, token)
    linked = await world.post("/v1/paytm/wallet/link", {"otp": OTP}, token)
    assert [sent.status_code, begun.status_code] == [202, 202]
    assert differences(by_otp, sent.json()) + differences(by_consent, begun.json()) == []
    assert differences(json.loads(re.findall(LINKED, PAGE, re.MULTILINE)[0]), linked.json()) == []


async def test_preferences_are_merged_as_in_the_docs(world: World) -> None:
    path, body = SENT[2]
    await save_card(world)
    token = token_of(world, "cust-8812")
    read = await call_as_customer(world, "GET", path, token)
    answer = await call_as_customer(world, "PATCH", path, token, body, **{"if-match": '"0"'})
    assert (read.headers["etag"], answer.status_code) == ('"0"', 200)
    assert differences(CONFIG, answer.json()) == []


async def test_how_a_payment_stands_is_as_in_the_docs(world: World) -> None:
    payment = await world.open_payment()
    token = re.findall(r"[#&]status=([^&]+)", payment["checkout"]["url"])[0]
    await world.customer_decides(await world.start_attempt(payment["id"]))
    await world.wait_for_status(payment["id"], "paid")
    answer = await world.get(f"/v1/payments/{payment['id']}/status", token)
    own = {"order_id": payment["order_id"], "return_url": payment["return_url"], "version": 4}
    assert differences({**STATUS, **own}, answer.json()) == []
