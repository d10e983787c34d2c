"""Juspay's memory: orders by id, attempts by uuid, card tokens; the oldest settled drop out."""

from datetime import datetime, timedelta
from itertools import islice

from sanic import Request

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.config import JuspayConfig
from payment_engine.mock.juspay.model import Order, Txn
from payment_engine.mock.juspay.statuses import HELD, WAITING
from payment_engine.mock.juspay.testcards import Card
from payment_engine.mock.world import World

TOKEN_LIFE = timedelta(minutes=15)
_LOOK_BACK = 50


class Juspay:
    """Everything that one imitated Juspay account knows."""

    def __init__(self, world: World, config: JuspayConfig) -> None:
        self.world = world
        self.config = config
        self.host = f"{world.config.public_url}/juspay"
        self.orders: dict[str, Order] = {}
        self.txns: dict[str, tuple[Order, Txn]] = {}
        self._tokens: dict[str, tuple[Card, datetime]] = {}

    def order(self, order_id: str) -> Order:
        """An order, whatever the case of its id. Raises Refusal if there is none."""
        if found := self.orders.get(order_id.casefold()):
            return found
        raise errors.no_such_order(order_id)

    def add(self, order: Order) -> None:
        """Remember an order, forgetting an old one when there are too many."""
        if len(self.orders) >= self.world.config.max_orders:
            self._forget()
        self.orders[order.order_id.casefold()] = order

    def attempt(self, order: Order, txn: Txn) -> None:
        """Remember an attempt."""
        order.txns.append(txn)
        self.txns[txn.txn_uuid] = (order, txn)

    def keep_card(self, card: Card) -> str:
        """A one-time token for a card."""
        now = self.world.clock.now()
        while self._tokens and next(iter(self._tokens.values()))[1] < now - TOKEN_LIFE:
            del self._tokens[next(iter(self._tokens))]
        token = self.world.ids.hexes("ctkn_", 32)
        self._tokens[token] = (card, now + TOKEN_LIFE)
        return token

    def take_card(self, token: str) -> Card:
        """The card behind a token, which is used up by this. Raises Refusal."""
        card, until = self._tokens.pop(token, (None, None))
        expired = until is not None and until < self.world.clock.now()
        if card is None or expired:
            raise errors.bad_token(expired=expired)
        return card

    def _forget(self) -> None:
        oldest = next(iter(self.orders))
        candidates = islice(self.orders.items(), _LOOK_BACK)
        key = next((key for key, order in candidates if settled(order)), oldest)
        order = self.orders.pop(key)
        for txn in order.txns:
            self.txns.pop(txn.txn_uuid, None)
        self.world.ledger.forget("juspay", order.order_id)


def settled(order: Order) -> bool:
    """Whether nothing more is expected to happen to an order by itself."""
    moving = order.status in WAITING | HELD | {"NEW"}
    return not moving and not any(refund.status == "PENDING" for refund in order.refunds)


def juspay_of(request: Request) -> Juspay:
    """The imitated Juspay that a request speaks to."""
    juspay: Juspay = request.app.ctx.mock.gateways["juspay"].book
    return juspay
