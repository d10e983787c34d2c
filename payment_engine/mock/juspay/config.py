"""What may be chosen about the imitated Juspay account."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class JuspayConfig:
    """A merchant account and its webhook."""

    merchant_id: str
    api_key: str
    webhook_url: str | None = None
    webhook_username: str = ""
    webhook_password: str = ""
    response_key: str = ""
    """Signs what the browser brings back; empty means unsigned, as where it is not configured."""
    double_encoded_signature: bool = False
