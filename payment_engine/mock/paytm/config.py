"""What may be chosen about the imitated Paytm account."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class PaytmConfig:
    """A merchant account; amounts in paise, times in seconds."""

    merchant_id: str
    merchant_key: str = field(repr=False)
    """16, 24 or 32 characters; signs requests, answers, webhooks and callbacks."""
    website: str = "WEBSTAGING"
    webhook_url: str | None = None
    callback_url: str | None = None
    """Where browsers return to when an order has no ``callbackUrl``."""
    payment_webhook: Literal["form", "json"] = "form"
    """Format of the payment webhook: the documented form post, or the JSON of one source."""
    arn_webhook: bool = True
    """Whether a third, form-encoded webhook tells a refund's bank reference."""
    payment_arn_after: float | None = 5.0
    """When the ARN of a paid card is reported, by a webhook without a status; None never. Paytm
    does so with the settlement, on the next working day."""
    vpa: str = "paytm-mock@mockbank"
    wallet_balance: int = 10_000_00
    """The opening balance of every customer's wallet."""
    largest_amount: int = 9_999_999_99
    token_life: float = 900
    accept_refund_after: float = 0.0
    one_refund_at_a_time: bool = False
    """Refuse with 626 while another refund of the order is pending."""
    direct_otp: bool = False
    """Ask for a card's OTP through ``directBankRequest`` instead of a bank's page."""
