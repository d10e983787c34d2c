"""Charges and refunds as Amazon Pay prints them."""

from datetime import datetime

from payment_engine.mock.amazonpay.config import NAME
from payment_engine.mock.amazonpay.model import Charge, Refund
from payment_engine.mock.amazonpay.state import AmazonPay
from payment_engine.mock.money import rupees_text


def charge_document(amazonpay: AmazonPay, charge: Charge) -> dict[str, str]:
    """The charge object; with the customer's page while it waits for them."""
    content = {
        "merchantId": amazonpay.config.merchant_id,
        "chargeId": charge.charge_id,
        "amazonChargeId": charge.amazon_charge_id,
        "requestedAmount": rupees_text(charge.paise),
        "approvedAmount": rupees_text(charge.paise if charge.is_paid else 0),
        "currencyCode": "INR",
        "status": charge.reported_status,
        "createTime": format_time(charge.created),
        "updateTime": format_time(charge.updated),
    }
    if charge.is_waiting:
        public_url = amazonpay.world.config.public_url
        content["amazonPayUrl"] = f"{public_url}/{NAME}/pay?token={charge.page_token}"
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
