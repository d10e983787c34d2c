"""Charges for the sandboxes of the gateways; skips where no credentials are set."""

import os
import time
from typing import Any

import pytest

from payment_engine.domain.gateway import Charge, ChargeKey, Customer
from payment_engine.domain.ids import gateway_ref, new_id
from payment_engine.domain.money import Paise
from payment_engine.domain.payment_methods import ChargeSource

AMOUNT = Paise(199_00)
CUSTOMER = "sandbox-customer"


def needs(*names: str) -> pytest.MarkDecorator:
    """Skips where an environment variable of these is not set, and says which."""
    missing = ", ".join(name for name in names if not os.environ.get(name))
    return pytest.mark.skipif(bool(missing), reason=f"no sandbox: set {missing}")


def new_ref() -> str:
    """A reference that the sandbox has never been sent."""
    return gateway_ref(new_id("att", time.time_ns() // 1_000_000))


def key_of(ref: str, amount: Paise = AMOUNT) -> ChargeKey:
    """The key by which a charge is looked up."""
    return ChargeKey(ref=ref, customer_ref=CUSTOMER, amount=amount)


def charge_of(ref: str, source: ChargeSource, **changes: Any) -> Charge:
    """A charge for the test customer, whose phone is Paytm's test number."""
    defaults: dict[str, Any] = {
        "amount": AMOUNT,
        "customer": Customer(ref=CUSTOMER, phone="7777777777", email="customer@example.in"),
        "return_url": "https://shop.example/return",
        "description": "Order PO24068",
    }
    return Charge(ref=ref, source=source, **{**defaults, **changes})
