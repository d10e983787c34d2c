"""Texts and signatures that others made: Amazon's samples, the reference's, another project's."""

SECRET = "exampleSecretKey/for+tests"
HOST = "amazonpay-sandbox.amazon.in"
CHARGE, REFUND = "/v1/payments/charge", "/v1/payments/refund"
INSTRUMENTS = "/v1/payments/instruments"
DATE = "20260101T000000Z"
HEADERS = {
    "x-amz-client-id": "MEXAMPLESELLER",
    "x-amz-source": "Server",
    "x-amz-user-ip": "203.0.113.7",
    "x-amz-user-agent": "PaymentEngine/1.0 (test)",
    "x-amz-algorithm": "AWS4-HMAC-SHA384",
    "x-amz-date": DATE,
    "x-amz-expires": "900",
}
SIGNED_CHARGE = {
    "merchantId": "MEXAMPLESELLER",
    "chargeId": "PE-01J0000001",
    "referenceId": "PE-01J0000001",
    "accessToken": "Atza|exampleAccessToken",
    "amount": "499.00",
    "currencyCode": "INR",
    "intent": "Capture",
    "attributableProgram": "S2SPay",
    "callbackUrl": "https://pay.example/callback/amazonpay",
    "noteToCustomer": "Order #1001 (2 items) \N{EN DASH} \N{INDIAN RUPEE SIGN}499",
    "customData": "pay_01J0000001",
    "timeoutInSecs": "900",
    "paymentMetaData": "",
    "selectedPaymentInstrumentType": "AmazonPayBalance",
}
SIGNED_STATUS = {
    "merchantId": "MEXAMPLESELLER",
    "txnIdType": "MerchantTxnId",
    "txnId": "PE-01J0000001",
}
SIGNED_REFUND = {
    "merchantId": "MEXAMPLESELLER",
    "refundId": "RF-01J0000001",
    "chargeIdType": "AmazonTxnId",
    "chargeId": "S04-0000001-0000001",
    "amount": "100.00",
    "currencyCode": "INR",
    "noteToCustomer": "partial refund",
    "softDescriptor": "partial refund",
}
SIGNED_BALANCE = {
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
WAITING = {
    **APPROVED,
    "approvedAmount": "0.00",
    "status": "CapturePending",
    "amazonPayUrl": "https://amazonpay-sandbox.amazon.in/pay?token=abc%2B1",
}
SIGNING_KEY = (
    "4c04229589128b04ebe2e3501a4f687f7ac9193e34a1185d9235bf8406a9dcb2"
    "63c68086450d24539f08af321e9d4e17"
)
ANSWERED = {
    "post": "whnYDdcGohx9BxUJ9I9yGpTyQXYUbYgl6vpEAHyC-wcMcxBPnBesvZlL1fvPgGyM",
    "get_query": "Hb_HznMhvkpsmx5Syo2rxIHtnjMBVkL-I91Rqg0lx-OFQjIf4YJy2n1gEbh_uw3Y",
    "get": "MKCral1UaiN9Tb2xsorTz-tXe4OwZi53YMz7EbZHqcyP18RAJMtC_RMPxr7gMkfe",
}
"""V5's body under each reading of what an answer is signed as."""

CALLS = {
    "V1": (
        ("POST", HOST + CHARGE, {}, HEADERS, SIGNED_CHARGE),
        "009ecc0b4e0ab0e7b3a4c88904293ac0073c5c911f5aad510d4bdc08e733bdc0"
        "72a21870f37d267d3ddd372152bc7281",
        "PptHdjvAc4JN-Pjd1475-GsrkdlNOfjmLSIFpEegifSM1sa36Gs3P8OsL0EorZCo",
    ),
    "V2": (
        ("GET", HOST + CHARGE, SIGNED_STATUS, HEADERS, {}),
        "cf2fba59a37332a2d5a2c52543e5dd14666d7ab16d78a17e96e0d00ee1295699"
        "0c3ae922d1b98572f55d8ba8d257a1cf",
        "Ky4nuNgy3_AIUFycZYNW5K06X4irDHtFgDKNux27PmNc8AHmumEiEP5uZDo7nMaP",
    ),
    "V3": (
        ("POST", HOST + REFUND, {}, HEADERS, SIGNED_REFUND),
        "5692b7b95f70f55cd3d6d3c759aafc338a67968c984d5dab23a711f9be243b6e"
        "c08bc0d0417aec2d3c52d4ecba79d655",
        "3tPXRFY7RxDitJLrjh3D7ARyVr-D6K8SobkDwySvhZPLUhI5DgP81IwcX0Ep-HiC",
    ),
    "V4": (
        ("GET", HOST + INSTRUMENTS, SIGNED_BALANCE, HEADERS, {}),
        "38a3c259d5064a2dc76878a997178d5f9e714b49d9d42eb783661c9c58eac960"
        "5cb8a15a2f64f5205be9bcdeb610ca33",
        "ZS_BIEuSoip4R8MHIVSbUXkwJuPDGfRr8F0EnH06VsGu6r2qfjuB8HUjaCprQf7t",
    ),
    "V5": (
        ("POST", HOST + CHARGE, {}, ANSWER_HEADERS, APPROVED),
        "cb1cc3475ed27e4c7d16405d6947f2f00e4d51af647cf6b7a1c380bbaaf72faa"
        "cfc08c1f5e88ffea8c4a6f05c64ef543",
        ANSWERED["post"],
    ),
    "V6": (
        ("POST", HOST + CHARGE, {}, ANSWER_HEADERS, WAITING),
        None,
        "MvjmA9eoK_5j0HzfmjqKhdE6zvI_4uqcCNYy0yAMMiB-oqPEy1r-EBWJwZjmtakq",
    ),
    "V5 to a GET with its query": (
        ("GET", HOST + CHARGE, SIGNED_STATUS, ANSWER_HEADERS, APPROVED),
        None,
        ANSWERED["get_query"],
    ),
    "V5 to a GET without it": (
        ("GET", HOST + CHARGE, {}, ANSWER_HEADERS, APPROVED),
        None,
        ANSWERED["get"],
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
SAMPLES = {
    "a POST": (
        (
            "POST",
            HOST + CHARGE,
            {},
            {**_SAMPLE_HEADERS, "x-amz-date": "20200906T043202Z"},
            {
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
            },
        ),
        "93edee92e81679c8fca5eb168c6e9f7dabfebaf5e6ac61d1eb387beeebed4ec5"
        "a2ea13bc9ed8ff8300e923f363c66be4",
    ),
    "a GET": (
        (
            "GET",
            HOST + CHARGE,
            {"merchantId": "A2XMNOQAN8MC64", "txnId": "order001", "txnIdType": "MerchantTxnId"},
            {**_SAMPLE_HEADERS, "x-amz-date": "20200906T055702Z"},
            {},
        ),
        "bfe68c62d886febd56038c0031501578cee9b49b0b7b3c83686776a172404546"
        "d02fb4d1897d50dd72af3852af22c291",
    ),
}
"""Amazon's own, of the page on canonical requests."""

FOREIGN = (
    "GET",
    HOST + CHARGE,
    {"merchantId": "MID", "txnId": "order_1", "txnIdType": "MerchantTxnId"},
    {
        **HEADERS,
        "x-amz-client-id": "MID",
        "x-amz-source": "Browser",
        "x-amz-user-ip": "127.0.0.1",
        "x-amz-user-agent": "Vitest",
        "x-amz-date": "20260920T010203Z",
    },
    {},
)
FOREIGN_SIGNATURE = "QA0ePVcNn1hyvsAUQ4GSbn8gkajaVqW_7OPUZVjhCMKV4qKjStncm6Ym80uai9C2"

ACCESS_KEY = "AKEXAMPLEACCESSKEY00"
_SUCCESS = {"status": "SUCCESS", "reasonCode": "001", "description": "Txn Success"}
_TOTAL = {"orderTotalAmount": "499.00", "orderTotalCurrencyCode": "INR"}
_WHEN = {"transactionDate": "1767225700"}
RETURNS = {
    "a success as the SDK has it": (
        {
            **_SUCCESS,
            **_TOTAL,
            **_WHEN,
            "sellerOrderId": "PE-ORD-1001",
            "amazonOrderId": "S04-0000001-0000001",
            "customInformation": "pay_01 a&b",
        },
        "2OMjAyTp3v8dGqOlCWLZty774PtDH69GXR5fXhR+530=",
    ),
    "a failure": (
        {
            **_TOTAL,
            "status": "FAILURE",
            "reasonCode": "310",
            "description": "Txn Failed",
            "sellerOrderId": "PE-ORD-1001",
        },
        "THYPBGqIKzhk1JwH4Ei+VoHmK2rq2gW6XRk9uLKYnY4=",
    ),
    "a charge's status": (
        {
            **_WHEN,
            "transactionStatusCode": "001",
            "transactionStatusDescription": "Txn Success",
            "transactionId": "S04-0000001-0000001",
            "merchantTransactionId": "PE-ORD-1001",
            "transactionValue": "499.00",
            "transactionCurrencyCode": "INR",
        },
        "JcI47eKJv2Cuck275M9Ta1oQercYCxLZ19hitbtMy1w=",
    ),
    "a success as the documents have it": (
        {
            **_SUCCESS,
            **_TOTAL,
            **_WHEN,
            "sellerOrderId": "PE-01J0000001",
            "transactionId": "S04-0000001-0000001",
        },
        "NXwC4fXWXns57RyDZCPDKpWfBeIV1u4xcYevUJZeMS4=",
    ),
}
