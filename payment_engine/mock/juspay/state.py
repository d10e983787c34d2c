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
_MAX_CARDS = 50
_FORGET_CANDIDATES = 50
"""How many of the oldest orders are looked at for a settled one to forget."""


@dataclass(frozen=True)
class Owner:
    """Whose client token it is: that of an order's page, or of a customer."""

    order_id: str = ""
    customer_id: str = ""


class Juspay:
    """All that one imitated Juspay account stores."""

    def __init__(self, world: World, config: JuspayConfig) -> None:
        self.world = world
        self.config = config
        self.host = f"{world.config.public_url}/juspay"
        self.orders: dict[str, Order] = {}
        self.txns: dict[str, tuple[Order, Txn]] = {}
        self.card_key = world.ids.hexes("", 32)
        """Keys the fingerprints of cards, so that numbers cannot be found by trying."""
        self.customers = CustomerStore(world)
        self.cards = CardStore(world, config.tokenise_after)
        self.wallets = WalletStore(world, config.wallet_balance)
        self.entered_cards: ExpiringTokens[Card] = ExpiringTokens(world, "ctkn_")
        self.client_tokens: ExpiringTokens[Owner] = ExpiringTokens(world, "tkn_")

    def order(self, order_id: str) -> Order:
        """An order, whatever the case of its id. Raises Refusal if there is none."""
        if found := self.orders.get(order_id.casefold()):
            return found
        raise errors.no_such_order(order_id)

    def add_order(self, order: Order) -> None:
        """Store an order; an old one is forgotten when there are too many."""
        if len(self.orders) >= self.world.config.max_orders:
            self._forget_order()
        self.orders[order.order_id.casefold()] = order

    def add_txn(self, order: Order, txn: Txn) -> None:
        """Store an attempt of an order."""
        order.txns.append(txn)
        self.txns[txn.txn_uuid] = (order, txn)

    def redeem_card(self, token: str) -> Card:
        """The card that a browser entered; its token is used up. Raises Refusal."""
        if card := self.entered_cards.redeem(token):
            return card
        raise errors.bad_token(expired=self.entered_cards.expiry(token) is not None)

    def saved_card(self, token: str) -> SavedCard:
        """The saved card that a token stands for. Raises Refusal."""
        saved = self.cards.tokens.find(token)
        if saved and self.cards.contains(saved):
            return saved
        expired = saved is None and self.cards.tokens.expiry(token) is not None
        raise errors.bad_token(expired=expired)

    def _forget_order(self) -> None:
        oldest = next(iter(self.orders))
        candidates = islice(self.orders.items(), _FORGET_CANDIDATES)
        key = next((key for key, order in candidates if is_settled(order)), oldest)
        order = self.orders.pop(key)
        for txn in order.txns:
            self.txns.pop(txn.txn_uuid, None)
        self.world.ledger.forget("juspay", order.order_id)


def is_settled(order: Order) -> bool:
    """Whether nothing more will happen to an order by itself."""
    is_open = order.status in WAITING | AUTHORIZED | {"NEW"}
    return not is_open and not any(refund.status == "PENDING" for refund in order.refunds)


def juspay_of(request: Request) -> Juspay:
    """The account that a request is for."""
    juspay: Juspay = request.app.ctx.mock.gateways["juspay"].state
    return juspay


class CustomerStore:
    """Customers by Juspay's id and by the merchant's; the oldest are forgotten."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_id: dict[str, Customer] = {}
        self._by_reference: dict[str, Customer] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def add(self, reference: str, fields: dict[str, str]) -> Customer:
        """A new customer. Raises Refusal where the merchant's id is taken."""
        if reference in self._by_reference:
            raise errors.customer_exists()
        world = self._world
        now = self._world.clock.stamp()
        customer = Customer(world.ids.hexes("cst_", 16), reference, now, now, fields)
        self._by_id[customer.id] = self._by_reference[reference] = customer
        if len(self._by_id) > world.config.max_orders:
            oldest = self._by_id.pop(next(iter(self._by_id)))
            del self._by_reference[oldest.reference]
        return customer

    def find(self, either_id: str) -> Customer | None:
        """By Juspay's id or by the merchant's."""
        return self._by_id.get(either_id) or self._by_reference.get(either_id)

    def get(self, either_id: str) -> Customer:
        """By either id. Raises Refusal if there is none."""
        if customer := self.find(either_id):
            return customer
        raise errors.no_such_customer()

    def id_of(self, either_id: str) -> str:
        """Juspay's id for either id; an id that was never registered stands for itself."""
        customer = self.find(either_id)
        return customer.id if customer else either_id

    def newest_first(self) -> list[Customer]:
        """All customers."""
        return list(reversed(self._by_id.values()))


class WalletStore:
    """The wallets of all customers; the oldest are forgotten when there are too many."""

    def __init__(self, world: World, opening_balance: int) -> None:
        self._world = world
        self._opening_balance = opening_balance
        self._wallets: dict[str, Wallet] = {}
        self.tokens: ExpiringTokens[Wallet] = ExpiringTokens(world, "wtk_")

    def find(self, wallet_id: str) -> Wallet | None:
        """A wallet by its id."""
        return self._wallets.get(wallet_id)

    def of(self, customer_id: str) -> list[Wallet]:
        """A customer's wallets, the oldest first."""
        return [each for each in self._wallets.values() if each.customer_id == customer_id]

    def open(self, customer_id: str, name: str, mobile: str) -> Wallet:
        """The customer's wallet of that name, created if there is none."""
        existing = next((each for each in self.of(customer_id) if each.name == name), None)
        if existing:
            return existing
        world = self._world
        wallet = Wallet(
            world.ids.hexes("wlt_", 16),
            customer_id,
            name,
            mobile,
            self._opening_balance,
            world.clock.stamp(),
        )
        self._wallets[wallet.id] = wallet
        if len(self._wallets) > world.config.max_orders:
            del self._wallets[next(iter(self._wallets))]
        return wallet


class CardStore:
    """The cards that customers saved: network tokens, or foreign cards as they are.

    RBI's card-on-file tokenisation rules allow an Indian card to be stored only as its network's
    token. The customers who saved first are forgotten when there are too many.
    """

    def __init__(self, world: World, tokenise_after: float | None) -> None:
        self._world = world
        self._tokenise_after = tokenise_after
        self._cards: dict[str, list[SavedCard]] = {}
        self.tokens: ExpiringTokens[SavedCard] = ExpiringTokens(world, "tkn_")

    def of(self, customer_id: str) -> list[SavedCard]:
        """A customer's cards, the oldest first."""
        return self._cards.get(customer_id, [])

    def find(self, reference: str) -> SavedCard | None:
        """A card by its reference, its token's reference, or a token that pays with it."""
        cards = (saved for cards in self._cards.values() for saved in cards)
        return self.tokens.find(reference) or next(
            (saved for saved in cards if reference in _references(saved)), None
        )

    def save(self, customer_id: str, card: Card, *, tokenise: bool) -> SavedCard | None:
        """Save a card; the same number again is the same card.

        None where it may not be stored: an Indian card without consent or support for a token.
        """
        issuer = bin_of(card.isin)
        tokenise = tokenise and bool(issuer and issuer.tokenizes)
        if not tokenise and issuer and not issuer.foreign:
            return None
        saved = self._find_same(customer_id, card) or self._add(customer_id, card)
        if tokenise and (saved.network_token is None or saved.network_token.state != "ACTIVE"):
            saved.network_token = self._new_token(card)
        return saved

    def delete(self, saved: SavedCard) -> None:
        """Forget a card; tokens that paid with it no longer do."""
        others = [each for each in self.of(saved.customer_id) if each is not saved]
        self._cards[saved.customer_id] = others

    def contains(self, saved: SavedCard) -> bool:
        """Whether it has not been deleted."""
        return any(each is saved for each in self.of(saved.customer_id))

    def _find_same(self, customer_id: str, card: Card) -> SavedCard | None:
        cards = self.of(customer_id)
        return next((each for each in cards if each.card.fingerprint == card.fingerprint), None)

    def _add(self, customer_id: str, card: Card) -> SavedCard:
        saved = SavedCard(self._world.ids.hexes("", 32), customer_id, card)
        self._cards[customer_id] = [*self.of(customer_id), saved][-_MAX_CARDS:]
        if len(self._cards) > self._world.config.max_orders:
            del self._cards[next(iter(self._cards))]
        return saved

    def _new_token(self, card: Card) -> NetworkToken:
        """A token that is active at once, or after the configured time."""
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
    token = saved.network_token
    return (saved.reference, token.reference, token.par) if token else (saved.reference,)


class ExpiringTokens(Generic[Subject]):
    """Issues tokens and finds what they stand for; those long expired are forgotten."""

    def __init__(self, world: World, prefix: str) -> None:
        self._world = world
        self._prefix = prefix
        self._issued: dict[str, tuple[Subject, datetime]] = {}

    def issue(self, subject: Subject) -> str:
        """A new token for ``subject``."""
        now = self._world.clock.now()
        while self._issued and next(iter(self._issued.values()))[1] < now - TOKEN_LIFE:
            del self._issued[next(iter(self._issued))]
        token = self._world.ids.hexes(self._prefix, 32)
        self._issued[token] = (subject, now + TOKEN_LIFE)
        return token

    def expiry(self, token: str) -> datetime | None:
        """When it expires or expired; None if it is unknown."""
        return self._issued[token][1] if token in self._issued else None

    def find(self, token: str) -> Subject | None:
        """What it stands for; None once it has expired."""
        subject, expiry = self._issued.get(token, (None, None))
        return subject if expiry and self._world.clock.now() <= expiry else None

    def redeem(self, token: str) -> Subject | None:
        """What it stands for; the token is used up."""
        subject = self.find(token)
        if subject is not None:
            del self._issued[token]
        return subject
