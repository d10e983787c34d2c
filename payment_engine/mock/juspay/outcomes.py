"""What becomes of attempts: each ending moves the money in the ledger, then sends its webhook."""

from payment_engine.mock.juspay import statuses
from payment_engine.mock.juspay.book import Juspay
from payment_engine.mock.juspay.model import Order, Txn
from payment_engine.mock.juspay.webhooks import announce
from payment_engine.mock.ledger import Kind, Movement
from payment_engine.mock.magic import by_amount
from payment_engine.mock.script import Scripted, Stage

_LATE = 2.0
_SOON = 1.0
_BY_THEMSELVES = frozenset({"success@upi", "failure@upi"})
"""Documented test VPAs: nobody need approve or decline what is asked of them."""


def begin(juspay: Juspay, order: Order, txn: Txn, path: str) -> None:
    """Announce a new attempt and decide who ends it: a script, its own magic, time or a person."""
    announce(juspay, "TXN_CREATED", order)
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
    if after is None and txn.payer_vpa.lower() in _BY_THEMSELVES:
        after = _SOON
    if juspay.config.expire_after is not None:
        clock.later(juspay.config.expire_after, lambda: decline(juspay, order, txn, "expired"))
    if txn.saved and not txn.saved.payable(clock.now()):
        decline(juspay, order, txn, "token_not_active")
    elif scripted:
        _follow(juspay, order, txn, scripted)
    elif txn.wallet and txn.wallet.balance >= txn.amount:
        approve(juspay, order, txn)
    elif after is not None:
        clock.later(after, lambda: finish(juspay, order, txn))


def finish(juspay: Juspay, order: Order, txn: Txn) -> None:
    """The customer did their part: the attempt ends as its card or VPA decides."""
    reason = txn.card.decline if txn.card else _magic(txn.payer_vpa)
    if reason:
        decline(juspay, order, txn, reason)
    else:
        approve(juspay, order, txn)


def approve(juspay: Juspay, order: Order, txn: Txn, *, late: bool = False) -> bool:
    """Let the attempt succeed; False if it has ended. ``late`` revives one that had failed.

    Success of a second attempt is returned at once: the order is already paid.
    """
    if not _open(txn, late=late):
        return False
    conflict = order.txn is not txn and order.status in statuses.TAKEN
    _settle_numbers(juspay, txn)
    _keep_card(juspay, order, txn)
    if conflict:
        _return_money(juspay, order, txn)
    elif order.auto_capture:
        take(juspay, order, txn, txn.amount)
    else:
        txn.status = "AUTHORIZED"
        announce(juspay, "ORDER_AUTHORIZED", order)
    return True


def decline(juspay: Juspay, order: Order, txn: Txn, reason: str) -> bool:
    """Let the attempt fail for a reason of the tables in statuses; False if it has ended."""
    failure = statuses.failure(reason, upi=txn.upi)
    if not failure or not _open(txn, late=False):
        return False
    txn.status = failure.status
    txn.error_code = txn.resp_code = failure.code
    txn.error_message = failure.message
    announce(juspay, "TXN_FAILED", order)
    announce(juspay, "ORDER_FAILED", order)
    return True


def take(juspay: Juspay, order: Order, txn: Txn, paise: int) -> None:
    """Collect ``paise`` of the attempt."""
    txn.captured = paise
    txn.status = "CHARGED" if paise == txn.amount else "PARTIAL_CHARGED"
    moved(juspay, order, "charge", txn.txn_id, paise)
    if txn.wallet:
        txn.wallet.balance = max(0, txn.wallet.balance - paise)
    announce(juspay, "TXN_CHARGED", order)
    announce(juspay, "ORDER_SUCCEEDED", order)


def auto_refund(juspay: Juspay, order: Order, txn: Txn) -> bool:
    """Juspay returns the money by itself; False if the attempt took none."""
    if txn.status in statuses.WAITING | statuses.FAILED or txn.status in statuses.TAKEN:
        _settle_numbers(juspay, txn)
        _return_money(juspay, order, txn)
        return True
    return False


def moved(juspay: Juspay, order: Order, kind: Kind, ref: str, paise: int) -> None:
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


def _follow(juspay: Juspay, order: Order, txn: Txn, scripted: Scripted) -> None:
    behaviour, clock = scripted.behaviour, juspay.world.clock
    seconds = float(behaviour.get("seconds", 0))
    reason = str(behaviour.get("reason", "declined"))
    match scripted.kind:
        case "approve":
            clock.later(seconds, lambda: approve(juspay, order, txn))
        case "decline":
            clock.later(seconds, lambda: decline(juspay, order, txn, reason))
        case "late_success":
            late = float(behaviour.get("after", _LATE))
            clock.later(seconds, lambda: decline(juspay, order, txn, "expired"))
            clock.later(seconds + late, lambda: approve(juspay, order, txn, late=True))


def _open(txn: Txn, *, late: bool) -> bool:
    return txn.status in statuses.WAITING or (late and txn.status in statuses.FAILED)


def _magic(vpa: str) -> str | None:
    """``failure@upi`` is declined and ``expired@upi`` times out, whatever their customer does."""
    return {"failure": "declined", "expired": "expired"}.get(vpa.partition("@")[0].lower())


def _settle_numbers(juspay: Juspay, txn: Txn) -> None:
    ids = juspay.world.ids
    txn.error_code = txn.error_message = ""
    txn.resp_code = "SUCCESS"
    txn.epg_txn_id = txn.epg_txn_id or ids.hexes("pay_", 14)
    txn.rrn = txn.rrn or ids.digits(12)
    if txn.method_type == "CARD":
        txn.auth_id_code = ids.digits(6)
    if txn.upi and not txn.payer_vpa:
        txn.payer_vpa = "customer@mockbank"


def _keep_card(juspay: Juspay, order: Order, txn: Txn) -> None:
    """Only now that its holder has shown to be the one: the card may go into the locker."""
    customer_id = order.fields.get("customer_id")
    if txn.card and txn.save and customer_id:
        key = juspay.people.key(customer_id)
        txn.kept = juspay.locker.keep(key, txn.card, tokenise=txn.tokenise)


def _return_money(juspay: Juspay, order: Order, txn: Txn) -> None:
    """Give all of it back; where that is scripted to fail the shop has the money after all."""
    moved(juspay, order, "charge", txn.txn_id, txn.amount)
    scripted = juspay.world.script.take(
        Stage.REFUND, gateway="juspay", order_id=order.order_id, instrument=txn.method_type
    )
    if scripted and scripted.kind == "refund_failure":
        txn.status, txn.captured = "CHARGED", txn.amount
        announce(juspay, "AUTO_REFUND_FAILED", order)
        return
    moved(juspay, order, "refund", f"auto-{txn.txn_id}", txn.amount)
    txn.status, txn.captured = "AUTO_REFUNDED", 0
    announce(juspay, "AUTO_REFUND_SUCCEEDED", order)
