"""What the methods document looks like."""

from typing import Literal

from payment_engine.blueprints.schemas.payments import Out
from payment_engine.blueprints.schemas.wallets import BalanceOut


class CardEntryOut(Out):
    """Where the browser gets a one-time token for a card; the number never comes to us."""

    url: str
    merchant_id: str


class Sentence(Out):
    """What a customer reads, in the languages that they may choose."""

    en: str
    hi: str


class MethodOut(Out):
    """One way to pay. ``needs``: what an attempt must bring along (vpa, cvv, card_token, link);
    ``link``: how a wallet that is not linked yet can be."""

    id: str
    kind: str
    group: str
    label: str
    logo: str
    enabled: bool
    reason: str | None
    reasons: Sentence | None
    health: Literal["up", "fluctuating", "down"]
    needs: list[str]
    app: str | None
    bank: str | None
    wallet: str | None
    instrument_id: str | None
    balance: BalanceOut | None
    link: Literal["otp", "consent"] | None
    card_entry: CardEntryOut | None


class MethodGroup(Out):
    """Ways to pay that belong together."""

    group: str
    items: list[MethodOut]


class MethodsOut(Out):
    """What a customer can pay with here; the recommended ones are among the groups as well."""

    payment_id: str
    platform: str | None
    server_time: str
    recommended: list[MethodOut]
    groups: list[MethodGroup]
