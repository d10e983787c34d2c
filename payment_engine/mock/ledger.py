"""The truth: what customers were really charged and given back, whatever was said about it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, Literal

from payment_engine.mock.money import rupees_text

Kind = Literal["charge", "refund"]


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

    def paise(self, kind: str) -> dict[str, int]:
        """Paise by reference."""
        return {m.ref: m.paise for m in self.movements.values() if m.kind == kind}

    @property
    def charged(self) -> int:
        """Paise taken from the customer over all attempts."""
        return sum(self.paise("charge").values())

    @property
    def refunded(self) -> int:
        """Paise given back."""
        return sum(self.paise("refund").values())


class Ledger:
    """One account per gateway and order."""

    def __init__(self) -> None:
        self._accounts: dict[tuple[str, str], Account] = {}

    def move(self, movement: Movement) -> None:
        """Money moved."""
        key = (movement.gateway, movement.order_id)
        account = self._accounts.setdefault(key, Account())
        account.movements[movement.kind, movement.ref] = movement

    def account(self, gateway: str, order_id: str) -> Account:
        """What moved for an order; nothing, if nothing is known of it."""
        return self._accounts.get((gateway, order_id)) or Account()

    def forget(self, gateway: str, order_id: str) -> None:
        """Drop an order's account together with the order."""
        self._accounts.pop((gateway, order_id), None)

    def movements(self, gateway: str) -> Iterator[Movement]:
        """Everything that moved at one gateway."""
        mine = (account for (name, _), account in self._accounts.items() if name == gateway)
        return chain.from_iterable(account.movements.values() for account in mine)

    def as_json(self) -> dict[str, Any]:
        """The totals, and every account by gateway and order."""
        gateways: dict[str, dict[str, Any]] = {}
        for (gateway, order_id), account in self._accounts.items():
            gateways.setdefault(gateway, {})[order_id] = account_json(account)
        accounts = self._accounts.values()
        return {
            "charged": sum(account.charged for account in accounts),
            "refunded": sum(account.refunded for account in accounts),
            "gateways": gateways,
        }


def account_json(account: Account) -> dict[str, Any]:
    """An account in paise, and in rupees for people."""
    return {
        "charged": account.charged,
        "charged_rupees": rupees_text(account.charged),
        "refunded": account.refunded,
        "refunded_rupees": rupees_text(account.refunded),
        "charges": account.paise("charge"),
        "refunds": account.paise("refund"),
    }
