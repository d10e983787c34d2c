"""What a verified notice of Amazon Pay says: XML in JSON in the envelope."""

from collections.abc import Callable
from typing import TypeVar
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from payment_engine.domain.errors import BadSignature, InvalidRequest
from payment_engine.domain.gateway import ChargeState, Notice, RefundState, Unknown
from payment_engine.domain.money import Paise
from payment_engine.domain.states import AttemptStatus, RefundStatus
from payment_engine.gateways.amazonpay_sns import NOTIFICATION, Envelope
from payment_engine.gateways.amazonpay_tables import (
    DECLINE_OF,
    NOTICE_CHARGE_STATUS,
    NOTICE_REFUND_STATUS,
)
from payment_engine.gateways.http import parse_json
from payment_engine.gateways.reading import impersonal, object_of, paise, text

T = TypeVar("T")


def notice_of(envelope: Envelope, merchant_id: str) -> Notice:
    """The notice in an envelope; raises InvalidRequest, or BadSignature for another seller's.

    What it is about, the root of its XML says: its type is not the same everywhere.
    """
    event, kind = envelope["MessageId"], envelope["Type"]
    if kind != NOTIFICATION:
        return Notice(event_id=event, kind=kind)
    try:
        message = object_of(parse_json(envelope["Message"].encode()))
        root = _parse(text(message, "NotificationData") or "")
        seller = text(message, "SellerId")
        if seller != merchant_id:
            raise BadSignature
        charges = _each(root, *_CHARGE, lambda found: _charge(found, seller))
        refunds = _each(root, *_REFUND, _refund)
    except (ValueError, ParseError, Unknown) as error:
        raise InvalidRequest("a notice that makes no sense") from error
    return Notice(event_id=event, kind=_local(root), charges=charges, refunds=refunds)


_CHARGE = ("ChargeTransactionNotification", "ChargeTransactionDetails")
_REFUND = ("RefundNotification", "RefundDetails")


def _parse(xml: str) -> Element:
    """No document type, so no entity of the sender's is ever expanded."""
    root: Element = fromstring(xml, forbid_dtd=True)
    return root


def _each(root: Element, name: str, details: str, read: Callable[[Element], T]) -> tuple[T, ...]:
    found = [each for each in root if _local(each) == details] if _local(root) == name else []
    return tuple(map(read, found))


def _charge(details: Element, seller: str) -> ChargeState:
    word, code, words = (_said(details, "Status", n) for n in ("State", *_REASON))
    ref, state = _said(details, "SellerReferenceId"), word or ""
    if not ref or not word:
        raise ValueError("a charge without its reference or state")
    status = NOTICE_CHARGE_STATUS.get(state, AttemptStatus.PENDING)
    failed = status is AttemptStatus.FAILED
    amount, currency = _money(details, "Amount")
    return ChargeState(
        ref=ref.lower(),
        status=status,
        gateway_status=state,
        amount=amount,
        currency=currency,
        merchant_id=seller,
        gateway_payment_id=_said(details, "OrderID"),
        decline_code=DECLINE_OF.get(state, "other") if failed else None,
        gateway_code=impersonal(code) if failed and code else None,
        gateway_message=impersonal(words) if failed and words else None,
        recognised=state in NOTICE_CHARGE_STATUS,
    )


_REASON = ("ReasonCode", "ReasonDescription")


def _refund(details: Element) -> RefundState:
    """It does not name our charge: the refund's own reference is all that there is."""
    ref, word = _said(details, "RefundReferenceId"), _said(details, "RefundStatus", "State")
    if not ref or not word:
        raise ValueError("a refund without its reference or state")
    status = NOTICE_REFUND_STATUS.get(word, RefundStatus.PENDING)
    code = _said(details, "RefundStatus", "ReasonCode")
    return RefundState(
        ref=ref.lower(),
        charge_ref=None,
        status=status,
        gateway_status=word,
        amount=_money(details, "RefundAmount")[0],
        gateway_refund_id=_said(details, "AmazonRefundId"),
        gateway_code=impersonal(code) if status is RefundStatus.FAILED and code else None,
        recognised=word in NOTICE_REFUND_STATUS,
    )


def _money(details: Element, name: str) -> tuple[Paise | None, str | None]:
    return paise(_said(details, name, "Amount")), _said(details, name, "CurrencyCode")


def _said(element: Element, *path: str) -> str | None:
    """The text at a path of local names; None where there is none."""
    found: Element | None = element
    for name in path:
        found = next((each for each in found if _local(each) == name), None) if found is not None else None
    words = (found.text or "").strip() if found is not None else ""
    return words or None


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
