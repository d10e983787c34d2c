"""Paytm's answers that leave open whether a charge was started, and what a repeat finds."""

import pytest

from payment_engine.domain.gateway import Refused, Unknown
from payment_engine.domain.payment_methods import UpiCollect
from payment_engine.domain.states import AttemptStatus
from tests.unit.gateways.loopback import REF
from tests.unit.gateways.scripted_paytm import (
    INITIATE,
    PROCESS,
    STATUS,
    TOKEN,
    TXN,
    ScriptedPaytm,
    paytm_with,
)

LINK = f"upi://pay?pa=shop@bank&am=1164.00&cu=INR&tr={TXN}"


@pytest.fixture
def script():
    script = ScriptedPaytm()
    script.on(INITIATE, "S", "0000", txnToken=TOKEN)
    return script


@pytest.fixture
def paytm(make_wire, script):
    return paytm_with(make_wire, script)


@pytest.mark.parametrize(("status", "code"), [("F", "2005"), ("F", "2007")])
async def test_an_order_that_is_refused_was_never_paid(make_wire, make_charge, status, code):
    script = ScriptedPaytm()
    script.on(INITIATE, status, code, key=None)

    with pytest.raises(Refused) as refused:
        await paytm_with(make_wire, script).charge(make_charge())

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("status", "code", "body"),
    [
        ("U", "00000900", {}),
        ("F", "501", {}),
        ("MYSTERY", "1", {}),
        ("S", "0000", {}),
        ("S", "0000", {"txnToken": {}}),
    ],
)
async def test_an_order_without_a_clear_answer_is_unknown(
    make_wire, make_charge, status, code, body
):
    script = ScriptedPaytm()
    script.on(INITIATE, status, code, **body)

    with pytest.raises(Unknown):
        await paytm_with(make_wire, script).charge(make_charge())


@pytest.mark.parametrize("key", [None, "another-key-0016"])
async def test_a_success_is_believed_only_with_its_signature(make_wire, make_charge, key):
    script = ScriptedPaytm()
    script.on(INITIATE, "S", "0000", key=key, txnToken=TOKEN)

    with pytest.raises(Unknown):
        await paytm_with(make_wire, script).charge(make_charge())


@pytest.mark.parametrize(("status", "code"), [("S", "0002"), ("F", "2023"), ("F", "325")])
async def test_a_repeat_finds_the_transaction_and_starts_none(make_wire, make_charge, status, code):
    script = ScriptedPaytm()
    script.on(INITIATE, status, code, txnToken=TOKEN)
    script.on(STATUS, "PENDING", "402", orderId=REF, txnId=TXN, txnAmount="1164.00")

    state = await paytm_with(make_wire, script).charge(make_charge())

    assert script.paths == [INITIATE, STATUS]
    assert (state.status, state.gateway_payment_id) == (AttemptStatus.PENDING, TXN)


async def test_a_repeat_of_an_order_without_a_transaction_starts_one(make_wire, make_charge):
    script = ScriptedPaytm()
    script.on(INITIATE, "S", "0002", txnToken=TOKEN)
    script.on(STATUS, "NO_RECORD_FOUND", "331", key=None)
    script.on(PROCESS, "S", "0000", key=None, deepLinkInfo={"deepLink": LINK})

    state = await paytm_with(make_wire, script).charge(make_charge())

    assert state.next_action.uri == LINK


async def test_a_duplicate_order_without_a_transaction_is_unknown(make_wire, make_charge):
    script = ScriptedPaytm()
    script.on(INITIATE, "F", "325", key=None)
    script.on(STATUS, "NO_RECORD_FOUND", "331", key=None)

    with pytest.raises(Unknown):
        await paytm_with(make_wire, script).charge(make_charge())


async def test_an_instrument_that_is_declined_at_once_is_failed(paytm, script, make_charge):
    script.on(PROCESS, "F", "295", key=None)

    state = await paytm.charge(make_charge(source=UpiCollect(vpa="no@okaxis")))

    assert (state.status, state.decline_code) == (AttemptStatus.FAILED, "invalid_vpa")
    assert (state.gateway_code, state.gateway_message) == ("295", "about 295")


async def test_a_request_that_paytm_refuses_is_refused(paytm, script, make_charge):
    script.on(PROCESS, "F", "1007", key=None)

    with pytest.raises(Refused):
        await paytm.charge(make_charge())


@pytest.mark.parametrize(("status", "code"), [("F", "1005"), ("F", "GW00460"), ("U", "00000900")])
async def test_after_an_unclear_answer_the_order_is_fetched(
    paytm, script, make_charge, status, code
):
    script.on(PROCESS, status, code, key=None)
    script.on(STATUS, "PENDING", "402", orderId=REF, txnId=TXN)

    assert (await paytm.charge(make_charge())).gateway_payment_id == TXN


@pytest.mark.parametrize(("code", "failure"), [("0001", Unknown), ("1006", Refused)])
async def test_after_an_unclear_answer_an_order_without_a_transaction_decides_nothing(
    paytm, script, make_charge, code, failure
):
    script.on(PROCESS, "F", code, key=None)
    script.on(STATUS, "NO_RECORD_FOUND", "331", key=None)

    with pytest.raises(failure):
        await paytm.charge(make_charge())
