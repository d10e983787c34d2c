"""The adapter against Juspay's own sandbox: what our mock cannot prove. Runs daily."""

import os
from collections.abc import AsyncIterator

import pytest

from payment_engine.domain.gateway import Refused
from payment_engine.domain.payment_methods import UpiIntent, UpiQr
from payment_engine.domain.states import AttemptStatus
from payment_engine.gateways.http import Wire
from payment_engine.gateways.juspay.adapter import Juspay, JuspayConfig
from tests.sandbox.sandbox_charges import AMOUNT, charge_of, key_of, needs, new_ref

NEEDED = [
    "PE_SANDBOX_JUSPAY_BASE_URL",
    "PE_SANDBOX_JUSPAY_MERCHANT_ID",
    "PE_SANDBOX_JUSPAY_API_KEY",
]
pytestmark = needs(*NEEDED)


@pytest.fixture
async def juspay(request: pytest.FixtureRequest) -> AsyncIterator[Juspay]:
    """The adapter with the sandbox's credentials; a parameter replaces the API key."""
    base_url, merchant_id, api_key = (os.environ[name] for name in NEEDED)
    config = JuspayConfig.model_validate(
        {
            "base_url": base_url,
            "merchant_id": merchant_id,
            "api_key": getattr(request, "param", api_key),
            "webhook_username": "not-used",
            "webhook_password": "not-used",
        }
    )
    wire = Wire("juspay", record=lambda exchange: None)
    yield Juspay(config, wire)
    await wire.aclose()


async def test_an_order_the_sandbox_never_saw_is_none(juspay: Juspay) -> None:
    assert await juspay.fetch_charge(key_of(new_ref())) is None


@pytest.mark.parametrize("source", [UpiIntent(), UpiQr()])
async def test_a_upi_charge_waits_for_the_customer_with_a_link(
    juspay: Juspay, source: UpiIntent | UpiQr
) -> None:
    ref = new_ref()

    started = await juspay.charge(charge_of(ref, source))
    fetched = await juspay.fetch_charge(key_of(ref))

    assert (started.ref, started.amount, started.status) == (ref, AMOUNT, AttemptStatus.PENDING)
    assert started.next_action is not None
    assert (started.next_action.uri or "").startswith("upi://pay?")
    assert fetched is not None
    assert (fetched.amount, fetched.currency, fetched.recognised) == (AMOUNT, "INR", True)


async def test_an_unpaid_order_cannot_be_refunded(juspay: Juspay) -> None:
    ref = new_ref()
    await juspay.charge(charge_of(ref, UpiIntent()))

    with pytest.raises(Refused):
        await juspay.refund(new_ref(), key_of(ref), AMOUNT)


@pytest.mark.parametrize("juspay", ["not-the-key"], indirect=True)
async def test_a_wrong_key_is_refused(juspay: Juspay) -> None:
    with pytest.raises(Refused):
        await juspay.charge(charge_of(new_ref(), UpiIntent()))
