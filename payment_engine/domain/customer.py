"""A merchant's customer, as the merchant calls them."""

import re
from typing import NamedTuple

CUSTOMER_REF = r"[A-Za-z0-9_.@:-]{1,64}"
"""The form of a shop's own id for a customer."""


_OF_A_PERSON = re.compile(r".*@.*|(?:0|91)?[6-9][0-9]{9}")


class CustomerKey(NamedTuple):
    """A customer: the merchant, and the merchant's own id for them."""

    merchant_id: str
    ref: str


def is_customer_ref(text: str) -> bool:
    """Whether the text is a well-formed customer id."""
    return re.fullmatch(CUSTOMER_REF, text) is not None


def names_a_person(text: str) -> bool:
    """Whether a reference is itself an email address, a UPI ID or a mobile number."""
    return _OF_A_PERSON.fullmatch(text) is not None


def masked_ref(ref: str) -> str:
    """A reference as lists show it: one that names a person only by its first characters."""
    if not names_a_person(ref):
        return ref
    name, at, domain = ref.partition("@")
    return f"{name[: 2 if len(name) > 3 else 1]}***{at}{domain}"
