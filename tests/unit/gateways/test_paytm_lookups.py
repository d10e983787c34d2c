"""What Paytm tells without an order: about a UPI id, or a card's first digits."""

import pytest
from pydantic import SecretStr

from payment_engine.domain.gateway import Unknown
from payment_engine.gateways.paytm.envelope import decode_envelope
from tests.unit.gateways.scripted_paytm import ScriptedPaytm, paytm_with

ACCESS = "/theia/api/v1/token/create"
VPA, BIN = "/theia/api/v1/vpa/validate", "/theia/api/v1/fetchBinDetail"


@pytest.fixture
def script():
    return ScriptedPaytm()


@pytest.fixture
def paytm(make_wire, script):
    return paytm_with(make_wire, script)


@pytest.fixture
def answering(script):
    script.on(ACCESS, "S", "0000", key=None, accessToken="access-1")
    return script


@pytest.mark.parametrize(("valid_field", "valid"), [(True, True), ("true", True), (False, False)])
async def test_a_upi_id_is_valid_or_not(paytm, answering, valid_field, valid):
    answering.on(VPA, "S", "0000", key=None, valid=valid_field, vpa="asha@okaxis", name="Asha")

    facts = await paytm.verify_vpa(SecretStr("asha@okaxis"), "")

    assert (facts.valid, facts.name) == (valid, "Asha")
    token_request, request = (decode_envelope(each.content) for each in answering.requests)
    assert (token_request.head["tokenType"], request.head["token"]) == ("CHECKSUM", "access-1")
    assert token_request.body["referenceId"] == answering.requests[1].url.params["referenceId"]
    assert request.body["vpa"] == "asha@okaxis"


async def test_an_answer_without_valid_is_unknown(paytm, answering):
    answering.on(VPA, "S", "0000", key=None)

    with pytest.raises(Unknown):
        await paytm.verify_vpa(SecretStr("asha@okaxis"), "")


async def test_without_an_access_token_nothing_is_looked_up(paytm, script):
    script.on(ACCESS, "S", "0000", key=None)

    with pytest.raises(Unknown):
        await paytm.verify_vpa(SecretStr("asha@okaxis"), "")


async def test_a_cards_first_digits_tell_its_network_kind_and_bank(paytm, answering):
    detail = {
        "channelCode": "MASTER",
        "paymentMode": "DEBIT_CARD",
        "issuingBank": "Test Bank",
        "isIndian": "true",
    }
    answering.on(BIN, "S", "0000", key=None, binDetail=detail)

    facts = await paytm.card_facts("512345")

    assert (facts.network, facts.kind, facts.issuer) == ("mastercard", "debit", "Test Bank")
    assert facts.country == "IN"


async def test_what_paytm_does_not_tell_of_digits_is_none(paytm, answering):
    answering.on(BIN, "S", "0000", key=None, binDetail={"channelCode": "MYSTERY"})

    facts = await paytm.card_facts("900000")

    assert (facts.network, facts.kind, facts.country) == (None, None, None)


async def test_digits_that_paytm_does_not_know_are_none(paytm, answering):
    answering.on(BIN, "F", "1001", key=None)

    assert await paytm.card_facts("900000") is None
