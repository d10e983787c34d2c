"""Juspay as the pages and the control API see it: attempts, orders, and actions on them."""

from collections.abc import Callable, Iterator
from typing import Any

from payment_engine.mock.imitation import AttemptSummary, Impossible
from payment_engine.mock.juspay import outcomes, refunds
from payment_engine.mock.juspay.config import JuspayConfig
from payment_engine.mock.juspay.model import CHARGED, WAITING, Order, Txn
from payment_engine.mock.juspay.state import Juspay
from payment_engine.mock.juspay.webhooks import current_document, send_event
from payment_engine.mock.rotation import rotated
from payment_engine.mock.world import World

_REFUND_ACTIONS = {"succeed": "SUCCESS", "fail": "FAILURE", "review": "MANUAL_REVIEW"}


class ImitatedJuspay:
    """One Juspay account for the pages and the control API."""

    name = "juspay"

    def __init__(self, state: Juspay) -> None:
        self.state = state

    def attempts(self) -> Iterator[AttemptSummary]:
        """Every attempt, newest first."""
        return (attempt_summary(order, txn) for order, txn in reversed(self.state.txns.values()))

    def order_documents(self) -> Iterator[dict[str, Any]]:
        """Every order, newest first."""
        return (self._order_document(order) for order in reversed(self.state.orders.values()))

    def order_document(self, order_id: str) -> dict[str, Any] | None:
        """One order of those, whatever the case of its id."""
        order = self.state.orders.get(order_id.casefold())
        return self._order_document(order) if order else None

    def act(self, order_id: str, action: str, body: dict[str, Any]) -> None:
        """Act on the attempt ``txn_uuid``, or on the last one. Raises Impossible."""
        order = self.state.order(order_id)
        if action not in _ACTIONS:
            raise Impossible(f"an order's actions are {', '.join(_ACTIONS)}")
        if not _ACTIONS[action](self.state, order, _named_txn(order, body), body):
            raise Impossible(
                f"cannot {action} an order that is {order.status}, or not for that reason"
            )

    def end_refund(self, ref: str, action: str) -> str | None:
        """End a refund by its ``unique_request_id``. Raises Impossible."""
        pairs = ((each, refund) for each in self.state.orders.values() for refund in each.refunds)
        found = next((pair for pair in pairs if pair[1].unique_request_id == ref), None)
        if not found:
            return None
        if action == "bounce":
            if not refunds.bounce(self.state, *found):
                raise Impossible("only a refund that has succeeded can bounce")
            return found[1].status
        if action not in _REFUND_ACTIONS:
            raise Impossible(f"a refund's actions are {', '.join(_REFUND_ACTIONS)}, bounce")
        refunds.complete(self.state, *found, _REFUND_ACTIONS[action])
        return found[1].status

    def rotate(self, changes: dict[str, Any]) -> None:
        """Replace keys or other texts of the account. Raises Impossible."""
        self.state.config = rotated(self.state.config, changes)

    def suspend(self, token: str, state: str) -> None:
        """Set the state of a saved card's network token, or delete the card; by any reference.

        Raises Impossible.
        """
        saved = self.state.cards.find(token)
        if not saved:
            raise Impossible(f"no card is saved as {token}, so it cannot be {state}")
        if state == "deleted":
            self.state.cards.delete(saved)
        elif saved.network_token:
            saved.network_token.state = state.upper()
        else:
            raise Impossible("a foreign card has no token of a network")

    def _order_document(self, order: Order) -> dict[str, Any]:
        return {
            "gateway": self.name,
            "order_id": order.order_id,
            "amount": order.amount,
            "status": order.status,
            "txns": [{"txn_uuid": txn.txn_uuid, "status": txn.status} for txn in order.txns],
            "shown": current_document(self.state, order),
        }


def open_account(world: World, config: JuspayConfig) -> ImitatedJuspay:
    """An account without orders."""
    return ImitatedJuspay(Juspay(world, config))


def _method_label(txn: Txn) -> str:
    if txn.card:
        return f"{txn.card.brand} card ending {txn.card.last4}"
    if txn.upi:
        labels = {"COLLECT": f"UPI request to {txn.payer_vpa}", "QR": "UPI QR code"}
        return labels.get(txn.flow, "UPI app")
    if txn.method_type == "NB":
        return f"Netbanking, {txn.method.removeprefix('NB_')}"
    return f"{txn.method.title()} wallet"


def attempt_summary(order: Order, txn: Txn) -> AttemptSummary:
    """An attempt for the lists and pages of its customer."""
    return AttemptSummary(
        gateway=ImitatedJuspay.name,
        order_id=order.order_id,
        reference=txn.txn_id,
        paise=txn.amount,
        title=order.fields.get("description") or order.order_id,
        method=_method_label(txn),
        status=txn.status,
        waiting=txn.status in WAITING,
        succeeded=txn.status in CHARGED | {"AUTHORIZED"},
        url=f"/customer/juspay/{txn.txn_uuid}",
    )


def _named_txn(order: Order, body: dict[str, Any]) -> Txn:
    txn_uuid = body.get("txn_uuid")
    found = [txn for txn in order.txns if txn_uuid in (None, txn.txn_uuid)]
    if not found:
        raise Impossible("the order has no such attempt")
    return found[-1]


def _approve(juspay: Juspay, order: Order, txn: Txn, _: dict[str, Any]) -> bool:
    return outcomes.approve(juspay, order, txn, late=True)


def _decline(juspay: Juspay, order: Order, txn: Txn, body: dict[str, Any]) -> bool:
    return outcomes.decline(juspay, order, txn, str(body.get("reason", "declined")))


def _auto_refund(juspay: Juspay, order: Order, txn: Txn, _: dict[str, Any]) -> bool:
    return outcomes.auto_refund(juspay, order, txn)


def _set_status(juspay: Juspay, order: Order, txn: Txn, body: dict[str, Any]) -> bool:
    """Set a raw status, moving no money. ``event`` names a webhook to send with it."""
    txn.status = str(body.get("status", "MYSTERY"))
    if body.get("event"):
        send_event(juspay, str(body["event"]), order)
    return True


_ACTIONS: dict[str, Callable[[Juspay, Order, Txn, dict[str, Any]], bool]] = {
    "approve": _approve,
    "decline": _decline,
    "auto_refund": _auto_refund,
    "status": _set_status,
}
