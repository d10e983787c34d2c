"""The cards that customers let Juspay keep: tokens of the networks, or foreign cards as they are.

Under India's card-on-file rules a card issued in the country is only kept as a network token.
"""

from dataclasses import dataclass
from datetime import datetime

from payment_engine.mock.juspay.bins import bin_of
from payment_engine.mock.juspay.fleeting import Fleeting
from payment_engine.mock.juspay.testcards import Card
from payment_engine.mock.world import World

_TOKEN_YEARS = 3
MOST_CARDS = 50


@dataclass
class NetworkToken:
    """What a network gave in place of a card's number; it outlives the date on the card."""

    reference: str
    par: str
    isin: str
    last4: str
    """The token's own last digits, not the card's."""
    month: str
    year: str
    state: str = "ACTIVE"

    def status(self, now: datetime) -> str:
        """INITIATED, ACTIVE, SUSPENDED, or EXPIRED by the date."""
        over = (int(self.year), int(self.month)) < (now.year, now.month)
        return "EXPIRED" if over else self.state


@dataclass
class SavedCard:
    """A card in a customer's locker."""

    reference: str
    """Never changes, unlike the tokens that pay with it."""
    customer_id: str
    card: Card
    nickname: str = ""
    network: NetworkToken | None = None
    """None for a foreign card, which Juspay keeps itself."""

    def payable(self, now: datetime) -> bool:
        """Whether its network will take it."""
        return self.network is None or self.network.status(now) == "ACTIVE"


class Locker:
    """Every customer's cards; the customers seen first are forgotten when there are too many."""

    def __init__(self, world: World, tokenise_after: float | None) -> None:
        self._world = world
        self._tokenise_after = tokenise_after
        self._cards: dict[str, list[SavedCard]] = {}
        self.tokens: Fleeting[SavedCard] = Fleeting(world, "tkn_")

    def cards(self, customer_id: str) -> list[SavedCard]:
        """A customer's cards, the oldest first."""
        return self._cards.get(customer_id, [])

    def find(self, reference: str) -> SavedCard | None:
        """A card by its reference, its token's reference, or a token that pays with it."""
        everyone = (saved for cards in self._cards.values() for saved in cards)
        return self.tokens.find(reference) or next(
            (each for each in everyone if reference in _names(each)), None
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


def _names(saved: SavedCard) -> tuple[str, ...]:
    network = (saved.network.reference, saved.network.par) if saved.network else ()
    return saved.reference, *network
