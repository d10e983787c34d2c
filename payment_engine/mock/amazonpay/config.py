"""What may be chosen about the imitated Amazon Pay account."""

from dataclasses import dataclass
from typing import Literal

NAME = "amazonpay"
Reading = Literal["get-query", "get", "post"]
"""What the signature of an answer to a GET covers: GET and its query, GET alone, or POST."""


@dataclass(frozen=True, kw_only=True)
class AmazonPayConfig:
    """A seller's account, its wallet-linking application and its notifications; paise, seconds."""

    merchant_id: str
    access_key: str
    secret_key: str
    """This pair of keys signs calls and answers."""
    return_access_key: str = ""
    return_secret_key: str = ""
    """This pair signs the browser's return; empty for the same pair."""
    client_id: str = "amzn1.application-oa2-client.mock"
    client_secret: str = "mock-client-secret"  # noqa: S105
    host: str = "amazonpay-sandbox.amazon.in"
    """The host that signatures cover when a client calls another one, such as 127.0.0.1."""
    callback_urls: tuple[str, ...] = ()
    redirect_urls: tuple[str, ...] = ()
    """Safelists; empty ones allow every URL."""

    balance: int = 100_000
    """The opening balance of a customer's wallet."""
    code_life: int = 300
    token_life: int = 3600
    response_reading: Reading = "get-query"
    sign_errors: bool = False

    notify_url: str | None = None
    topic_arn: str = "arn:aws:sns:eu-west-1:000000000000:MockAmazonPay"
    subscribed: bool = True
    """False sends no notifications until the subscription is confirmed, as SNS does."""
    signature_version: Literal["1", "2"] = "1"
    certificate_base: str = "https://sns.eu-west-1.amazonaws.com"
    """Where the certificate that notifications name is served."""

    @property
    def return_keys(self) -> tuple[str, str]:
        """Access key and secret of the browser return."""
        if self.return_secret_key:
            return self.return_access_key, self.return_secret_key
        return self.access_key, self.secret_key
