"""Where notifications go: registering an address, confirming it, and the certificate's file."""

from dataclasses import replace

from sanic import HTTPResponse, Request
from sanic.response import text

from payment_engine.mock.amazonpay.book import AmazonPay, amazonpay_of
from payment_engine.mock.amazonpay.certificate import authority, signer
from payment_engine.mock.amazonpay.errors import Refusal, invalid
from payment_engine.mock.amazonpay.notices import deliver, enveloped
from payment_engine.mock.amazonpay.wire import Content, Fields, query_of

EVENT = "SubscriptionConfirmation"
_LONGEST = 2048


def register(amazonpay: AmazonPay, fields: Fields) -> Content:
    """``POST /v1/ipn``: an empty answer, then a SubscriptionConfirmation to the new address."""
    endpoint = fields.get("recipientEndpoint", "")
    fits = {
        "recipientType": fields.get("recipientType") == "MERCHANT",
        "recipientEndpoint": endpoint.startswith(("https://", "http://"))
        and len(endpoint) <= _LONGEST,
        "recipientEndpointType": fields.get("recipientEndpointType") == "HTTPS",
    }
    if wrong := [name for name, good in fits.items() if not good]:
        raise invalid(*wrong)
    if fields.get("recipientIdentifier") != amazonpay.config.merchant_id:
        raise Refusal("IdentifierNotFound", "No such recipient.")
    amazonpay.config = replace(amazonpay.config, notify_url=endpoint)
    subscribe(amazonpay)
    return {}


def subscribe(amazonpay: AmazonPay) -> None:
    """Ask the address to confirm; until it does, nothing else is sent there."""
    amazonpay.subscribed = False
    amazonpay.subscription_token = amazonpay.world.ids.hexes("", 64)
    topic, token = amazonpay.config.topic_arn, amazonpay.subscription_token
    message = f"You have chosen to subscribe to the topic {topic}."
    base = amazonpay.config.certificate_base
    envelope = enveloped(amazonpay, EVENT, message) | {
        "Token": token,
        "SubscribeURL": f"{base}/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}",
    }
    amazonpay.world.postman.send(deliver(amazonpay, EVENT, "", envelope))


async def confirm(request: Request) -> HTTPResponse:
    """Where a ``SubscribeURL`` leads."""
    amazonpay, query = amazonpay_of(request), query_of(request)
    wanted = amazonpay.subscription_token
    if query.get("Action") != "ConfirmSubscription" or query.get("Token") != wanted or not wanted:
        return text("<ErrorResponse/>", status=400, content_type="text/xml")
    amazonpay.subscribed = True
    arn = f"<SubscriptionArn>{amazonpay.config.topic_arn}:mock</SubscriptionArn>"
    body = f"<ConfirmSubscriptionResponse>{arn}</ConfirmSubscriptionResponse>"
    return text(body, content_type="text/xml")


async def certificate(_: Request, name: str) -> HTTPResponse:
    """The certificate that notifications name; no other."""
    if f"/{name}" != signer().path:
        return text("", status=404)
    return text(signer().pem, content_type="application/x-pem-file")


async def root(_: Request) -> HTTPResponse:
    """Who vouches for that certificate."""
    return text(authority().pem, content_type="application/x-pem-file")
