"""How linked wallets look to their owners."""

from typing import Literal

from payment_engine.blueprints.schemas.payments import Out


class LinkNext(Out):
    """What the customer does next: type an OTP, or consent at the provider's page."""

    kind: Literal["otp", "redirect"]
    url: str | None = None


class LinkStarted(Out):
    """A link under way."""

    wallet_id: str
    next: LinkNext
    expires_at: str | None


class BalanceOut(Out):
    """What a wallet held at a moment, in paise; never the truth (WAL-2)."""

    amount: int
    amount_display: str
    as_of: str


class WalletOut(Out):
    """A linked wallet."""

    id: str
    wallet: str
    gateway: str
    state: Literal["started", "linked", "expired", "delinked"]
    balance: BalanceOut | None
    linked_at: str | None
