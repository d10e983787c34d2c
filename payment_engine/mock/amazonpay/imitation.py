"""Amazon Pay as the pages and the control API see it: charges, and actions on them."""

from collections.abc import Callable, Iterator
from typing import Any

from payment_engine.mock.amazonpay import outcomes, refunds
from payment_engine.mock.amazonpay.config import NAME, AmazonPayConfig
from payment_engine.mock.amazonpay.documents import charge_document
from payment_engine.mock.amazonpay.model import Charge
from payment_engine.mock.amazonpay.state import AmazonPay
from payment_engine.mock.amazonpay.webhooks import send_charge_event
from payment_engine.mock.imitation import AttemptSummary, Impossible
from payment_engine.mock.rotation import rotated
from payment_engine.mock.world import World

_REFUND_ACTIONS = {"succeed": "Approved", "fail": "Declined"}


class ImitatedAmazonPay:
    """One Amazon Pay account for the pages and the control API."""

    name = NAME

    def __init__(self, state: AmazonPay) -> None:
        self.state = state

    def attempts(self) -> Iterator[AttemptSummary]:
        """Every charge, newest first."""
        return map(attempt_summary, reversed(self.state.charges.values()))

    def order_documents(self) -> Iterator[dict[str, Any]]:
        """Every charge, newest first; a charge is its own order."""
        return map(self._order_document, reversed(self.state.charges.values()))

    def order_document(self, order_id: str) -> dict[str, Any] | None:
        """One charge of those."""
        charge = self.state.charges.get(order_id)
        return self._order_document(charge) if charge else None

    def act(self, order_id: str, action: str, body: dict[str, Any]) -> None:
        """Act on a charge. Raises Impossible."""
        charge = self.state.charges.get(order_id)
        if not charge or action not in _ACTIONS:
            raise Impossible(f"no such charge, or not one of {', '.join(_ACTIONS)}")
        if not _ACTIONS[action](self.state, charge, body):
            raise Impossible(
                f"cannot {action} a charge that is {charge.status}, or not for that reason"
            )

    def end_refund(self, ref: str, action: str) -> str | None:
        """End a refund by either of its ids. Raises Impossible."""
        found = self.state.refunds.get(ref)
        if not found:
            return None
        if action not in {*_REFUND_ACTIONS, "bounce"}:
            raise Impossible(f"a refund's actions are {', '.join(_REFUND_ACTIONS)}, bounce")
        if action == "bounce":
            refunds.bounce(self.state, *found)
        else:
            refunds.complete(self.state, *found, _REFUND_ACTIONS[action])
        return found[1].status

    def rotate(self, changes: dict[str, Any]) -> None:
        """Replace keys or other texts of the account. Raises Impossible."""
        self.state.config = rotated(self.state.config, changes)

    def suspend(self, token: str, state: str) -> None:
        """Deactivate or reactivate the link of a wallet's token. Raises Impossible."""
        link = self.state.links.find(token)
        if not link:
            raise Impossible("no wallet was linked under this token")
        link.active = state == "active"

    def _order_document(self, charge: Charge) -> dict[str, Any]:
        return {
            "gateway": self.name,
            "order_id": charge.charge_id,
            "amount": charge.paise,
            "status": charge.status,
            "txns": [{"txn_id": charge.amazon_charge_id, "status": charge.status}],
            "shown": charge_document(self.state, charge),
        }


def open_account(world: World, config: AmazonPayConfig) -> ImitatedAmazonPay:
    """An account without orders."""
    return ImitatedAmazonPay(AmazonPay(world, config))


def attempt_summary(charge: Charge) -> AttemptSummary:
    """A charge for the lists and pages of its customer."""
    return AttemptSummary(
        gateway=NAME,
        order_id=charge.charge_id,
        reference=charge.amazon_charge_id,
        paise=charge.paise,
        title=charge.note or charge.charge_id,
        method=f"Amazon Pay balance of {charge.wallet.customer}",
        status=charge.status,
        waiting=charge.is_waiting,
        succeeded=charge.status == "CaptureApproved",
        url=f"/customer/amazonpay/{charge.page_token}",
    )


def _approve(amazonpay: AmazonPay, charge: Charge, _: dict[str, Any]) -> bool:
    return outcomes.approve(amazonpay, charge, late=True)


def _decline(amazonpay: AmazonPay, charge: Charge, body: dict[str, Any]) -> bool:
    return outcomes.decline(amazonpay, charge, str(body.get("reason", "declined")))


def _set_status(amazonpay: AmazonPay, charge: Charge, body: dict[str, Any]) -> bool:
    """Set the reported status, moving no money. With ``event`` it is notified too."""
    charge.scripted_status = str(body.get("status", "MYSTERY"))
    if body.get("event"):
        send_charge_event(amazonpay, charge)
    return True


def _auto_refund(amazonpay: AmazonPay, charge: Charge, _: dict[str, Any]) -> bool:
    return refunds.refund_in_seller_central(amazonpay, charge)


_ACTIONS: dict[str, Callable[[AmazonPay, Charge, dict[str, Any]], bool]] = {
    "approve": _approve,
    "decline": _decline,
    "status": _set_status,
    "auto_refund": _auto_refund,
}
