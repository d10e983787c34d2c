"""Tells the seller what became of charges and refunds: XML in JSON in an SNS envelope."""

import json
from collections.abc import Callable
from xml.sax.saxutils import escape

from payment_engine.mock.amazonpay.book import NAME, AmazonPay
from payment_engine.mock.amazonpay.certificate import impostor, signer
from payment_engine.mock.amazonpay.model import Charge, Refund
from payment_engine.mock.amazonpay.render import moment
from payment_engine.mock.amazonpay.sns import Envelope, posted, seal
from payment_engine.mock.amazonpay.wire import uuid
from payment_engine.mock.dispatch import dispatch
from payment_engine.mock.money import rupees_text
from payment_engine.mock.postman import Delivery
from payment_engine.mock.script import Scripted

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


def announce_charge(amazonpay: AmazonPay, charge: Charge) -> None:
    """Notify a charge as it is now."""

    def xml(state: str, amount: str) -> str:
        return _charge_xml(charge, state, amount)

    _announce(amazonpay, CHARGE_EVENT, charge, xml, charge.shown, charge.paise)


def announce_refund(amazonpay: AmazonPay, charge: Charge, refund: Refund) -> None:
    """Notify a refund as it is now."""

    def xml(state: str, amount: str) -> str:
        return _refund_xml(refund, state, amount)

    _announce(amazonpay, REFUND_EVENT, charge, xml, refund.status, refund.paise)


def deliver(
    amazonpay: AmazonPay, event: str, order_id: str, envelope: Envelope, kind: str = ""
) -> Delivery:
    """A sealed envelope on its way: one sealed by somebody else, or by nobody, if so scripted."""
    identity = impostor() if kind in ("forge", "forge_webhook") else signer()
    sealed = seal(envelope, amazonpay.config.signature_version, identity)
    if kind == "unsigned":
        del sealed["Signature"]
    body, headers = posted(sealed)
    url = amazonpay.config.notify_url or ""
    return Delivery(NAME, sealed["MessageId"], event, order_id, url, body, headers)


def enveloped(amazonpay: AmazonPay, kind: str, message: str) -> Envelope:
    """What every envelope has; it is not signed yet."""
    world, config = amazonpay.world, amazonpay.config
    return {
        "Type": kind,
        "MessageId": uuid(world.ids.hexes("", 32)),
        "TopicArn": config.topic_arn,
        "Message": message,
        "Timestamp": moment(world.clock.now()),
        "SigningCertURL": config.certificate_base + signer().path,
    }


def _announce(
    amazonpay: AmazonPay, event: str, charge: Charge, xml: _Xml, status: str, paise: int
) -> None:
    if not (amazonpay.config.notify_url and amazonpay.subscribed):
        return

    def write(scripted: Scripted | None) -> Delivery:
        state, amount = _told(_STATES.get(status, status), paise, scripted)
        envelope = enveloped(
            amazonpay, "Notification", _message(amazonpay, event, xml(state, amount))
        )
        arn = f"{amazonpay.config.topic_arn}:mock"
        base = amazonpay.config.certificate_base
        envelope["UnsubscribeURL"] = f"{base}/?Action=Unsubscribe&SubscriptionArn={arn}"
        kind = scripted.kind if scripted else ""
        return deliver(amazonpay, event, charge.charge_id, envelope, kind)

    dispatch(amazonpay.world, gateway=NAME, event=event, order_id=charge.charge_id, write=write)


def _told(state: str, paise: int, scripted: Scripted | None) -> tuple[str, str]:
    """What a notification says: the truth, or a scripted lie."""
    true = state, rupees_text(paise)
    if not scripted:
        return true
    behaviour = scripted.behaviour
    match scripted.kind:
        case "status":
            return str(behaviour.get("status", "MYSTERY")), true[1]
        case "wrong_amount":
            return state, str(behaviour.get("amount", rupees_text(paise + 100)))
        case "forge_webhook":
            other = "Declined" if state == "Completed" else "Completed"
            return str(behaviour.get("status", other)), str(behaviour.get("amount", true[1]))
        case _:
            return true


def _message(amazonpay: AmazonPay, event: str, xml: str) -> str:
    world, config = amazonpay.world, amazonpay.config
    return json.dumps(
        {
            "ReleaseEnvironment": "Sandbox" if "sandbox" in config.host else "Live",
            "MarketplaceID": "A3FDG49KKM823Q",
            "Version": "2013-01-01",
            "NotificationType": _TYPES[event],
            "SellerId": config.merchant_id,
            "NotificationReferenceId": uuid(world.ids.hexes("", 32)),
            "Timestamp": moment(world.clock.now()),
            "NotificationData": xml,
        }
    )


def _charge_xml(charge: Charge, state: str, amount: str) -> str:
    code, words = charge.reason
    return (
        f'<{CHARGE_EVENT} xmlns="{_XMLNS}"><ChargeTransactionDetails>'
        f"<OrderID>{charge.amazon_charge_id}</OrderID>"
        f"<SellerReferenceId>{charge.charge_id}</SellerReferenceId>"
        f"<Amount>{_money(amount)}</Amount><TotalFee>{_money('0.00')}</TotalFee>"
        "<PaymentModes><Id>AmazonPayBalance</Id></PaymentModes><FeeBreakup/>"
        f"<CreationTimestamp>{moment(charge.created)}</CreationTimestamp>"
        f"<Status>{_state(state, moment(charge.updated), code)}"
        f"<ReasonDescription>{escape(words)}</ReasonDescription></Status>"
        f"</ChargeTransactionDetails></{CHARGE_EVENT}>"
    )


def _refund_xml(refund: Refund, state: str, amount: str) -> str:
    code = "001" if refund.status == "Approved" else "310"
    return (
        f'<{REFUND_EVENT} xmlns="{_XMLNS}"><RefundDetails>'
        f"<AmazonRefundId>{refund.amazon_refund_id}</AmazonRefundId>"
        f"<RefundReferenceId>{refund.refund_id}</RefundReferenceId>"
        "<RefundType>SellerInitiated</RefundType>"
        f"<RefundAmount>{_money(amount)}</RefundAmount><FeeRefunded>{_money('0.00')}</FeeRefunded>"
        f"<CreationTimestamp>{moment(refund.created)}</CreationTimestamp>"
        f"<RefundStatus>{_state(state, moment(refund.updated), code)}</RefundStatus>"
        f"</RefundDetails></{REFUND_EVENT}>"
    )


def _money(amount: str) -> str:
    return f"<Amount>{escape(amount)}</Amount><CurrencyCode>INR</CurrencyCode>"


def _state(state: str, updated: str, code: str) -> str:
    return (
        f"<State>{escape(state)}</State><LastUpdateTimestamp>{updated}</LastUpdateTimestamp>"
        f"<ReasonCode>{code}</ReasonCode>"
    )
