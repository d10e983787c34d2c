"""Every gateway speaks each verb of the contract with its imitation, over real HTTP."""

import pytest

from payment_engine.domain.gateway import ChargeKey, FailureCause, Refused
from payment_engine.domain.payment_methods import CardPage, Method
from payment_engine.domain.states import AttemptStatus, RefundStatus

OPEN = {AttemptStatus.CREATED, AttemptStatus.PENDING}


async def test_a_charge_comes_back_with_its_own_reference_and_amount(
    gateway, make_charge, key, ref
):
    started = await gateway.charge(make_charge())
    fetched = await gateway.fetch_charge(key)

    assert (fetched.amount, fetched.currency) == (key.amount, "INR")
    assert started.amount in (None, key.amount)
    for state in (started, fetched):
        assert state.ref == ref
        assert state.merchant_id in (None, gateway.merchant_id)
        assert state.recognised


async def test_an_unfinished_charge_is_pending_and_says_what_to_do_next(gateway, make_charge, key):
    started = await gateway.charge(make_charge())

    assert started.status is AttemptStatus.PENDING
    assert started.next_action is not None
    assert (await gateway.fetch_charge(key)).status is AttemptStatus.PENDING


async def test_every_method_that_is_offered_can_be_started(
    case, imitation, gateway, make_charge, make_ref
):
    for method in gateway.methods:
        source = await case.source(imitation, method)
        state = await gateway.charge(make_charge(ref=make_ref(), source=source))

        assert state.status in (OPEN | {AttemptStatus.CAPTURED})


async def test_a_repeated_charge_is_the_same_charge(gateway, make_charge, key):
    first = await gateway.charge(make_charge())
    again = await gateway.charge(make_charge())
    fetched = await gateway.fetch_charge(key)

    assert again.gateway_payment_id == fetched.gateway_payment_id
    assert first.gateway_payment_id in (None, fetched.gateway_payment_id)


async def test_a_paid_charge_is_captured_in_full(case, imitation, gateway, make_charge, key):
    await gateway.charge(make_charge())
    await case.finish(imitation, key.ref, "paid")

    state = await gateway.fetch_charge(key)

    assert (state.status, state.amount) == (AttemptStatus.CAPTURED, key.amount)


async def test_a_declined_charge_is_a_state_not_an_exception(
    case, imitation, gateway, make_charge, key
):
    await gateway.charge(make_charge())
    await case.finish(imitation, key.ref, "declined")

    state = await gateway.fetch_charge(key)

    assert state.status is AttemptStatus.FAILED
    assert state.decline_code is not None


async def test_a_status_never_seen_is_pending_and_kept_verbatim(
    case, imitation, gateway, make_charge, key
):
    await gateway.charge(make_charge())
    await case.finish(imitation, key.ref, "NEVER_SEEN_BEFORE")

    state = await gateway.fetch_charge(key)

    assert (state.status, state.recognised) == (AttemptStatus.PENDING, False)
    assert state.gateway_status == "NEVER_SEEN_BEFORE"


async def test_a_reference_never_seen_is_none(gateway, key):
    assert await gateway.fetch_charge(key) is None
    assert await gateway.fetch_refund("rf0001", key) is None


async def test_a_request_with_a_wrong_key_is_refused(case, imitation, make_gateway, make_charge):
    stranger = make_gateway(str(imitation.base_url), **case.WRONG_KEY)

    with pytest.raises(Refused) as failure:
        await stranger.charge(make_charge())

    assert failure.value.cause is FailureCause.UNAUTHORIZED


async def paid(case, imitation, gateway, charge, key) -> ChargeKey:
    await gateway.charge(charge)
    await case.finish(imitation, key.ref, "paid")
    return key


async def test_a_refund_is_found_again_by_its_reference(
    case, imitation, gateway, make_charge, key, make_ref
):
    refund_ref = make_ref()
    await paid(case, imitation, gateway, make_charge(), key)

    requested = await gateway.refund(refund_ref, key, 10000)
    found = await gateway.fetch_refund(refund_ref, key)

    for state in (requested, found):
        assert (state.ref, state.charge_ref, state.amount) == (refund_ref, key.ref, 10000)
        assert state.status in (RefundStatus.PENDING, RefundStatus.SUCCEEDED)


async def test_a_repeated_refund_is_the_same_refund(
    case, imitation, gateway, make_charge, key, make_ref
):
    refund_ref = make_ref()
    await paid(case, imitation, gateway, make_charge(), key)
    first = await gateway.refund(refund_ref, key, 10000)

    again = await gateway.refund(refund_ref, key, 10000)

    assert (again.ref, again.amount) == (first.ref, first.amount)


async def test_a_refund_of_what_was_never_paid_is_refused(gateway, make_charge, key, make_ref):
    await gateway.charge(make_charge())

    with pytest.raises(Refused):
        await gateway.refund(make_ref(), key, 10000)


@pytest.mark.needs("capture")
async def test_what_is_authorized_can_be_captured(case, imitation, gateway, make_charge, key):
    await gateway.charge(make_charge(capture=False))
    await case.finish(imitation, key.ref, "paid")
    assert (await gateway.fetch_charge(key)).status is AttemptStatus.AUTHORIZED

    await gateway.capture(key, key.amount)

    assert (await gateway.fetch_charge(key)).status is AttemptStatus.CAPTURED


@pytest.mark.needs("void")
async def test_what_is_authorized_can_be_released(case, imitation, gateway, make_charge, key):
    await gateway.charge(make_charge(capture=False))
    await case.finish(imitation, key.ref, "paid")

    await gateway.void(key)

    assert (await gateway.fetch_charge(key)).status is AttemptStatus.VOIDED


async def test_no_secret_of_ours_or_the_customers_is_recorded(
    case, imitation, gateway, make_charge, key, make_ref, recorded
):
    for method in gateway.methods:
        source = await case.source(imitation, method)
        await gateway.charge(make_charge(ref=make_ref(), source=source))
    await paid(case, imitation, gateway, make_charge(), key)
    await gateway.refund(make_ref(), key, 10000)
    await gateway.fetch_charge(key)

    written = repr(recorded)
    customer = make_charge().customer
    secrets = {*case.SECRETS, customer.phone, customer.email, customer.name}
    assert len(recorded) > len(gateway.methods)
    assert [secret for secret in secrets if secret in written] == []


@pytest.mark.needs(Method.CARD)
async def test_a_gateway_that_takes_cards_takes_their_numbers_itself(gateway, make_charge):
    """On a page of its own, and where it can by its token for what the browser sends there."""
    started = await gateway.charge(make_charge(source=CardPage()))
    assert started.next_action.kind == "redirect"
    assert started.next_action.url.startswith(gateway.config.base_url)
    if entry := gateway.card_entry():
        assert entry.url.startswith(gateway.config.base_url)
        assert entry.merchant_id == gateway.merchant_id
