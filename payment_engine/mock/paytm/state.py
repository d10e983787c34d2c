"""The memory of an imitated account: orders by id and token, wallets and saved cards."""

from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import TypeVar

from sanic import Request

from payment_engine.mock.paytm.config import PaytmConfig
from payment_engine.mock.paytm.model import Attempt, Card, Order
from payment_engine.mock.world import World

IST = timezone(timedelta(hours=5, minutes=30))
_FORGET_CANDIDATES = 50
"""How many of the oldest orders are looked at for a settled one to forget."""
Value = TypeVar("Value")


class Paytm:
    """All that one imitated Paytm account stores."""

    def __init__(self, world: World, config: PaytmConfig) -> None:
        self.world = world
        self.config = config
        self.host = f"{world.config.public_url}/paytm"
        self.orders: dict[str, Order] = {}
        self.tokens: dict[str, Order] = {}
        self.pages: dict[str, tuple[Order, Attempt]] = {}
        self.access_tokens: dict[str, datetime] = {}
        """Expiry by reference and token."""
        self.wallets: dict[str, int] = {}
        self.saved_cards: dict[str, dict[str, Card]] = {}
        """Cards by their id, by customer."""
        self.suspended_cards: set[str] = set()
        """Ids of saved cards that are refused for now."""

    @property
    def key(self) -> str:
        """The key that signs requests, answers and webhooks."""
        return self.config.merchant_key

    def add_order(self, order: Order) -> None:
        """Store an order and its token; an old one is forgotten when there are too many."""
        if len(self.orders) >= self.world.config.max_orders:
            self._forget_order()
        self.orders[order.order_id] = order
        self.tokens[order.token] = order

    def renew_token(self, order: Order) -> None:
        """Give an order a new token."""
        self.tokens.pop(order.token, None)
        order.token = self.new_token()
        order.token_expiry = self.new_token_expiry()
        self.tokens[order.token] = order

    def add_attempt(self, order: Order, attempt: Attempt) -> None:
        """Store the attempt of an order, and its page."""
        order.attempt = attempt
        self.pages[attempt.page_key] = (order, attempt)

    def new_token(self) -> str:
        """32 hexadecimal digits and the time in milliseconds."""
        return self.world.ids.hexes("", 32) + self.timestamp()

    def new_token_expiry(self) -> datetime:
        """When a token issued now expires."""
        return self.world.clock.now() + timedelta(seconds=self.config.token_life)

    def new_txn_id(self) -> str:
        """35 digits that begin with the day."""
        return f"{self._day()}111212800110168{self.world.ids.digits(12)}"

    def new_refund_id(self) -> str:
        """35 digits that begin with the day."""
        return f"{self._day()}111212801300168{self.world.ids.digits(12)}"

    def timestamp(self) -> str:
        """Now, in milliseconds since 1970."""
        return str(int(self.world.clock.now().timestamp() * 1000))

    def salt(self) -> str:
        """Four characters for a checksum."""
        return self.world.ids.hexes("", 4)

    def pay_from_wallet(self, phone: str, paise: int) -> None:
        """Debit a customer's wallet."""
        self._store(self.wallets, phone, self.balance(phone) - paise)

    def save_card(self, customer: str, card: Card) -> None:
        """Save a card for a customer's next payments."""
        cards = {**self.saved_cards.get(customer, {}), self.world.ids.hexes("", 24): card}
        self._store(self.saved_cards, customer, cards)

    def balance(self, phone: str) -> int:
        """Paise in a customer's wallet."""
        return self.wallets.get(phone, self.config.wallet_balance)

    def _store(self, values: dict[str, Value], name: str, value: Value) -> None:
        """Store a value as the latest, and forget the oldest beyond ``max_orders``."""
        values.pop(name, None)
        values[name] = value
        if len(values) > self.world.config.max_orders:
            del values[next(iter(values))]

    def _day(self) -> str:
        return f"{self.world.clock.now().astimezone(IST):%Y%m%d}"

    def _forget_order(self) -> None:
        candidates = islice(self.orders.values(), _FORGET_CANDIDATES)
        oldest = next(iter(self.orders.values()))
        order = next((each for each in candidates if is_settled(each)), oldest)
        del self.orders[order.order_id]
        self.tokens.pop(order.token, None)
        if order.attempt:
            self.pages.pop(order.attempt.page_key, None)
        self.world.ledger.forget("paytm", order.order_id)


def is_settled(order: Order) -> bool:
    """Whether nothing more will happen to an order by itself."""
    return order.is_closed and not any(refund.is_pending for refund in order.refunds)


def format_time(at: datetime) -> str:
    """``2026-11-22 12:00:00.0`` in Indian time."""
    return f"{at.astimezone(IST):%Y-%m-%d %H:%M:%S}.0"


def paytm_of(request: Request) -> Paytm:
    """The account that a request is for."""
    paytm: Paytm = request.app.ctx.mock.gateways["paytm"].state
    return paytm
