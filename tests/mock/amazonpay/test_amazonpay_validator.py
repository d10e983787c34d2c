"""AWS's published validator, unmodified, judges the mock's notifications through its TLS proxy."""

import pytest

from payment_engine.mock.tls_proxy import open_tls_proxy
from tests.mock.published import client, javascript


@pytest.fixture
async def validator(seller, tmp_path):
    """The validator, which fetches the certificate from the real host's name."""
    async with (
        open_tls_proxy(seller.client.base_url.port, tmp_path) as proxy,
        client(
            *javascript("sns_validator_client.js"), environment=proxy.environment, folder=tmp_path
        ) as validator,
    ):
        yield validator


@pytest.fixture(params=["1", "2"])
async def seller(request, open_account):
    return await open_account({"signature_version": request.param})


async def test_a_notification_is_accepted(seller, listener, validator):
    await seller.charge()
    _, envelope = await listener.next()
    assert await validator.ask(envelope) == {"valid": envelope["MessageId"]}


async def test_a_request_to_confirm_is_accepted(seller, listener, validator):
    await seller.control("/amazonpay/subscription", {})
    _, envelope = await listener.next()
    assert await validator.ask(envelope) == {"valid": envelope["MessageId"]}


async def test_a_tampered_notification_is_refused(seller, listener, validator):
    await seller.charge()
    _, envelope = await listener.next()
    tampered = envelope | {"Message": envelope["Message"].replace("499.00", "4.99")}
    assert await validator.ask(tampered) == {"error": "The message signature is invalid."}


async def test_a_forged_notification_is_refused(seller, listener, validator):
    await seller.script("forge", {"event": "*"})
    await seller.charge()
    _, envelope = await listener.next()
    assert await validator.ask(envelope) == {"error": "The message signature is invalid."}
