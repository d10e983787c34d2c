"""Values sent to gateways do not reveal secrets; failures are never confused."""

from pydantic import SecretStr

from payment_engine.domain.gateway import (
    Charge,
    Customer,
    GatewayFailure,
    NotSent,
    Refused,
    Unknown,
)
from payment_engine.domain.money import Paise
from payment_engine.domain.payment_methods import CardToken, Method, UpiCollect


def test_a_charge_does_not_show_its_card_token() -> None:
    charge = Charge(
        ref="01kb3v9x7q2n8d4m5r6t",
        amount=Paise(116400),
        source=CardToken(token=SecretStr("tok_1")),
        customer=Customer(ref="cust_1"),
        return_url="https://shop.example",
        description="Order",
    )
    assert charge.method is Method.CARD
    assert "tok_1" not in repr(charge)


def test_a_upi_id_that_pays_is_not_shown() -> None:
    assert "asha" not in repr(UpiCollect(vpa="asha@okaxis"))


def test_a_refusal_carries_the_gateways_own_code() -> None:
    assert (Refused("access_denied").code, str(Refused("access_denied"))) == ("access_denied",) * 2
    assert str(Refused("access_denied", "bad key")) == "access_denied: bad key"


def test_no_failure_is_a_subclass_of_another() -> None:
    assert not issubclass(NotSent, Unknown | Refused)
    assert not issubclass(Unknown, NotSent | Refused)
    assert all(issubclass(each, GatewayFailure) for each in (NotSent, Refused, Unknown))
