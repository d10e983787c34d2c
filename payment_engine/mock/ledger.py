"""The truth: what customers were really charged and given back, whatever was said about it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, Literal

from payment_engine.mock.money import rupees_text

Kind = Literal["charge", "refund", "bounce"]
"""A bounce is a refund that the customer's bank sent back: in the end nobody got it."""


@dataclass(frozen=True, kw_only=True)
class Movement:
    """Money that left a customer, or came back to one."""

    gateway: str
    order_id: str
    ref: str
    """The attempt or refund that moved it; counts once."""
    kind: Kind
    paise: int
    at: datetime
    instrument: str = ""
    """``CARD``, ``UPI``, ``NB`` or ``WALLET``."""
    bank_ref: str = ""
    """RRN of a charge, ARN of a refund."""


@dataclass
class Account:
    """What moved for one order, by the reference that moved it."""

    movements: dict[tuple[str, str], Movement] = field(default_factory=dict)

    def paise(self, kind: Kind) -> dict[str, int]:
        """Paise by reference; refunds that bounced are none."""
        gone = {m.ref for m in self.movements.values() if m.kind == "bounce" and kind == "refund"}
        moved = (m for m in self.movements.values() if m.kind == kind and m.ref not in gone)
        return {m.ref: m.paise for m in moved}

    @property
    def charged(self) -> int:
        """Paise taken from the customer over all attempts."""
        return sum(self.paise("charge").values())

    @property
    def refunded(self) -> int:
        """Paise given back for good."""
        return sum(self.paise("refund").values())


class Ledger:
    """One account per gateway and order; the oldest are forgotten when there are too many."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._accounts: dict[tuple[str, str], Account] = {}
        self.moved: Counter[str] = Counter()
        """How many movements of each kind there were ever, forgotten ones included."""

    def __len__(self) -> int:
        return len(self._accounts)

    def move(self, movement: Movement) -> None:
        """Money moved."""
        self.moved[movement.kind] += 1
        key = (movement.gateway, movement.order_id)
        account = self._accounts.setdefault(key, Account())
        account.movements[movement.kind, movement.ref] = movement
        if len(self._accounts) > self._limit:
            del self._accounts[next(iter(self._accounts))]

    def account(self, gateway: str, order_id: str) -> Account:
        """What moved for an order; nothing, if nothing is known of it."""
        return self._accounts.get((gateway, order_id)) or Account()

    def forget(self, gateway: str, order_id: str) -> None:
        """Drop an order's account together with the order."""
        self._accounts.pop((gateway, order_id), None)

    def movements(self, gateway: str | None = None) -> Iterator[Movement]:
        """Everything that moved, at one gateway if named, by order."""
        mine = (a for (name, _), a in self._accounts.items() if gateway in (None, name))
        return chain.from_iterable(account.movements.values() for account in mine)

    def totals(self) -> dict[str, dict[str, int]]:
        """Paise charged, refunded and kept, by gateway."""
        names = sorted({name for name, _ in self._accounts})
        return {
            name: _totals([a for (each, _), a in self._accounts.items() if each == name])
            for name in names
        }

    def as_json(self, gateway: str | None = None, order_id: str | None = None) -> dict[str, Any]:
        """The totals, and every account by gateway and order; of one gateway or order if named."""
        found = [
            (name, ref, account)
            for (name, ref), account in self._accounts.items()
            if gateway in (None, name) and order_id in (None, ref)
        ]
        gateways: dict[str, dict[str, Any]] = {}
        for name, ref, account in found:
            gateways.setdefault(name, {})[ref] = account_json(account)
        return _totals([account for _, _, account in found]) | {
            "totals": {
                name: _totals([account for each, _, account in found if each == name])
                for name in gateways
            },
            "gateways": gateways,
        }


def _totals(accounts: list[Account]) -> dict[str, int]:
    charged = sum(account.charged for account in accounts)
    refunded = sum(account.refunded for account in accounts)
    return {"charged": charged, "refunded": refunded, "kept": charged - refunded}


def movement_json(movement: Movement) -> dict[str, Any]:
    """A movement; paise."""
    return {**asdict(movement), "at": movement.at.isoformat()}


def account_json(account: Account) -> dict[str, Any]:
    """An account in paise, and in rupees for people."""
    return {
        "charged": account.charged,
        "charged_rupees": rupees_text(account.charged),
        "refunded": account.refunded,
        "refunded_rupees": rupees_text(account.refunded),
        "charges": account.paise("charge"),
        "refunds": account.paise("refund"),
        "bounced": account.paise("bounce"),
    }
