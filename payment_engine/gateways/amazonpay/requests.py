"""What Amazon Pay is sent: one function for each call."""

from payment_engine.domain.gateway import Charge, ChargeKey
from payment_engine.domain.money import Paise, to_rupees
from payment_engine.gateways.amazonpay.tables import (
    AMAZON_REFUND,
    BALANCE_FIELDS,
    CHARGE_EXISTS,
    CHARGE_FIELDS,
    CHARGE_REFUSED,
    NOT_FOUND,
    REFUND_EXISTS,
    REFUND_FIELDS,
    REFUND_REFUSED,
)
from payment_engine.gateways.amazonpay.wire import AmazonPayConfig, AmazonPayRequest

_CHARGE_PATH = "/v1/payments/charge"
_REFUND_PATH = "/v1/payments/refund"
_INSTRUMENTS_PATH = "/v1/payments/instruments"
_MAX_NOTE = 200


def charge(config: AmazonPayConfig, charge: Charge, access_token: str) -> AmazonPayRequest:
    """Debit a linked wallet."""
    fields = {
        "merchantId": config.merchant_id,
        "chargeId": charge.ref,
        "referenceId": charge.ref,
        "accessToken": access_token,
        "amount": to_rupees(charge.amount),
        "currencyCode": "INR",
        "intent": "Capture",
        "attributableProgram": "S2SPay",
        "callbackUrl": charge.return_url,
        "noteToCustomer": charge.description[:_MAX_NOTE],
        "timeoutInSecs": str(config.timeout),
        "paymentMetaData": "",
        "selectedPaymentInstrumentType": "AmazonPayBalance",
    }
    return AmazonPayRequest(
        operation="charge",
        method="POST",
        path=_CHARGE_PATH,
        fields=fields,
        allow=CHARGE_FIELDS,
        client=charge.client,
        codes=frozenset({*CHARGE_REFUSED, CHARGE_EXISTS}),
    )


def fetch_charge(config: AmazonPayConfig, ref: str) -> AmazonPayRequest:
    """A charge by our reference."""
    return AmazonPayRequest(
        operation="fetch_charge",
        method="GET",
        path=_CHARGE_PATH,
        fields=_status_fields(config, ref),
        allow=CHARGE_FIELDS,
        codes=frozenset(NOT_FOUND),
    )


def refund(config: AmazonPayConfig, ref: str, key: ChargeKey, amount: Paise) -> AmazonPayRequest:
    """Refund ``amount`` paise of a charge."""
    fields = {
        "merchantId": config.merchant_id,
        "refundId": ref,
        "chargeIdType": "MerchantTxnId",
        "chargeId": key.ref,
        "amount": to_rupees(amount),
        "currencyCode": "INR",
        "noteToCustomer": "Refund",
        "softDescriptor": "Refund",
    }
    return AmazonPayRequest(
        operation="refund",
        method="POST",
        path=_REFUND_PATH,
        fields=fields,
        allow=REFUND_FIELDS,
        codes=frozenset({*REFUND_REFUSED, REFUND_EXISTS}),
    )


def fetch_refund(config: AmazonPayConfig, ref: str) -> AmazonPayRequest:
    """A refund by our reference, or by Amazon's id where it has no other."""
    return AmazonPayRequest(
        operation="fetch_refund",
        method="GET",
        path=_REFUND_PATH,
        fields=_status_fields(config, ref),
        allow=REFUND_FIELDS,
        codes=frozenset(NOT_FOUND),
    )


def balance(config: AmazonPayConfig, access_token: str) -> AmazonPayRequest:
    """A wallet's balance; how its nested answer is signed is not documented."""
    fields = {
        "merchantId": config.merchant_id,
        "accessToken": access_token,
        "instrumentTypes": "AmazonPayBalance",
    }
    return AmazonPayRequest(
        operation="balance",
        method="GET",
        path=_INSTRUMENTS_PATH,
        fields=fields,
        allow=BALANCE_FIELDS,
        must_verify=False,
    )


def _status_fields(config: AmazonPayConfig, ref: str) -> dict[str, str]:
    kind = "AmazonTxnId" if AMAZON_REFUND.fullmatch(ref) else "MerchantTxnId"
    return {"merchantId": config.merchant_id, "txnIdType": kind, "txnId": ref}
