"""Who is calling, and what they may see."""

from dataclasses import dataclass
from typing import Literal, get_args

from payment_engine.domain.customer import CustomerKey

CallerKind = Literal["service", "checkout", "status", "customer", "admin"]

Role = Literal["read", "operate", "refund", "approve", "config", "unmask", "keys", "platform"]
"""What a person on call may do. All but ``platform`` are for their own merchant; with it, what
``config`` and the others allow goes for all merchants of the installation."""
ROLES: tuple[Role, ...] = get_args(Role)
PLATFORM: Role = "platform"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """An order service, a checkout (one payment), a reader of how one payment stands, a customer,
    or an on-call engineer.

    ``customer_ref`` is the customer whose cards, UPI IDs, wallets and config the caller may use:
    for a customer token its own, for a checkout token the customer of its payment.
    """

    kind: CallerKind
    merchant_id: str
    payment_id: str | None = None
    customer_ref: str | None = None
    roles: frozenset[str] = frozenset()
    actor: str | None = None
    """The name under which an on-call engineer's actions are written to the audit."""

    @property
    def for_platform(self) -> bool:
        """Whether the caller may see and change what all merchants share."""
        return PLATFORM in self.roles

    @property
    def customer(self) -> CustomerKey:
        """Whose instruments and config the caller may use; an empty reference if nobody's."""
        return CustomerKey(self.merchant_id, self.customer_ref or "")

    def sees(self, merchant_id: str, payment_id: str) -> bool:
        """Whether the caller may see this payment; a customer token sees none.

        Customer tokens are for account pages, which manage saved instruments and settings.
        """
        if self.kind == "customer":
            return False
        return self.merchant_id == merchant_id and self.payment_id in (None, payment_id)
