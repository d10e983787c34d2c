"""What callers may send about wallets."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from payment_engine.domain.requests.payments import ClientIn, Phone, Request, WebAddress


def _six_digits(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not (value.isascii() and value.isdecimal() and 4 <= len(value) <= 8):
        raise PydanticCustomError("otp", "must be the digits sent by SMS")
    return secret


class WalletOtpIn(Request):
    """Where the OTP goes; kept nowhere."""

    phone: Phone
    client: ClientIn = ClientIn()


class WalletOtpProof(Request):
    """The OTP as the customer typed it; kept nowhere."""

    otp: Annotated[SecretStr, AfterValidator(_six_digits)]


class WalletConsentIn(Request):
    """Nothing yet to start, the provider's ``code`` to finish."""

    code: Annotated[SecretStr, Field(min_length=1, max_length=512)] | None = None
    return_url: WebAddress | None = None
    """Where the provider sends the customer back with the code; the hosted checkout if unsaid."""
    client: ClientIn = ClientIn()
