"""Notifies the seller of charges and refunds: XML in JSON in an SNS envelope."""

import json
from collections.abc import Callable
from dataclasses import replace
from xml.sax.saxutils import escape

from sanic import HTTPResponse, Request
from sanic.response import text

from payment_engine.mock.amazonpay.config import NAME
from payment_engine.mock.amazonpay.documents import format_time
from payment_engine.mock.amazonpay.errors import Refusal, invalid
from payment_engine.mock.amazonpay.model import Charge, Refund
from payment_engine.mock.amazonpay.sns import (
    Envelope,
    authority,
    http_message,
    impostor,
    sign_envelope,
    signer,
)
from payment_engine.mock.amazonpay.state import AmazonPay, amazonpay_of
from payment_engine.mock.amazonpay.wire import Content, Fields, format_uuid, query_of
from payment_engine.mock.dispatch import dispatch
from payment_engine.mock.money import rupees_text
from payment_engine.mock.script import Scripted
from payment_engine.mock.webhook_sender import Delivery

CHARGE_EVENT = "ChargeTransactionNotification"
REFUND_EVENT = "RefundNotification"
_TYPES = {CHARGE_EVENT: "OrderReferenceNotification", REFUND_EVENT: "PaymentRefund"}
_STATES = {
    "CaptureApproved": "Completed",
    "CapturePending": "Pending",
    "Failed": "Declined",
    "Approved": "Completed",
}
_XMLNS = "https://mws.amazonservices.com/ipn/OffAmazonPayments/2013-01-01"
_Xml = Callable[[str, str], str]
"""Writes the document for a state and an amount in rupees."""
SUBSCRIPTION_EVENT = "SubscriptionConfirmation"
_MAX_URL_LENGTH = 2048


def send_charge_event(amazonpay: AmazonPay, charge: Charge) -> None:
    """Notify the seller of a charge as it is now."""

    def xml(state: str, amount: str) -> str:
        return _charge_xml(charge, state, amount)

    _send(amazonpay, CHARGE_EVENT, charge, xml, charge.reported_status, charge.paise)


def send_refund_event(amazonpay: AmazonPay, charge: Charge, refund: Refund) -> None:
    """Notify the seller of a refund as it is now."""

    def xml(state: str, amount: str) -> str:
        return _refund_xml(refund, state, amount)

    _send(amazonpay, REFUND_EVENT, charge, xml, refund.status, refund.paise)


def delivery_of(
    amazonpay: AmazonPay, event: str, order_id: str, envelope: Envelope, kind: str = ""
) -> Delivery:
    """The delivery of a signed envelope, as scripted with a forged signature or none."""
    identity = impostor() if kind in ("forge", "forge_webhook") else signer()
    signed = sign_envelope(envelope, amazonpay.config.signature_version, identity)
    if kind == "unsigned":
        del signed["Signature"]
    body, headers = http_message(signed)
    url = amazonpay.config.notify_url or ""
    return Delivery(NAME, signed["MessageId"], event, order_id, url, body, headers)


def new_envelope(amazonpay: AmazonPay, kind: str, message: str) -> Envelope:
    """An unsigned envelope with the fields that all have."""
    world = amazonpay.world
    config = amazonpay.config
    return {
        "Type": kind,
        "MessageId": format_uuid(world.ids.hexes("", 32)),
        "TopicArn": config.topic_arn,
        "Message": message,
        "Timestamp": format_time(world.clock.now()),
        "SigningCertURL": config.certificate_base + signer().path,
    }


def _send(
    amazonpay: AmazonPay, event: str, charge: Charge, xml: _Xml, status: str, paise: int
) -> None:
    if not (amazonpay.config.notify_url and amazonpay.subscribed):
        return

    def write(scripted: Scripted | None) -> Delivery:
        state, amount = _reported(_STATES.get(status, status), paise, scripted)
        envelope = new_envelope(
            amazonpay, "Notification", _notification(amazonpay, event, xml(state, amount))
        )
        arn = f"{amazonpay.config.topic_arn}:mock"
        base = amazonpay.config.certificate_base
        envelope["UnsubscribeURL"] = f"{base}/?Action=Unsubscribe&SubscriptionArn={arn}"
        kind = scripted.kind if scripted else ""
        return delivery_of(amazonpay, event, charge.charge_id, envelope, kind)

    dispatch(amazonpay.world, gateway=NAME, event=event, order_id=charge.charge_id, write=write)


def _reported(state: str, paise: int, scripted: Scripted | None) -> tuple[str, str]:
    """State and amount in a notification, changed as scripted."""
    amount = rupees_text(paise)
    if not scripted:
        return state, amount
    behaviour = scripted.behaviour
    match scripted.kind:
        case "status":
            return str(behaviour.get("status", "MYSTERY")), amount
        case "wrong_amount":
            return state, str(behaviour.get("amount", rupees_text(paise + 100)))
        case "forge_webhook":
            other = "Declined" if state == "Completed" else "Completed"
            return str(behaviour.get("status", other)), str(behaviour.get("amount", amount))
        case _:
            return state, amount


def _notification(amazonpay: AmazonPay, event: str, xml: str) -> str:
    world = amazonpay.world
    config = amazonpay.config
    return json.dumps(
        {
            "ReleaseEnvironment": "Sandbox" if "sandbox" in config.host else "Live",
            "MarketplaceID": "A3FDG49KKM823Q",
            "Version": "2013-01-01",
            "NotificationType": _TYPES[event],
            "SellerId": config.merchant_id,
            "NotificationReferenceId": format_uuid(world.ids.hexes("", 32)),
            "Timestamp": format_time(world.clock.now()),
            "NotificationData": xml,
        }
    )


def _charge_xml(charge: Charge, state: str, amount: str) -> str:
    code, description = charge.reason
    return (
        f'<{CHARGE_EVENT} xmlns="{_XMLNS}"><ChargeTransactionDetails>'
        f"<OrderID>{charge.amazon_charge_id}</OrderID>"
        f"<SellerReferenceId>{charge.charge_id}</SellerReferenceId>"
        f"<Amount>{_money(amount)}</Amount><TotalFee>{_money('0.00')}</TotalFee>"
        "<PaymentModes><Id>AmazonPayBalance</Id></PaymentModes><FeeBreakup/>"
        f"<CreationTimestamp>{format_time(charge.created)}</CreationTimestamp>"
        f"<Status>{_state(state, format_time(charge.updated), code)}"
        f"<ReasonDescription>{escape(description)}</ReasonDescription></Status>"
        f"</ChargeTransactionDetails></{CHARGE_EVENT}>"
    )


def _refund_xml(refund: Refund, state: str, amount: str) -> str:
    code = "001" if refund.status == "Approved" else "310"
    ours = "" if refund.refund_id == refund.amazon_refund_id else refund.refund_id
    return (
        f'<{REFUND_EVENT} xmlns="{_XMLNS}"><RefundDetails>'
        f"<AmazonRefundId>{refund.amazon_refund_id}</AmazonRefundId>"
        f"<RefundReferenceId>{ours}</RefundReferenceId>"
        "<RefundType>SellerInitiated</RefundType>"
        f"<RefundAmount>{_money(amount)}</RefundAmount><FeeRefunded>{_money('0.00')}</FeeRefunded>"
        f"<CreationTimestamp>{format_time(refund.created)}</CreationTimestamp>"
        f"<RefundStatus>{_state(state, format_time(refund.updated), code)}</RefundStatus>"
        f"</RefundDetails></{REFUND_EVENT}>"
    )


def _money(amount: str) -> str:
    return f"<Amount>{escape(amount)}</Amount><CurrencyCode>INR</CurrencyCode>"


def _state(state: str, updated: str, code: str) -> str:
    return (
        f"<State>{escape(state)}</State><LastUpdateTimestamp>{updated}</LastUpdateTimestamp>"
        f"<ReasonCode>{code}</ReasonCode>"
    )


def register(amazonpay: AmazonPay, fields: Fields) -> Content:
    """``POST /v1/ipn``: an empty answer, then a SubscriptionConfirmation to the new address."""
    endpoint = fields.get("recipientEndpoint", "")
    checks = {
        "recipientType": fields.get("recipientType") == "MERCHANT",
        "recipientEndpoint": endpoint.startswith(("https://", "http://"))
        and len(endpoint) <= _MAX_URL_LENGTH,
        "recipientEndpointType": fields.get("recipientEndpointType") == "HTTPS",
    }
    if invalid_fields := [name for name, is_valid in checks.items() if not is_valid]:
        raise invalid(*invalid_fields)
    if fields.get("recipientIdentifier") != amazonpay.config.merchant_id:
        raise Refusal("IdentifierNotFound", "No such recipient.")
    amazonpay.config = replace(amazonpay.config, notify_url=endpoint)
    subscribe(amazonpay)
    return {}


def subscribe(amazonpay: AmazonPay) -> None:
    """Ask the address to confirm; nothing else is sent to it until it does."""
    amazonpay.subscribed = False
    amazonpay.subscription_token = amazonpay.world.ids.hexes("", 64)
    topic = amazonpay.config.topic_arn
    token = amazonpay.subscription_token
    message = f"You have chosen to subscribe to the topic {topic}."
    base = amazonpay.config.certificate_base
    envelope = new_envelope(amazonpay, SUBSCRIPTION_EVENT, message) | {
        "Token": token,
        "SubscribeURL": f"{base}/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}",
    }
    amazonpay.world.webhook_sender.send(delivery_of(amazonpay, SUBSCRIPTION_EVENT, "", envelope))


async def confirm_subscription(request: Request) -> HTTPResponse:
    """Where a ``SubscribeURL`` leads."""
    amazonpay = amazonpay_of(request)
    query = query_of(request)
    token = amazonpay.subscription_token
    if query.get("Action") != "ConfirmSubscription" or not token or query.get("Token") != token:
        return text("<ErrorResponse/>", status=400, content_type="text/xml")
    amazonpay.subscribed = True
    arn = f"<SubscriptionArn>{amazonpay.config.topic_arn}:mock</SubscriptionArn>"
    body = f"<ConfirmSubscriptionResponse>{arn}</ConfirmSubscriptionResponse>"
    return text(body, content_type="text/xml")


async def serve_certificate(_: Request, name: str) -> HTTPResponse:
    """The certificate that notifications name; 404 for any other."""
    if f"/{name}" != signer().path:
        return text("", status=404)
    return text(signer().pem, content_type="application/x-pem-file")


async def serve_authority(_: Request) -> HTTPResponse:
    """The authority that issued that certificate."""
    return text(authority().pem, content_type="application/x-pem-file")
