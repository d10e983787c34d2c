"""Paytm as the pages and the control API see it: attempts, orders, and actions on them."""

from collections.abc import Callable, Iterator
from typing import Any

from payment_engine.mock.imitation import AttemptSummary, Impossible
from payment_engine.mock.paytm import outcomes, refunds
from payment_engine.mock.paytm.config import PaytmConfig
from payment_engine.mock.paytm.documents import payment_document
from payment_engine.mock.paytm.errors import result_info
from payment_engine.mock.paytm.model import BANKS, FAILED, PAID, PENDING, Attempt, Order, Refund
from payment_engine.mock.paytm.state import Paytm
from payment_engine.mock.paytm.transactions import hosted_attempt
from payment_engine.mock.paytm.webhooks import send_payment_event
from payment_engine.mock.rotation import rotated
from payment_engine.mock.world import World

_REFUND_ACTIONS = {"succeed": (PAID, "10"), "fail": (FAILED, "620"), "review": (PENDING, "628")}


class ImitatedPaytm:
    """One Paytm account for the pages and the control API."""

    name = "paytm"

    def __init__(self, state: Paytm) -> None:
        self.state = state

    def attempts(self) -> Iterator[AttemptSummary]:
        """Every attempt, newest first."""
        return (attempt_summary(order, attempt) for order, attempt in reversed(self._pages()))

    def order_documents(self) -> Iterator[dict[str, Any]]:
        """Every order, newest first."""
        return (self._order_document(order) for order in reversed(self.state.orders.values()))

    def order_document(self, order_id: str) -> dict[str, Any] | None:
        """One order of those."""
        order = self.state.orders.get(order_id)
        return self._order_document(order) if order else None

    def act(self, order_id: str, action: str, body: dict[str, Any]) -> None:
        """Act on the attempt, started on Paytm's own page if there is none. Raises Impossible."""
        order = self.state.orders[order_id]
        if action not in _ACTIONS:
            raise Impossible(f"an order's actions are {', '.join(_ACTIONS)}")
        attempt = order.attempt or hosted_attempt(self.state, order)
        if order.attempt is None:
            self.state.add_attempt(order, attempt)
        if not _ACTIONS[action](self.state, order, attempt, body):
            raise Impossible(
                f"cannot {action} an order that is {order.status}, or not for that reason"
            )

    def end_refund(self, ref: str, action: str) -> str | None:
        """End a refund by its ``refId``; ``bounce`` one that has succeeded. Raises Impossible."""
        order, refund = self._refund(ref)
        if not order or not refund:
            return None
        if action == "bounce":
            if not refunds.bounce(self.state, order, refund):
                raise Impossible(f"a refund that is {refund.status} cannot bounce")
        elif action in _REFUND_ACTIONS:
            refunds.complete(self.state, order, refund, *_REFUND_ACTIONS[action])
        else:
            raise Impossible(f"a refund's actions are {', '.join(_REFUND_ACTIONS)}, bounce")
        return refund.status

    def rotate(self, changes: dict[str, Any]) -> None:
        """Replace the key, a URL or another text of the account. Raises Impossible."""
        config = rotated(self.state.config, changes)
        if len(config.merchant_key.encode()) not in (16, 24, 32):
            raise Impossible("a merchant key has 16, 24 or 32 bytes")
        self.state.config = config

    def suspend(self, token: str, state: str) -> None:
        """Suspend, delete or reactivate a saved card by its id. Raises Impossible."""
        cards = next((each for each in self.state.saved_cards.values() if token in each), None)
        if cards is None:
            raise Impossible(f"no customer has saved a card {token}")
        self.state.suspended_cards.discard(token)
        if state == "suspended":
            self.state.suspended_cards.add(token)
        elif state == "deleted":
            del cards[token]

    def _pages(self) -> list[tuple[Order, Attempt]]:
        return list(self.state.pages.values())

    def _refund(self, ref: str) -> tuple[Order | None, Refund | None]:
        pairs = ((each, refund) for each in self.state.orders.values() for refund in each.refunds)
        return next((pair for pair in pairs if pair[1].ref == ref), (None, None))

    def _order_document(self, order: Order) -> dict[str, Any]:
        attempt = order.attempt
        document = (
            payment_document(self.state, order, attempt)
            if attempt
            else result_info("NO_RECORD_FOUND", "331")
        )
        return {
            "gateway": self.name,
            "order_id": order.order_id,
            "amount": order.paise,
            "status": order.status,
            "txns": [{"txn_id": attempt.txn_id, "status": attempt.status}] if attempt else [],
            "shown": document,
        }


def open_account(world: World, config: PaytmConfig) -> ImitatedPaytm:
    """An account without orders."""
    return ImitatedPaytm(Paytm(world, config))


def attempt_summary(order: Order, attempt: Attempt) -> AttemptSummary:
    """An attempt for the lists and pages of its customer."""
    return AttemptSummary(
        gateway=ImitatedPaytm.name,
        order_id=order.order_id,
        reference=attempt.txn_id,
        paise=attempt.paise,
        title=order.order_id,
        method=_method_label(attempt),
        status=attempt.status,
        waiting=attempt.status == PENDING,
        succeeded=attempt.status == PAID,
        url=f"/customer/paytm/{attempt.page_key}",
    )


def _method_label(attempt: Attempt) -> str:
    if attempt.card:
        return f"{attempt.card.scheme} card ending {attempt.card.last4}"
    if attempt.mode == "NET_BANKING":
        return f"Netbanking, {BANKS.get(attempt.bank, attempt.bank)}"
    if attempt.upi:
        return f"UPI request to {attempt.vpa}" if attempt.mode == "UPI" else "UPI app"
    return "Paytm wallet"


def _approve(paytm: Paytm, order: Order, attempt: Attempt, _: dict[str, Any]) -> bool:
    return outcomes.approve(paytm, order, attempt, late=True)


def _decline(paytm: Paytm, order: Order, attempt: Attempt, body: dict[str, Any]) -> bool:
    return outcomes.decline(paytm, order, attempt, str(body.get("reason", "declined")))


def _auto_refund(paytm: Paytm, order: Order, attempt: Attempt, _: dict[str, Any]) -> bool:
    return outcomes.auto_refund(paytm, order, attempt)


def _set_status(paytm: Paytm, order: Order, attempt: Attempt, body: dict[str, Any]) -> bool:
    """Set a raw status, moving no money. ``event`` names a webhook to send with it."""
    attempt.status = str(body.get("status", "MYSTERY"))
    attempt.code = str(body.get("code", attempt.code))
    attempt.message = body.get("message")
    if body.get("event"):
        send_payment_event(paytm, str(body["event"]), order, attempt)
    return True


def _arn(paytm: Paytm, order: Order, attempt: Attempt, _: dict[str, Any]) -> bool:
    return outcomes.report_arn(paytm, order, attempt)


_ACTIONS: dict[str, Callable[[Paytm, Order, Attempt, dict[str, Any]], bool]] = {
    "approve": _approve,
    "decline": _decline,
    "arn": _arn,
    "auto_refund": _auto_refund,
    "status": _set_status,
}
