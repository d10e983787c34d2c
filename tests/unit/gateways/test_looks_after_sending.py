"""A look that is part of a charge was not sent: the charge may have been made all the same."""

import pytest

from payment_engine.domain.gateway import NotSent, Unknown
from payment_engine.gateways.paytm.adapter import Paytm
from tests.unit.gateways.scripted_amazonpay import APPROVED, CHARGE, STATUS
from tests.unit.gateways.scripted_paytm import INITIATE, PROCESS, TOKEN, ScriptedPaytm, paytm_with
from tests.unit.gateways.scripted_paytm import STATUS as PAYTM_STATUS
from tests.unit.gateways.test_juspay_start import DUPLICATE, STARTED

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

    with pytest.raises(Unknown):
        await unreachable(juspay, "GET", "/orders/").charge(make_charge())


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
