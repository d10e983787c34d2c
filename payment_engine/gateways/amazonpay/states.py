"""What Amazon Pay's answers and webhooks about charges and refunds mean.

A webhook is XML in JSON in an envelope.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from xml.etree.ElementTree import Element, ParseError

import structlog
from defusedxml.ElementTree import fromstring

from payment_engine.domain.errors import BadSignature, InvalidRequest
from payment_engine.domain.gateway import (
    Charge,
    ChargeKey,
    ChargeState,
    NextAction,
    RefundState,
    Unknown,
    WebhookEvent,
)
from payment_engine.domain.ids import as_written
from payment_engine.domain.money import Paise
from payment_engine.domain.states import AttemptStatus, RefundStatus
from payment_engine.gateways.amazonpay.messages import (
    ChargeAnswer,
    ChargeDetails,
    Notification,
    RefundAnswer,
    RefundDetails,
    SnsEnvelope,
)
from payment_engine.gateways.amazonpay.sns import NOTIFICATION
from payment_engine.gateways.amazonpay.tables import (
    AMAZON_REFUND,
    CHARGE_STATUS,
    DECLINE_OF,
    ERROR_DECLINE_OF,
    REFUND_STATUS,
    WEBHOOK_CHARGE_STATUS,
    WEBHOOK_REFUND_STATUS,
)
from payment_engine.gateways.http import parse_json
from payment_engine.gateways.reading import moment

MAX_AGE = timedelta(days=180)
"""No payment changes as late as that: an older webhook is somebody's replay. It is this long
because a stored webhook is read again whenever somebody on call looks at it or replays it."""
_CHARGES = ("ChargeTransactionNotification", "ChargeTransactionDetails")
_REFUNDS = ("RefundNotification", "RefundDetails")
_DEPTH = 2
"""Levels of elements below a charge or refund that we read."""
_SUCCESSES = frozenset({AttemptStatus.CAPTURED, AttemptStatus.AUTHORIZED})

T = TypeVar("T")

_log = structlog.get_logger()


def charge_state(answer: ChargeAnswer, key: ChargeKey) -> ChargeState:
    """One charge; raises Unknown for another charge, or a success without its amounts."""
    if not answer.status or answer.charge_id.lower() != key.ref.lower():
        raise Unknown("an answer without a status, or about another charge")
    status = CHARGE_STATUS.get(answer.status, AttemptStatus.PENDING)
    failed = status is AttemptStatus.FAILED
    return ChargeState(
        ref=key.ref,
        status=status,
        gateway_status=answer.status,
        amount=_amount(answer, status, key.amount),
        currency=answer.currency_code,
        merchant_id=answer.merchant_id,
        gateway_payment_id=answer.amazon_charge_id,
        decline_code=DECLINE_OF.get(answer.status, "other") if failed else None,
        next_action=next_action(answer) if status is AttemptStatus.PENDING else None,
        recognised=answer.status in CHARGE_STATUS,
    )


def declined(charge: Charge, code: str) -> ChargeState:
    """A charge that Amazon did not make, for a reason of the customer's wallet."""
    return ChargeState(
        ref=charge.ref,
        status=AttemptStatus.FAILED,
        gateway_status=code,
        decline_code=ERROR_DECLINE_OF[code],
        gateway_code=code,
    )


def refund_state(answer: RefundAnswer, ref: str, charge_ref: str) -> RefundState:
    """One refund, by our reference or Amazon's id; raises Unknown for another one."""
    names = {answer.refund_id.lower(), (answer.amazon_refund_id or "").lower()}
    if not answer.status or ref.lower() not in names:
        raise Unknown("an answer without a status, or about another refund")
    return RefundState(
        ref=ref,
        charge_ref=charge_ref,
        status=REFUND_STATUS.get(answer.status, RefundStatus.PENDING),
        gateway_status=answer.status,
        amount=answer.amount.paise,
        gateway_refund_id=answer.amazon_refund_id,
        recognised=answer.status in REFUND_STATUS,
    )


def webhook_event(envelope: SnsEnvelope, merchant_id: str, now: datetime) -> WebhookEvent:
    """The event in a verified envelope; raises BadSignature for another seller's.

    Raises InvalidRequest for one that makes no sense. Amazon's ``NotificationType`` is not the
    same everywhere, so the root of the XML says what the event is about.
    """
    event_id = envelope.message_id or ""
    if envelope.type != NOTIFICATION:
        return WebhookEvent(event_id=event_id, kind=envelope.type or "")
    try:
        _check_age(envelope, now)
        notification = Notification.read(parse_json((envelope.message or "").encode()))
        if notification.seller_id != merchant_id:
            raise BadSignature("another_sender")
        root = _parse(notification.notification_data)
        charges = _each(
            root, *_CHARGES, lambda details: _webhook_charge_state(details, merchant_id)
        )
        refunds = _each(root, *_REFUNDS, _webhook_refund_state)
    except (ValueError, OverflowError, ParseError, Unknown) as error:
        raise InvalidRequest("a webhook that makes no sense") from error
    return WebhookEvent(
        event_id=event_id,
        kind=_local_name(root),
        charges=charges,
        refunds=refunds,
        sent_at=moment(envelope.timestamp),
    )


def next_action(answer: ChargeAnswer) -> NextAction | None:
    """Amazon's page, where it is a web address and no script."""
    safe = answer.amazon_pay_url.startswith(("https://", "http://"))
    return NextAction(kind="redirect", url=answer.amazon_pay_url) if safe else None


def _amount(answer: ChargeAnswer, status: AttemptStatus, expected: Paise) -> Paise | None:
    """What was requested; for a success what was approved, or whichever of both is wrong."""
    requested, approved = answer.requested_amount.paise, answer.approved_amount.paise
    if status not in _SUCCESSES:
        return requested
    if approved is None or requested is None:
        raise Unknown("a success that does not say what was approved")
    return approved if approved != expected else requested


def _check_age(envelope: SnsEnvelope, now: datetime) -> None:
    if now - datetime.fromisoformat(envelope.timestamp or "").astimezone(UTC) > MAX_AGE:
        raise ValueError("a webhook from long ago")


def _parse(xml: str) -> Element:
    """Without document types, so that no entity of the sender's is expanded."""
    root: Element = fromstring(xml, forbid_dtd=True)
    return root


def _each(root: Element, name: str, child: str, read: Callable[[object], T]) -> tuple[T, ...]:
    if _local_name(root) != name:
        return ()
    found = [_content(each, _DEPTH) for each in root if _local_name(each) == child]
    states = [state for each in found if (state := _read_or_none(read, each)) is not None]
    if found and not states:
        raise ValueError("a webhook of which nothing can be read")
    return tuple(states)


def _read_or_none(read: Callable[[object], T], content: object) -> T | None:
    """One element; None for one that makes no sense, so that it takes nothing from the rest."""
    try:
        if not isinstance(content, dict):
            raise ValueError("an element without content")
        return read(content)
    except ValueError as error:
        _log.warning("webhook_element_not_understood", gateway="amazonpay", why=str(error))
        return None


def _webhook_charge_state(content: object, merchant_id: str) -> ChargeState:
    charge = ChargeDetails.read(content)
    if not charge.seller_reference_id or not charge.status.state:
        raise ValueError("a charge without its reference or state")
    status = WEBHOOK_CHARGE_STATUS.get(charge.status.state, AttemptStatus.PENDING)
    failed = status is AttemptStatus.FAILED
    return ChargeState(
        ref=charge.seller_reference_id.lower(),
        status=status,
        gateway_status=charge.status.state,
        amount=charge.amount.without_odd_amounts().amount.paise,
        currency=charge.amount.currency_code,
        merchant_id=merchant_id,
        gateway_payment_id=charge.order_id,
        decline_code=DECLINE_OF.get(charge.status.state, "other") if failed else None,
        gateway_code=charge.status.reason_code or None if failed else None,
        gateway_message=charge.status.reason_description or None if failed else None,
        recognised=charge.status.state in WEBHOOK_CHARGE_STATUS,
    )


def _webhook_refund_state(content: object) -> RefundState:
    """It does not name our charge, but Amazon's id of a refund begins with that of its charge. One
    that the seller did not request by us may have no reference but that id."""
    refund = RefundDetails.read(content)
    ref = refund.refund_reference_id or refund.amazon_refund_id
    if not ref or not refund.refund_status.state:
        raise ValueError("a refund without its reference or state")
    amazon_id = AMAZON_REFUND.fullmatch(refund.amazon_refund_id or "")
    if refund.refund_amount.without_odd_amounts() != refund.refund_amount:
        raise ValueError("a refund of an amount that is none")
    status = WEBHOOK_REFUND_STATUS.get(refund.refund_status.state, RefundStatus.PENDING)
    failed = status is RefundStatus.FAILED
    return RefundState(
        ref=as_written(ref),
        charge_ref=None,
        charge_payment_id=amazon_id["charge"] if amazon_id else None,
        status=status,
        gateway_status=refund.refund_status.state,
        amount=refund.refund_amount.amount.paise,
        gateway_refund_id=refund.amazon_refund_id,
        gateway_code=refund.refund_status.reason_code or None if failed else None,
        recognised=refund.refund_status.state in WEBHOOK_REFUND_STATUS,
    )


def _content(element: Element, depth: int) -> object:
    """The children of an element by local name, the first of each; the text of a leaf."""
    if not depth or not len(element):
        return (element.text or "").strip()
    return {_local_name(each): _content(each, depth - 1) for each in reversed(element)}


def _local_name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
