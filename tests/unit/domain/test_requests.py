"""Request bodies: what is accepted, what is refused, and where an error points."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from payment_engine.domain.gateway import Platform
from payment_engine.domain.money import MAX_AMOUNT
from payment_engine.domain.requests.attempts import AttemptIn
from payment_engine.domain.requests.client import MethodsQuery
from payment_engine.domain.requests.config import ConfigIn
from payment_engine.domain.requests.field_errors import field_error, json_pointer
from payment_engine.domain.requests.payments import (
    CaptureIn,
    EmptyBody,
    PaymentIn,
    PaymentsQuery,
    ReadQuery,
    RefundIn,
)

LINES = [
    {"label": "Medicines", "amount": 123000},
    {"label": "Discount", "amount": -6600, "note": "SAVE66"},
]


def payment(**changes: Any) -> PaymentIn:
    body = {
        "order_id": "PO24068",
        "amount": 116400,
        "currency": "INR",
        "customer": {"ref": "cust_1"},
        "return_url": "https://shop.example/pay/return",
    }
    return PaymentIn.model_validate(body | changes)


def faults(**changes: Any) -> list[str]:
    """The pointers of the errors in a payment with these changes."""
    with pytest.raises(ValidationError) as caught:
        payment(**changes)
    return [field_error(dict(error))["pointer"] for error in caught.value.errors()]


def test_a_payment_needs_only_five_fields() -> None:
    assert (payment().capture, payment().expires_in, payment().breakdown) == ("automatic", 900, [])


@pytest.mark.parametrize("amount", [-1, 1, 99, MAX_AMOUNT + 1, "116400", 1164.0, True, None])
def test_an_amount_is_a_whole_number_of_paise_within_bounds(amount: object) -> None:
    assert faults(amount=amount) == ["/amount"]


@pytest.mark.parametrize("seconds", [59, 86_401, "900", 900.0])
def test_a_payment_lives_for_a_minute_to_a_day(seconds: object) -> None:
    assert faults(expires_in=seconds) == ["/expires_in"]


@pytest.mark.parametrize("order", ["", "-PO1", "PO 1", "PO1\n", "x" * 65, "PO₹"])
def test_an_order_id_is_plain_and_short(order: str) -> None:
    assert faults(order_id=order) == ["/order_id"]


def test_an_unknown_field_is_refused_by_name() -> None:
    assert faults(amout=1, customer={"ref": "c", "cvv": "123"}) == ["/customer/cvv", "/amout"]


def test_no_error_repeats_what_was_sent() -> None:
    with pytest.raises(ValidationError) as caught:
        payment(order_id="s3cret value", customer={"ref": "c", "phone": "s3cret"})
    assert "s3cret" not in str(caught.value)


def test_lines_that_sum_to_the_amount_are_accepted() -> None:
    assert len(payment(breakdown=LINES).breakdown) == 2


def test_lines_that_do_not_sum_to_the_amount_are_refused_with_both_sums() -> None:
    with pytest.raises(ValidationError, match=r"₹1,164\.00.*₹1,164\.01") as caught:
        payment(breakdown=LINES, amount=116401)
    assert field_error(dict(caught.value.errors()[0]))["pointer"] == "/breakdown"


@pytest.mark.parametrize(
    "phone", ["9876543210", "+91 98765 43210", "919876543210", "09876543210", "98765-43210"]
)
def test_an_indian_mobile_number_is_accepted_in_any_common_form(phone: str) -> None:
    assert payment(customer={"ref": "c", "phone": phone}).customer.phone == "9876543210"


@pytest.mark.parametrize("phone", ["1234567890", "987654321", "+1 9876543210", "98765432101"])
def test_another_number_is_refused(phone: str) -> None:
    assert faults(customer={"ref": "c", "phone": phone}) == ["/customer/phone"]


@pytest.mark.parametrize("name", ["Asha\nRao", "Asha\u0000", "", "x" * 121])
def test_a_name_holds_no_control_characters(name: str) -> None:
    assert faults(customer={"ref": "c", "name": name}) == ["/customer/name"]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "//shop.example",
        "https://user:pw@shop.example/",
        "https://shop.example/#paid",
        "https://shop.example/a b",
        "https://",
    ],
)
def test_a_return_url_is_a_plain_web_address(url: str) -> None:
    assert faults(return_url=url) == ["/return_url"]


METHODS: list[dict[str, Any]] = [
    {"method": "upi_intent", "app": "gpay"},
    {"method": "upi_qr"},
    {"method": "upi_collect", "vpa": "asha@ybl"},
    {"method": "card", "card_token": "tok_1"},
    {"method": "netbanking", "bank": "HDFC"},
    {"method": "wallet", "wallet": "amazonpay"},
]
attempt = TypeAdapter[Any](AttemptIn)


@pytest.mark.parametrize("body", METHODS)
def test_an_attempt_is_read_as_its_method(body: dict[str, Any]) -> None:
    assert attempt.validate_python(body).method == body["method"]


@pytest.mark.parametrize("body", METHODS)
def test_no_method_takes_a_card_number(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="card_number"):
        attempt.validate_python(body | {"card_number": "4242424242424242"})


def test_a_card_token_is_hidden_in_repr() -> None:
    assert "tok_1" not in repr(attempt.validate_python({"method": "card", "card_token": "tok_1"}))


def test_an_attempt_on_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValidationError, match="method"):
        attempt.validate_python({"method": "cash"})


def test_a_refund_takes_lines_that_sum_to_its_amount() -> None:
    lines = [{"label": "Cetirizine", "amount": 6600}]
    body = {"amount": 6600, "reason": "out_of_stock", "lines": lines}
    assert RefundIn.model_validate(body).lines[0].amount == 6600
    with pytest.raises(ValidationError, match="6600 paise but amount is 6601"):
        RefundIn.model_validate(body | {"amount": 6601})


@pytest.mark.parametrize("amount", [0, -1, "1", 1.0, True])
def test_a_captured_or_refunded_amount_is_a_positive_number_of_paise(amount: object) -> None:
    with pytest.raises(ValidationError):
        CaptureIn.model_validate({"amount": amount})
    with pytest.raises(ValidationError):
        RefundIn.model_validate({"amount": amount, "reason": "x"})


def test_an_empty_body_takes_no_fields() -> None:
    assert EmptyBody.model_validate({}) == EmptyBody()
    with pytest.raises(ValidationError):
        EmptyBody.model_validate({"amount": 1})


def test_a_query_says_how_long_to_wait_and_which_order() -> None:
    assert ReadQuery.model_validate({"wait": "30"}).wait == 30
    assert PaymentsQuery.model_validate({"order_id": "PO1"}).order_id == "PO1"
    with pytest.raises(ValidationError):
        ReadQuery.model_validate({"wait": "31"})


def test_a_query_lists_the_clients_apps() -> None:
    client = MethodsQuery(platform=Platform.IOS, upi_apps="gpay, phonepe,,").client()
    assert (client.platform, client.installed_upi_apps) == (Platform.IOS, ["gpay", "phonepe"])


def test_a_pointer_escapes_what_json_pointers_reserve() -> None:
    assert json_pointer(("metadata", "a/b~c", 0)) == "/metadata/a~1b~0c/0"


@pytest.mark.parametrize("apps", ["gpay\x98", ",".join(["a"] * 31), "a" * 121, "gpay," + "a" * 400])
def test_a_query_of_too_many_or_garbled_apps_is_refused(apps: str) -> None:
    with pytest.raises(ValidationError):
        MethodsQuery(upi_apps=apps)


@pytest.mark.parametrize("token", ["", "a b", "a\x00b", "tok_₹", "t" * 513])
def test_a_card_token_is_visible_ascii(token: str) -> None:
    with pytest.raises(ValidationError):
        attempt.validate_python({"method": "card", "card_token": token})


def errors_of(body: dict[str, Any]) -> list[tuple[str, str]]:
    """The pointer and message of each error in an attempt."""
    with pytest.raises(ValidationError) as caught:
        attempt.validate_python(body)
    errors = caught.value.errors(include_input=False)
    found = [field_error(dict(error), tagged=True) for error in errors]
    return [(error["pointer"], error["message"]) for error in found]


def test_an_error_in_one_of_several_shapes_points_at_the_field() -> None:
    assert errors_of({"method": "wallet"}) == [("/wallet", "Field required")]
    assert errors_of({"method": "upi_collect"})[0][0] == "/vpa"
    assert errors_of({}) == [("/method", "Field required")]
    pointer, message = errors_of({"method": "s3cret"})[0]
    assert pointer == "/method"
    assert "'upi_intent'" in message
    assert "s3cret" not in message


def test_an_error_under_a_long_name_points_at_the_name_cut() -> None:
    assert faults(metadata={"k" * 121: 5}) == ["/metadata/" + "k" * 80]


def test_a_member_that_may_not_be_there_is_named_itself() -> None:
    agreed = {"given": True, "text_version": "2026-01"}
    with pytest.raises(ValidationError) as caught:
        ConfigIn.model_validate({"consents": {"world_peace": agreed}})
    found = [field_error(dict(error))["pointer"] for error in caught.value.errors()]
    assert found == ["/consents/world_peace"]


def test_only_a_qr_code_is_started_before_the_customer_has_chosen() -> None:
    read = TypeAdapter(AttemptIn).validate_python
    assert read({"method": "upi_qr", "at_once": True}).unchosen
    assert not read({"method": "upi_qr"}).unchosen
    assert not read({"method": "card"}).unchosen
    with pytest.raises(ValidationError):
        read({"method": "card", "at_once": True})
