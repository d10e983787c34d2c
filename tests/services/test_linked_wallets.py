"""Wallets that customers link by OTP or consent, pay from, and unlink."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from payment_engine.db.models import LinkedWallet
from payment_engine.domain.gateway import LinkEnded, WalletLink
from payment_engine.gateways.paytm.adapter import Paytm
from payment_engine.services.instruments import wallets
from tests.world import World, running_world

PHONE, OTP = "7777777777", "489871"


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(
        database, tmp_path / "spool", other_gateways=("paytm", "amazonpay")
    ) as world:
        yield world


async def linked_paytm(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """A payment whose customer has linked their Paytm wallet, and the wallet."""
    payment = await world.open_payment()
    token = payment["checkout"]["token"]
    sent = await world.post("/v1/paytm/wallet/otp", {"phone": PHONE}, token)
    assert (sent.status_code, sent.json()["next"]["kind"]) == (202, "otp"), sent.text
    linked = await world.post("/v1/paytm/wallet/link", {"otp": OTP}, token)
    assert linked.status_code == 200, linked.text
    return payment, linked.json()


async def test_a_wallet_is_linked_by_otp_and_pays(
    world: World,
) -> None:
    payment, wallet = await linked_paytm(world)
    assert wallet["balance"]["amount"] > 116400
    attempt = await world.start_attempt(
        payment["id"], method="wallet", wallet="paytm", instrument_id=wallet["id"]
    )
    assert (attempt["gateway"], attempt["status"]) == ("paytm", "captured")
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


async def test_a_link_that_its_provider_ties_to_one_order_pays_that_payment_and_once(
    world: World,
) -> None:
    payment, wallet = await linked_paytm(world)
    body = {"method": "wallet", "wallet": "paytm", "instrument_id": wallet["id"]}
    other = await world.open_payment(order_id="PO-other")
    offered = await wallet_item(world, other["id"])
    refused = await world.post(f"/v1/payments/{other['id']}/attempts", body)
    paid = await world.start_attempt(payment["id"], **body)
    again = await world.post(f"/v1/payments/{other['id']}/attempts", body)
    assert (offered["instrument_id"], paid["status"]) == (None, "captured")
    for answer in (refused, again):
        assert (answer.status_code, answer.json()["code"]) == (409, "instrument_not_usable")


async def test_more_than_the_wallet_holds_is_a_decline_and_the_wallet_can_be_linked_anew(
    world: World,
) -> None:
    payment = await world.open_payment(amount=2_000_000, breakdown=[])
    token = payment["checkout"]["token"]
    for status in ("failed", "failed"):
        await world.post("/v1/paytm/wallet/otp", {"phone": PHONE}, token)
        wallet = await world.post("/v1/paytm/wallet/link", {"otp": OTP}, token)
        body = {"method": "wallet", "wallet": "paytm", "instrument_id": wallet.json()["id"]}
        attempt = await world.start_attempt(payment["id"], **body)
        assert (attempt["status"], attempt["decline"]["code"]) == (status, "insufficient_funds")


async def wallet_item(world: World, payment_id: str) -> dict[str, Any]:
    """Paytm's wallet as a payment's methods document shows it."""
    document = (await world.get(f"/v1/payments/{payment_id}/methods")).json()
    items = [item for group in document["groups"] for item in group["items"]]
    return next(item for item in items if item["wallet"] == "paytm")


async def test_a_wrong_otp_returns_the_tries_left_and_the_third_ends_the_link(
    world: World,
) -> None:
    token = (await world.open_payment())["checkout"]["token"]
    await world.post("/v1/paytm/wallet/otp", {"phone": PHONE}, token)
    responses = [
        await world.post("/v1/paytm/wallet/link", {"otp": "000001"}, token) for _ in range(4)
    ]
    assert [(one.status_code, one.json()["code"]) for one in responses] == [
        *[(422, "wrong_link_proof")] * 3,
        (409, "link_not_started"),
    ]
    assert [one.json().get("tries_left") for one in responses] == [2, 1, 0, None]


async def test_a_link_that_was_not_started_cannot_be_finished(world: World) -> None:
    token = (await world.open_payment())["checkout"]["token"]
    refused = await world.post("/v1/paytm/wallet/link", {"otp": OTP}, token)
    assert (refused.status_code, refused.json()["code"]) == (409, "link_not_started")


async def test_an_unlinked_wallet_is_gone_and_its_token_wiped(world: World) -> None:
    payment, _ = await linked_paytm(world)
    token = payment["checkout"]["token"]
    for _ in range(2):
        answer = await world.api.delete("/v1/paytm/wallet", headers=world.headers(token))
        assert answer.status_code == 204
    assert (await world.get("/v1/paytm/wallet", token)).status_code == 404
    assert [row["sealed"] for row in await world.sql("SELECT sealed FROM linked_wallet")] == [None]


async def test_an_otp_and_a_phone_are_stored_nowhere(world: World) -> None:
    await linked_paytm(world)
    (row,) = await world.sql("SELECT w::text AS text FROM linked_wallet w")
    assert PHONE not in row["text"]
    assert OTP not in row["text"]


async def test_another_customers_wallet_does_not_exist(world: World) -> None:
    _, wallet = await linked_paytm(world)
    other = await world.open_payment(customer={"ref": "cust-9999", "phone": "9876543210"})
    body = {"method": "wallet", "wallet": "paytm", "instrument_id": wallet["id"]}
    refused = await world.post(f"/v1/payments/{other['id']}/attempts", body)
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


async def consented(world: World, token: str) -> dict[str, Any]:
    """An Amazon Pay wallet, linked as its customer would in a browser."""
    started = await world.post("/v1/amazonpay/wallet/link", {}, token)
    assert (started.status_code, started.json()["next"]["kind"]) == (202, "redirect"), started.text
    page = await world.mock.get(started.json()["next"]["url"])
    assert page.status_code == 200
    agreed = await world.mock.post(str(page.url), data={"action": "allow"})
    code = agreed.headers["location"].partition("code=")[2].partition("&")[0]
    linked = await world.post("/v1/amazonpay/wallet/link", {"code": code}, token)
    assert linked.status_code == 200, linked.text
    return dict(linked.json())


async def test_many_customers_behind_one_address_link_by_consent(world: World) -> None:
    """It sends no OTP, and a mobile operator gives many customers one address."""
    world.engine.settings.otps_per_address = "1/hour"
    for number in range(3):
        payment = await world.open_payment(customer={"ref": f"cust-{number}"})
        await consented(world, payment["checkout"]["token"])


async def test_an_amazon_wallet_is_linked_by_consent_and_paid_from(world: World) -> None:
    payment = await world.open_payment(amount=50000, breakdown=[])
    wallet = await consented(world, payment["checkout"]["token"])
    attempt = await world.start_attempt(
        payment["id"], method="wallet", wallet="amazonpay", instrument_id=wallet["id"]
    )
    assert (attempt["gateway"], attempt["status"]) == ("amazonpay", "captured")


async def test_too_low_a_balance_leads_to_the_providers_page_and_stays_pending(
    world: World,
) -> None:
    payment = await world.open_payment()
    wallet = await consented(world, payment["checkout"]["token"])
    attempt = await world.start_attempt(
        payment["id"], method="wallet", wallet="amazonpay", instrument_id=wallet["id"]
    )
    assert (attempt["status"], attempt["next_action"]["kind"]) == ("pending", "redirect")


async def test_a_token_about_to_expire_is_renewed_before_it_is_used(world: World) -> None:
    token = (await world.open_payment(expires_in=7200))["checkout"]["token"]
    await consented(world, token)
    before = await world.sql("SELECT sealed, token_expires_at FROM linked_wallet")
    world.clock.advance(minutes=59)
    response = await world.get("/v1/amazonpay/wallet", token)
    after = await world.sql("SELECT sealed, token_expires_at FROM linked_wallet")
    assert response.status_code == 200
    assert after != before


class Overtaken(Paytm):
    """Another request with the same OTP overtakes this one."""

    async def link_finish(self, state: SecretStr, proof: SecretStr) -> WalletLink:
        link = await super().link_finish(state, proof)
        await self.meanwhile(link)
        raise LinkEnded("1107", "already used")


async def test_of_two_that_finish_a_link_at_once_neither_ends_what_the_other_linked(
    world: World,
) -> None:
    token = (await world.open_payment())["checkout"]["token"]
    await world.post("/v1/paytm/wallet/otp", {"phone": PHONE}, token)
    paytm = world.engine.gateways["paytm"]
    slow = Overtaken(paytm.config, paytm.wire)

    async def meanwhile(link: WalletLink) -> None:
        row = await LinkedWallet.get()
        await wallets.store_link(world.engine, row, link)

    slow.meanwhile = meanwhile
    world.engine.gateways["paytm"] = slow
    second = await world.post("/v1/paytm/wallet/link", {"otp": OTP}, token)
    (row,) = await world.sql("SELECT state, sealed FROM linked_wallet")
    assert (second.status_code, row["state"], row["sealed"] is None) == (409, "linked", False)
