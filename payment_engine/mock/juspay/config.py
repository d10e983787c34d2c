"""What may be chosen about the imitated Juspay account."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class JuspayConfig:
    """A merchant account and its webhook; times are seconds."""

    merchant_id: str
    api_key: str
    webhook_url: str | None = None
    webhook_username: str = ""
    webhook_password: str = ""
    webhook_version: str = "2019-11-11"
    """The API date of the webhook: TXN_CHARGED and TXN_FAILED come from 2020-10-31 on."""
    response_key: str = ""
    """Signs the browser's return; empty leaves it unsigned, as for an account without a key."""
    double_encoded_signature: bool = False

    jwt_key_id: str = ""
    """Id of the keys of the encrypted ``/v4`` calls, which are refused unless all three are set."""
    jwt_private_key: str = ""
    """PEM of Juspay's RSA private key, whose public key the merchant gets."""
    merchant_public_key: str = ""
    """PEM of the RSA public key that the merchant uploaded."""

    tokenise_after: float | None = 0
    """How long a network takes to issue a card's token; None leaves it INITIATED."""
    capture_after: float = 0
    """How long a bank takes to capture or void; until then it is ..._INITIATED."""
    expire_after: float | None = None
    """When an attempt that is not approved expires; None never."""
    session_life: float = 900
    """How long the payment page of a session stays open."""
    wallet_balance: int = 2_000_00
    """Paise in a wallet when it is linked."""
