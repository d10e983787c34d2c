"""Signatures that others made: the reference's, Amazon's samples, and an unrelated project's."""

from payment_engine.mock.amazonpay.signing import Message

SECRET = "exampleSecretKey/for+tests"
HOST = "amazonpay-sandbox.amazon.in"
CHARGE = "/v1/payments/charge"
HEADERS = {
    "x-amz-client-id": "MEXAMPLESELLER",
    "x-amz-source": "Server",
    "x-amz-user-ip": "203.0.113.7",
    "x-amz-user-agent": "PaymentEngine/1.0 (test)",
    "x-amz-algorithm": "AWS4-HMAC-SHA384",
    "x-amz-date": "20260101T000000Z",
    "x-amz-expires": "900",
}
CHARGE_BODY = {
    "merchantId": "MEXAMPLESELLER",
    "chargeId": "PE-01J0000001",
    "referenceId": "PE-01J0000001",
    "accessToken": "Atza|exampleAccessToken",
    "amount": "499.00",
    "currencyCode": "INR",
    "intent": "Capture",
    "attributableProgram": "S2SPay",
    "callbackUrl": "https://pay.example/callback/amazonpay",
    "noteToCustomer": "Order #1001 (2 items) \u2013 \u20b9499",
    "customData": "pay_01J0000001",
    "timeoutInSecs": "900",
    "paymentMetaData": "",
    "selectedPaymentInstrumentType": "AmazonPayBalance",
}
REFUND_BODY = {
    "merchantId": "MEXAMPLESELLER",
    "refundId": "RF-01J0000001",
    "chargeIdType": "AmazonTxnId",
    "chargeId": "S04-0000001-0000001",
    "amount": "100.00",
    "currencyCode": "INR",
    "noteToCustomer": "partial refund",
    "softDescriptor": "partial refund",
}
STATUS_QUERY = {
    "merchantId": "MEXAMPLESELLER",
    "txnIdType": "MerchantTxnId",
    "txnId": "PE-01J0000001",
}
BALANCE_QUERY = {
    "merchantId": "MEXAMPLESELLER",
    "accessToken": "Atza|exampleAccessToken",
    "instrumentTypes": "AmazonPayBalance",
}
ANSWER_HEADERS = {
    "x-amz-algorithm": "AWS4-HMAC-SHA384",
    "x-amz-date": "20260101T000001Z",
    "x-amz-request-id": "6e1c7b1e-0000-4000-8000-000000000001",
}
APPROVED = {
    "merchantId": "MEXAMPLESELLER",
    "chargeId": "PE-01J0000001",
    "amazonChargeId": "S04-0000001-0000001",
    "requestedAmount": "499.00",
    "approvedAmount": "499.00",
    "currencyCode": "INR",
    "status": "CaptureApproved",
    "createTime": "2026-01-01T00:00:01.000Z",
    "updateTime": "2026-01-01T00:00:01.000Z",
}
WAITING = APPROVED | {
    "approvedAmount": "0.00",
    "status": "CapturePending",
    "amazonPayUrl": "https://amazonpay-sandbox.amazon.in/pay?token=abc%2B1",
}


def message(method="POST", path=CHARGE, *, headers=HEADERS, **given):
    return Message(method=method, host=HOST, path=path, headers=headers, **given)


def answer(body, method="POST", query=None):
    return message(method, query=query or {}, headers=ANSWER_HEADERS, body=body)


V1 = message(body=CHARGE_BODY)
V2 = message("GET", query=STATUS_QUERY)
V3 = message(path="/v1/payments/refund", body=REFUND_BODY)
V4 = message("GET", "/v1/payments/instruments", query=BALANCE_QUERY)
V5 = answer(APPROVED)
V6 = answer(WAITING)
SIGNED = {
    "V1": (V1, "PptHdjvAc4JN-Pjd1475-GsrkdlNOfjmLSIFpEegifSM1sa36Gs3P8OsL0EorZCo"),
    "V2": (V2, "Ky4nuNgy3_AIUFycZYNW5K06X4irDHtFgDKNux27PmNc8AHmumEiEP5uZDo7nMaP"),
    "V3": (V3, "3tPXRFY7RxDitJLrjh3D7ARyVr-D6K8SobkDwySvhZPLUhI5DgP81IwcX0Ep-HiC"),
    "V4": (V4, "ZS_BIEuSoip4R8MHIVSbUXkwJuPDGfRr8F0EnH06VsGu6r2qfjuB8HUjaCprQf7t"),
    "V5": (V5, "whnYDdcGohx9BxUJ9I9yGpTyQXYUbYgl6vpEAHyC-wcMcxBPnBesvZlL1fvPgGyM"),
    "V6": (V6, "MvjmA9eoK_5j0HzfmjqKhdE6zvI_4uqcCNYy0yAMMiB-oqPEy1r-EBWJwZjmtakq"),
    "V5 as the answer to a GET and its query": (
        answer(APPROVED, "GET", STATUS_QUERY),
        "Hb_HznMhvkpsmx5Syo2rxIHtnjMBVkL-I91Rqg0lx-OFQjIf4YJy2n1gEbh_uw3Y",
    ),
    "V5 as the answer to a GET": (
        answer(APPROVED, "GET"),
        "MKCral1UaiN9Tb2xsorTz-tXe4OwZi53YMz7EbZHqcyP18RAJMtC_RMPxr7gMkfe",
    ),
}
HASHED = {
    "V1": (
        V1,
        "009ecc0b4e0ab0e7b3a4c88904293ac0073c5c911f5aad510d4bdc08e733bdc0"
        "72a21870f37d267d3ddd372152bc7281",
    ),
    "V2": (
        V2,
        "cf2fba59a37332a2d5a2c52543e5dd14666d7ab16d78a17e96e0d00ee1295699"
        "0c3ae922d1b98572f55d8ba8d257a1cf",
    ),
    "V3": (
        V3,
        "5692b7b95f70f55cd3d6d3c759aafc338a67968c984d5dab23a711f9be243b6e"
        "c08bc0d0417aec2d3c52d4ecba79d655",
    ),
    "V4": (
        V4,
        "38a3c259d5064a2dc76878a997178d5f9e714b49d9d42eb783661c9c58eac960"
        "5cb8a15a2f64f5205be9bcdeb610ca33",
    ),
    "V5": (
        V5,
        "cb1cc3475ed27e4c7d16405d6947f2f00e4d51af647cf6b7a1c380bbaaf72faa"
        "cfc08c1f5e88ffea8c4a6f05c64ef543",
    ),
}

_SAMPLE_HEADERS = {
    "x-amz-client-id": "A2XMNOQAN8MC64",
    "x-amz-source": "Browser",
    "x-amz-user-ip": "52.95.75.13",
    "x-amz-user-agent": "Postman",
    "x-amz-algorithm": "AWS4-HMAC-SHA384",
    "x-amz-expires": "500",
}
_SAMPLE_BODY = {
    "accessToken": "Atza|I3M2u2aZQ",
    "amount": "1.0",
    "attributableProgram": "S2SPay",
    "callbackUrl": "",
    "chargeId": "Order001",
    "currencyCode": "INR",
    "intent": "Capture",
    "merchantId": "A2XMNOQAN8MC64",
    "paymentMetaData": "",
    "referenceId": "Order001",
    "selectedPaymentInstrument": "AmazonPayLater",
}
_SAMPLE_QUERY = {"merchantId": "A2XMNOQAN8MC64", "txnId": "order001", "txnIdType": "MerchantTxnId"}
SAMPLES = {
    "Amazon's sample of a POST": (
        message(headers=_SAMPLE_HEADERS | {"x-amz-date": "20200906T043202Z"}, body=_SAMPLE_BODY),
        "93edee92e81679c8fca5eb168c6e9f7dabfebaf5e6ac61d1eb387beeebed4ec5"
        "a2ea13bc9ed8ff8300e923f363c66be4",
    ),
    "Amazon's sample of a GET": (
        message(
            "GET",
            headers=_SAMPLE_HEADERS | {"x-amz-date": "20200906T055702Z"},
            query=_SAMPLE_QUERY,
        ),
        "bfe68c62d886febd56038c0031501578cee9b49b0b7b3c83686776a172404546"
        "d02fb4d1897d50dd72af3852af22c291",
    ),
}
FOREIGN = message(
    "GET",
    headers={
        "x-amz-client-id": "MID",
        "x-amz-source": "Browser",
        "x-amz-user-ip": "127.0.0.1",
        "x-amz-user-agent": "Vitest",
        "x-amz-algorithm": "AWS4-HMAC-SHA384",
        "x-amz-date": "20260920T010203Z",
        "x-amz-expires": "900",
    },
    query={"merchantId": "MID", "txnId": "order_1", "txnIdType": "MerchantTxnId"},
)
FOREIGN_SIGNATURE = "QA0ePVcNn1hyvsAUQ4GSbn8gkajaVqW_7OPUZVjhCMKV4qKjStncm6Ym80uai9C2"

_ORDER = {"sellerOrderId": "PE-ORD-1001"}
_TOTAL = {"orderTotalAmount": "499.00", "orderTotalCurrencyCode": "INR"}
_SUCCESS = {"status": "SUCCESS", "reasonCode": "001", "description": "Txn Success"}
_DATE = {"transactionDate": "1767225700"}
RETURNS = {
    "a success in the SDK's words": (
        {
            **_SUCCESS,
            **_ORDER,
            **_DATE,
            **_TOTAL,
            "amazonOrderId": "S04-0000001-0000001",
            "customInformation": "pay_01 a&b",
        },
        "2OMjAyTp3v8dGqOlCWLZty774PtDH69GXR5fXhR+530=",
    ),
    "a failure": (
        {"status": "FAILURE", "reasonCode": "310", "description": "Txn Failed"} | _ORDER | _TOTAL,
        "THYPBGqIKzhk1JwH4Ei+VoHmK2rq2gW6XRk9uLKYnY4=",
    ),
    "a charge's status": (
        {
            **_DATE,
            "transactionStatusCode": "001",
            "transactionStatusDescription": "Txn Success",
            "transactionId": "S04-0000001-0000001",
            "merchantTransactionId": "PE-ORD-1001",
            "transactionValue": "499.00",
            "transactionCurrencyCode": "INR",
        },
        "JcI47eKJv2Cuck275M9Ta1oQercYCxLZ19hitbtMy1w=",
    ),
    "a success in the documents' words": (
        {
            **_SUCCESS,
            **_DATE,
            **_TOTAL,
            "sellerOrderId": "PE-01J0000001",
            "transactionId": "S04-0000001-0000001",
        },
        "NXwC4fXWXns57RyDZCPDKpWfBeIV1u4xcYevUJZeMS4=",
    ),
}
ACCESS_KEY = "AKEXAMPLEACCESSKEY00"
