"""Who may call, by the exact request, and what an answer's signature covers."""

import pytest

from tests.mock.amazonpay.amazonpay_driver import SELLER, is_signed, query, signed_headers

STATUS = {"merchantId": SELLER, "txnIdType": "MerchantTxnId", "txnId": "PE-1"}
OLD = "20200101T000000Z"
FUTURE = "20990101T000000Z"


async def get(seller, **changed):
    return await seller.call("GET", "/v1/payments/charge", STATUS, **changed)


@pytest.mark.parametrize("separator", [" ", "+"])
async def test_the_authorization_may_be_separated_by_blank_or_plus(seller, separator):
    await seller.charge()
    answer = await get(seller, separator=separator)
    assert answer.json()["status"] == "CaptureApproved"


@pytest.mark.parametrize(
    ("changed", "http_status", "code"),
    [
        ({"secret": "another"}, 401, "AuthorizationFailed"),
        ({"access_key": "AKOTHER"}, 401, "AuthorizationFailed"),
        ({"separator": "-"}, 401, "AuthorizationFailed"),
        ({"algorithm": "AWS4-HMAC-SHA256"}, 401, "AuthorizationFailed"),
        ({"user_agent": ""}, 401, "AuthorizationFailed"),
        ({"date": OLD}, 401, "AuthorizationExpired"),
        ({"date": FUTURE}, 401, "AuthorizationExpired"),
        ({"date": "yesterday"}, 400, "InvalidArguments"),
        ({"expires": "long"}, 400, "InvalidArguments"),
        ({"source": "Letter"}, 400, "InvalidArguments"),
        ({"client_id": "MOTHER"}, 400, "MerchantIdMismatch"),
    ],
)
async def test_a_call_that_is_not_correctly_signed_is_refused(seller, changed, http_status, code):
    answer = await get(seller, **changed)
    assert (answer.status_code, answer.json()["code"]) == (http_status, code)


async def test_a_merchant_that_does_not_exist_is_refused(seller):
    fields = STATUS | {"merchantId": "MOTHER"}
    answer = await seller.call("GET", "/v1/payments/charge", fields, client_id="MOTHER")
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidMerchantId")


async def test_a_signature_expires(seller):
    await seller.charge()
    await seller.control("/clock", {"advance": 1000})
    assert (await get(seller)).json()["code"] == "AuthorizationExpired"


async def test_a_body_other_than_the_signed_one_is_refused(seller):
    signed = seller.charge_fields()
    answer = await seller.charge(sent=signed | {"amount": "4.99"})
    assert answer.json()["code"] == "AuthorizationFailed"
    assert (await seller.control("/ledger"))["charged"] == 0


async def test_a_query_other_than_the_signed_one_is_refused(seller):
    answer = await get(seller, sent=STATUS | {"txnId": "PE-2"})
    assert answer.json()["code"] == "AuthorizationFailed"


async def test_a_body_that_is_not_an_object_is_refused(seller):
    headers = signed_headers("POST", "/v1/payments/charge", {}, {}, {})
    for body in (b"[1]", b"{", b"null"):
        answer = await seller.client.post(
            "/amazonpay/v1/payments/charge", content=body, headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "InvalidArguments")


async def test_numbers_are_signed_as_they_were_written(seller):
    fields = seller.charge_fields() | {"amount": "100.00"}
    headers = signed_headers("POST", "/v1/payments/charge", fields, {}, {})
    quoted = ", ".join(
        f'"{name}": {value if name == "amount" else chr(34) + value + chr(34)}'
        for name, value in fields.items()
    )
    answer = await seller.client.post(
        "/amazonpay/v1/payments/charge", content=f"{{{quoted}}}".encode(), headers=headers
    )
    assert answer.json()["approvedAmount"] == "100.00"


@pytest.mark.parametrize("host", ["amazonpay.amazon.in", "amazonpay-sandbox.amazon.in"])
async def test_a_call_by_a_real_host_is_routed_and_verified(seller, host):
    headers = signed_headers("GET", "/v1/payments/charge", STATUS, {}, {}) | {"host": host}
    url = f"/v1/payments/charge?{query(STATUS)}"
    answer = await seller.client.get(url, headers=headers)
    is_signed_host = host == "amazonpay-sandbox.amazon.in"
    assert answer.json()["code"] == ("InvalidChargeId" if is_signed_host else "AuthorizationFailed")


@pytest.mark.parametrize(
    ("reading", "method", "with_query"),
    [("get-query", "GET", True), ("get", "GET", False), ("post", "POST", False)],
)
async def test_the_answer_to_a_get_is_signed_as_configured(
    open_account, reading, method, with_query
):
    seller = await open_account({"response_reading": reading})
    await seller.charge()
    answer = await get(seller)
    assert is_signed(answer, method, STATUS if with_query else None)


async def test_the_balance_is_signed_as_java_prints_it(seller):
    answer = await seller.balance()
    fields = {"merchantId": SELLER, "accessToken": seller.token}
    query = fields | {"instrumentTypes": "AmazonPayBalance"}
    assert is_signed(answer, "GET", query)
    assert answer.json()["amazonPayBalance"] == {
        "enabled": True,
        "priority": 0,
        "totalBalance": "1000.00",
        "redeemableBalance": "1000.00",
    }


@pytest.mark.parametrize("signs", [True, False])
async def test_errors_are_signed_only_if_configured(open_account, signs):
    seller = await open_account({"sign_errors": signs})
    answer = await get(seller)
    assert answer.status_code == 400
    assert ("x-amz-signature" in answer.headers) == signs
    assert answer.headers["x-amz-request-id"]


async def test_a_rotated_secret_replaces_the_old_one(seller):
    await seller.control("/keys", {"gateway": "amazonpay", "secret_key": "new-secret"})
    old = await seller.charge()
    new = await seller.charge(secret="new-secret")
    assert old.json()["code"] == "AuthorizationFailed"
    assert is_signed(new, secret="new-secret")


async def test_the_request_log_has_no_secrets(seller):
    await seller.charge()
    logged = str(await seller.control("/requests"))
    assert "PE-1" in logged
    assert seller.token not in logged
    assert "AMZ " not in logged


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b'{"amount": NaN, "accessToken": true, "merchantId": {"a": [1]}}',
        b'{"merchantId": "\\ud800"}',
        b'{"a":' * 300 + b"1" + b"}" * 300,
        b'{"a":' * 90_000 + b"1" + b"}" * 90_000,
    ],
    ids=["bytes", "types", "lone surrogate", "deep", "too deep"],
)
async def test_no_body_breaks_the_mock(seller, body):
    headers = signed_headers("POST", "/v1/payments/charge", {}, {}, {})
    for path in ("v1/payments/charge", "v1/payments/refund", "auth/o2/token"):
        answer = await seller.client.post(f"/amazonpay/{path}", content=body, headers=headers)
        assert answer.status_code in (400, 401)


@pytest.mark.parametrize("kind", ["multipart/form-data", "application/x-www-form-urlencoded", "x"])
async def test_no_kind_of_form_breaks_the_mock(seller, kind):
    headers = {"content-type": kind}
    for path in ("auth/o2/token", "v1/payments/charge", "ap/oa"):
        answer = await seller.client.post(f"/amazonpay/{path}", content=b"a=%ff&", headers=headers)
        assert answer.status_code in (400, 401)
    assert (await seller.client.get("/control/requests")).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [{"date": "00010101T000000Z"}, {"expires": "86399999999999"}, {"expires": "9" * 5000}],
)
async def test_times_out_of_range_are_refused(seller, changed):
    answer = await get(seller, **changed)
    assert answer.status_code in (400, 401)


async def test_a_query_that_is_not_utf_8_is_refused(seller):
    headers = signed_headers("GET", "/v1/payments/charge", STATUS, {}, {})
    answer = await seller.client.get("/amazonpay/v1/payments/charge?txnId=%ff%fe", headers=headers)
    assert answer.json()["code"] == "AuthorizationFailed"


async def test_a_wallets_balance_is_a_whole_number_of_paise(seller):
    for balance in ("much", -1, 1.5):
        answer = await seller.client.post(
            "/control/amazonpay/wallets/asha", json={"balance": balance}
        )
        assert answer.status_code == 400
