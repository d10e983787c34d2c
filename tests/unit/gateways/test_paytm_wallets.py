"""A Paytm wallet: linked inside one order, which alone it pays."""

import json

import pytest
from pydantic import SecretStr

from payment_engine.domain.errors import Unsupported
from payment_engine.domain.gateway import (
    Customer,
    LinkEnded,
    LinkRequest,
    Refused,
    Unknown,
    WrongProof,
)
from payment_engine.domain.payment_methods import LinkedWallet
from payment_engine.domain.states import AttemptStatus
from payment_engine.gateways.paytm.envelope import decode_envelope
from payment_engine.gateways.paytm.wallets import new_session
from tests.unit.gateways.loopback import REF
from tests.unit.gateways.scripted_paytm import (
    INITIATE,
    MERCHANT_ID,
    PROCESS,
    STATUS,
    TOKEN,
    TXN,
    ScriptedPaytm,
    form,
    paytm_with,
)

SEND, VALIDATE = "/login/sendOtp", "/login/validateOtp"
BALANCE = "/userAsset/fetchBalanceInfo"
OTP = SecretStr("888888")
LINK = new_session(REF, 116400, TOKEN).serialized()
OUTCOME = {
    "ORDERID": REF,
    "MID": MERCHANT_ID,
    "TXNID": TXN,
    "TXNAMOUNT": "1164.00",
    "CURRENCY": "INR",
    "PAYMENTMODE": "PPI",
}
PAID = {**OUTCOME, "STATUS": "TXN_SUCCESS", "RESPCODE": "01"}
POOR = {**OUTCOME, "STATUS": "TXN_FAILURE", "RESPCODE": "235"}


@pytest.fixture
def script():
    return ScriptedPaytm()


@pytest.fixture
def paytm(make_wire, script):
    return paytm_with(make_wire, script)


def request(phone="9876543210"):
    who = Customer(ref="cust_1", phone=phone)
    return LinkRequest(ref=REF, amount=116400, customer=who, return_url="https://shop.example/r")


@pytest.fixture
def wallet_charge(make_charge):
    def make(**given):
        return make_charge(source=LinkedWallet(token=LINK), **given)

    return make


async def test_an_otp_is_sent_inside_the_order_that_the_wallet_will_pay(paytm, script):
    script.on(INITIATE, "S", "0000", txnToken=TOKEN)
    script.on(SEND, "SUCCESS", "01", key=None)

    start = await paytm.link_start(request())

    assert (script.body(0)["orderId"], script.body(1)["mobileNumber"]) == (REF, "9876543210")
    assert start.url is None
    assert start.expires_at
    assert TOKEN not in repr(start)


async def test_without_a_phone_no_otp_is_sent(paytm, script):
    with pytest.raises(Refused):
        await paytm.link_start(request(phone=None))

    assert script.requests == []


async def test_an_otp_that_is_not_sent_is_refused_with_paytms_code(paytm, script):
    script.on(INITIATE, "S", "0000", txnToken=TOKEN)
    script.on(SEND, "F", "531", key=None)

    with pytest.raises(Refused) as refused:
        await paytm.link_start(request())

    assert refused.value.code == "531"


@pytest.mark.parametrize("authenticated", [True, "true"])
async def test_the_right_otp_links_the_wallet_for_its_order(paytm, script, authenticated):
    script.on(VALIDATE, "SUCCESS", "01", key=None, authenticated=authenticated)

    link = await paytm.link_finish(LINK, OTP)

    assert script.body(0)["otp"] == "888888"
    assert decode_envelope(script.requests[0].content).head["txnToken"] == TOKEN
    assert (link.ref, link.token) == (REF, LINK)
    assert link.expires_at


@pytest.mark.parametrize(
    ("status", "code", "failure"),
    [
        ("F", "403", WrongProof),
        ("F", "513", WrongProof),
        ("F", "434", LinkEnded),
        ("F", "1107", LinkEnded),
        ("F", "1006", LinkEnded),
        ("F", "999", Refused),
        ("U", "00000900", Unknown),
        ("S", "01", Unknown),
    ],
)
async def test_any_other_answer_to_an_otp_links_nothing(paytm, script, status, code, failure):
    script.on(VALIDATE, status, code, key=None)

    with pytest.raises(failure):
        await paytm.link_finish(LINK, OTP)


async def test_a_balance_is_in_paise(paytm, script):
    script.on(BALANCE, "S", "0000", key=None, balanceInfo={"currency": "INR", "value": "1500.50"})

    assert await paytm.balance(LINK) == 150050
    assert script.body(0)["paymentMode"] == "BALANCE"


@pytest.mark.parametrize(("code", "failure"), [("1006", LinkEnded), ("2004", LinkEnded)])
async def test_a_balance_of_an_ended_link_says_so(paytm, script, code, failure):
    script.on(BALANCE, "F", code, key=None)

    with pytest.raises(failure):
        await paytm.balance(LINK)


async def test_a_balance_without_an_amount_is_unknown(paytm, script):
    script.on(BALANCE, "S", "0000", key=None)

    with pytest.raises(Unknown):
        await paytm.balance(LINK)


@pytest.mark.parametrize("token", ["", "[]", "{}", '{"ref":"x"}'])
async def test_a_token_that_is_no_link_counts_as_ended(paytm, token):
    with pytest.raises(LinkEnded):
        await paytm.balance(SecretStr(token))


@pytest.mark.parametrize("verb", ["link_start", "link_finish", "balance"])
async def test_no_wallet_is_linked_where_the_merchant_takes_none(make_wire, script, verb):
    paytm = paytm_with(make_wire, script, wallet="false")
    given = {"link_start": [request()], "link_finish": [LINK, OTP], "balance": [LINK]}

    with pytest.raises(Unsupported):
        await getattr(paytm, verb)(*given[verb])


async def test_a_linked_wallet_is_paid_at_once(paytm, script, wallet_charge):
    script.on(PROCESS, "S", "0000", key=None, txnInfo=form(PAID))

    state = await paytm.charge(wallet_charge())

    assert (script.paths, script.body(0)["paymentMode"]) == ([PROCESS], "BALANCE")
    assert (state.status, state.amount) == (AttemptStatus.CAPTURED, 116400)
    assert state.gateway_payment_id == TXN


async def test_a_wallet_with_too_little_is_a_decline(paytm, script, wallet_charge):
    script.on(PROCESS, "F", "235", key=None, txnInfo=form(POOR))

    state = await paytm.charge(wallet_charge())

    assert (state.status, state.decline_code) == (AttemptStatus.FAILED, "insufficient_funds")


@pytest.mark.parametrize(
    "callback", [PAID, form(PAID, "another-key-0016"), {**form(PAID), "TXNID": 1}]
)
async def test_an_outcome_that_is_not_signed_is_unknown(paytm, script, wallet_charge, callback):
    script.on(PROCESS, "S", "0000", key=None, txnInfo=callback)

    with pytest.raises(Unknown):
        await paytm.charge(wallet_charge())


async def test_a_debit_sent_twice_finds_the_first(paytm, script, wallet_charge):
    script.on(PROCESS, "F", "1006", key=None)
    script.on(STATUS, "TXN_SUCCESS", "01", orderId=REF, mid=MERCHANT_ID, txnAmount="1164.00")

    assert (await paytm.charge(wallet_charge())).status is AttemptStatus.CAPTURED


async def test_a_debit_of_an_ended_link_says_so(paytm, script, wallet_charge):
    script.on(PROCESS, "F", "1006", key=None)
    script.on(STATUS, "NO_RECORD_FOUND", "331", key=None)

    with pytest.raises(LinkEnded):
        await paytm.charge(wallet_charge())


@pytest.mark.parametrize("other", [{"ref": "another"}, {"amount": 100}])
async def test_a_link_pays_its_own_order_alone(paytm, script, wallet_charge, other):
    with pytest.raises(LinkEnded):
        await paytm.charge(wallet_charge(**other))

    assert script.requests == []


async def test_a_link_has_no_more_than_the_order_and_its_token():
    assert set(json.loads(LINK.get_secret_value())) == {"ref", "amount", "token", "until"}


def test_the_token_of_an_order_is_not_printed():
    assert TOKEN not in repr(new_session(REF, 116400, TOKEN))
