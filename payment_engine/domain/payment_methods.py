"""How customers pay: the methods, and what one charge pays with."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from pydantic import SecretStr


class Method(StrEnum):
    """How a customer pays."""

    UPI_INTENT = "upi_intent"
    UPI_QR = "upi_qr"
    UPI_COLLECT = "upi_collect"
    CARD = "card"
    NETBANKING = "netbanking"
    WALLET = "wallet"


@dataclass(frozen=True, kw_only=True)
class UpiIntent:
    """A UPI app on the customer's device: ``app`` by its name in domain/upi.py, or any."""

    method: ClassVar[Method] = Method.UPI_INTENT
    app: str | None = None


@dataclass(frozen=True, kw_only=True)
class UpiQr:
    """A UPI app on another device, which scans a QR code."""

    method: ClassVar[Method] = Method.UPI_QR


@dataclass(frozen=True, kw_only=True)
class UpiCollect:
    """A request for payment, sent to a UPI ID."""

    method: ClassVar[Method] = Method.UPI_COLLECT
    vpa: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class CardToken:
    """A new card that the browser exchanged at the gateway for a token of one use."""

    method: ClassVar[Method] = Method.CARD
    token: SecretStr
    save: bool = False
    """The customer agreed that the gateway saves this card."""


@dataclass(frozen=True, kw_only=True)
class CardNumber:
    """A new card as typed, for a merchant certified to pass it through (PCI DSS SAQ D).

    In memory only; never written anywhere.
    """

    method: ClassVar[Method] = Method.CARD
    number: SecretStr
    month: int
    year: int
    cvv: SecretStr
    name: str | None = None
    save: bool = False
    """The customer agreed that the gateway saves this card."""


@dataclass(frozen=True, kw_only=True)
class CardPage:
    """A new card that the customer enters on the gateway's own page."""

    method: ClassVar[Method] = Method.CARD
    save: bool = False
    """The customer agreed that the gateway saves this card."""


@dataclass(frozen=True, kw_only=True)
class CardOnFile:
    """A saved card, by this gateway's token for it."""

    method: ClassVar[Method] = Method.CARD
    token: SecretStr
    cvv: SecretStr | None = None


@dataclass(frozen=True, kw_only=True)
class NetBanking:
    """The customer's bank, by its code in domain/banks.py."""

    method: ClassVar[Method] = Method.NETBANKING
    bank: str


@dataclass(frozen=True, kw_only=True)
class Wallet:
    """A wallet that the customer approves on a page of its provider."""

    method: ClassVar[Method] = Method.WALLET
    wallet: str


@dataclass(frozen=True, kw_only=True)
class LinkedWallet:
    """A wallet that the customer linked, by this gateway's token for the link."""

    method: ClassVar[Method] = Method.WALLET
    token: SecretStr


ChargeSource = (
    UpiIntent
    | UpiQr
    | UpiCollect
    | CardToken
    | CardNumber
    | CardPage
    | CardOnFile
    | NetBanking
    | Wallet
    | LinkedWallet
)
"""What a charge pays with: one shape each, and adapters ``match`` on it."""
