"""Wallets that customers link to a shop, what is in them, and the one-time tokens that debit them.

A direct debit beyond the balance is not declined: the customer is sent to add money first.
"""

from dataclasses import dataclass

from payment_engine.mock.juspay.fleeting import Fleeting
from payment_engine.mock.world import World

WALLETS = {
    "PAYTM": "Paytm Wallet",
    "MOBIKWIK": "MobiKwik Wallet",
    "PHONEPE": "PhonePe Wallet",
    "AMAZONPAY": "Amazon Pay",
    "FREECHARGE": "Freecharge Wallet",
}


@dataclass
class Wallet:
    """One wallet of one customer; paise."""

    id: str
    customer_id: str
    name: str
    mobile: str
    balance: int
    refreshed: str
    linked: bool = False
    otp_sent: bool = False


class Purses:
    """Every customer's wallets; the oldest are forgotten when there are too many."""

    def __init__(self, world: World, opening: int) -> None:
        self._world = world
        self._opening = opening
        self._wallets: dict[str, Wallet] = {}
        self.tokens: Fleeting[Wallet] = Fleeting(world, "wtk_")

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
        wallet = Wallet(world.ids.hexes("wlt_", 16), customer_id, name, mobile, self._opening,
                        world.clock.stamp())  # fmt: skip
        self._wallets[wallet.id] = wallet
        if len(self._wallets) > world.config.max_orders:
            del self._wallets[next(iter(self._wallets))]
        return wallet
