"""Starting a charge at Paytm: what is sent, what the customer does next, and what a repeat does."""

import hashlib

import pytest
from loopback import REF
from paytm_side import INITIATE, MERCHANT_ID, PROCESS, TOKEN, TXN, PaytmSide, paytm_with
from pydantic import SecretStr, ValidationError

from payment_engine.domain.gateway import (
    CardNumber,
    CardPage,
    Customer,
    Method,
    NetBanking,
    Refused,
    Unknown,
    UpiCollect,
    UpiIntent,
    UpiQr,
    Wallet,
)
from payment_engine.domain.states import AttemptStatus
from payment_engine.gateways.paytm.checksum import text_is_signed
from payment_engine.gateways.paytm.envelope import disclose
from payment_engine.gateways.paytm.wire import PaytmConfig

LINK = f"upi://pay?pa=shop@bank&pn=Demo%20Shop&am=1164.00&cu=INR&tr={TXN}&sign=a%2Bb"
BIN = "/theia/api/v1/fetchBinDetail"
FORM = {"actionUrl": "https://bank.test/3ds", "method": "POST", "content": {"MD": "x", "n": 1}}
PASSED = CardNumber(
    number=SecretStr("4111111111111111"), month=3, year=2035, cvv=SecretStr("123"), name="A B"
)


@pytest.fixture
def side():
    side = PaytmSide()
    side.on(INITIATE, "S", "0000", txnToken=TOKEN)
    return side


@pytest.fixture
def paytm(make_wire, side):
    return paytm_with(make_wire, side)


def deep_link(link=LINK):
    return {"deepLinkInfo": {"deepLink": link, "transId": TXN}}


async def test_an_order_is_opened_over_the_exact_bytes_that_are_signed(paytm, side, make_charge):
    side.on(PROCESS, "S", "0000", key=None, **deep_link())

    await paytm.charge(make_charge())

    opening = side.asked[0]
    came = disclose(opening.content)
    assert text_is_signed(came.text, paytm.config.keys, came.head["signature"])
    assert dict(opening.url.params) == {"mid": MERCHANT_ID, "orderId": REF}
    assert came.body == {
        "mid": MERCHANT_ID,
        "requestType": "Payment",
        "websiteName": "WEBSTAGING",
        "orderId": REF,
        "callbackUrl": "https://shop.example/return",
        "txnAmount": {"value": "1164.00", "currency": "INR"},
        "userInfo": {
            "custId": hashlib.sha256(b"cust-8812").hexdigest(),
            "mobile": "9876543210",
            "email": "customer@example.in",
        },
    }


async def test_a_client_id_is_told_where_the_merchant_has_one(make_wire, side, make_charge):
    side.on(PROCESS, "S", "0000", key=None, **deep_link())

    await paytm_with(make_wire, side, client_id="C11").charge(make_charge())

    assert disclose(side.asked[0].content).head["clientId"] == "C11"


async def test_a_customer_whose_words_paytm_refuses_is_told_without_them(paytm, side, make_charge):
    side.on(PROCESS, "S", "0000", key=None, **deep_link())

    await paytm.charge(make_charge(customer=Customer(ref="cust_1", phone="1|2", email="आ@b.in")))

    assert side.body(0)["userInfo"] == {"custId": "cust_1"}


@pytest.mark.parametrize(("source", "kind"), [(UpiIntent(), "upi_intent"), (UpiQr(), "upi_qr")])
async def test_a_upi_link_is_passed_on_byte_for_byte_upi_5(paytm, side, make_charge, source, kind):
    side.on(PROCESS, "S", "0000", key=None, **deep_link())

    state = await paytm.charge(make_charge(source=source))

    assert side.body(1)["paymentMode"] == "UPI_INTENT"
    assert disclose(side.asked[1].content).head["txnToken"] == TOKEN
    assert (state.status, state.gateway_payment_id) == (AttemptStatus.PENDING, TXN)
    assert (state.next_action.kind, state.next_action.uri) == (kind, LINK)
    assert state.next_action.payee_name == "Demo Shop"


async def test_a_upi_link_over_another_amount_is_unknown(paytm, side, make_charge):
    side.on(PROCESS, "S", "0000", key=None, **deep_link(LINK.replace("1164.00", "1165.00")))

    with pytest.raises(Unknown):
        await paytm.charge(make_charge())


async def test_a_collect_request_goes_to_the_upi_id(paytm, side, make_charge):
    side.on(PROCESS, "S", "0000", key=None, transId=TXN, orderId=REF)

    state = await paytm.charge(make_charge(source=UpiCollect(vpa="asha@okaxis")))

    assert (side.body(1)["paymentMode"], side.body(1)["payerAccount"]) == ("UPI", "asha@okaxis")
    assert (state.next_action.kind, state.gateway_payment_id) == ("upi_collect", TXN)


@pytest.mark.parametrize(("said", "method"), [("POST", "POST"), ("get", "GET"), (None, "POST")])
async def test_netbanking_goes_to_the_banks_page(paytm, side, make_charge, said, method):
    bank_form = {"redirectForm": {**FORM, "method": said}}
    side.on(PROCESS, "S", "0000", key=None, bankForm=bank_form)

    state = await paytm.charge(make_charge(source=NetBanking(bank="HDFC")))

    assert side.body(1)["channelCode"] == "HDFC"
    assert (state.next_action.url, state.next_action.http_method) == (FORM["actionUrl"], method)
    assert state.next_action.fields == {"MD": "x", "n": "1"}


async def test_a_bank_is_named_as_paytm_names_it(paytm, side, make_charge):
    side.on(PROCESS, "S", "0000", key=None, bankForm={"redirectForm": FORM})

    await paytm.charge(make_charge(source=NetBanking(bank="KOTAK")))

    assert side.body(1)["channelCode"] == "NKMB"


async def test_an_answer_without_a_page_leaves_nothing_to_do_but_wait(paytm, side, make_charge):
    side.on(PROCESS, "S", "0000", key=None, bankForm={"pageType": "direct"})

    state = await paytm.charge(make_charge(source=NetBanking(bank="HDFC")))

    assert (state.status, state.next_action) == (AttemptStatus.PENDING, None)


@pytest.mark.parametrize(
    ("source", "modes"),
    [(CardPage(), ["CREDIT_CARD", "DEBIT_CARD"]), (Wallet(wallet="paytm"), ["BALANCE"])],
)
async def test_a_card_number_and_an_unlinked_wallet_are_paytms_own_page_pci_9(
    paytm, side, make_charge, source, modes
):
    state = await paytm.charge(make_charge(source=source))

    assert side.paths == [INITIATE]
    assert [each["mode"] for each in side.body(0)["enablePaymentMode"]] == modes
    page = state.next_action
    assert page.url.startswith("http://paytm.test/theia/api/v1/showPaymentPage?mid=")
    assert (page.http_method, page.fields["txnToken"]) == ("POST", TOKEN)


async def test_a_card_that_passes_us_is_sent_by_its_kind_and_never_recorded(
    paytm, side, make_charge, recorded
):
    side.on(BIN, "S", "0000", key=None, binDetail={"paymentMode": "DEBIT_CARD"})
    side.on(PROCESS, "S", "0000", key=None, bankForm={"redirectForm": FORM})

    state = await paytm.charge(make_charge(source=PASSED))

    assert side.body(1)["bin"] == "411111111"
    assert side.body(2)["paymentMode"] == "DEBIT_CARD"
    assert side.body(2)["cardInfo"] == "|4111111111111111|123|032035"
    assert state.next_action.url == FORM["actionUrl"]
    assert "411111" not in repr(recorded)


async def test_a_card_of_no_kind_is_refused(paytm, side, make_charge):
    side.on(BIN, "S", "0000", key=None, binDetail={})

    with pytest.raises(Refused):
        await paytm.charge(make_charge(source=PASSED))


@pytest.mark.parametrize("settings", [{}, {"wallet": "false"}])
async def test_what_is_not_offered_is_refused_before_anything_is_sent(
    make_wire, side, make_charge, settings
):
    paytm = paytm_with(make_wire, side, **settings)
    charge = make_charge(source=Wallet(wallet="paytm")) if settings else make_charge(capture=False)

    with pytest.raises(Refused):
        await paytm.charge(charge)

    assert side.asked == []


def test_wallets_are_offered_only_where_the_merchant_has_them_wal_3(make_wire, side):
    assert Method.WALLET in paytm_with(make_wire, side).methods
    assert Method.WALLET not in paytm_with(make_wire, side, wallet="false").methods


@pytest.mark.parametrize("key", ["", "short", "17-characters-key", "é" * 9])
def test_a_key_that_aes_would_not_take_stops_the_start(key):
    with pytest.raises(ValidationError, match="16, 24 or 32 bytes"):
        PaytmConfig(base_url="http://paytm.test", merchant_id="M", merchant_key=key)


async def test_a_upi_link_that_is_none_leaves_the_charge_open(paytm, side, make_charge):
    side.on(PROCESS, "S", "0000", key=None, **deep_link("upi://[pay"))

    with pytest.raises(Unknown):
        await paytm.charge(make_charge(source=UpiIntent()))
