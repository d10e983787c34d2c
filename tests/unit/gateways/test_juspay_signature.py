"""The signature on Juspay's return: the vectors of its documents and of other languages."""

from urllib.parse import quote

import pytest

from payment_engine.gateways.juspay.signature import return_is_signed, sign_return

OUTSIDE = {
    "order_id": "order_1727694028",
    "status": "AUTHORIZATION_FAILED",
    "status_id": "27",
    "myQP": "aGVsbG9Xb3JsZA==",
}
PLAIN = {"order_id": "ord_1001", "status": "CHARGED", "status_id": "21"}
ODD = {
    "order_id": "ord-1002",
    "status": "AUTHENTICATION_FAILED",
    "status_id": "26",
    "cart": "a b+c/d=e~f*g",
}
OURS = "unit-test-response-key"
PLAIN_SIGNATURE = "UiqBlmYHcpQAhcExRB+7URtGi+eZVTvVcf90jVQJim4="


@pytest.mark.parametrize(
    ("fields", "key", "signature"),
    [
        (
            OUTSIDE,
            "92206A0A4A75499C9B11206C2B3B9A53",
            "8Esx2nrz3KE059rdsTkffYKu6AXXk07KzBo3KOexl3I=",
        ),
        (PLAIN, OURS, PLAIN_SIGNATURE),
        (ODD, OURS, "2OupL0f5JaFuI3SamuryQrtUM6MAjC15c0V6bbS/2xE="),
        (ODD, OURS, "CmCSB3I0h2xwFY0d2vy7C3Y0cxIXLAzyK3p/d9EagJo="),
        (ODD, OURS, "wV0jN17gsAUStmnesA9AFe/H57UeQh5m4JipXfSPLps="),
    ],
    ids=["outside", "plain", "rfc3986", "python_form", "java_form"],
)
def test_a_published_vector_verifies(fields, key, signature):
    assert return_is_signed({**fields, "signature": signature}, key)


@pytest.mark.parametrize(
    "as_received",
    [
        PLAIN_SIGNATURE,
        quote(PLAIN_SIGNATURE, safe=""),
        quote(quote(PLAIN_SIGNATURE, safe=""), safe=""),
        PLAIN_SIGNATURE.replace("+", " "),
    ],
    ids=["decoded", "encoded", "encoded_twice", "plus_became_space"],
)
def test_a_signature_verifies_however_often_it_was_encoded(as_received):
    fields = {**PLAIN, "signature": as_received, "signature_algorithm": "HMAC-SHA256"}

    assert return_is_signed(fields, OURS)


@pytest.mark.parametrize(
    "change",
    [{"status": "NEW"}, {"order_id": "ord_1002"}, {"extra": "1"}, {"signature": "é%%"}],
)
def test_a_changed_field_does_not_verify(change):
    signature = sign_return(PLAIN, OURS).decode()

    assert not return_is_signed({**PLAIN, "signature": signature, **change}, OURS)


def test_a_missing_signature_or_another_key_does_not_verify():
    assert not return_is_signed(PLAIN, OURS)
    assert not return_is_signed({**PLAIN, "signature": PLAIN_SIGNATURE}, "another")
