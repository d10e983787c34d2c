"""What Paytm is asked before there is an order: a UPI id, a card's first digits."""

import pytest
from paytm_side import PaytmSide, paytm_with
from pydantic import SecretStr

from payment_engine.domain.gateway import Unknown
from payment_engine.gateways.paytm.envelope import disclose

ACCESS = "/theia/api/v1/token/create"
VPA, BIN = "/theia/api/v1/vpa/validate", "/theia/api/v1/fetchBinDetail"


@pytest.fixture
def side():
    return PaytmSide()


@pytest.fixture
def paytm(make_wire, side):
    return paytm_with(make_wire, side)


@pytest.fixture
def answering(side):
    side.on(ACCESS, "S", "0000", key=None, accessToken="access-1")
    return side


@pytest.mark.parametrize(("said", "valid"), [(True, True), ("true", True), (False, False)])
async def test_a_upi_id_is_valid_or_not(paytm, answering, said, valid):
    answering.on(VPA, "S", "0000", key=None, valid=said, vpa="asha@okaxis", name="Asha")

    facts = await paytm.verify_vpa(SecretStr("asha@okaxis"))

    assert (facts.valid, facts.name) == (valid, "Asha")
    opened, asked = (disclose(each.content) for each in answering.asked)
    assert (opened.head["tokenType"], asked.head["token"]) == ("CHECKSUM", "access-1")
    assert opened.body["referenceId"] == answering.asked[1].url.params["referenceId"]
    assert asked.body["vpa"] == "asha@okaxis"


async def test_an_answer_that_says_neither_is_unknown(paytm, answering):
    answering.on(VPA, "S", "0000", key=None)

    with pytest.raises(Unknown):
        await paytm.verify_vpa(SecretStr("asha@okaxis"))


async def test_without_an_access_token_nothing_is_asked(paytm, side):
    side.on(ACCESS, "S", "0000", key=None)

    with pytest.raises(Unknown):
        await paytm.verify_vpa(SecretStr("asha@okaxis"))


async def test_a_cards_first_digits_tell_its_network_kind_and_bank(paytm, answering):
    detail = {"channelCode": "MASTER", "paymentMode": "DEBIT_CARD", "issuingBank": "Test Bank",
              "isIndian": "true"}  # fmt: skip
    answering.on(BIN, "S", "0000", key=None, binDetail=detail)

    facts = await paytm.card_facts("512345")

    assert (facts.network, facts.kind, facts.issuer) == ("mastercard", "debit", "Test Bank")
    assert facts.country == "IN"


async def test_digits_of_which_little_is_known_tell_little(paytm, answering):
    answering.on(BIN, "S", "0000", key=None, binDetail={"channelCode": "MYSTERY"})

    facts = await paytm.card_facts("900000")

    assert (facts.network, facts.kind, facts.country) == (None, None, None)


async def test_digits_that_paytm_does_not_know_are_none(paytm, answering):
    answering.on(BIN, "F", "1001", key=None)

    assert await paytm.card_facts("900000") is None
