"""``GET /v1/payments/instruments``: what a customer's wallet holds."""

from payment_engine.mock.amazonpay.book import AmazonPay
from payment_engine.mock.amazonpay.errors import invalid
from payment_engine.mock.amazonpay.wire import Content, Fields
from payment_engine.mock.money import rupees_text


def instruments(amazonpay: AmazonPay, fields: Fields) -> Content:
    """The balance; nothing is held back from it here, so all of it is redeemable."""
    wallet = amazonpay.links.wallet(fields.get("accessToken", ""))
    if "AmazonPayBalance" not in fields.get("instrumentTypes", "").split(","):
        raise invalid("instrumentTypes")
    balance = rupees_text(wallet.balance)
    return {
        "amazonPayBalance": {
            "enabled": wallet.kyc,
            "priority": 0,
            "totalBalance": balance,
            "redeemableBalance": balance,
        }
    }
