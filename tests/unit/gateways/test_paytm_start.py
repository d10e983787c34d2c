"""Starting a charge at Paytm: what is sent, and what the customer does next."""

import hashlib

import pytest
from pydantic import SecretStr, ValidationError

from payment_engine.domain.gateway import Customer, Refused, Unknown
from payment_engine.domain.payment_methods import (
    CardNumber,
    CardPage,
    Method,
    NetBanking,
    UpiCollect,
    UpiIntent,
    UpiQr,
    Wallet,
)
from payment_engine.domain.states import AttemptStatus
from payment_engine.gateways.paytm.envelope import decode_envelope
from payment_engine.gateways.paytm.signature import text_is_signed
from payment_engine.gateways.paytm.wire import PaytmConfig
from tests.unit.gateways.loopback import REF
from tests.unit.gateways.scripted_paytm import (
    INITIATE,
    MERCHANT_ID,
    PROCESS,
    TOKEN,
    TXN,
    ScriptedPaytm,
    paytm_with,
)

LINK = f"upi://pay?pa=shop@bank&pn=Demo%20Shop&am=1164.00&cu=INR&tr={TXN}&sign=a%2Bb"
BIN = "/theia/api/v1/fetchBinDetail"
FORM = {"actionUrl": "https://bank.test/3ds", "method": "POST", "content": {"MD": "x", "n": 1}}
PASSED = CardNumber(
    number=SecretStr("4111111111111111"), month=3, year=2035, cvv=SecretStr("123"), name="A B"
)


@pytest.fixture
def script():
    script = ScriptedPaytm()
    script.on(INITIATE, "S", "0000", txnToken=TOKEN)
    return script


@pytest.fixture
def paytm(make_wire, script):
    return paytm_with(make_wire, script)


def deep_link(link=LINK):
    return {"deepLinkInfo": {"deepLink": link, "transId": TXN}}


async def test_an_order_is_opened_over_the_exact_bytes_that_are_signed(paytm, script, make_charge):
    script.on(PROCESS, "S", "0000", key=None, **deep_link())

    await paytm.charge(make_charge())

    opening = script.requests[0]
    envelope = decode_envelope(opening.content)
    assert text_is_signed(envelope.text, paytm.config.keys, envelope.head["signature"])
    assert dict(opening.url.params) == {"mid": MERCHANT_ID, "orderId": REF}
    assert envelope.body == {
        "mid": MERCHANT_ID,
        "requestType": "Payment",
        "websiteName": "WEBSTAGING",
        "orderId": REF,
        "callbackUrl": f"https://shop.example/return?ORDER_ID={REF}",
        "txnAmount": {"value": "1164.00", "currency": "INR"},
        "userInfo": {
            "custId": "cust-8812",
            "mobile": "9876543210",
            "email": "customer@example.in",
        },
    }


async def test_a_client_id_is_sent_where_the_merchant_has_one(make_wire, script, make_charge):
    script.on(PROCESS, "S", "0000", key=None, **deep_link())

    await paytm_with(make_wire, script, client_id="C11").charge(make_charge())

    assert decode_envelope(script.requests[0].content).head["clientId"] == "C11"


async def test_contact_data_that_paytm_would_refuse_is_left_out(paytm, script, make_charge):
    script.on(PROCESS, "S", "0000", key=None, **deep_link())

    await paytm.charge(make_charge(customer=Customer(ref="cust_1", phone="1|2", email="आ@b.in")))

    assert script.body(0)["userInfo"] == {"custId": "cust_1"}


@pytest.mark.parametrize("ref", ["cust-8812", "asha.rao@acme", "A_1!$", "c" * 64])
async def test_a_customer_reference_that_paytm_takes_is_sent_as_it_is(
    paytm, script, make_charge, ref
):
    script.on(PROCESS, "S", "0000", key=None, **deep_link())

    await paytm.charge(make_charge(customer=Customer(ref=ref)))

    assert script.body(0)["userInfo"] == {"custId": ref}


@pytest.mark.parametrize("ref", ["cust|8812", "cust 8812", "cust/8812", "आशा", "c" * 65])
async def test_any_other_customer_reference_is_sent_as_its_digest(paytm, script, make_charge, ref):
    script.on(PROCESS, "S", "0000", key=None, **deep_link())

    await paytm.charge(make_charge(customer=Customer(ref=ref)))

    digest = hashlib.sha256(ref.encode()).hexdigest()
    assert script.body(0)["userInfo"] == {"custId": digest}


@pytest.mark.parametrize(("source", "kind"), [(UpiIntent(), "upi_intent"), (UpiQr(), "upi_qr")])
async def test_a_upi_link_is_passed_on_byte_for_byte(paytm, script, make_charge, source, kind):
    script.on(PROCESS, "S", "0000", key=None, **deep_link())

    state = await paytm.charge(make_charge(source=source))

    assert script.body(1)["paymentMode"] == "UPI_INTENT"
    assert decode_envelope(script.requests[1].content).head["txnToken"] == TOKEN
    assert (state.status, state.gateway_payment_id) == (AttemptStatus.PENDING, TXN)
    assert (state.next_action.kind, state.next_action.uri) == (kind, LINK)
    assert state.next_action.payee_name == "Demo Shop"


async def test_a_upi_link_over_another_amount_is_unknown(paytm, script, make_charge):
    script.on(PROCESS, "S", "0000", key=None, **deep_link(LINK.replace("1164.00", "1165.00")))

    with pytest.raises(Unknown):
        await paytm.charge(make_charge())


async def test_a_collect_request_goes_to_the_upi_id(paytm, script, make_charge):
    script.on(PROCESS, "S", "0000", key=None, transId=TXN, orderId=REF)

    state = await paytm.charge(make_charge(source=UpiCollect(vpa="asha@okaxis")))

    assert (script.body(1)["paymentMode"], script.body(1)["payerAccount"]) == ("UPI", "asha@okaxis")
    assert (state.next_action.kind, state.gateway_payment_id) == ("upi_collect", TXN)


@pytest.mark.parametrize(
    ("form_method", "method"), [("POST", "POST"), ("get", "GET"), (None, "POST")]
)
async def test_netbanking_goes_to_the_banks_page(paytm, script, make_charge, form_method, method):
    bank_form = {"redirectForm": {**FORM, "method": form_method}}
    script.on(PROCESS, "S", "0000", key=None, bankForm=bank_form)

    state = await paytm.charge(make_charge(source=NetBanking(bank="HDFC")))

    assert script.body(1)["channelCode"] == "HDFC"
    assert (state.next_action.url, state.next_action.http_method) == (FORM["actionUrl"], method)
    assert state.next_action.fields == {"MD": "x", "n": "1"}


async def test_a_bank_is_named_as_paytm_names_it(paytm, script, make_charge):
    script.on(PROCESS, "S", "0000", key=None, bankForm={"redirectForm": FORM})

    await paytm.charge(make_charge(source=NetBanking(bank="KOTAK")))

    assert script.body(1)["channelCode"] == "NKMB"


async def test_an_answer_without_a_page_has_no_next_action(paytm, script, make_charge):
    script.on(PROCESS, "S", "0000", key=None, bankForm={"pageType": "direct"})

    state = await paytm.charge(make_charge(source=NetBanking(bank="HDFC")))

    assert (state.status, state.next_action) == (AttemptStatus.PENDING, None)


@pytest.mark.parametrize(
    ("source", "modes"),
    [(CardPage(), ["CREDIT_CARD", "DEBIT_CARD"]), (Wallet(wallet="paytm"), ["BALANCE"])],
)
async def test_cards_and_unlinked_wallets_are_paid_on_paytms_page(
    paytm, script, make_charge, source, modes
):
    state = await paytm.charge(make_charge(source=source))

    assert script.paths == [INITIATE]
    assert [each["mode"] for each in script.body(0)["enablePaymentMode"]] == modes
    page = state.next_action
    assert page.url.startswith("http://paytm.test/theia/api/v1/showPaymentPage?mid=")
    assert (page.http_method, page.fields["txnToken"]) == ("POST", TOKEN)


async def test_a_card_that_passes_through_us_is_sent_with_its_kind_and_never_recorded(
    paytm, script, make_charge, recorded
):
    script.on(BIN, "S", "0000", key=None, binDetail={"paymentMode": "DEBIT_CARD"})
    script.on(PROCESS, "S", "0000", key=None, bankForm={"redirectForm": FORM})

    state = await paytm.charge(make_charge(source=PASSED))

    assert script.body(1)["bin"] == "411111111"
    assert script.body(2)["paymentMode"] == "DEBIT_CARD"
    assert script.body(2)["cardInfo"] == "|4111111111111111|123|032035"
    assert state.next_action.url == FORM["actionUrl"]
    assert "411111" not in repr(recorded)


async def test_a_card_without_a_payment_mode_is_refused(paytm, script, make_charge):
    script.on(BIN, "S", "0000", key=None, binDetail={})

    with pytest.raises(Refused):
        await paytm.charge(make_charge(source=PASSED))


@pytest.mark.parametrize("settings", [{}, {"wallet": "false"}])
async def test_what_paytm_does_not_offer_is_refused_before_anything_is_sent(
    make_wire, script, make_charge, settings
):
    paytm = paytm_with(make_wire, script, **settings)
    charge = make_charge(source=Wallet(wallet="paytm")) if settings else make_charge(capture=False)

    with pytest.raises(Refused):
        await paytm.charge(charge)

    assert script.requests == []


def test_wallets_are_offered_only_where_the_merchant_has_them(make_wire, script):
    assert Method.WALLET in paytm_with(make_wire, script).methods
    assert Method.WALLET not in paytm_with(make_wire, script, wallet="false").methods


@pytest.mark.parametrize("key", ["", "short", "17-characters-key", "é" * 9])
def test_a_key_of_a_size_that_aes_does_not_take_is_refused(key):
    with pytest.raises(ValidationError, match="16, 24 or 32 bytes"):
        PaytmConfig(base_url="http://paytm.test", merchant_id="M", merchant_key=key)


async def test_a_upi_link_that_cannot_be_read_is_unknown(paytm, script, make_charge):
    script.on(PROCESS, "S", "0000", key=None, **deep_link("upi://[pay"))

    with pytest.raises(Unknown):
        await paytm.charge(make_charge(source=UpiIntent()))


async def test_a_charge_that_may_be_under_way_is_not_sent_again(paytm, make_charge):
    assert not paytm.may_repeat(make_charge())


async def test_a_link_without_a_payee_is_not_offered(paytm, script, make_charge):
    form = {"redirectForm": {"actionUrl": "https://bank.example", "method": "GET"}}
    link = deep_link("upi://pay?pn=Shop&am=1164.00")
    script.on(PROCESS, "S", "0000", key=None, **link, bankForm=form)

    assert (await paytm.charge(make_charge())).next_action.url == "https://bank.example"


async def test_every_amount_of_a_link_is_compared(paytm, script, make_charge):
    script.on(PROCESS, "S", "0000", key=None, **deep_link(LINK + "&am=1.00"))

    with pytest.raises(Unknown):
        await paytm.charge(make_charge())
