"""The truth: what customers were really charged and given back, whatever was said about it."""

from dataclasses import dataclass, field
from typing import Any

from payment_engine.mock.money import rupees_text


@dataclass
class Account:
    """What moved for one order, in paise, by the reference that moved it."""

    charges: dict[str, int] = field(default_factory=dict)
    refunds: dict[str, int] = field(default_factory=dict)

    @property
    def charged(self) -> int:
        """Paise taken from the customer over all attempts."""
        return sum(self.charges.values())

    @property
    def refunded(self) -> int:
        """Paise given back."""
        return sum(self.refunds.values())


class Ledger:
    """One account per order."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}

    def charge(self, order_id: str, ref: str, paise: int) -> None:
        """Money left the customer; a reference counts once."""
        self._accounts.setdefault(order_id, Account()).charges[ref] = paise

    def refund(self, order_id: str, ref: str, paise: int) -> None:
        """Money went back to the customer; a reference counts once."""
        self._accounts.setdefault(order_id, Account()).refunds[ref] = paise

    def account(self, order_id: str) -> Account:
        """What moved for an order; nothing, if nothing is known of it."""
        return self._accounts.get(order_id) or Account()

    def forget(self, order_id: str) -> None:
        """Drop an order's account together with the order."""
        self._accounts.pop(order_id, None)

    def as_json(self) -> dict[str, Any]:
        """Every account and the totals."""
        accounts = self._accounts.items()
        return {
            "charged": sum(account.charged for _, account in accounts),
            "refunded": sum(account.refunded for _, account in accounts),
            "orders": {order_id: account_json(account) for order_id, account in accounts},
        }


def account_json(account: Account) -> dict[str, Any]:
    """An account in paise, and in rupees for people."""
    return {
        "charged": account.charged,
        "charged_rupees": rupees_text(account.charged),
        "refunded": account.refunded,
        "refunded_rupees": rupees_text(account.refunded),
        "charges": account.charges,
        "refunds": account.refunds,
    }
