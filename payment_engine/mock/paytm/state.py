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
Value = TypeVar("Value")


class Paytm:
    """Everything that one imitated Paytm account knows."""

    def __init__(self, world: World, config: PaytmConfig) -> None:
        self.world = world
        self.config = config
        self.host = f"{world.config.public_url}/paytm"
        self.orders: dict[str, Order] = {}
        self.tokens: dict[str, Order] = {}
        self.pages: dict[str, tuple[Order, Attempt]] = {}
        self.access: dict[str, datetime] = {}
        self.wallets: dict[str, int] = {}
        self.saved: dict[str, dict[str, Card]] = {}
        """Cards by their id, by customer."""
        self.suspended: set[str] = set()
        """Ids of saved cards that nobody can pay with for now."""

    @property
    def key(self) -> str:
        """What requests, answers and webhooks are signed with now."""
        return self.config.merchant_key

    def add(self, order: Order) -> None:
        """Remember an order and its token, forgetting an old one when there are too many."""
        if len(self.orders) >= self.world.config.max_orders:
            self._forget()
        self.orders[order.order_id] = order
        self.tokens[order.token] = order

    def renew(self, order: Order) -> None:
        """Give an order another token, good for as long as the first."""
        self.tokens.pop(order.token, None)
        order.token = self.new_token()
        order.token_until = self.token_end()
        self.tokens[order.token] = order

    def attempt(self, order: Order, attempt: Attempt) -> None:
        """Remember an attempt and its page."""
        order.attempt = attempt
        self.pages[attempt.key] = (order, attempt)

    def new_token(self) -> str:
        """32 hexadecimal digits and the time in milliseconds."""
        return self.world.ids.hexes("", 32) + self.stamp()

    def token_end(self) -> datetime:
        """When a token made now stops being good."""
        return self.world.clock.now() + timedelta(seconds=self.config.token_life)

    def new_txn_id(self) -> str:
        """35 digits that begin with the day."""
        return f"{self._day()}111212800110168{self.world.ids.digits(12)}"

    def new_refund_id(self) -> str:
        """35 digits that begin with the day."""
        return f"{self._day()}111212801300168{self.world.ids.digits(12)}"

    def stamp(self) -> str:
        """Now, in milliseconds since 1970."""
        return str(int(self.world.clock.now().timestamp() * 1000))

    def salt(self) -> str:
        """Four characters for a checksum."""
        return self.world.ids.hexes("", 4)

    def pay_from_wallet(self, phone: str, paise: int) -> None:
        """Take money out of a customer's wallet."""
        self._remember(self.wallets, phone, self.balance(phone) - paise)

    def save_card(self, customer: str, card: Card) -> None:
        """Keep a card for a customer's next payment."""
        cards = {**self.saved.get(customer, {}), self.world.ids.hexes("", 24): card}
        self._remember(self.saved, customer, cards)

    def balance(self, phone: str) -> int:
        """Paise in a customer's wallet."""
        return self.wallets.get(phone, self.config.wallet_balance)

    def _remember(self, memory: dict[str, Value], name: str, value: Value) -> None:
        """Keep the latest; no more of them than of orders."""
        memory.pop(name, None)
        memory[name] = value
        if len(memory) > self.world.config.max_orders:
            del memory[next(iter(memory))]

    def _day(self) -> str:
        return f"{self.world.clock.now().astimezone(IST):%Y%m%d}"

    def _forget(self) -> None:
        candidates = islice(self.orders.values(), _FORGET_CANDIDATES)
        oldest = next(iter(self.orders.values()))
        order = next((each for each in candidates if is_settled(each)), oldest)
        del self.orders[order.order_id]
        self.tokens.pop(order.token, None)
        if order.attempt:
            self.pages.pop(order.attempt.key, None)
        self.world.ledger.forget("paytm", order.order_id)


def is_settled(order: Order) -> bool:
    """Whether nothing more is expected to happen to an order by itself."""
    return order.closed and not any(refund.moving for refund in order.refunds)


def format_time(at: datetime) -> str:
    """``2026-11-22 12:00:00.0`` in Indian time."""
    return f"{at.astimezone(IST):%Y-%m-%d %H:%M:%S}.0"


def paytm_of(request: Request) -> Paytm:
    """The imitated Paytm that a request speaks to."""
    paytm: Paytm = request.app.ctx.mock.gateways["paytm"].book
    return paytm
