"""What a verified notice of Amazon Pay says: XML in JSON in the envelope."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from payment_engine.domain.errors import BadSignature, InvalidRequest
from payment_engine.domain.gateway import ChargeState, RefundState, Unknown, WebhookEvent
from payment_engine.domain.money import Paise
from payment_engine.domain.states import AttemptStatus, RefundStatus
from payment_engine.gateways.amazonpay.sns import NOTIFICATION, Envelope
from payment_engine.gateways.amazonpay.tables import (
    DECLINE_OF,
    NOTICE_CHARGE_STATUS,
    NOTICE_REFUND_STATUS,
)
from payment_engine.gateways.http import parse_json
from payment_engine.gateways.reading import impersonal, object_of, paise, text

OLDEST = timedelta(days=180)
"""No payment changes as late as that: older ones are somebody's replay. It is this long because
a stored notice is read again whenever a person looks into it, or replays it."""
_CHARGE = ("ChargeTransactionNotification", "ChargeTransactionDetails")
_REFUND = ("RefundNotification", "RefundDetails")

T = TypeVar("T")


def notice_of(envelope: Envelope, merchant_id: str, now: datetime) -> WebhookEvent:
    """The notice in an envelope; raises InvalidRequest, or BadSignature for another seller's.

    The root of its XML says what it is about: its type is not the same everywhere.
    """
    event, kind = envelope["MessageId"], envelope["Type"]
    if kind != NOTIFICATION:
        return WebhookEvent(event_id=event, kind=kind)
    try:
        _check_age(envelope, now)
        message = object_of(parse_json(envelope["Message"].encode()))
        if text(message, "SellerId") != merchant_id:
            raise BadSignature
        root = _parse(text(message, "NotificationData") or "")
        charges = _each(root, *_CHARGE, lambda details: _charge(details, merchant_id))
        refunds = _each(root, *_REFUND, _refund)
    except (ValueError, OverflowError, ParseError, Unknown) as error:
        raise InvalidRequest("a notice that makes no sense") from error
    return WebhookEvent(event_id=event, kind=_local(root), charges=charges, refunds=refunds)


def _check_age(envelope: Envelope, now: datetime) -> None:
    if now - datetime.fromisoformat(envelope["Timestamp"]).astimezone(UTC) > OLDEST:
        raise ValueError("a notice from long ago")


def _parse(xml: str) -> Element:
    """Without any document type, so that nothing of the sender's is expanded."""
    root: Element = fromstring(xml, forbid_dtd=True)
    return root


def _each(root: Element, name: str, details: str, read: Callable[[Element], T]) -> tuple[T, ...]:
    found = [each for each in root if _local(each) == details] if _local(root) == name else []
    return tuple(map(read, found))


def _charge(details: Element, merchant_id: str) -> ChargeState:
    ref, word = _said(details, "SellerReferenceId"), _said(details, "Status", "State")
    if not ref or not word:
        raise ValueError("a charge without its reference or state")
    status = NOTICE_CHARGE_STATUS.get(word, AttemptStatus.PENDING)
    failed = status is AttemptStatus.FAILED
    amount, currency = _money(details, "Amount")
    return ChargeState(
        ref=ref.lower(),
        status=status,
        gateway_status=word,
        amount=amount,
        currency=currency,
        merchant_id=merchant_id,
        gateway_payment_id=_said(details, "OrderID"),
        decline_code=DECLINE_OF.get(word, "other") if failed else None,
        gateway_code=_words(details, "Status", "ReasonCode") if failed else None,
        gateway_message=_words(details, "Status", "ReasonDescription") if failed else None,
        recognised=word in NOTICE_CHARGE_STATUS,
    )


def _refund(details: Element) -> RefundState:
    """It does not name our charge: the refund's own reference is all that there is."""
    ref, word = _said(details, "RefundReferenceId"), _said(details, "RefundStatus", "State")
    if not ref or not word:
        raise ValueError("a refund without its reference or state")
    status = NOTICE_REFUND_STATUS.get(word, RefundStatus.PENDING)
    failed = status is RefundStatus.FAILED
    return RefundState(
        ref=ref.lower(),
        charge_ref=None,
        status=status,
        gateway_status=word,
        amount=_money(details, "RefundAmount")[0],
        gateway_refund_id=_said(details, "AmazonRefundId"),
        gateway_code=_words(details, "RefundStatus", "ReasonCode") if failed else None,
        recognised=word in NOTICE_REFUND_STATUS,
    )


def _money(details: Element, name: str) -> tuple[Paise | None, str | None]:
    return paise(_said(details, name, "Amount")), _said(details, name, "CurrencyCode")


def _words(element: Element, *path: str) -> str | None:
    """Free text, as it may be kept."""
    said = _said(element, *path)
    return impersonal(said) if said else None


def _said(element: Element, *path: str) -> str | None:
    """The text at a path of local names; None where there is none."""
    for name in path:
        found = next((each for each in element if _local(each) == name), None)
        if found is None:
            return None
        element = found
    return (element.text or "").strip() or None


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
