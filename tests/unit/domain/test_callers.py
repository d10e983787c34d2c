"""A service key sees its merchant's payments, a checkout token one of them, a customer none."""

import pytest

from payment_engine.domain.callers import Caller
from payment_engine.domain.customer import CustomerKey, is_customer_ref


@pytest.mark.parametrize("payment", ["pay_1", "pay_2"])
def test_an_order_service_sees_every_payment_of_its_merchant(payment: str) -> None:
    caller = Caller(kind="service", merchant_id="mer_1")
    assert caller.sees("mer_1", payment)
    assert not caller.sees("mer_2", payment)


def test_a_checkout_token_sees_only_its_payment() -> None:
    caller = Caller(kind="checkout", merchant_id="mer_1", payment_id="pay_1")
    assert caller.sees("mer_1", "pay_1")
    assert not caller.sees("mer_1", "pay_2")
    assert not caller.sees("mer_2", "pay_1")


def test_a_customer_token_sees_no_payment() -> None:
    caller = Caller(kind="customer", merchant_id="mer_1", customer_ref="cust-1")
    assert not caller.sees("mer_1", "pay_1")


def test_a_customer_id_has_plain_characters_and_fits_the_column() -> None:
    assert is_customer_ref("cust-8812")
    assert is_customer_ref("a@b.example:1")
    for malformed in ("", "a b", "a\n", "c" * 65, "\x97"):
        assert not is_customer_ref(malformed)


def test_a_checkout_or_customer_token_names_its_customer() -> None:
    caller = Caller(kind="customer", merchant_id="mer_1", customer_ref="cust-1")
    assert caller.customer == CustomerKey("mer_1", "cust-1")
