"""How charges end: each ending moves the money in the ledger, then is notified."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from payment_engine.mock.amazonpay.config import NAME
from payment_engine.mock.amazonpay.model import FAILED, PENDING, Charge
from payment_engine.mock.amazonpay.state import AmazonPay
from payment_engine.mock.amazonpay.webhooks import send_charge_event
from payment_engine.mock.ledger import Movement
from payment_engine.mock.script import Scripted

_LATE_AFTER = 2.0
_SUCCESS = ("001", "Txn Success")


@dataclass(frozen=True)
class Failure:
    """The status of a charge that was not paid, its code and message; the codes are made up."""

    status: str
    code: str
    message: str


FAILURES: Mapping[str, Failure] = {
    "declined": Failure("Declined", "310", "Txn Failed"),
    "customer_cancelled": Failure("Declined", "311", "Cancelled by customer"),
    "expired": Failure("Declined", "312", "Customer did not respond in time"),
    "insufficient_funds": Failure("Declined", "313", "Insufficient funds"),
    "risk": Failure("Declined", "314", "Declined for risk"),
    "bank_down": Failure("Failed", "320", "Payment system is down"),
}


def begin(amazonpay: AmazonPay, charge: Charge, scripted: Scripted | None) -> None:
    """Let a script, the balance or the customer end a new charge."""
    if scripted:
        _apply_script(amazonpay, charge, scripted)
    elif charge.wallet.balance >= charge.paise:
        approve(amazonpay, charge)
    else:
        _ask_customer(amazonpay, charge)


def approve(amazonpay: AmazonPay, charge: Charge, *, late: bool = False) -> bool:
    """Debit the wallet, topping it up first if need be; False if the charge has already ended.

    ``late`` revives a failed one.
    """
    if not _can_end(charge, late=late):
        return False
    wallet = charge.wallet
    wallet.balance = max(wallet.balance, charge.paise)
    wallet.debit(charge.paise)
    _end(amazonpay, charge, "CaptureApproved", _SUCCESS)
    _record_movement(amazonpay, charge)
    send_charge_event(amazonpay, charge)
    return True


def decline(amazonpay: AmazonPay, charge: Charge, reason: str) -> bool:
    """Let the charge fail for a reason of FAILURES; False if it has already ended."""
    failure = FAILURES.get(reason)
    if not failure or not _can_end(charge, late=False):
        return False
    _end(amazonpay, charge, failure.status, (failure.code, failure.message))
    send_charge_event(amazonpay, charge)
    return True


def _apply_script(amazonpay: AmazonPay, charge: Charge, scripted: Scripted) -> None:
    """Other kinds leave it pending; with ``page`` the customer is asked whatever the balance."""
    behaviour = scripted.behaviour
    seconds = float(behaviour.get("seconds", 0))
    reason = str(behaviour.get("reason", "declined"))
    match scripted.kind:
        case "approve":
            _after(amazonpay, seconds, lambda: approve(amazonpay, charge))
        case "decline":
            _after(amazonpay, seconds, lambda: decline(amazonpay, charge, reason))
        case "late_success":
            late = seconds + float(behaviour.get("after", _LATE_AFTER))
            _after(amazonpay, seconds, lambda: decline(amazonpay, charge, "expired"))
            _after(amazonpay, late, lambda: approve(amazonpay, charge, late=True))
        case _ if behaviour.get("page"):
            amazonpay.open_page(charge)


def _ask_customer(amazonpay: AmazonPay, charge: Charge) -> None:
    """Open the customer's page until the charge expires, or is approved automatically."""
    amazonpay.open_page(charge)
    clock = amazonpay.world.clock
    after = amazonpay.world.config.auto_approve_after
    if after is not None:
        clock.later(after, lambda: approve(amazonpay, charge))
    seconds = (charge.expires - charge.created).total_seconds()
    clock.later(seconds, lambda: decline(amazonpay, charge, "expired"))


def _after(amazonpay: AmazonPay, seconds: float, act: Callable[[], bool]) -> None:
    if seconds > 0:
        amazonpay.world.clock.later(seconds, act)
    else:
        act()


def _can_end(charge: Charge, *, late: bool) -> bool:
    return charge.status in PENDING or (late and charge.status in FAILED)


def _end(amazonpay: AmazonPay, charge: Charge, status: str, reason: tuple[str, str]) -> None:
    charge.status = status
    charge.scripted_status = ""
    charge.reason = reason
    charge.updated = amazonpay.world.clock.now()


def _record_movement(amazonpay: AmazonPay, charge: Charge) -> None:
    movement = Movement(
        gateway=NAME,
        order_id=charge.charge_id,
        ref=charge.amazon_charge_id,
        kind="charge",
        paise=charge.paise,
        at=charge.updated,
        instrument="WALLET",
    )
    amazonpay.world.ledger.move(movement)
