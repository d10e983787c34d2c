"""Charges and refunds as answers print them."""

from datetime import datetime

from payment_engine.mock.amazonpay.config import AmazonPayConfig
from payment_engine.mock.amazonpay.model import Charge, Refund
from payment_engine.mock.money import rupees_text


def charge_document(config: AmazonPayConfig, charge: Charge, page_url: str) -> dict[str, str]:
    """The charge object; ``page_url`` is followed by the customer while they are asked."""
    content = {
        "merchantId": config.merchant_id,
        "chargeId": charge.charge_id,
        "amazonChargeId": charge.amazon_charge_id,
        "requestedAmount": rupees_text(charge.paise),
        "approvedAmount": rupees_text(charge.paise if charge.paid else 0),
        "currencyCode": "INR",
        "status": charge.shown,
        "createTime": format_time(charge.created),
        "updateTime": format_time(charge.updated),
    }
    if charge.waiting:
        content["amazonPayUrl"] = page_url
    if charge.custom_data:
        content["customData"] = charge.custom_data
    return content


def refund_document(refund: Refund) -> dict[str, str]:
    """The refund object."""
    return {
        "refundId": refund.refund_id,
        "amazonRefundId": refund.amazon_refund_id,
        "amount": rupees_text(refund.paise),
        "refundedFee": "0.00",
        "currencyCode": "INR",
        "status": refund.status,
        "createTime": format_time(refund.created),
        "updateTime": format_time(refund.updated),
    }


def format_time(at: datetime) -> str:
    """``2026-01-01T00:00:01.000Z``."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
