"""Texts, phone numbers and addresses as people, phones and shops send them."""

import pytest
from pydantic import ValidationError

from payment_engine.domain.requests.client import ClientIn
from payment_engine.domain.requests.payments import PaymentIn
from tests.unit.domain.test_requests import faults, payment


def message(**changes: object) -> str:
    """What the only error in a payment with these changes says."""
    with pytest.raises(ValidationError) as caught:
        payment(**changes)
    return str(caught.value.errors()[0]["msg"])


def line(label: str) -> PaymentIn:
    return payment(breakdown=[{"label": label, "amount": 116400}])


@pytest.mark.parametrize(
    "text",
    [
        "\u0915\u094d\u200d\u0937",  # a joiner, in Marathi
        "\u09b0\u200d\u09cd\u09af\u09be\u09ac",  # in Bengali
        "\u0d28\u0d4d\u200d",  # in Malayalam
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # a non-joiner
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",  # a family
        "\u20b9 500\u00a0off",
    ],
)
def test_ordinary_text_of_india_is_accepted_as_it_is(text: str) -> None:
    assert line(text).breakdown[0].label == text
    assert payment(customer={"ref": "c", "name": text}).customer.name == text


@pytest.mark.parametrize("text", ["a\nb", "a\x00", "a\u202eb", "a\u2028b", "a\u2066b", "\x9f"])
def test_what_breaks_lines_or_turns_them_around_is_refused(text: str) -> None:
    assert faults(breakdown=[{"label": text, "amount": 116400}]) == ["/breakdown/0/label"]


def test_what_is_only_information_is_cleaned_and_cut() -> None:
    assert ClientIn(user_agent="Mozilla\x00/5.0\n" + "x" * 2000).user_agent == (
        "Mozilla /5.0 " + "x" * 987
    )
    given = {f"k{n}": "v" for n in range(25)}
    assert payment(metadata=given).metadata == dict(list(given.items())[:20])
    assert payment(metadata={"k\n" * 100: "v\t" * 100}).metadata == {"k " * 60: "v " * 60}


@pytest.mark.parametrize(
    "phone",
    [
        "(+91) 98765 43210",
        "00919876543210",
        "0091 98765-43210",
        "+91 (0) 98765 43210",
        "\u202a+91 98765 43210\u202c",
        "98765\u201143210",
        "+91.98765.43210",
        "\u200e9876543210",
    ],
)
def test_a_phone_number_is_read_as_phones_paste_it(phone: str) -> None:
    assert payment(customer={"ref": "c", "phone": phone}).customer.phone == "9876543210"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("HTTPS://Shop.Example/Return?A=B", "https://shop.example/Return?A=B"),
        (
            "https://\u0926\u0941\u0915\u093e\u0928.\u092d\u093e\u0930\u0924/return",
            "https://xn--11b7ah1gn.xn--h2brj9c/return",
        ),
        ("http://[::1]:8000/", "http://[::1]:8000/"),
        ("http://localhost:3000?x", "http://localhost:3000?x"),
    ],
)
def test_an_address_is_used_with_its_host_in_ascii(given: str, used: str) -> None:
    assert payment(return_url=given).return_url == used


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("https://shop.example/#paid", "without a fragment"),
        ("https://shop example/", "without spaces"),
        ("ftp://shop.example/", "begin with http:// or https://"),
        ("https://user@shop.example/", "without a user name"),
        ("https://shop.example:99999/", "host and port"),
        ("https:///return", "valid host name"),
        ("https://-\u0926-.\u092d/", "valid host name"),
    ],
)
def test_an_address_that_cannot_be_used_says_what_is_wrong(address: str, wrong: str) -> None:
    assert wrong in message(return_url=address)
