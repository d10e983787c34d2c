"""What every sandbox is asked: a test customer's order, or nothing where no credentials are set."""

import os
import time
from typing import Any

import pytest

from payment_engine.domain.gateway import Charge, ChargeKey, ChargeSource, Customer
from payment_engine.domain.ids import gateway_ref, new_id
from payment_engine.domain.money import Paise

AMOUNT = Paise(199_00)
CUSTOMER = "sandbox-customer"


def needs(*names: str) -> pytest.MarkDecorator:
    """Skips where an environment variable of these is not set, and says which."""
    missing = ", ".join(name for name in names if not os.environ.get(name))
    return pytest.mark.skipif(bool(missing), reason=f"no sandbox: set {missing}")


def new_ref() -> str:
    """A reference that the sandbox never saw."""
    return gateway_ref(new_id("att", time.time_ns() // 1_000_000))


def key_of(ref: str, amount: Paise = AMOUNT) -> ChargeKey:
    """How to speak of a charge."""
    return ChargeKey(ref=ref, customer_ref=CUSTOMER, amount=amount)


def charge_of(ref: str, source: ChargeSource, **given: Any) -> Charge:
    """A charge of the test customer's, who is known by Paytm's test number."""
    usual: dict[str, Any] = {
        "amount": AMOUNT,
        "customer": Customer(ref=CUSTOMER, phone="7777777777", email="customer@example.in"),
        "return_url": "https://shop.example/return",
        "description": "Order PO24068",
    }
    return Charge(ref=ref, source=source, **{**usual, **given})
