"""How transactions end: each ending moves the money in the ledger, then sends its webhook."""

from payment_engine.mock.amount_bands import by_amount
from payment_engine.mock.juspay import model
from payment_engine.mock.juspay.model import Order, Txn
from payment_engine.mock.juspay.state import Juspay
from payment_engine.mock.juspay.webhooks import send_event
from payment_engine.mock.ledger import Kind, Movement
from payment_engine.mock.script import Scripted, Stage

_LATE_AFTER = 2.0
_TEST_VPA_AFTER = 1.0
_TEST_VPAS = frozenset({"success@upi", "failure@upi"})
"""Documented test VPAs: nobody need approve or decline what is asked of them."""


def begin(juspay: Juspay, order: Order, txn: Txn, path: str) -> None:
    """Announce a new attempt and decide who ends it: a script, its own magic, time or a person."""
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
    after, clock = juspay.world.config.auto_approve_after, juspay.world.clock
    if after is None and txn.payer_vpa.lower() in _TEST_VPAS:
        after = _TEST_VPA_AFTER
    if juspay.config.expire_after is not None:
        clock.later(juspay.config.expire_after, lambda: decline(juspay, order, txn, "expired"))
    if txn.saved and not txn.saved.payable(clock.now()):
        decline(juspay, order, txn, "token_not_active")
    elif scripted:
        _apply_script(juspay, order, txn, scripted)
    elif txn.wallet and txn.wallet.balance >= txn.amount:
        approve(juspay, order, txn)
    elif after is not None:
        clock.later(after, lambda: complete(juspay, order, txn))


def complete(juspay: Juspay, order: Order, txn: Txn) -> None:
    """The customer did their part: the attempt ends as its card or VPA decides."""
    reason = txn.card.decline if txn.card else _test_vpa_decline(txn.payer_vpa)
    if reason:
        decline(juspay, order, txn, reason)
    else:
        approve(juspay, order, txn)


def approve(juspay: Juspay, order: Order, txn: Txn, *, late: bool = False) -> bool:
    """Let the attempt succeed; False if it has ended. ``late`` revives one that had failed.

    Success of a second attempt is returned at once: the order is already paid.
    """
    if not _can_end(txn, late=late):
        return False
    conflict = order.txn is not txn and order.status in model.CHARGED
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
    """Let the attempt fail for a reason of the tables in statuses; False if it has ended."""
    failure = model.failure(reason, upi=txn.upi)
    if not failure or not _can_end(txn, late=False):
        return False
    txn.status = failure.status
    txn.error_code = txn.resp_code = failure.code
    txn.error_message = failure.message
    send_event(juspay, "TXN_FAILED", order)
    send_event(juspay, "ORDER_FAILED", order)
    return True


def charge(juspay: Juspay, order: Order, txn: Txn, paise: int) -> None:
    """Collect ``paise`` of the attempt."""
    txn.captured = paise
    txn.status = "CHARGED" if paise == txn.amount else "PARTIAL_CHARGED"
    record_movement(juspay, order, "charge", txn.txn_id, paise)
    if txn.wallet:
        txn.wallet.balance = max(0, txn.wallet.balance - paise)
    send_event(juspay, "TXN_CHARGED", order)
    send_event(juspay, "ORDER_SUCCEEDED", order)


def auto_refund(juspay: Juspay, order: Order, txn: Txn) -> bool:
    """Juspay returns the money by itself; False if the attempt took none."""
    if txn.status in model.WAITING | model.FAILED or txn.status in model.CHARGED:
        _set_references(juspay, txn)
        _refund_all(juspay, order, txn)
        return True
    return False


def record_movement(juspay: Juspay, order: Order, kind: Kind, ref: str, paise: int) -> None:
    """Write into the ledger what left the customer or came back."""
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
    behaviour, clock = scripted.behaviour, juspay.world.clock
    seconds = float(behaviour.get("seconds", 0))
    reason = str(behaviour.get("reason", "declined"))
    match scripted.kind:
        case "approve":
            clock.later(seconds, lambda: approve(juspay, order, txn))
        case "decline":
            clock.later(seconds, lambda: decline(juspay, order, txn, reason))
        case "late_success":
            late = float(behaviour.get("after", _LATE_AFTER))
            clock.later(seconds, lambda: decline(juspay, order, txn, "expired"))
            clock.later(seconds + late, lambda: approve(juspay, order, txn, late=True))


def _can_end(txn: Txn, *, late: bool) -> bool:
    return txn.status in model.WAITING or (late and txn.status in model.FAILED)


def _test_vpa_decline(vpa: str) -> str | None:
    """``failure@upi`` is declined and ``expired@upi`` times out, whatever their customer does."""
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
    """Only now that its holder has shown to be the one: the card may go into the locker."""
    customer_id = order.fields.get("customer_id")
    if txn.card and txn.save and customer_id:
        key = juspay.people.key(customer_id)
        txn.kept = juspay.locker.keep(key, txn.card, tokenise=txn.tokenise)


def _refund_all(juspay: Juspay, order: Order, txn: Txn) -> None:
    """Give all of it back; where that is scripted to fail the shop has the money after all."""
    record_movement(juspay, order, "charge", txn.txn_id, txn.amount)
    scripted = juspay.world.script.take(
        Stage.REFUND, gateway="juspay", order_id=order.order_id, instrument=txn.method_type
    )
    if scripted and scripted.kind == "refund_failure":
        txn.status, txn.captured = "CHARGED", txn.amount
        send_event(juspay, "AUTO_REFUND_FAILED", order)
        return
    record_movement(juspay, order, "refund", f"auto-{txn.txn_id}", txn.amount)
    txn.status, txn.captured = "AUTO_REFUNDED", 0
    send_event(juspay, "AUTO_REFUND_SUCCEEDED", order)
