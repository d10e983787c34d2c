"""Linking wallets: request bodies."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from payment_engine.domain.requests.payments import ClientIn, Phone, Request, WebAddress


def _otp_digits(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not (value.isascii() and value.isdecimal() and 4 <= len(value) <= 8):
        raise PydanticCustomError("otp", "must be the digits sent by SMS")
    return secret


class WalletOtpIn(Request):
    """The phone that gets the OTP; not stored."""

    phone: Phone
    client: ClientIn = ClientIn()


class WalletOtpProof(Request):
    """The OTP as typed; not stored."""

    otp: Annotated[SecretStr, AfterValidator(_otp_digits)]


class WalletConsentIn(Request):
    """Empty to start a consent; the provider's ``code`` to finish it."""

    code: Annotated[SecretStr, Field(min_length=1, max_length=512)] | None = None
    return_url: WebAddress | None = None
    """Where the provider returns the customer with the code; default: the hosted checkout."""
    client: ClientIn = ClientIn()
