"""How attempts end: each ending moves the money in the ledger, then sends its webhook."""

from collections.abc import Callable
from datetime import timedelta

from payment_engine.mock.ledger import Kind, Movement
from payment_engine.mock.paytm.errors import decline_code
from payment_engine.mock.paytm.model import (
    FAILED,
    PAID,
    PENDING,
    Attempt,
    Order,
    Refund,
)
from payment_engine.mock.paytm.state import Paytm
from payment_engine.mock.paytm.webhooks import send_payment_arn, send_payment_event
from payment_engine.mock.script import Scripted, Stage

UNCONFIRMED_LIFE = timedelta(hours=72)
"""How long an attempt stays pending before Paytm calls it failed."""
_LATE_AFTER = 2.0
_TEST_VPA_DECLINES = {"failure": "declined", "expired": "expired", "lowfunds": "insufficient_funds"}


def begin(paytm: Paytm, order: Order, attempt: Attempt, path: str) -> bool:
    """Let a script (True), time or the customer end a new attempt (False)."""
    paytm.add_attempt(order, attempt)
    scripted = paytm.world.script.take(
        Stage.PAYMENT,
        gateway="paytm",
        path=path,
        order_id=order.order_id,
        instrument=attempt.instrument,
        bank=attempt.bank,
    )
    after = paytm.world.config.auto_approve_after
    if scripted:
        _apply_script(paytm, order, attempt, scripted)
    elif after is not None:
        paytm.world.clock.later(after, lambda: complete(paytm, order, attempt))
    return scripted is not None


def complete(paytm: Paytm, order: Order, attempt: Attempt) -> None:
    """The customer approved: the attempt ends as its card, VPA or wallet decides."""
    reason = attempt.card.decline if attempt.card else _test_vpa_decline(attempt.vpa)
    if attempt.mode == "BALANCE" and paytm.balance(order.phone) < attempt.paise:
        reason = "insufficient_funds"
    if reason:
        decline(paytm, order, attempt, reason)
    else:
        approve(paytm, order, attempt)


def approve(paytm: Paytm, order: Order, attempt: Attempt, *, late: bool = False) -> bool:
    """Let the attempt succeed; False if it has already ended. ``late`` revives a failed one."""
    if attempt.status != PENDING and not (late and attempt.status == FAILED):
        return False
    attempt.status = PAID
    attempt.code = "01"
    attempt.message = None
    _set_references(paytm, attempt)
    if attempt.mode == "BALANCE":
        paytm.pay_from_wallet(order.phone, attempt.paise)
    if attempt.card and attempt.save_card:
        paytm.save_card(order.customer_id, attempt.card)
    record_movement(paytm, order, "charge", attempt.txn_id, attempt.paise)
    send_payment_event(paytm, PAID, order, attempt)
    if attempt.card and paytm.config.payment_arn_after is not None:
        after = paytm.config.payment_arn_after
        paytm.world.clock.later(after, lambda: report_arn(paytm, order, attempt))
    return True


def report_arn(paytm: Paytm, order: Order, attempt: Attempt) -> bool:
    """Report the ARN of a payment to the shop; False for what has none."""
    if attempt.upi or attempt.status != PAID:
        return False
    attempt.arn = attempt.arn or paytm.world.ids.digits(23)
    send_payment_arn(paytm, order, attempt)
    return True


def decline(paytm: Paytm, order: Order, attempt: Attempt, reason: str) -> bool:
    """Let the attempt fail for a reason or with a result code; False if it has already ended."""
    code = decline_code(reason)
    if code is None or attempt.status != PENDING:
        return False
    attempt.status = FAILED
    attempt.code = code
    attempt.message = None
    attempt.ended = paytm.world.clock.now()
    send_payment_event(paytm, FAILED, order, attempt)
    return True


def auto_refund(paytm: Paytm, order: Order, attempt: Attempt) -> bool:
    """Paytm refunds by itself: all of a paid order, or a success that came too late."""
    now = paytm.world.clock.now()
    ref = f"auto-{attempt.txn_id}"
    if attempt.status == PAID:
        refund = Refund(ref, paytm.new_refund_id(), attempt.paise - order.refunded, now)
        refund.status = PAID
        refund.code = "10"
        refund.accepted = now
        refund.ended = now
        order.refunds.append(refund)
        record_movement(paytm, order, "refund", ref, refund.paise)
        return True
    decline(paytm, order, attempt, "expired")
    record_movement(paytm, order, "charge", attempt.txn_id, attempt.paise)
    record_movement(paytm, order, "refund", ref, attempt.paise)
    return True


def fail_unconfirmed(paytm: Paytm, order: Order) -> None:
    """Fail an attempt that has been pending for three days."""
    attempt = order.attempt
    if attempt and paytm.world.clock.now() - attempt.created > UNCONFIRMED_LIFE:
        decline(paytm, order, attempt, "expired")


def record_movement(
    paytm: Paytm, order: Order, kind: Kind, ref: str, paise: int, rrn: str = ""
) -> None:
    """Write into the ledger what the customer paid or got back."""
    attempt = order.attempt
    paytm.world.ledger.move(
        Movement(
            gateway="paytm",
            order_id=order.order_id,
            ref=ref,
            kind=kind,
            paise=paise,
            at=paytm.world.clock.now(),
            instrument=attempt.instrument if attempt else "",
            bank_ref=rrn or (attempt.bank_txn_id if attempt else ""),
        )
    )


def _apply_script(paytm: Paytm, order: Order, attempt: Attempt, scripted: Scripted) -> None:
    behaviour = scripted.behaviour
    seconds = float(behaviour.get("seconds", 0))
    reason = str(behaviour.get("reason", "declined"))
    match scripted.kind:
        case "approve":
            _after(paytm, seconds, lambda: approve(paytm, order, attempt))
        case "decline":
            _after(paytm, seconds, lambda: decline(paytm, order, attempt, reason))
        case "late_success":
            late = seconds + float(behaviour.get("after", _LATE_AFTER))
            _after(paytm, seconds, lambda: decline(paytm, order, attempt, "expired"))
            _after(paytm, late, lambda: approve(paytm, order, attempt, late=True))


def _after(paytm: Paytm, seconds: float, action: Callable[[], object]) -> None:
    """Later, or at once for 0 seconds: a wallet's answer then tells the outcome."""
    if seconds > 0:
        paytm.world.clock.later(seconds, action)
    else:
        action()


def _test_vpa_decline(vpa: str) -> str | None:
    """``failure@...``, ``expired@...`` and ``lowfunds@...`` fail, even if approved."""
    return _TEST_VPA_DECLINES.get(vpa.partition("@")[0].lower())


def _set_references(paytm: Paytm, attempt: Attempt) -> None:
    attempt.ended = paytm.world.clock.now()
    attempt.txn_id = attempt.txn_id or paytm.new_txn_id()
    attempt.bank_txn_id = attempt.bank_txn_id or paytm.world.ids.digits(12)
    if attempt.upi and not attempt.vpa:
        attempt.vpa = "customer@mockbank"
