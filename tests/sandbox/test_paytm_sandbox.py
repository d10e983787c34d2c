"""The adapter against Paytm's own staging: what our mock cannot prove. Runs daily."""

import os
from collections.abc import AsyncIterator

import pytest

from payment_engine.domain.gateway import Refused
from payment_engine.domain.payment_methods import CardPage, UpiIntent, UpiQr
from payment_engine.domain.states import AttemptStatus
from payment_engine.gateways.http import Wire
from payment_engine.gateways.paytm.adapter import Paytm, PaytmConfig
from tests.sandbox.sandbox_charges import AMOUNT, charge_of, key_of, needs, new_ref

NEEDED = [
    "PE_SANDBOX_PAYTM_BASE_URL",
    "PE_SANDBOX_PAYTM_MERCHANT_ID",
    "PE_SANDBOX_PAYTM_MERCHANT_KEY",
]
pytestmark = needs(*NEEDED)


@pytest.fixture
async def paytm(request: pytest.FixtureRequest) -> AsyncIterator[Paytm]:
    """The adapter with the staging credentials; a parameter replaces the merchant key."""
    base_url, merchant_id, key = (os.environ[name] for name in NEEDED)
    config = PaytmConfig.model_validate(
        {
            "base_url": base_url,
            "merchant_id": merchant_id,
            "merchant_key": getattr(request, "param", key),
            "website": os.environ.get("PE_SANDBOX_PAYTM_WEBSITE", "WEBSTAGING"),
        }
    )
    wire = Wire("paytm", record=lambda exchange: None)
    yield Paytm(config, wire)
    await wire.aclose()


async def test_an_order_the_staging_never_saw_is_none(paytm: Paytm) -> None:
    assert await paytm.fetch_charge(key_of(new_ref())) is None


@pytest.mark.parametrize("source", [UpiIntent(), UpiQr()])
async def test_a_upi_charge_waits_for_the_customer_with_a_link(
    paytm: Paytm, source: UpiIntent | UpiQr
) -> None:
    started = await paytm.charge(charge_of(new_ref(), source))

    assert (started.status, started.amount) == (AttemptStatus.PENDING, AMOUNT)
    assert started.next_action is not None
    assert (started.next_action.uri or "").startswith("upi://")


async def test_a_card_is_entered_on_paytms_page(paytm: Paytm) -> None:
    started = await paytm.charge(charge_of(new_ref(), CardPage()))

    assert started.next_action is not None
    assert (started.next_action.url or "").startswith(os.environ[NEEDED[0]])


async def test_an_unpaid_order_cannot_be_refunded(paytm: Paytm) -> None:
    ref = new_ref()
    await paytm.charge(charge_of(ref, CardPage()))

    with pytest.raises(Refused):
        await paytm.refund(new_ref(), key_of(ref), AMOUNT)


@pytest.mark.parametrize("paytm", ["not-the-key-0016"], indirect=True)
async def test_a_wrong_key_is_refused(paytm: Paytm) -> None:
    with pytest.raises(Refused):
        await paytm.charge(charge_of(new_ref(), CardPage()))
