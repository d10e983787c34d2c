"""What Paytm says about charges and refunds: in answers, in callbacks and in webhooks."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from payment_engine.domain.gateway import ChargeState, RefundState, Unknown, WebhookEvent
from payment_engine.domain.states import AttemptStatus, RefundStatus
from payment_engine.gateways.paytm.tables import (
    CHARGE_STATUS,
    DECLINE_OF,
    NO_VERDICT,
    REFUND_FAILED,
    REFUND_PENDING,
    REFUND_STATUS,
)
from payment_engine.gateways.reading import impersonal, paise, part, text

Said = Mapping[str, Any]

_UPPER = {
    "orderId": "ORDERID",
    "mid": "MID",
    "txnId": "TXNID",
    "txnAmount": "TXNAMOUNT",
    "currency": "CURRENCY",
    "status": "STATUS",
    "respCode": "RESPCODE",
    "respMsg": "RESPMSG",
    "paymentMode": "PAYMENTMODE",
    "bankTxnId": "BANKTXNID",
    "rrn": "RRN",
    "arn": "ARN",
    "refId": "REFID",
    "refundId": "REFUNDID",
    "refundAmount": "REFUNDAMOUNT",
}
_ONLY_CURRENCY = "INR"


def form_of(body: bytes) -> dict[str, str]:
    """A form post as it came, blank values included; raises ValueError."""
    return dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))


def lowered(fields: Said) -> dict[str, Any]:
    """A callback's upper-case fields by the names that answers have."""
    return {ours: fields[theirs] for ours, theirs in _UPPER.items() if theirs in fields}


def answered(body: Said) -> dict[str, Any]:
    """An answer with its ``resultInfo`` in the words of a webhook."""
    info = part(body, "resultInfo")
    names = {"status": "resultStatus", "respCode": "resultCode", "respMsg": "resultMsg"}
    return {**body, **{ours: info.get(theirs) for ours, theirs in names.items()}}


def charge_state(said: Said, ref: str) -> ChargeState:
    """One charge; raises Unknown where it is another one, or a success that does not say whose.

    ``TXN_FAILURE`` is a verdict only with the code of a decline: some codes speak of the question
    and not of the money, and one that no table knows is held as pending (MOD-11).
    """
    word, code = text(said, "status"), text(said, "respCode") or ""
    if word is None or (text(said, "orderId") or ref).lower() != ref.lower():
        raise Unknown("an answer without a status, or about another order")
    status, known = _meaning(word, code)
    if status is AttemptStatus.CAPTURED and not (text(said, "orderId") and text(said, "mid")):
        raise Unknown("a success that names no order or no merchant")
    failed = status is AttemptStatus.FAILED
    return ChargeState(
        ref=ref,
        status=status,
        gateway_status=word,
        amount=paise(said.get("txnAmount")),
        currency=text(said, "currency") or _ONLY_CURRENCY,
        merchant_id=text(said, "mid"),
        gateway_payment_id=text(said, "txnId"),
        rrn=_rrn(said),
        decline_code=DECLINE_OF[code] if failed else None,
        gateway_code=None if status is AttemptStatus.CAPTURED else impersonal(code) or None,
        gateway_message=impersonal(text(said, "respMsg") or "") or None if failed else None,
        recognised=known,
    )


def refund_state(said: Said, ref: str, charge_ref: str) -> RefundState:
    """One refund; raises Unknown where it is another one. Raised is not credited (RFD-2)."""
    word, code = text(said, "status"), text(said, "respCode") or ""
    if word is None or (text(said, "refId") or ref).lower() != ref.lower():
        raise Unknown("an answer without a status, or about another refund")
    if (text(said, "orderId") or charge_ref).lower() != charge_ref.lower():
        raise Unknown("an answer about another order")
    status, known = _refund_meaning(word, code)
    details = said.get("refundDetailInfoList")
    first = details[0] if isinstance(details, list) and details else {}
    return RefundState(
        ref=ref,
        charge_ref=charge_ref,
        status=status,
        gateway_status=word,
        amount=paise(said.get("refundAmount")),
        gateway_refund_id=text(said, "refundId"),
        arn=text(said, "arn"),
        rrn=text(said, "rrn") or (text(first, "rrn") if isinstance(first, dict) else None),
        gateway_code=impersonal(code) if status is RefundStatus.FAILED or not known else None,
        recognised=known,
    )


def notice_of(said: Said) -> WebhookEvent:
    """A verified webhook; raises ValueError or Unknown for one that makes no sense.

    It has no id of its own: what it is about and what it says make one (WHK-3).
    """
    order = (text(said, "orderId") or "").lower()
    if not order:
        raise ValueError("a notice without an order")
    if text(said, "refId"):
        return _refund_notice(said, order)
    state = charge_state(said, order)
    about = (order, state.gateway_status, text(said, "respCode"), state.amount)
    return WebhookEvent(event_id=_joined("payment", *about), kind="payment", charges=(state,))


def _refund_notice(said: Said, order: str) -> WebhookEvent:
    """Its three webhooks use other words than the status call: these are told in the latter's."""
    word, code = text(said, "status"), text(said, "rejectRefundReasonCode")
    kind = {"SUCCESS": "accepted", "FAILED": "rejected", None: "credited"}.get(word, "other")
    if text(said, "arn") and kind != "rejected":
        kind = "arn"
    ref = str(said["refId"]).lower()
    told = {
        "accepted": {"status": "PENDING", "respCode": "601"},
        "rejected": {"status": "TXN_FAILURE", "respCode": "600"},
        "credited": {"status": "TXN_SUCCESS", "respCode": "10"},
        "arn": {"status": "TXN_SUCCESS", "respCode": "10"},
    }
    state = refund_state({**said, **told.get(kind, {})}, ref, order)
    if kind == "rejected":
        state = replace(state, gateway_code=impersonal(code or "") or None)
    event = _joined("refund", ref, kind, code, state.amount)
    return WebhookEvent(event_id=event, kind=f"refund_{kind}", refunds=(state,))


def _meaning(word: str, code: str) -> tuple[AttemptStatus, bool]:
    status = CHARGE_STATUS.get(word)
    if status is AttemptStatus.FAILED and code not in DECLINE_OF:
        return AttemptStatus.PENDING, code in NO_VERDICT
    return status or AttemptStatus.PENDING, status is not None


def _refund_meaning(word: str, code: str) -> tuple[RefundStatus, bool]:
    status = REFUND_STATUS.get(word, RefundStatus.PENDING)
    if code in REFUND_PENDING:
        return RefundStatus.PENDING, True
    if status is RefundStatus.FAILED and code not in REFUND_FAILED:
        return RefundStatus.PENDING, False
    if status is RefundStatus.SUCCEEDED and code != "10":
        return RefundStatus.PENDING, False
    return status, word in REFUND_STATUS


def _rrn(said: Said) -> str | None:
    """UPI's bank reference; a card's is none that a bank would know as such."""
    upi = text(said, "paymentMode") == "UPI"
    return text(said, "rrn") or (text(said, "bankTxnId") if upi else None)


def _joined(*parts: object) -> str:
    return ":".join(str(part) for part in parts if part is not None)
