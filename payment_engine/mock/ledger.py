"""The truth: what customers were really charged and refunded, whatever answers claimed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, Literal

from payment_engine.mock.money import rupees_text

Kind = Literal["charge", "refund", "bounce"]
"""A bounce is a refund that the customer's bank sent back: the customer did not get it."""


@dataclass(frozen=True, kw_only=True)
class Movement:
    """Money that left a customer, or was returned to one."""

    gateway: str
    order_id: str
    ref: str
    """The attempt or refund that moved it; it is counted once."""
    kind: Kind
    paise: int
    at: datetime
    instrument: str = ""
    """``CARD``, ``UPI``, ``NB`` or ``WALLET``."""
    bank_ref: str = ""
    """RRN of a charge, ARN of a refund."""


@dataclass
class Account:
    """The movements of one order, by kind and reference."""

    movements: dict[tuple[str, str], Movement] = field(default_factory=dict)

    def paise(self, kind: Kind) -> dict[str, int]:
        """Paise by reference; without refunds that bounced."""
        bounced = {
            m.ref for m in self.movements.values() if m.kind == "bounce" and kind == "refund"
        }
        moved = (m for m in self.movements.values() if m.kind == kind and m.ref not in bounced)
        return {m.ref: m.paise for m in moved}

    @property
    def charged(self) -> int:
        """Paise taken from the customer over all attempts."""
        return sum(self.paise("charge").values())

    @property
    def refunded(self) -> int:
        """Paise refunded, without what bounced."""
        return sum(self.paise("refund").values())


class Ledger:
    """One account per gateway and order; beyond ``limit`` the oldest is forgotten."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._accounts: dict[tuple[str, str], Account] = {}
        self.moved: Counter[str] = Counter()
        """How many movements of each kind there ever were, forgotten ones included."""

    def __len__(self) -> int:
        return len(self._accounts)

    def move(self, movement: Movement) -> None:
        """Record a movement."""
        self.moved[movement.kind] += 1
        key = (movement.gateway, movement.order_id)
        account = self._accounts.setdefault(key, Account())
        account.movements[movement.kind, movement.ref] = movement
        if len(self._accounts) > self._limit:
            del self._accounts[next(iter(self._accounts))]

    def account(self, gateway: str, order_id: str) -> Account:
        """The account of an order; an empty one if nothing moved."""
        return self._accounts.get((gateway, order_id)) or Account()

    def forget(self, gateway: str, order_id: str) -> None:
        """Drop an order's account together with the order."""
        self._accounts.pop((gateway, order_id), None)

    def movements(self, gateway: str | None = None) -> Iterator[Movement]:
        """Every movement, of one gateway if named, grouped by order."""
        accounts = (a for (name, _), a in self._accounts.items() if gateway in (None, name))
        return chain.from_iterable(account.movements.values() for account in accounts)

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
    """A movement as JSON; amounts in paise."""
    return {**asdict(movement), "at": movement.at.isoformat()}


def account_json(account: Account) -> dict[str, Any]:
    """An account as JSON: paise, and rupees for people."""
    return {
        "charged": account.charged,
        "charged_rupees": rupees_text(account.charged),
        "refunded": account.refunded,
        "refunded_rupees": rupees_text(account.refunded),
        "charges": account.paise("charge"),
        "refunds": account.paise("refund"),
        "bounced": account.paise("bounce"),
    }
