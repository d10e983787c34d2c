"""A wallet's link that pays once, while others use or end it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from payment_engine.db.models import LinkedWallet
from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.payment import Payment
from payment_engine.domain.requests.attempts import AttemptIn
from payment_engine.engine import Engine
from payment_engine.services.attempts import start
from payment_engine.services.attempts.payment_source import PaymentSource, resolve_source
from payment_engine.services.instruments import wallets
from tests.world import World, running_world

PHONE, OTP = "7777777777", "489871"


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(database, tmp_path / "spool", other_gateways=("paytm",)) as world:
        yield world


async def linked(world: World) -> tuple[dict[str, Any], dict[str, str]]:
    """A payment, and the request that pays it from a link made for it."""
    payment = await world.open_payment()
    token = payment["checkout"]["token"]
    await world.post("/v1/paytm/wallet/otp", {"phone": PHONE}, token)
    wallet = await world.post("/v1/paytm/wallet/link", {"otp": OTP}, token)
    assert wallet.status_code == 200, wallet.text
    body = {"method": "wallet", "wallet": "paytm", "instrument_id": wallet.json()["id"]}
    return payment, body


async def test_a_wallet_unlinked_while_an_attempt_starts_is_not_usable_and_says_so_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment, body = await linked(world)

    async def unlinked_meanwhile(
        engine: Engine, payment: Payment, request: AttemptIn
    ) -> PaymentSource:
        source = await resolve_source(engine, payment, request)
        await wallets.unlink_all(engine, CustomerKey(world.keys.merchant_id, payment.customer_ref))
        return source

    monkeypatch.setattr(start, "resolve_source", unlinked_meanwhile)
    async with asyncio.timeout(1):
        answer = await world.post(f"/v1/payments/{payment['id']}/attempts", body, key="one")
    assert (answer.status_code, answer.json()["code"]) == (409, "instrument_not_usable")
    assert await world.sql("SELECT id FROM attempt") == []
    assert await world.sql("SELECT key FROM idempotency_key WHERE key = 'one'") == []


async def test_of_two_payments_that_use_one_link_at_once_one_is_paid(world: World) -> None:
    payment, body = await linked(world)
    other = await world.open_payment()
    await LinkedWallet.all().update(payment_id=None)
    paths = [f"/v1/payments/{each['id']}/attempts" for each in (payment, other)]
    answers = await asyncio.gather(*(world.post(path, body) for path in paths * 3))
    paid = [each for each in answers if each.status_code == 201]
    refused = [each.json()["code"] for each in answers if each.status_code != 201]
    assert [each.json()["payment"]["status"] for each in paid] == ["paid"]
    assert set(refused) <= {"instrument_not_usable", "attempt_in_progress", "payment_not_open"}
    assert sum(row["charged"] for row in (await world.ledger()).values()) == 116400
    (wallet,) = await world.sql("SELECT state, sealed FROM linked_wallet")
    assert (wallet["state"], wallet["sealed"]) == ("expired", None)
