"""Who is calling, and so what they may see."""

from dataclasses import dataclass
from typing import Literal

CallerKind = Literal["service", "checkout", "admin"]


@dataclass(frozen=True, kw_only=True)
class Caller:
    """An order service, a checkout with a token for one payment, or a person on call."""

    kind: CallerKind
    merchant_id: str
    payment_id: str | None = None
    roles: frozenset[str] = frozenset()

    def sees(self, merchant_id: str, payment_id: str) -> bool:
        """Whether this payment exists as far as the caller is concerned."""
        return self.merchant_id == merchant_id and self.payment_id in (None, payment_id)
