"""The request for each payment method, as Juspay documents it."""

import pytest
from pydantic import SecretStr

from payment_engine.domain.gateway import Client, Platform, Refused
from payment_engine.domain.payment_methods import (
    CardNumber,
    CardOnFile,
    CardToken,
    LinkedWallet,
    NetBanking,
    UpiCollect,
    Wallet,
)
from payment_engine.gateways.juspay.requests import source_form

CARD = {"payment_method_type": "CARD"}
CONSENT = {"save_to_locker": "true", "tokenize": "true"}
TYPED = CardNumber(
    number=SecretStr("4242424242424242"), month=9, year=2031, cvv=SecretStr("123"), name="A Rao"
)
TOKEN = SecretStr("tok_1")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (CardToken(token=SecretStr("ctkn_1")), {**CARD, "card_token": "ctkn_1"}),
        (
            CardToken(token=SecretStr("ctkn_1"), save=True),
            {**CARD, **CONSENT, "card_token": "ctkn_1"},
        ),
        (
            CardOnFile(token=TOKEN, cvv=SecretStr("123")),
            {**CARD, "card_token": "tok_1", "card_security_code": "123"},
        ),
        (CardOnFile(token=TOKEN), {**CARD, "card_token": "tok_1", "card_security_code": None}),
        (
            TYPED,
            {
                **CARD,
                "card_number": "4242424242424242",
                "card_exp_month": "09",
                "card_exp_year": "2031",
                "card_security_code": "123",
                "name_on_card": "A Rao",
            },
        ),
        (
            UpiCollect(vpa="a@okaxis"),
            {
                "payment_method_type": "UPI",
                "payment_method": "UPI_COLLECT",
                "txn_type": "UPI_COLLECT",
                "upi_vpa": "a@okaxis",
            },
        ),
        (NetBanking(bank="HDFC"), {"payment_method_type": "NB", "payment_method": "NB_HDFC"}),
        (Wallet(wallet="paytm"), {"payment_method_type": "WALLET", "payment_method": "PAYTM"}),
    ],
)
def test_a_method_is_asked_for_in_its_own_fields(source, expected):
    assert source_form(source) == expected


async def test_a_collect_request_tells_the_customer_to_look_at_the_app(juspay, script, make_charge):
    script.on("POST /txns", {"order_id": "01k0m9v7c2q4w8z6x3y5", "status": "PENDING_VBV"})

    state = await juspay.charge(make_charge(source=UpiCollect(vpa="a@okaxis")))

    assert state.next_action.kind == "upi_collect"


async def test_a_linked_wallet_is_refused_before_anything_leaves(juspay, script, make_charge):
    with pytest.raises(Refused):
        await juspay.charge(make_charge(source=LinkedWallet(token=SecretStr("link"))))

    assert script.requests == []


@pytest.mark.parametrize(
    ("client", "channel"),
    [
        (Client(platform=Platform.MOBILE_WEB, user_agent="(iPhone; CPU iPhone OS)"), "IOS_WEB"),
        (Client(platform=Platform.MOBILE_WEB, user_agent="(Linux; Android 15)"), "ANDROID_WEB"),
        (Client(platform=Platform.MOBILE_WEB), "ANDROID_WEB"),
        (Client(platform=Platform.DESKTOP, user_agent="(iPhone)"), "DESKTOP"),
        (Client(platform=Platform.IOS), "IOS_APP"),
        (Client(), None),
    ],
)
async def test_a_payment_says_where_its_checkout_runs(juspay, script, make_charge, client, channel):
    script.on("POST /txns", {"order_id": "01k0m9v7c2q4w8z6x3y5", "status": "PENDING_VBV"})

    await juspay.charge(make_charge(source=UpiCollect(vpa="a@okaxis"), client=client))

    assert script.form(0).get("payment_channel") == channel
