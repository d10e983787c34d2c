"""The memory of an imitated account: orders, transactions, customers and what they saved."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Generic, TypeVar

from sanic import Request

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.config import JuspayConfig
from payment_engine.mock.juspay.model import (
    AUTHORIZED,
    WAITING,
    Card,
    Customer,
    NetworkToken,
    Order,
    SavedCard,
    Txn,
    Wallet,
    bin_of,
)
from payment_engine.mock.world import World

TOKEN_LIFE = timedelta(minutes=15)
Subject = TypeVar("Subject")
_TOKEN_YEARS = 3
MOST_CARDS = 50
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
        self.people = CustomerStore(world)
        self.locker = CardStore(world, config.tokenise_after)
        self.purses = WalletStore(world, config.wallet_balance)
        self.entered: ExpiringTokens[Card] = ExpiringTokens(world, "ctkn_")
        self.client_tokens: ExpiringTokens[Owner] = ExpiringTokens(world, "tkn_")

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
    moving = order.status in WAITING | AUTHORIZED | {"NEW"}
    return not moving and not any(refund.status == "PENDING" for refund in order.refunds)


def juspay_of(request: Request) -> Juspay:
    """The imitated Juspay that a request speaks to."""
    juspay: Juspay = request.app.ctx.mock.gateways["juspay"].book
    return juspay


class CustomerStore:
    """All customers; the oldest are forgotten when there are too many."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_id: dict[str, Customer] = {}
        self._by_reference: dict[str, Customer] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def add(self, reference: str, fields: dict[str, str]) -> Customer:
        """A new one. Raises Refusal where the merchant's id is taken."""
        if reference in self._by_reference:
            raise errors.customer_exists()
        world, now = self._world, self._world.clock.stamp()
        customer = Customer(world.ids.hexes("cst_", 16), reference, now, now, fields)
        self._by_id[customer.id] = self._by_reference[reference] = customer
        if len(self._by_id) > world.config.max_orders:
            oldest = self._by_id.pop(next(iter(self._by_id)))
            del self._by_reference[oldest.reference]
        return customer

    def get(self, name: str) -> Customer | None:
        """By Juspay's id or by the merchant's."""
        return self._by_id.get(name) or self._by_reference.get(name)

    def one(self, name: str) -> Customer:
        """By either id. Raises Refusal if there is none."""
        if found := self.get(name):
            return found
        raise errors.no_such_customer()

    def key(self, name: str) -> str:
        """Juspay's id for either id; a name that was never registered stands for itself."""
        found = self.get(name)
        return found.id if found else name

    def listed(self) -> list[Customer]:
        """Every customer, newest first."""
        return list(reversed(self._by_id.values()))


class WalletStore:
    """Every customer's wallets; the oldest are forgotten when there are too many."""

    def __init__(self, world: World, opening: int) -> None:
        self._world = world
        self._opening = opening
        self._wallets: dict[str, Wallet] = {}
        self.tokens: ExpiringTokens[Wallet] = ExpiringTokens(world, "wtk_")

    def get(self, wallet_id: str) -> Wallet | None:
        """By its id."""
        return self._wallets.get(wallet_id)

    def of(self, customer_id: str) -> list[Wallet]:
        """A customer's wallets, the oldest first."""
        return [each for each in self._wallets.values() if each.customer_id == customer_id]

    def open(self, customer_id: str, name: str, mobile: str) -> Wallet:
        """The customer's wallet of that name, a new one if need be."""
        known = next((each for each in self.of(customer_id) if each.name == name), None)
        if known:
            return known
        world = self._world
        wallet = Wallet(
            world.ids.hexes("wlt_", 16),
            customer_id,
            name,
            mobile,
            self._opening,
            world.clock.stamp(),
        )
        self._wallets[wallet.id] = wallet
        if len(self._wallets) > world.config.max_orders:
            del self._wallets[next(iter(self._wallets))]
        return wallet


class CardStore:
    """Every customer's cards; the customers seen first are forgotten when there are too many."""

    def __init__(self, world: World, tokenise_after: float | None) -> None:
        self._world = world
        self._tokenise_after = tokenise_after
        self._cards: dict[str, list[SavedCard]] = {}
        self.tokens: ExpiringTokens[SavedCard] = ExpiringTokens(world, "tkn_")

    def cards(self, customer_id: str) -> list[SavedCard]:
        """A customer's cards, the oldest first."""
        return self._cards.get(customer_id, [])

    def find(self, reference: str) -> SavedCard | None:
        """A card by its reference, its token's reference, or a token that pays with it."""
        everyone = (saved for cards in self._cards.values() for saved in cards)
        return self.tokens.find(reference) or next(
            (each for each in everyone if reference in _references(each)), None
        )

    def keep(self, customer_id: str, card: Card, *, tokenise: bool) -> SavedCard | None:
        """Put a card into the locker; the same number again is the same card.

        None where nobody may keep it: an Indian card without consent or support for a token.
        """
        issuer = bin_of(card.isin)
        tokenise = tokenise and bool(issuer and issuer.tokenizes)
        if not tokenise and not (issuer and issuer.foreign):
            return None
        saved = self._same(customer_id, card) or self._added(customer_id, card)
        if tokenise and (saved.network is None or saved.network.state != "ACTIVE"):
            saved.network = self._tokenised(card)
        return saved

    def drop(self, saved: SavedCard) -> None:
        """Forget a card; the tokens that paid with it are worth nothing from now on."""
        mine = self.cards(saved.customer_id)
        self._cards[saved.customer_id] = [each for each in mine if each is not saved]

    def holds(self, saved: SavedCard) -> bool:
        """Whether it is still kept."""
        return any(each is saved for each in self.cards(saved.customer_id))

    def _same(self, customer_id: str, card: Card) -> SavedCard | None:
        mine = self.cards(customer_id)
        return next((s for s in mine if s.card.fingerprint == card.fingerprint), None)

    def _added(self, customer_id: str, card: Card) -> SavedCard:
        saved = SavedCard(self._world.ids.hexes("", 32), customer_id, card)
        self._cards[customer_id] = [*self.cards(customer_id), saved][-MOST_CARDS:]
        if len(self._cards) > self._world.config.max_orders:
            del self._cards[next(iter(self._cards))]
        return saved

    def _tokenised(self, card: Card) -> NetworkToken:
        """A token that is the network's at once, or after a while where so configured."""
        ids = self._world.ids
        token = NetworkToken(
            reference=ids.hexes("", 24),
            par=f"V0010013{ids.hexes('', 21).upper()}",
            isin=f"{card.isin[0]}{ids.digits(5)}",
            last4=ids.digits(4),
            month=card.month,
            year=str(int(card.year) + _TOKEN_YEARS),
        )
        if self._tokenise_after != 0:
            token.state = "INITIATED"
        if self._tokenise_after:
            self._world.clock.later(self._tokenise_after, lambda: _activate(token))
        return token


def _activate(token: NetworkToken) -> None:
    if token.state == "INITIATED":
        token.state = "ACTIVE"


def _references(saved: SavedCard) -> tuple[str, ...]:
    network = (saved.network.reference, saved.network.par) if saved.network else ()
    return saved.reference, *network


class ExpiringTokens(Generic[Subject]):
    """Gives out tokens and knows what they stand for; those long past are forgotten."""

    def __init__(self, world: World, prefix: str) -> None:
        self._world = world
        self._prefix = prefix
        self._held: dict[str, tuple[Subject, datetime]] = {}

    def give(self, thing: Subject) -> str:
        """A new token."""
        now = self._world.clock.now()
        while self._held and next(iter(self._held.values()))[1] < now - TOKEN_LIFE:
            del self._held[next(iter(self._held))]
        token = self._world.ids.hexes(self._prefix, 32)
        self._held[token] = (thing, now + TOKEN_LIFE)
        return token

    def until(self, token: str) -> datetime | None:
        """When it ends or ended; None if nobody knows it."""
        return self._held[token][1] if token in self._held else None

    def find(self, token: str) -> Subject | None:
        """What it stands for; nothing once it has ended."""
        thing, until = self._held.get(token, (None, None))
        return thing if until and self._world.clock.now() <= until else None

    def take(self, token: str) -> Subject | None:
        """What it stands for, and the token is used up by this."""
        thing = self.find(token)
        if thing is not None:
            del self._held[token]
        return thing
