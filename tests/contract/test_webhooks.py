"""A webhook is believed by its signature alone, and nothing of it is parsed before."""

from dataclasses import replace

import pytest

from payment_engine.domain.errors import BadSignature, InvalidRequest
from payment_engine.domain.states import AttemptStatus

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def reader(case, make_gateway):
    """A gateway that has fetched whatever its webhooks are verified with."""
    gateway = make_gateway(NOWHERE)
    return case.prepared(gateway) if hasattr(case, "prepared") else gateway


async def test_a_signed_webhook_carries_the_charge_it_speaks_of(case, reader, ref):
    headers, body = case.webhook(ref, 116400)

    event = reader.read_webhook(headers, body)

    assert event.event_id
    assert event.kind
    (charge,) = event.charges
    assert (charge.ref, charge.status, charge.amount) == (ref, AttemptStatus.CAPTURED, 116400)


async def test_the_same_webhook_has_the_same_id_each_time(case, reader, ref):
    headers, body = case.webhook(ref, 116400)

    assert reader.read_webhook(headers, body) == reader.read_webhook(headers, body)


@pytest.mark.parametrize("sent", ["the body", "no body at all"])
async def test_a_webhook_without_its_signature_is_never_parsed(case, reader, ref, sent):
    headers, body = case.unsigned(*case.webhook(ref, 116400))

    with pytest.raises(BadSignature):
        reader.read_webhook(headers, body if sent == "the body" else b"\xff{")


@pytest.mark.parametrize("sent", ["the body", "no body at all"])
async def test_a_webhook_with_a_wrong_signature_is_never_parsed(case, reader, ref, sent):
    headers, body = case.forged(*case.webhook(ref, 116400))

    with pytest.raises(BadSignature):
        reader.read_webhook(headers, body if sent == "the body" else b"\xff{")


async def test_a_signed_body_that_makes_no_sense_is_an_invalid_request(case, reader):
    headers, body = case.signed(b"[]")

    with pytest.raises(InvalidRequest):
        reader.read_webhook(headers, body)


async def test_the_webhooks_of_a_payment_and_its_refund_verify_and_agree_with_a_fetch(
    case, imitation, gateway, make_charge, key, make_ref, post_box
):
    refund_ref = make_ref()
    await gateway.charge(make_charge())
    await case.finish(imitation, key.ref, "paid")
    await gateway.refund(refund_ref, key, 10000)

    events = []
    while not any(refunds_in(event) for event in events):
        events.append(await gateway.receive_webhook(*await post_box.deliveries.get()))

    charge = await gateway.fetch_charge(key)
    assert facts(charge) in [facts(each) for event in events for each in event.charges]
    (refund,) = refunds_in(events[-1])
    found = await gateway.fetch_refund(refund_ref, key)
    named = replace(refund, charge_ref=refund.charge_ref or key.ref, charge_payment_id=None)
    assert facts(named) == facts(found)


def refunds_in(event):
    """Those of the event, or those that stand beside its charge."""
    return [*event.refunds, *(refund for charge in event.charges for refund in charge.refunds)]


def facts(state):
    """All but the gateway's own status, and what it has refunded, which a webhook may not tell."""
    state = replace(state, refunded=None) if hasattr(state, "refunded") else state
    return replace(state, gateway_status="")
