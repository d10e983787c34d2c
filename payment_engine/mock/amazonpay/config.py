"""What may be chosen about the imitated Amazon Pay account."""

from dataclasses import dataclass
from typing import Literal

NAME = "amazonpay"
Reading = Literal["get-query", "get", "post"]
"""What an answer to a GET is signed as: GET and its query, GET alone, or POST as other answers."""


@dataclass(frozen=True, kw_only=True)
class AmazonPayConfig:
    """A seller's account, its wallet-linking application and its notifications; paise, seconds."""

    merchant_id: str
    access_key: str
    secret_key: str
    """This pair signs calls to the server and its answers."""
    return_access_key: str = ""
    return_secret_key: str = ""
    """This one signs what a browser brings back; empty means the pair is the same."""
    client_id: str = "amzn1.application-oa2-client.mock"
    client_secret: str = "mock-client-secret"  # noqa: S105
    host: str = "amazonpay-sandbox.amazon.in"
    """The name that signatures cover when a client comes by another, such as a loopback address."""
    callback_urls: tuple[str, ...] = ()
    redirect_urls: tuple[str, ...] = ()
    """Safelists; empty ones let every address pass."""

    balance: int = 100_000
    """What a new customer's wallet holds."""
    code_life: int = 300
    token_life: int = 3600
    response_reading: Reading = "get-query"
    sign_errors: bool = False

    notify_url: str | None = None
    topic_arn: str = "arn:aws:sns:eu-west-1:000000000000:MockAmazonPay"
    subscribed: bool = True
    """False holds notifications back until the subscription is confirmed, as SNS does."""
    signature_version: Literal["1", "2"] = "1"
    certificate_base: str = "https://sns.eu-west-1.amazonaws.com"
    """Where notifications say that their certificate is."""

    @property
    def return_keys(self) -> tuple[str, str]:
        """Access key and secret of the browser return."""
        if self.return_secret_key:
            return self.return_access_key, self.return_secret_key
        return self.access_key, self.secret_key
