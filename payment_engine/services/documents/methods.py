"""What the methods document looks like: all ways to pay one payment, in order."""

from typing import Literal

from typing_extensions import TypedDict

from payment_engine.gateways.health import Verdict
from payment_engine.services.documents.base import LocalizedOut, Time, document
from payment_engine.services.documents.instruments import BalanceOut


@document
class CardEntryOut(TypedDict):
    """Where the browser exchanges a card number for a one-time token; we never see the number."""

    url: str
    merchant_id: str


@document
class MethodOut(TypedDict):
    """One way to pay.

    ``needs``: what an attempt must send (``vpa``, ``cvv``, ``card_token``, ``link``). ``link``:
    how a wallet that is not linked yet can be linked. ``used``: the customer prefers it, or
    has paid with it before.
    """

    id: str
    kind: str
    group: str
    label: str
    logo: str
    enabled: bool
    reason: str | None
    reasons: LocalizedOut | None
    health: Verdict
    needs: list[str]
    app: str | None
    bank: str | None
    wallet: str | None
    instrument_id: str | None
    balance: BalanceOut | None
    link: Literal["otp", "consent"] | None
    card_entry: CardEntryOut | None
    used: bool


@document
class MethodGroup(TypedDict):
    """The ways to pay of one group."""

    group: str
    items: list[MethodOut]


@document
class MethodsOut(TypedDict):
    """What a customer can pay with; the ``recommended`` items are in their groups as well.

    ``at_once``: the id of the item that a checkout starts before the customer has chosen one.
    ``banners``: what people on call want the customer to know.
    """

    payment_id: str
    platform: str | None
    server_time: Time
    banners: list[LocalizedOut]
    at_once: str | None
    recommended: list[MethodOut]
    groups: list[MethodGroup]
