"""A look that is part of a charge was not sent: the charge may have been made all the same."""

from contextlib import suppress

import pytest

from payment_engine.domain.gateway import NotSent, Unknown
from payment_engine.gateways.base import counting_looks
from payment_engine.gateways.paytm.adapter import Paytm
from tests.unit.gateways.scripted_amazonpay import APPROVED, CHARGE, STATUS
from tests.unit.gateways.scripted_paytm import INITIATE, PROCESS, TOKEN, ScriptedPaytm, paytm_with
from tests.unit.gateways.scripted_paytm import STATUS as PAYTM_STATUS
from tests.unit.gateways.test_juspay_start import DUPLICATE, REF, STARTED

PAID_WITHOUT_AMOUNT = {**STARTED, "status": "CHARGED"}


@pytest.fixture
def unreachable(monkeypatch):
    """Has every call of an adapter to this path end before it is sent."""

    def make(gateway, method, path):
        send = gateway.wire.send

        async def send_or_not(operation, verb, url, **given):
            if verb == method and path in url:
                raise NotSent("ConnectError")
            return await send(operation, verb, url, **given)

        monkeypatch.setattr(gateway.wire, "send", send_or_not)
        return gateway

    return make


@pytest.mark.parametrize(("answer", "status"), [(PAID_WITHOUT_AMOUNT, 200), (DUPLICATE, 400)])
async def test_juspay_may_have_charged(juspay, script, make_charge, unreachable, answer, status):
    script.on("POST /txns", answer, status)

    with counting_looks() as looks, pytest.raises(Unknown):
        await unreachable(juspay, "GET", "/orders/").charge(make_charge())
    assert looks.made == 0


@pytest.mark.parametrize(
    "answers",
    [
        [(INITIATE, "F", "2023")],
        [(INITIATE, "S", "0000"), (PROCESS, "F", "501")],
    ],
)
async def test_paytm_may_have_charged(make_wire, make_charge, unreachable, answers):
    script = ScriptedPaytm()
    for path, status, code in answers:
        script.on(path, status, code, txnToken=TOKEN)
    paytm: Paytm = unreachable(paytm_with(make_wire, script), "POST", PAYTM_STATUS)

    with pytest.raises(Unknown):
        await paytm.charge(make_charge())


async def test_amazon_may_have_charged(amazonpay, amazon, make_wallet_charge, unreachable):
    amazon.on(CHARGE, APPROVED, x_amz_signature="A" * 64)

    with pytest.raises(Unknown):
        await unreachable(amazonpay, *STATUS.split()).charge(make_wallet_charge())


@pytest.mark.parametrize("status", ["PENDING_VBV", "NEW"])
async def test_a_look_inside_of_juspay_is_counted(juspay, script, make_charge, status):
    script.on("POST /txns", DUPLICATE, 400)
    script.on(f"GET /orders/{REF}", {**STARTED, "status": status})
    with counting_looks() as looks, suppress(Unknown):
        await juspay.charge(make_charge())
    assert looks.made == 1


async def test_a_look_inside_of_juspay_that_failed_may_have_left(juspay, script, make_charge):
    script.on("POST /txns", DUPLICATE, 400)
    script.on(f"GET /orders/{REF}", {}, 500)
    with counting_looks() as looks, pytest.raises(Unknown):
        await juspay.charge(make_charge())
    assert looks.made == 1


async def test_a_look_inside_of_paytm_is_counted(make_wire, make_charge):
    script = ScriptedPaytm()
    script.on(INITIATE, "F", "325")
    script.on(PAYTM_STATUS, "NO_RECORD_FOUND", "331")
    with counting_looks() as looks, pytest.raises(Unknown):
        await paytm_with(make_wire, script).charge(make_charge())
    assert looks.made == 1
