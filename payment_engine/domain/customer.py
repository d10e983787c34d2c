"""A merchant's customer, as the merchant calls them."""

import re
from typing import NamedTuple

CUSTOMER_REF = r"[A-Za-z0-9_.@:-]{1,64}"
"""The form of a shop's own id for a customer."""


class CustomerKey(NamedTuple):
    """A customer: the merchant, and the merchant's own id for them."""

    merchant_id: str
    ref: str


def is_customer_ref(text: str) -> bool:
    """Whether the text is a well-formed customer id."""
    return re.fullmatch(CUSTOMER_REF, text) is not None
