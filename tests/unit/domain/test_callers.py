"""A caller sees its own merchant's payments, and with a checkout token one of them."""

import pytest

from payment_engine.domain.callers import Caller


@pytest.mark.parametrize(
    ("held", "merchant", "payment", "sees"),
    [
        (None, "mer_1", "pay_1", True),
        (None, "mer_2", "pay_1", False),
        ("pay_1", "mer_1", "pay_1", True),
        ("pay_1", "mer_1", "pay_2", False),
        ("pay_1", "mer_2", "pay_1", False),
    ],
)
def test_a_caller_sees_what_its_credential_covers(
    held: str | None, merchant: str, payment: str, sees: bool
) -> None:
    caller = Caller(kind="checkout", merchant_id="mer_1", payment_id=held)
    assert caller.sees(merchant, payment) is sees
