"""The adapter against Amazon Pay's own sandbox: checks what its documents leave open."""

import os
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from payment_engine.domain.gateway import Refused
from payment_engine.domain.money import Paise
from payment_engine.domain.payment_methods import LinkedWallet
from payment_engine.domain.states import AttemptStatus
from payment_engine.gateways.amazonpay.adapter import AmazonPay, AmazonPayConfig
from payment_engine.gateways.amazonpay.wallets import WalletTokens
from payment_engine.gateways.http import Wire
from tests.sandbox.sandbox_charges import charge_of, key_of, needs, new_ref

RUPEE = Paise(1_00)
NEEDED = [
    "PE_SANDBOX_AMAZONPAY_MERCHANT_ID",
    "PE_SANDBOX_AMAZONPAY_ACCESS_KEY",
    "PE_SANDBOX_AMAZONPAY_SECRET_KEY",
    "PE_SANDBOX_AMAZONPAY_CLIENT_ID",
    "PE_SANDBOX_AMAZONPAY_REFRESH_TOKEN",
    "PE_SANDBOX_AMAZONPAY_CALLBACK_URL",
]
"""The refresh token is of a test customer who consented; the callback URL is safelisted."""
pytestmark = needs(*NEEDED)


@pytest.fixture
async def amazonpay(request: pytest.FixtureRequest) -> AsyncIterator[AmazonPay]:
    """The adapter with the sandbox's credentials; a parameter replaces the secret key."""
    merchant_id, access_key, secret_key, client_id = (os.environ[name] for name in NEEDED[:4])
    config = AmazonPayConfig.model_validate(
        {
            "base_url": "https://amazonpay-sandbox.amazon.in",
            "merchant_id": merchant_id,
            "access_key": access_key,
            "secret_key": getattr(request, "param", secret_key),
            "client_id": client_id,
            "client_secret": os.environ.get("PE_SANDBOX_AMAZONPAY_CLIENT_SECRET"),
            "auth_separator": os.environ.get("PE_SANDBOX_AMAZONPAY_SEPARATOR", " "),
            "topic_arn": "arn:aws:sns:eu-west-1:000000000000:not-used",
        }
    )
    wire = Wire("amazonpay", record=lambda exchange: None)
    yield AmazonPay(config, wire)
    await wire.aclose()


@pytest.fixture
async def wallet(amazonpay: AmazonPay) -> SecretStr:
    """The test customer's wallet, with a fresh access token."""
    refresh = os.environ["PE_SANDBOX_AMAZONPAY_REFRESH_TOKEN"]
    known = WalletTokens(access="Atza|expired", refresh=refresh).serialized()
    return (await amazonpay.link_renew(known)).token


async def test_a_charge_the_sandbox_never_saw_is_none(amazonpay: AmazonPay) -> None:
    assert await amazonpay.fetch_charge(key_of(new_ref())) is None


@pytest.mark.parametrize("amazonpay", ["not-the-key"], indirect=True)
async def test_a_wrong_key_is_refused(amazonpay: AmazonPay) -> None:
    with pytest.raises(Refused):
        await amazonpay.fetch_charge(key_of(new_ref()))


async def test_a_wallet_shows_its_balance(amazonpay: AmazonPay, wallet: SecretStr) -> None:
    assert await amazonpay.balance(wallet) > 0


async def test_a_charge_and_its_status_are_signed_as_we_read_it(
    amazonpay: AmazonPay, wallet: SecretStr
) -> None:
    ref = new_ref()
    charge = charge_of(
        ref,
        LinkedWallet(token=wallet),
        amount=RUPEE,
        return_url=os.environ["PE_SANDBOX_AMAZONPAY_CALLBACK_URL"],
    )

    started = await amazonpay.charge(charge)
    found = await amazonpay.fetch_charge(key_of(ref, RUPEE))

    assert started.status in (AttemptStatus.PENDING, AttemptStatus.CAPTURED)
    assert found is not None
    assert found.gateway_payment_id == started.gateway_payment_id
