"""Who is calling, and so what they may see."""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

CUSTOMER_REF = r"[A-Za-z0-9_.@:-]{1,64}"
"""What a shop may call its customers."""
CallerKind = Literal["service", "checkout", "customer", "admin"]


class CustomerKey(NamedTuple):
    """A customer: the merchant, and what the merchant calls them."""

    merchant_id: str
    ref: str


@dataclass(frozen=True, kw_only=True)
class Caller:
    """An order service, a checkout with a token for one payment, a customer, or a person on call.

    ``customer_ref`` is whose cards, UPI ids, wallets and config they reach: a customer's own, and
    a checkout's that of its payment.
    """

    kind: CallerKind
    merchant_id: str
    payment_id: str | None = None
    customer_ref: str | None = None
    roles: frozenset[str] = frozenset()
    actor: str | None = None
    """The person on call, or the key that speaks for one, as their deeds are signed (OPS-5)."""

    @property
    def customer(self) -> CustomerKey:
        """Whose instruments and config the caller reaches; nobody's where no customer is named."""
        return CustomerKey(self.merchant_id, self.customer_ref or "")

    def sees(self, merchant_id: str, payment_id: str) -> bool:
        """Whether this payment exists as far as the caller is concerned; none does for a customer.

        A customer's account pages manage what they keep with us, not what they owe.
        """
        if self.kind == "customer":
            return False
        return self.merchant_id == merchant_id and self.payment_id in (None, payment_id)


def is_customer_ref(text: str) -> bool:
    """Whether a customer could be called so at all."""
    return re.fullmatch(CUSTOMER_REF, text) is not None
