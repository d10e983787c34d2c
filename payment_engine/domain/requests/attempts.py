"""What callers send to start an attempt: one shape for each method.

A new method gets its class here, as a member of ``AttemptIn``.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from payment_engine.domain.card_testing import BIN_DIGITS
from payment_engine.domain.requests.client import ClientIn
from payment_engine.domain.requests.fields import Request, StrictBool, TextVersion, VpaText


def _visible(secret: SecretStr) -> SecretStr:
    if not re.fullmatch("[!-~]+", secret.get_secret_value()):
        raise PydanticCustomError("token", "must be visible ASCII characters only")
    return secret


def _cvv(secret: SecretStr) -> SecretStr:
    if not re.fullmatch("[0-9]{3,4}", secret.get_secret_value()):
        raise PydanticCustomError("cvv", "must be 3 digits, 4 for American Express")
    return secret


class SaveIn(Request):
    """Whether the customer consents to saving what they pay with; never assumed."""

    consent: StrictBool = False
    text_version: TextVersion


class _AttemptIn(Request):
    client: ClientIn = ClientIn()
    replaces: Annotated[str, Field(pattern=r"^att_[0-9a-z]{20}$")] | None = None
    """The live attempt that the customer abandons for this one."""
    hosted: StrictBool = False
    """Started in the hosted checkout, which the customer then returns to rather than the shop."""

    @property
    def unchosen(self) -> bool:
        """Whether the checkout started it before the customer chose a method."""
        return False

    @property
    def choice(self) -> str | None:
        """The UPI app, bank or wallet that the customer chose; recommended next time."""
        return None

    @property
    def consent_to_save(self) -> SaveIn | None:
        """The customer's consent to save what they pay with, if they gave it."""
        return None


class UpiIntentIn(_AttemptIn):
    """Pay in a UPI app on this device."""

    method: Literal["upi_intent"]
    app: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")] | None = None

    @property
    def choice(self) -> str | None:
        """The UPI app."""
        return self.app


class UpiQrIn(_AttemptIn):
    """Pay by scanning a QR code with another device."""

    method: Literal["upi_qr"]
    at_once: StrictBool = False
    """Started by the checkout before the customer chose a method; the history tells."""

    @property
    def unchosen(self) -> bool:
        """As the checkout tells."""
        return self.at_once


class UpiCollectIn(_AttemptIn):
    """Pay by a request sent to a UPI ID, typed or saved."""

    method: Literal["upi_collect"]
    vpa: VpaText | None = None
    instrument_id: Annotated[str, Field(pattern=r"^vpa_[0-9a-z]{20}$")] | None = None
    save: SaveIn | None = None

    @model_validator(mode="after")
    def _one_vpa(self) -> Self:
        if (self.vpa is None) == (self.instrument_id is None):
            raise PydanticCustomError(
                "one_vpa", "send vpa or instrument_id (a saved UPI ID)", {"field": "vpa"}
            )
        return self

    @property
    def consent_to_save(self) -> SaveIn | None:
        """For the UPI ID."""
        return self.save if self.save and self.save.consent else None


class CardNumberIn(Request):
    """A card as typed, for merchants certified under PCI DSS to pass it through; never stored."""

    number: Annotated[SecretStr, Field(min_length=12, max_length=25)]
    expiry: Annotated[SecretStr, Field(min_length=4, max_length=10)]
    cvv: Annotated[SecretStr, Field(min_length=3, max_length=4)]
    name: Annotated[SecretStr, Field(max_length=80)] | None = None


class CardIn(_AttemptIn):
    """Pay by a new card, as the gateway's one-time token for it, or by a saved card."""

    method: Literal["card"]
    card_token: (
        Annotated[SecretStr, Field(min_length=1, max_length=512), AfterValidator(_visible)] | None
    ) = None
    instrument_id: Annotated[str, Field(pattern=r"^crd_[0-9a-z]{20}$")] | None = None
    cvv: Annotated[SecretStr, AfterValidator(_cvv)] | None = None
    """For a saved card whose network requires it; used once, never stored."""
    card: CardNumberIn | None = None
    bin: Annotated[str, Field(pattern=r"^[0-9]{6,8}$")] | None = None
    """The first 6 to 8 digits of a new card: declines of cards that begin alike are counted."""
    save: SaveIn | None = None

    @model_validator(mode="after")
    def _one_card(self) -> Self:
        sources = [self.card_token, self.instrument_id, self.card]
        if sum(each is not None for each in sources) > 1:
            raise PydanticCustomError(
                "one_card",
                "send card_token (from the browser's entry) or instrument_id (a saved card), "
                "or neither to enter the card on the gateway's page",
                {"field": "card_token"},
            )
        return self

    @property
    def first_digits(self) -> str | None:
        """Of a new card, as far as they are known."""
        number = self.card.number.get_secret_value() if self.card else self.bin or ""
        digits = "".join(filter(str.isdecimal, number))
        return digits[:BIN_DIGITS] if len(digits) >= BIN_DIGITS else None

    @property
    def names_a_card(self) -> bool:
        """False if the customer enters the card on the gateway's page."""
        return bool(self.card_token or self.instrument_id or self.card)

    @property
    def consent_to_save(self) -> SaveIn | None:
        """For the card."""
        return self.save if self.save and self.save.consent else None


class NetbankingIn(_AttemptIn):
    """Pay through the customer's bank."""

    method: Literal["netbanking"]
    bank: Annotated[str, Field(pattern=r"^[A-Z0-9_]{2,16}$")]

    @property
    def choice(self) -> str | None:
        """The bank."""
        return self.bank


class WalletIn(_AttemptIn):
    """Pay from a wallet."""

    method: Literal["wallet"]
    wallet: Annotated[str, Field(pattern=r"^[a-z0-9_]{2,32}$")]
    instrument_id: Annotated[str, Field(pattern=r"^wal_[0-9a-z]{20}$")] | None = None
    """A linked wallet, debited without a page of its own if its balance suffices."""

    @property
    def choice(self) -> str | None:
        """The wallet."""
        return self.wallet


AttemptIn = Annotated[
    UpiIntentIn | UpiQrIn | UpiCollectIn | CardIn | NetbankingIn | WalletIn,
    Field(discriminator="method"),
]
