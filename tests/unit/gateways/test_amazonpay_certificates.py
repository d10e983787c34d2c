"""The certificate of a webhook: fetched at Amazon only, and once."""

import asyncio
from collections.abc import Callable

import pytest

from payment_engine.domain.errors import BadSignature, Unavailable
from payment_engine.gateways.amazonpay.adapter import AmazonPay, AmazonPayConfig
from payment_engine.gateways.amazonpay.sns import is_sns_url
from tests.unit.gateways.amazonpay_webhooks import (
    CERTIFICATE,
    CHARGE_XML,
    CONFIRMATION,
    identity,
    notification,
    posted,
    sign_envelope,
)
from tests.unit.gateways.loopback import Server, ok
from tests.unit.gateways.scripted_amazonpay import CONFIG, NOW

PAID = notification(CHARGE_XML)


@pytest.fixture
async def listening(start, make_wire) -> Callable:
    """An adapter that fetches certificates from a loopback server, and that server."""

    async def listen(*answers: bytes) -> tuple[AmazonPay, Server]:
        waiting = list(answers)

        async def answer_next(_, writer):
            writer.write(waiting.pop(0))

        server = await start(answer_next)
        settings = {**CONFIG, "certificate_base": f"{server.url}/files/"}
        gateway = AmazonPay(AmazonPayConfig.model_validate(settings), make_wire())
        gateway.api.now = lambda: NOW
        return gateway, server

    return listen


def paths(server: Server) -> list[bytes]:
    return [request.split(b" ")[1] for request in server.requests]


async def test_a_certificate_is_fetched_once_for_many_webhooks(listening):
    gateway, server = await listening(ok(identity("rsa")[1]))

    events = await asyncio.gather(
        *(gateway.receive_webhook(*posted(sign_envelope(PAID))) for _ in range(3))
    )

    assert all(event.charges for event in events)
    assert paths(server) == [b"/files/SimpleNotificationService-0000.pem"]


async def test_without_its_certificate_a_webhook_is_rejected(amazonpay):
    with pytest.raises(BadSignature):
        amazonpay.read_webhook(*posted(sign_envelope(PAID)))


async def test_while_a_certificate_cannot_be_fetched_the_webhook_must_be_sent_again(listening):
    gateway, _ = await listening(ok(b"", status="503 Busy"), ok(identity("rsa")[1]))

    with pytest.raises(Unavailable):
        await gateway.receive_webhook(*posted(sign_envelope(PAID)))

    assert (await gateway.receive_webhook(*posted(sign_envelope(PAID)))).charges


@pytest.mark.parametrize(
    "answer",
    [ok(b"", status="404 Not Found"), ok(b"no certificate"), ok(b"x" * 70_000)],
    ids=["missing", "no certificate", "too long"],
)
async def test_a_webhook_without_a_valid_certificate_is_rejected(listening, answer):
    gateway, _ = await listening(answer)

    with pytest.raises(BadSignature):
        await gateway.receive_webhook(*posted(sign_envelope(PAID)))


@pytest.mark.parametrize(
    "url",
    [
        CERTIFICATE.replace("https", "http"),
        CERTIFICATE.replace(
            "sns.eu-west-1.amazonaws.com", "sns.eu-west-1.amazonaws.com.evil.example"
        ),
        CERTIFICATE.replace("sns.eu-west-1", "s3.eu-west-1"),
        CERTIFICATE.replace(
            "sns.eu-west-1.amazonaws.com", "evil.example/sns.eu-west-1.amazonaws.com"
        ),
        CERTIFICATE.replace("https://", "https://evil.example@"),
        CERTIFICATE.replace(".com/", ".com:8443/"),
        CERTIFICATE.replace(".com/", ".com:x/"),
        CERTIFICATE.replace(".pem", ".txt"),
        CERTIFICATE + "?x=.pem",
        "https://[sns/x.pem",
        "",
    ],
)
async def test_a_certificate_of_another_address_is_never_fetched(listening, url):
    gateway, server = await listening()

    with pytest.raises(BadSignature):
        await gateway.receive_webhook(*posted(sign_envelope({**PAID, "SigningCertURL": url})))

    assert server.requests == []


def test_sns_addresses_are_recognised():
    assert is_sns_url(CERTIFICATE, pem=True)
    assert is_sns_url("https://sns.cn-north-1.amazonaws.com.cn:443/a-1.pem", pem=True)
    assert not is_sns_url("https://sns.eu-west-1.amazonaws.com/", pem=True)
    assert is_sns_url("https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription")


async def test_nothing_is_fetched_for_another_topic(listening):
    gateway, server = await listening()

    with pytest.raises(BadSignature):
        await gateway.receive_webhook(
            *posted(sign_envelope({**PAID, "TopicArn": "arn:aws:sns:x:1:y"}))
        )

    assert server.requests == []


async def test_a_subscription_is_confirmed_where_amazon_says(listening):
    gateway, server = await listening(ok(identity("rsa")[1]), ok(b"<ConfirmSubscriptionResponse/>"))

    await gateway.receive_webhook(*posted(sign_envelope(CONFIRMATION)))

    assert paths(server)[1] == b"/files/?Action=ConfirmSubscription&Token=2336412f37"


@pytest.mark.parametrize("signer", ["impostor", "rsa"])
async def test_a_subscription_is_confirmed_at_no_other_address(listening, signer):
    gateway, server = await listening(ok(identity("rsa")[1]))
    url = CONFIRMATION["SubscribeURL"] if signer == "impostor" else "https://evil.example/?a=b"

    with pytest.raises(BadSignature):
        await gateway.receive_webhook(
            *posted(sign_envelope({**CONFIRMATION, "SubscribeURL": url}, signer=signer))
        )

    assert len(server.requests) == 1


async def test_without_a_setting_certificates_are_fetched_at_amazon(amazonpay, amazon):
    pem = identity("rsa")[1].decode()
    amazon.answers["GET /SimpleNotificationService-0000.pem"] = [
        (pem, 200, "", {"x_amz_signature": ""})
    ]

    assert (await amazonpay.receive_webhook(*posted(sign_envelope(PAID)))).charges
    assert str(amazon.requests[0].url) == CERTIFICATE


async def test_a_webhook_whose_certificate_is_there_waits_for_no_other_fetch(listening):
    gateway, _ = await listening()
    gateway.certificates.trust(CERTIFICATE, identity("rsa")[1])

    async with gateway.certificates._fetching, asyncio.timeout(5):
        event = await gateway.receive_webhook(*posted(sign_envelope(PAID)))

    assert event.charges
