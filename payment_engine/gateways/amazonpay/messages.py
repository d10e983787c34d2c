"""What Amazon Pay sends: one class for each answer and webhook, with the fields that we read."""

from typing import Annotated

from pydantic import ConfigDict, Field, PlainValidator
from pydantic.alias_generators import to_camel, to_pascal

from payment_engine.gateways.reading import (
    Amount,
    Code,
    FreeText,
    Message,
    Part,
    Rupees,
    Secret,
    Text,
)


class AmazonPayMessage(Message):
    """Field names in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=False)


class ChargeAnswer(AmazonPayMessage):
    """``/v1/payments/charge``: one charge, as it was made or as it is now."""

    status: Code = ""
    charge_id: Code = ""
    """Our reference."""
    amazon_charge_id: Text = None
    merchant_id: Text = None
    requested_amount: Amount = Rupees()
    approved_amount: Amount = Rupees()
    currency_code: Text = None
    amazon_pay_url: Code = ""
    """Where the customer tops up the wallet, while that is needed."""


class RefundAnswer(AmazonPayMessage):
    """``/v1/payments/refund``: one refund, as it was made or as it is now."""

    status: Code = ""
    refund_id: Code = ""
    """Our reference."""
    amazon_refund_id: Text = None
    amount: Amount = Rupees()


class AmazonPayBalance(AmazonPayMessage):
    """What a wallet holds, and may spend."""

    redeemable_balance: Amount = Rupees()


class BalanceAnswer(AmazonPayMessage):
    """``/v1/payments/instruments``."""

    amazon_pay_balance: Part[AmazonPayBalance] = AmazonPayBalance()


class ErrorAnswer(AmazonPayMessage):
    """Any answer that is not a success."""

    code: Code = ""
    message: FreeText = ""


def _seconds(value: object) -> int | None:
    return value if isinstance(value, int) and 0 < value < 10**8 else None


class TokenAnswer(Message):
    """Login with Amazon's ``/auth/o2/token``: tokens, or an OAuth error (RFC 6749, 5.1 and 5.2)."""

    access_token: Secret = None
    refresh_token: Secret = None
    expires_in: Annotated[int | None, PlainValidator(_seconds)] = None
    error: Code = ""
    error_description: FreeText = ""


def _exact(value: object) -> str | None:
    return value if isinstance(value, str) else None


Exact = Annotated[str | None, PlainValidator(_exact)]
"""Text as it is, empty included, since a signature covers it; None for anything else."""


class SnsEnvelope(Message):
    """What AWS SNS posts: a notification, or a confirmation of our subscription to a topic."""

    model_config = ConfigDict(alias_generator=to_pascal, populate_by_name=False)

    type: Exact = None
    message_id: Exact = None
    topic_arn: Exact = None
    subject: Exact = None
    message: Exact = None
    timestamp: Exact = None
    token: Exact = None
    subscribe_url: Exact = Field(None, validation_alias="SubscribeURL")
    signature: Exact = None
    signature_version: Exact = None
    signing_cert_url: Exact = Field(None, validation_alias="SigningCertURL")


class Notification(Message):
    """The JSON in the message of a notification, which holds XML."""

    model_config = ConfigDict(alias_generator=to_pascal, populate_by_name=False)

    seller_id: Text = None
    notification_data: Code = ""


class XmlMessage(Message):
    """An element whose children have names in PascalCase."""

    model_config = ConfigDict(alias_generator=to_pascal, populate_by_name=False)


class XmlAmount(XmlMessage):
    """An amount in rupees."""

    amount: Amount = Rupees()
    currency_code: Text = None


class XmlStatus(XmlMessage):
    """A state and its reason."""

    state: Code = ""
    reason_code: FreeText = ""
    reason_description: FreeText = ""


class ChargeDetails(XmlMessage):
    """One charge of a ``ChargeTransactionNotification``."""

    seller_reference_id: Code = ""
    order_id: Text = Field(None, validation_alias="OrderID")
    amount: Part[XmlAmount] = XmlAmount()
    status: Part[XmlStatus] = XmlStatus()


class RefundDetails(XmlMessage):
    """One refund of a ``RefundNotification``; it does not name the charge."""

    refund_reference_id: Code = ""
    amazon_refund_id: Text = None
    refund_amount: Part[XmlAmount] = XmlAmount()
    refund_status: Part[XmlStatus] = XmlStatus()
