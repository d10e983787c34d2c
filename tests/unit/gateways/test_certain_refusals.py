"""Which refusals are certain without a look: those that every copy of the request would get."""

import pytest
from pydantic import SecretStr

from payment_engine.domain.gateway import Refused
from payment_engine.domain.payment_methods import LinkedWallet
from tests.unit.gateways.scripted_amazonpay import CHARGE
from tests.unit.gateways.scripted_paytm import INITIATE, PROCESS, TOKEN, ScriptedPaytm, paytm_with


@pytest.mark.parametrize(
    ("status", "body", "certain"),
    [
        (401, {"status": "error", "error_code": "access_denied"}, True),
        (401, {"error_info": {"code": "UNAUTHENTICATED"}}, True),
        (403, {"error_info": {"code": "BAD_ORIGIN"}}, False),
        (400, {"error_info": {"code": "GATEWAY_NOT_FOUND"}}, False),
        (400, {"error_info": {"code": "EXPIRED"}}, False),
    ],
)
async def test_juspay_refuses_every_copy_for_our_key(
    juspay, script, make_charge, status, body, certain
):
    script.on("POST /txns", body, status)
    with pytest.raises(Refused) as refused:
        await juspay.charge(make_charge())
    assert refused.value.certain is certain


async def test_what_an_adapter_refuses_by_itself_began_nothing(juspay, make_charge):
    with pytest.raises(Refused) as refused:
        await juspay.charge(make_charge(source=LinkedWallet(token=SecretStr("t"))))
    assert refused.value.certain


async def test_nobody_can_pay_a_paytm_order_whose_token_is_lost(make_wire, make_charge):
    script = ScriptedPaytm()
    script.on(INITIATE, "F", "2005", key=None)
    with pytest.raises(Refused) as refused:
        await paytm_with(make_wire, script).charge(make_charge())
    assert refused.value.certain


async def test_a_paytm_payment_may_have_been_started_by_a_copy(make_wire, make_charge):
    script = ScriptedPaytm()
    script.on(INITIATE, "S", "0000", txnToken=TOKEN)
    script.on(PROCESS, "F", "RC-00018", key=None)
    with pytest.raises(Refused) as refused:
        await paytm_with(make_wire, script).charge(make_charge())
    assert not refused.value.certain


@pytest.mark.parametrize(
    ("status", "code", "certain"),
    [
        (401, "AuthorizationFailed", True),
        (400, "MerchantIdMismatch", True),
        (400, "InvalidArguments", False),
    ],
)
async def test_amazon_refuses_every_copy_for_our_signature(
    amazonpay, amazon, make_wallet_charge, status, code, certain
):
    amazon.error(CHARGE, code, status)
    with pytest.raises(Refused) as refused:
        await amazonpay.charge(make_wallet_charge())
    assert refused.value.certain is certain
