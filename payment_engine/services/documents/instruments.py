"""What saved cards, UPI IDs and linked wallets look like to their owners."""

from datetime import datetime
from typing import Literal, NotRequired, cast

from typing_extensions import TypedDict

from payment_engine.db.models import LinkedWallet, SavedCard, SavedVpa
from payment_engine.domain.cards import pays_without_cvv
from payment_engine.domain.money import Paise, display
from payment_engine.domain.upi import APPS
from payment_engine.domain.wallets import WalletState
from payment_engine.services.documents.base import Time, document, format_time

CardKind = Literal["credit", "debit", "prepaid"]
Last4Source = Literal["card", "token"]
ListedCardState = Literal["active", "suspended"]


@document
class SavedCardOut(TypedDict):
    """A saved card: the last four digits at most, and no expiry."""

    id: str
    network: str
    kind: CardKind | None
    issuer: str | None
    last4: str
    last4_source: Last4Source
    nickname: str | None
    state: ListedCardState
    cvv: Literal["optional", "required"]
    created_at: Time
    last_used_at: Time | None


@document
class CardList(TypedDict):
    """A customer's saved cards, the last used first."""

    cards: list[SavedCardOut]


@document
class CardFactsOut(TypedDict):
    """What the first digits of a card show; ``source``: a gateway, or our table of prefixes."""

    network: str | None
    kind: str | None
    issuer: str | None
    country: str | None
    tokenizable: bool | None
    lengths: list[int]
    cvv_length: int | None
    source: Literal["gateway", "prefix"]


@document
class VpaVerdict(TypedDict):
    """What is known of a UPI ID. ``unverified``: no gateway could tell; it may be right."""

    vpa: str
    status: Literal["valid", "invalid", "unverified"]
    name_at_bank: str | None
    app: str | None
    did_you_mean: str | None


@document
class SavedVpaOut(TypedDict):
    """A UPI ID as its owner sees it: masked."""

    id: str
    vpa: str
    app: str | None
    app_label: str | None
    created_at: Time
    last_used_at: Time | None


@document
class VpaList(TypedDict):
    """A customer's UPI IDs, the last used first."""

    vpas: list[SavedVpaOut]


@document
class BalanceOut(TypedDict):
    """What was in a wallet at the time ``as_of``, in paise; it may have changed since."""

    amount: int
    amount_display: str
    as_of: str


@document
class WalletOut(TypedDict):
    """A linked wallet."""

    id: str
    wallet: str
    gateway: str
    state: WalletState
    balance: BalanceOut | None
    linked_at: Time | None


@document
class LinkNext(TypedDict):
    """What the customer does next: type an OTP, or consent at ``url``, the provider's page."""

    kind: Literal["otp", "redirect"]
    url: NotRequired[str]


@document
class LinkStarted(TypedDict):
    """A wallet link that the customer has yet to finish."""

    wallet_id: str
    next: LinkNext
    expires_at: Time | None


def card_document(card: SavedCard) -> SavedCardOut:
    """A card as its owner sees it."""
    return {
        "id": card.id,
        "network": card.network,
        "kind": cast(CardKind | None, card.kind),
        "issuer": card.issuer,
        "last4": card.last4,
        "last4_source": cast(Last4Source, card.last4_source),
        "nickname": card.nickname,
        "state": cast(ListedCardState, card.state),
        "cvv": "optional" if pays_without_cvv(card.network, reported=card.cvv_less) else "required",
        "created_at": format_time(card.created_at),
        "last_used_at": format_time(card.last_used_at),
    }


def vpa_document(row: SavedVpa) -> SavedVpaOut:
    """A UPI ID as its owner sees it: masked."""
    return {
        "id": row.id,
        "vpa": row.masked,
        "app": row.app,
        "app_label": APPS[row.app].label if row.app and row.app in APPS else None,
        "created_at": format_time(row.created_at),
        "last_used_at": format_time(row.last_used_at),
    }


def wallet_document(wallet: LinkedWallet) -> WalletOut:
    """A linked wallet with its last known balance."""
    return {
        "id": wallet.id,
        "wallet": wallet.wallet,
        "gateway": wallet.gateway,
        "state": wallet.state,
        "balance": balance_document(wallet.balance, wallet.balance_at),
        "linked_at": format_time(wallet.linked_at),
    }


def balance_document(balance: int | None, balance_at: datetime | None) -> BalanceOut | None:
    """A balance in paise as of ``balance_at``; None if none was ever read."""
    if balance is None or balance_at is None:
        return None
    return {
        "amount": balance,
        "amount_display": display(Paise(balance)),
        "as_of": format_time(balance_at),
    }
