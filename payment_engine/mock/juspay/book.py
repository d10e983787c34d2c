"""Juspay's memory: orders by id, attempts by uuid, customers and what they keep here."""

from dataclasses import dataclass
from itertools import islice

from sanic import Request

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.config import JuspayConfig
from payment_engine.mock.juspay.fleeting import Fleeting
from payment_engine.mock.juspay.locker import Locker, SavedCard
from payment_engine.mock.juspay.model import Order, Txn
from payment_engine.mock.juspay.people import People
from payment_engine.mock.juspay.purse import Purses
from payment_engine.mock.juspay.statuses import HELD, WAITING
from payment_engine.mock.juspay.testcards import Card
from payment_engine.mock.world import World

_LOOK_BACK = 50


@dataclass(frozen=True)
class Owner:
    """Whose browser holds a client token: one order's or one customer's."""

    order_id: str = ""
    customer_id: str = ""


class Juspay:
    """Everything that one imitated Juspay account knows."""

    def __init__(self, world: World, config: JuspayConfig) -> None:
        self.world = world
        self.config = config
        self.host = f"{world.config.public_url}/juspay"
        self.orders: dict[str, Order] = {}
        self.txns: dict[str, tuple[Order, Txn]] = {}
        self.card_key = world.ids.hexes("", 32)
        """Makes fingerprints that nobody can try numbers against."""
        self.people = People(world)
        self.locker = Locker(world, config.tokenise_after)
        self.purses = Purses(world, config.wallet_balance)
        self.entered: Fleeting[Card] = Fleeting(world, "ctkn_")
        self.client_tokens: Fleeting[Owner] = Fleeting(world, "tkn_")

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

    def take_card(self, token: str) -> Card:
        """The card that a browser entered, whose token is used up by this. Raises Refusal."""
        if card := self.entered.take(token):
            return card
        raise errors.bad_token(expired=self.entered.until(token) is not None)

    def saved(self, token: str) -> SavedCard:
        """The saved card that a token stands for. Raises Refusal."""
        saved = self.locker.tokens.find(token)
        if saved and self.locker.holds(saved):
            return saved
        expired = saved is None and self.locker.tokens.until(token) is not None
        raise errors.bad_token(expired=expired)

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
