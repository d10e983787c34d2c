"""A customer is erased, or withdraws a consent, while something about them is under way."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.payment import Snapshot
from payment_engine.engine import Engine
from payment_engine.services.instruments import card_jobs, vpas
from payment_engine.services.instruments.customer_data import erase_customer
from payment_engine.services.lifecycle.read import load_attempt
from tests.customers import CONSENT, SETTINGS, call_as_customer, token_of
from tests.webhooks import send_webhook
from tests.world import World, running_world

REF, VPA = "cust-8812", "asha.rao@okaxis"
COLLECT = {"method": "upi_collect", "vpa": VPA, "save": CONSENT, "client": {"platform": "ios"}}


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(database, tmp_path / "spool", **SETTINGS) as world:
        yield world


async def erase(world: World) -> None:
    await erase_customer(world.engine, CustomerKey(world.keys.merchant_id, REF))


async def withdraw(world: World, purpose: str) -> None:
    body = {"consents": {purpose: None}}
    path, token = "/v1/user-config", token_of(world, REF)
    read = await call_as_customer(world, "GET", path, token)
    tag = {"if-match": read.headers["etag"]}
    answer = await call_as_customer(world, "PATCH", path, token, body, **tag)
    assert answer.status_code == 200, answer.text


async def collect_under_way(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """A payment and its attempt by collect request, whose UPI ID is to be saved."""
    payment = await world.open_payment()
    return payment, await world.start_attempt(payment["id"], **COLLECT)


async def card_payment(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """A payment and its attempt by a card that is to be saved."""
    payment = await world.open_payment()
    token = await world.card_token()
    attempt = await world.start_attempt(
        payment["id"], method="card", card_token=token, save=CONSENT
    )
    return payment, attempt


async def saved(world: World) -> list[Any]:
    return [
        *await world.sql("SELECT id FROM saved_vpa"),
        *await world.sql("SELECT id FROM saved_card WHERE state = 'active'"),
        *await world.sql("SELECT id FROM attempt WHERE payer IS NOT NULL"),
    ]


async def test_a_upi_id_that_a_job_has_just_read_is_not_saved_after_an_erasure(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment, attempt = await collect_under_way(world)
    await world.customer_decides(attempt)
    await world.wait_for_status(payment["id"], "paid")

    async def erased_meanwhile(engine: Engine, attempt_id: str) -> Snapshot:
        known = await load_attempt(engine, attempt_id)
        await erase(world)
        return known

    monkeypatch.setattr(vpas, "load_attempt", erased_meanwhile)
    await vpas.save_paid_vpa(world.engine, attempt["id"])
    assert await saved(world) == []


async def test_a_card_that_pays_after_an_erasure_is_not_saved(world: World) -> None:
    payment, attempt = await card_payment(world)
    await erase(world)
    await world.customer_decides(attempt)
    await world.wait_for_status(payment["id"], "paid")
    await card_jobs.save_paid_card(world.engine, attempt["id"])
    assert await saved(world) == []


@pytest.mark.parametrize(
    ("purpose", "start"), [("save_card", card_payment), ("save_vpa", collect_under_way)]
)
async def test_what_is_paid_after_its_consent_was_withdrawn_is_not_saved(
    world: World, purpose: str, start: Any
) -> None:
    payment, attempt = await start(world)
    await withdraw(world, purpose)
    await world.customer_decides(attempt)
    await world.wait_for_status(payment["id"], "paid")
    await world.run_worker(seconds=60)
    assert await saved(world) == []


async def test_a_late_webhook_with_the_payer_brings_nothing_back_after_an_erasure(
    world: World,
) -> None:
    payment, attempt = await collect_under_way(world)
    upi = {"payer_vpa": VPA}
    await asyncio.gather(
        send_webhook(world, attempt, status="PENDING_VBV", upi=upi, payer_vpa=VPA),
        erase(world),
        vpas.save_paid_vpa(world.engine, attempt["id"]),
        send_webhook(world, attempt, upi=upi, payer_vpa=VPA),
    )
    await send_webhook(world, attempt, upi=upi, payer_vpa=VPA)
    await vpas.save_paid_vpa(world.engine, attempt["id"])
    assert (await world.read_payment(payment["id"]))["status"] == "paid"
    assert await saved(world) == []


async def test_a_upi_id_is_saved_while_the_payment_is_refunded_and_neither_is_lost(
    world: World,
) -> None:
    payment, attempt = await collect_under_way(world)
    await world.customer_decides(attempt)
    await world.wait_for_status(payment["id"], "paid")
    path, body = f"/v1/payments/{payment['id']}/refunds", {"amount": 400, "reason": "test"}
    _, *refunds = await asyncio.gather(
        vpas.save_paid_vpa(world.engine, attempt["id"]),
        *(world.post(path, body) for _ in range(3)),
    )
    assert [each.status_code for each in refunds] == [201, 201, 201]
    assert len(await world.sql("SELECT id FROM saved_vpa")) == 1
    assert await world.sql("SELECT id FROM attempt WHERE payer IS NOT NULL") == []
    (row,) = await world.sql("SELECT amount_refund_reserved AS reserved FROM attempt")
    assert row["reserved"] == 1200
