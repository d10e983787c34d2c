"""A notice is believed by its signature alone, and nothing of it is parsed before."""

import pytest

from payment_engine.domain.errors import BadSignature, InvalidRequest
from payment_engine.domain.states import AttemptStatus

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def reader(make_gateway):
    return make_gateway(NOWHERE)


async def test_a_signed_notice_carries_the_charge_it_speaks_of(case, reader, ref):
    headers, body = case.notice(ref, 116400)

    notice = reader.read_notice(headers, body)

    assert notice.event_id
    assert notice.kind
    (charge,) = notice.charges
    assert (charge.ref, charge.status, charge.amount) == (ref, AttemptStatus.CAPTURED, 116400)


async def test_the_same_notice_has_the_same_id_each_time(case, reader, ref):
    headers, body = case.notice(ref, 116400)

    assert reader.read_notice(headers, body) == reader.read_notice(headers, body)


@pytest.mark.parametrize("sent", ["the body", "no body at all"])
async def test_a_notice_without_its_signature_is_never_parsed(case, reader, ref, sent):
    _, body = case.notice(ref, 116400)

    with pytest.raises(BadSignature):
        reader.read_notice({}, body if sent == "the body" else b"\xff{")


@pytest.mark.parametrize("sent", ["the body", "no body at all"])
async def test_a_notice_with_a_wrong_signature_is_never_parsed(case, reader, ref, sent):
    headers, body = case.notice(ref, 116400)
    forged = case.forge(headers)

    with pytest.raises(BadSignature):
        reader.read_notice(forged, body if sent == "the body" else b"\xff{")


async def test_a_signed_body_that_makes_no_sense_is_an_invalid_request(case, reader):
    headers, body = case.signed(b"[]")

    with pytest.raises(InvalidRequest):
        reader.read_notice(headers, body)


async def test_the_notices_of_a_payment_and_its_refund_are_believed_and_agree_with_asking(
    case, imitation, gateway, make_charge, key, make_ref, post_box
):
    refund_ref = make_ref()
    await gateway.charge(make_charge())
    await case.finish(imitation, key.ref, "paid")
    await gateway.refund(refund_ref, key, 10000)

    notices = []
    while not any(notice.refunds for notice in notices):
        notices.append(gateway.read_notice(*await post_box.came.get()))

    asked = await gateway.fetch_charge(key)
    assert asked in [charge for notice in notices for charge in notice.charges]
    assert notices[-1].refunds == (await gateway.fetch_refund(refund_ref, key),)
