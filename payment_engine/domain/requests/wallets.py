"""What callers send to link wallets."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from payment_engine.domain.requests.client import ClientIn
from payment_engine.domain.requests.fields import Phone, Request, WebAddress


def _otp(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not (value.isascii() and value.isdecimal() and 4 <= len(value) <= 8):
        raise PydanticCustomError("otp", "must be the digits sent by SMS")
    return secret


class WalletOtpIn(Request):
    """Where the OTP is sent; never stored."""

    phone: Phone
    client: ClientIn = ClientIn()


class WalletOtpProof(Request):
    """The OTP as the customer typed it; never stored."""

    otp: Annotated[SecretStr, AfterValidator(_otp)]


class WalletConsentIn(Request):
    """Empty to start the consent; with the ``code`` that it returned to finish it."""

    code: Annotated[SecretStr, Field(min_length=1, max_length=512)] | None = None
    return_url: WebAddress | None = None
    """Where the provider sends the customer back with the code; by default the hosted checkout."""
    client: ClientIn = ClientIn()
