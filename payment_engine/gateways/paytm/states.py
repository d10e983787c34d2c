"""What Paytm's messages about charges and refunds mean: in answers, callbacks and webhooks."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qs, parse_qsl, urlsplit

from payment_engine.domain.gateway import (
    BankReference,
    Charge,
    ChargeState,
    NextAction,
    RefundState,
    Unknown,
    WebhookEvent,
)
from payment_engine.domain.ids import as_written
from payment_engine.domain.payment_methods import UpiCollect, UpiQr
from payment_engine.domain.states import AttemptStatus, RefundStatus
from payment_engine.gateways.paytm.messages import ProcessAnswer, Refund, Transaction
from payment_engine.gateways.paytm.tables import (
    CHARGE_STATUS,
    DECLINE_OF,
    NO_VERDICT,
    REFUND_FAILED,
    REFUND_PENDING,
    REFUND_STATUS,
    REFUND_WEBHOOK,
    REFUNDED,
)
from payment_engine.gateways.reading import impersonal, paise

_CURRENCY = "INR"
"""Paytm has no other, and does not always name it."""


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form post, empty values included; raises ValueError."""
    return dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))


def charge_state(transaction: Transaction, ref: str) -> ChargeState:
    """One charge; raises Unknown for another charge, or a success that does not say whose.

    ``TXN_FAILURE`` is a failure except with the codes that are about the request or about Paytm,
    and not about the payment; a code that no table knows is no explanation, and is counted.
    """
    if not transaction.status or (transaction.order_id or ref).lower() != ref.lower():
        raise Unknown("an answer without a status, or about another order")
    status = _charge_status(transaction)
    captured = status is AttemptStatus.CAPTURED
    if captured and not (transaction.order_id and transaction.mid):
        raise Unknown("a success that names no order or no merchant")
    failed = status is AttemptStatus.FAILED
    return ChargeState(
        ref=ref,
        status=status,
        gateway_status=transaction.status,
        amount=transaction.txn_amount.paise,
        currency=transaction.currency or _CURRENCY,
        merchant_id=transaction.mid,
        gateway_payment_id=transaction.txn_id,
        rrn=_rrn(transaction),
        decline_code=DECLINE_OF.get(transaction.code, "other") if failed else None,
        gateway_code=None if captured else impersonal(transaction.code) or None,
        gateway_message=transaction.message or None if failed else None,
        recognised=transaction.status in CHARGE_STATUS,
        explained=not failed or transaction.code in DECLINE_OF,
    )


def refund_state(refund: Refund, ref: str, charge_ref: str) -> RefundState:
    """One refund; raises Unknown for another one. Registered is not yet credited: it is pending."""
    if not refund.status or (refund.ref_id or ref).lower() != ref.lower():
        raise Unknown("an answer without a status, or about another refund")
    if (refund.order_id or charge_ref).lower() != charge_ref.lower():
        raise Unknown("an answer about another order")
    status, recognised = _refund_status(refund)
    show_code = status is RefundStatus.FAILED or not recognised
    return RefundState(
        ref=ref,
        charge_ref=charge_ref,
        status=status,
        gateway_status=refund.status,
        amount=refund.refund_amount.paise,
        gateway_refund_id=refund.refund_id,
        arn=refund.arn,
        rrn=refund.rrn or next((part.rrn for part in refund.refund_detail_info_list), None),
        gateway_code=impersonal(refund.code) if show_code else None,
        recognised=recognised,
    )


def webhook_event(body: Mapping[str, object]) -> WebhookEvent:
    """A verified webhook; raises ValueError or Unknown for one that makes no sense.

    Paytm gives it no id of its own: the id is made of what it is about and what it reports.
    """
    refund = Refund.read(body)
    order = (refund.order_id or "").lower()
    if not order:
        raise ValueError("a webhook without an order")
    if refund.ref_id:
        return _refund_event(refund, as_written(refund.ref_id), order)
    transaction = Transaction.read(body).without_odd_amounts()
    if not transaction.status and (transaction.arn or transaction.rrn):
        return _bank_reference_event(order, transaction)
    state = charge_state(transaction, order)
    event_id = _event_id(
        "payment", order, state.gateway_status, transaction.code or None, state.amount
    )
    return WebhookEvent(event_id=event_id, kind="payment", charges=(state,))


def _bank_reference_event(order: str, transaction: Transaction) -> WebhookEvent:
    """The notice of a payment's ARN, which says nothing of its status."""
    reference = BankReference(ref=order, rrn=transaction.rrn, arn=transaction.arn)
    return WebhookEvent(
        event_id=_event_id("payment_arn", order, reference.rrn, reference.arn),
        kind="payment_arn",
        bank_references=(reference,),
    )


def _refund_event(refund: Refund, ref: str, order: str) -> WebhookEvent:
    """The webhooks of refunds have statuses of their own; here they get the status call's."""
    kind = _refund_event_kind(refund)
    reason = refund.reject_refund_reason_code
    status, code = REFUND_WEBHOOK.get(kind, (refund.status, refund.code))
    state = refund_state(refund.model_copy(update={"status": status, "code": code}), ref, order)
    if kind == "rejected":
        state = replace(state, gateway_code=impersonal(reason or "") or None)
    event_id = _event_id("refund", ref, kind, reason, state.amount)
    return WebhookEvent(event_id=event_id, kind=f"refund_{kind}", refunds=(state,))


def _refund_event_kind(refund: Refund) -> str:
    kind = {"SUCCESS": "accepted", "FAILED": "rejected", "": "credited"}.get(refund.status, "other")
    return "arn" if refund.arn and kind != "rejected" else kind


def next_action(charge: Charge, answer: ProcessAnswer) -> NextAction | None:
    """What the customer does next: in a UPI app, or at the bank."""
    if isinstance(charge.source, UpiCollect):
        return NextAction(kind="upi_collect")
    link = answer.deep_link_info.deep_link
    if link and (action := _upi_action(charge, link)):
        return action
    form = answer.bank_form.redirect_form
    if form.action_url is None:
        return None
    return NextAction(
        kind="redirect",
        url=form.action_url,
        http_method="GET" if form.method.upper() == "GET" else "POST",
        fields=form.content,
    )


def _charge_status(transaction: Transaction) -> AttemptStatus:
    status = CHARGE_STATUS.get(transaction.status, AttemptStatus.PENDING)
    open_still = status is AttemptStatus.FAILED and transaction.code in NO_VERDICT
    return AttemptStatus.PENDING if open_still else status


def _refund_status(refund: Refund) -> tuple[RefundStatus, bool]:
    """Our status, and whether a table knows status and code."""
    status = REFUND_STATUS.get(refund.status, RefundStatus.PENDING)
    if refund.code in REFUND_PENDING:
        return RefundStatus.PENDING, True
    if status is RefundStatus.FAILED and refund.code not in REFUND_FAILED:
        return RefundStatus.PENDING, False
    if status is RefundStatus.SUCCEEDED and refund.code != REFUNDED:
        return RefundStatus.PENDING, False
    return status, refund.status in REFUND_STATUS


def _rrn(transaction: Transaction) -> str | None:
    """UPI's bank reference; for a card ``bankTxnId`` is nothing that its bank would know."""
    upi = transaction.payment_mode == "UPI"
    return transaction.rrn or (transaction.bank_txn_id if upi else None)


def _event_id(*parts: object) -> str:
    return ":".join(str(part) for part in parts if part is not None)


def _upi_action(charge: Charge, link: str) -> NextAction | None:
    """Paytm's link byte for byte: a changed one would no longer fit its signature.

    None for one without a payee.
    """
    try:
        query = parse_qs(urlsplit(link).query)
    except ValueError as error:
        raise Unknown("a UPI link that cannot be read") from error
    if any(paise(amount) != charge.amount for amount in query.get("am", [])):
        raise Unknown("a UPI link over another amount")
    if "pa" not in query:
        return None
    payee = query.get("pn", [None])[0]
    qr = isinstance(charge.source, UpiQr)
    return NextAction(kind="upi_qr" if qr else "upi_intent", uri=link, payee_name=payee)
