"""How transactions end: each ending moves the money in the ledger, then sends its webhook."""

from payment_engine.mock.amount_bands import by_amount
from payment_engine.mock.juspay.model import (
    CHARGED,
    FAILED,
    WAITING,
    Order,
    Refund,
    Txn,
    failure_for,
)
from payment_engine.mock.juspay.state import Juspay
from payment_engine.mock.juspay.webhooks import send_event
from payment_engine.mock.ledger import Kind, Movement
from payment_engine.mock.script import Scripted, Stage

_LATE_AFTER = 2.0
_TEST_VPA_AFTER = 1.0
_TEST_VPAS = frozenset({"success@upi", "failure@upi"})
"""Juspay's documented test VPAs: requests to them end without a customer."""


def begin(juspay: Juspay, order: Order, txn: Txn, path: str) -> None:
    """Send TXN_CREATED and let a script, a test VPA, time or the customer end the attempt."""
    send_event(juspay, "TXN_CREATED", order)
    scripted = juspay.world.script.take(
        Stage.PAYMENT,
        gateway="juspay",
        path=path,
        order_id=order.order_id,
        instrument=txn.method_type,
        bank=txn.method,
    )
    scripted = scripted or by_amount(juspay.world.config, txn.amount)
    after = juspay.world.config.auto_approve_after
    clock = juspay.world.clock
    if after is None and txn.payer_vpa.lower() in _TEST_VPAS:
        after = _TEST_VPA_AFTER
    if juspay.config.expire_after is not None:
        clock.later(juspay.config.expire_after, lambda: decline(juspay, order, txn, "expired"))
    if txn.saved_card and not txn.saved_card.is_payable(clock.now()):
        decline(juspay, order, txn, "token_not_active")
    elif scripted:
        _apply_script(juspay, order, txn, scripted)
    elif txn.wallet and txn.wallet.balance >= txn.amount:
        approve(juspay, order, txn)
    elif txn.without_customer:
        complete(juspay, order, txn)
    elif after is not None:
        clock.later(after, lambda: complete(juspay, order, txn))


def complete(juspay: Juspay, order: Order, txn: Txn) -> None:
    """The customer approved: the attempt ends as its card or VPA decides."""
    reason = txn.card.decline if txn.card else _test_vpa_decline(txn.payer_vpa)
    if reason:
        decline(juspay, order, txn, reason)
    else:
        approve(juspay, order, txn)


def approve(juspay: Juspay, order: Order, txn: Txn, *, late: bool = False) -> bool:
    """Let the attempt succeed; False if it has already ended. ``late`` revives a failed one.

    The success of a second attempt is refunded at once: the order is already paid.
    """
    if not _can_end(txn, late=late):
        return False
    conflict = order.txn is not txn and order.status in CHARGED
    _set_references(juspay, txn)
    _save_card(juspay, order, txn)
    if conflict:
        _refund_all(juspay, order, txn)
    elif order.auto_capture:
        charge(juspay, order, txn, txn.amount)
    else:
        txn.status = "AUTHORIZED"
        send_event(juspay, "ORDER_AUTHORIZED", order)
    return True


def decline(juspay: Juspay, order: Order, txn: Txn, reason: str) -> bool:
    """Let the attempt fail for a reason of FAILURES; False if it has already ended."""
    failure = failure_for(reason, txn.method_type)
    if not failure or not _can_end(txn, late=False):
        return False
    txn.status = failure.status
    txn.error_code = txn.resp_code = failure.code
    txn.error_message = failure.message
    send_event(juspay, "TXN_FAILED", order)
    send_event(juspay, "ORDER_FAILED", order)
    return True


def charge(juspay: Juspay, order: Order, txn: Txn, paise: int) -> None:
    """Charge ``paise`` of the attempt's amount, besides what was charged of it before."""
    ref = f"{txn.txn_id}-{txn.captured}" if txn.captured else txn.txn_id
    txn.captured += paise
    txn.status = "CHARGED" if txn.captured == txn.amount else "PARTIAL_CHARGED"
    record_movement(juspay, order, "charge", ref, paise)
    if txn.wallet:
        txn.wallet.balance = max(0, txn.wallet.balance - paise)
    send_event(juspay, "TXN_CHARGED", order)
    send_event(juspay, "ORDER_SUCCEEDED", order)


def auto_refund(juspay: Juspay, order: Order, txn: Txn) -> bool:
    """Juspay refunds the attempt by itself; False if nothing can be charged."""
    if txn.status in WAITING | FAILED or txn.status in CHARGED:
        _set_references(juspay, txn)
        _refund_all(juspay, order, txn)
        return True
    return False


def record_movement(juspay: Juspay, order: Order, kind: Kind, ref: str, paise: int) -> None:
    """Write into the ledger what the customer paid or got back."""
    txn = order.txn
    juspay.world.ledger.move(
        Movement(
            gateway="juspay",
            order_id=order.order_id,
            ref=ref,
            kind=kind,
            paise=paise,
            at=juspay.world.clock.now(),
            instrument=txn.method_type if txn else "",
            bank_ref=txn.rrn if txn else "",
        )
    )


def _apply_script(juspay: Juspay, order: Order, txn: Txn, scripted: Scripted) -> None:
    behaviour = scripted.behaviour
    clock = juspay.world.clock
    seconds = float(behaviour.get("seconds", 0))
    reason = str(behaviour.get("reason", "declined"))
    match scripted.kind:
        case "approve":
            clock.later(seconds, lambda: approve(juspay, order, txn))
        case "decline":
            clock.later(seconds, lambda: decline(juspay, order, txn, reason))
        case "late_success":
            late = seconds + float(behaviour.get("after", _LATE_AFTER))
            clock.later(seconds, lambda: decline(juspay, order, txn, "expired"))
            clock.later(late, lambda: approve(juspay, order, txn, late=True))


def _can_end(txn: Txn, *, late: bool) -> bool:
    return txn.status in WAITING or (late and txn.status in FAILED)


def _test_vpa_decline(vpa: str) -> str | None:
    """``failure@upi`` is declined and ``expired@upi`` expires, even if its customer approves."""
    return {"failure": "declined", "expired": "expired"}.get(vpa.partition("@")[0].lower())


def _set_references(juspay: Juspay, txn: Txn) -> None:
    ids = juspay.world.ids
    txn.error_code = txn.error_message = ""
    txn.resp_code = "SUCCESS"
    txn.epg_txn_id = txn.epg_txn_id or ids.hexes("pay_", 14)
    txn.rrn = txn.rrn or ids.digits(12)
    if txn.method_type == "CARD":
        txn.auth_id_code = ids.digits(6)
    if txn.upi and not txn.payer_vpa:
        txn.payer_vpa = "customer@mockbank"


def _save_card(juspay: Juspay, order: Order, txn: Txn) -> None:
    """Save the card if asked to; only now has its holder been authenticated."""
    customer_id = order.fields.get("customer_id")
    if txn.card and txn.save_card and customer_id:
        key = juspay.customers.id_of(customer_id)
        txn.newly_saved_card = juspay.cards.save(key, txn.card, tokenise=txn.tokenise)


def _refund_all(juspay: Juspay, order: Order, txn: Txn) -> None:
    """Charge it all, and refund it unless a script fails that: either way it is AUTO_REFUNDED.

    A second transaction of a charged order has its refund nowhere in the order.
    """
    record_movement(juspay, order, "charge", txn.txn_id, txn.amount)
    refund = Refund(f"auto-{txn.txn_id}", txn.amount, juspay.world.clock.now())
    refund.initiated_by = txn.status = "AUTO_REFUNDED"
    txn.captured = txn.amount
    if order.txn is txn:
        order.refunds.append(refund)
    scripted = juspay.world.script.take(
        Stage.REFUND, gateway="juspay", order_id=order.order_id, instrument=txn.method_type
    )
    if scripted and scripted.kind == "refund_failure":
        refund.status, refund.done = "FAILURE", juspay.world.clock.stamp()
        send_event(juspay, "AUTO_REFUND_FAILED", order)
        return
    record_movement(juspay, order, "refund", refund.unique_request_id, txn.amount)
    refund.status, refund.done = "SUCCESS", juspay.world.clock.stamp()
    send_event(juspay, "AUTO_REFUND_SUCCEEDED", order)
