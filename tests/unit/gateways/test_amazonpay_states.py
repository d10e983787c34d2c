"""What Amazon Pay's answers mean; nothing unsigned is ever a success."""

import json

import pytest

from payment_engine.domain.declines import DECLINES
from payment_engine.domain.gateway import Refused, Unconfirmed, Unknown
from payment_engine.domain.states import AttemptStatus
from payment_engine.domain.states import RefundStatus as R
from payment_engine.gateways.amazonpay import tables
from tests.unit.gateways.scripted_amazonpay import (
    APPROVED,
    CHARGE,
    REF,
    REFUND,
    REFUND_STATUS,
    REFUNDED,
    STATUS,
)

A = AttemptStatus
UNSIGNED = {"x_amz_signature": ""}
FORGED = {"x_amz_signature": "A" * 64}


async def test_a_charge_has_all_that_identifies_it(amazonpay, amazon, key):
    amazon.on(STATUS, APPROVED)

    state = await amazonpay.fetch_charge(key)

    assert (state.ref, state.status, state.amount) == (REF, A.CAPTURED, 116400)
    assert (state.currency, state.merchant_id) == ("INR", "MEXAMPLESELLER")
    assert (state.gateway_payment_id, state.recognised) == ("S04-0000001-0000001", True)
    fields = {"merchantId": "MEXAMPLESELLER", "txnIdType": "MerchantTxnId", "txnId": REF}
    assert amazon.sent() == fields


@pytest.mark.parametrize(("status", "ours"), tables.CHARGE_STATUS.items())
async def test_every_documented_status_is_recognised(amazonpay, amazon, key, status, ours):
    amazon.on(STATUS, {**APPROVED, "status": status})

    state = await amazonpay.fetch_charge(key)

    assert (state.status, state.gateway_status, state.recognised) == (ours, status, True)
    assert (state.decline_code is not None) == (ours is A.FAILED)


@pytest.mark.parametrize("status", ["captureapproved", "Approved", "CaptureReversed"])
async def test_an_unknown_status_is_pending_and_reported_verbatim(amazonpay, amazon, key, status):
    amazon.on(STATUS, {**APPROVED, "status": status})

    state = await amazonpay.fetch_charge(key)

    assert (state.status, state.gateway_status, state.recognised) == (A.PENDING, status, False)


def test_every_decline_is_one_of_ours():
    failing = {status for status, ours in tables.CHARGE_STATUS.items() if ours is A.FAILED}
    ours = {*tables.DECLINE_OF.values(), *tables.ERROR_DECLINE_OF.values()}

    assert set(tables.DECLINE_OF) == failing
    assert ours <= set(DECLINES)


@pytest.mark.parametrize("reading", ["get_query", "get", ""])
async def test_an_answer_to_a_get_may_be_signed_in_three_ways(amazonpay, amazon, key, reading):
    for _ in range(2):
        amazon.on(STATUS, APPROVED, reading=reading)

        assert (await amazonpay.fetch_charge(key)).status is A.CAPTURED


async def test_an_answer_to_a_post_is_signed_in_one_way(amazonpay, amazon, key):
    amazon.on(REFUND, REFUNDED, reading="get")

    with pytest.raises(Unknown):
        await amazonpay.refund("rf0001", key, 10000)


async def test_amounts_are_signed_as_they_were_written(amazonpay, amazon, key):
    answer = json.dumps({**APPROVED, "approvedAmount": 0, "requestedAmount": 1164})
    amazon.on(STATUS, answer.replace('"approvedAmount": 0', '"approvedAmount": 1164.00'))

    assert (await amazonpay.fetch_charge(key)).amount == 116400


@pytest.mark.parametrize("signature", [UNSIGNED, FORGED, {"x_amz_date": "20260102T000001Z"}])
async def test_a_success_without_a_good_signature_is_no_success(amazonpay, amazon, key, signature):
    amazon.on(STATUS, APPROVED, **signature)

    with pytest.raises(Unknown):
        await amazonpay.fetch_charge(key)


async def test_an_answer_without_a_date_is_verified_with_that_of_the_request(
    amazonpay, amazon, key
):
    amazon.on(STATUS, APPROVED, x_amz_date="")

    with pytest.raises(Unknown):
        await amazonpay.fetch_charge(key)


async def test_a_success_nested_too_deep_to_be_signed_is_no_success(amazonpay, amazon, key):
    deep = '{"a":' * 900 + "1" + "}" * 900
    amazon.answers[STATUS] = [(deep, 200, "", FORGED)]

    with pytest.raises(Unknown):
        await amazonpay.fetch_charge(key)


@pytest.mark.parametrize(
    "answer",
    [
        {**APPROVED, "chargeId": "01k0m9v7c2q4w8z6x3y6"},
        {**APPROVED, "chargeId": None},
        {**APPROVED, "status": None},
        {**APPROVED, "approvedAmount": None},
        {**APPROVED, "requestedAmount": None},
        {**APPROVED, "approvedAmount": "1164.001"},
    ],
)
async def test_an_answer_without_its_essential_fields_is_unknown(amazonpay, amazon, key, answer):
    amazon.on(STATUS, answer)

    with pytest.raises(Unknown):
        await amazonpay.fetch_charge(key)


@pytest.mark.parametrize(
    ("requested", "approved", "reported"),
    [("1164.00", "1000.00", 100000), ("1000.00", "1164.00", 100000), ("10.00", "20.00", 2000)],
)
async def test_an_approval_of_another_amount_shows_the_amount_that_differs(
    amazonpay, amazon, key, requested, approved, reported
):
    amazon.on(STATUS, {**APPROVED, "requestedAmount": requested, "approvedAmount": approved})

    assert (await amazonpay.fetch_charge(key)).amount == reported


async def test_a_pending_charge_has_the_requested_amount(amazonpay, amazon, key):
    amazon.on(STATUS, {**APPROVED, "status": "CapturePending", "approvedAmount": "0.00"})

    state = await amazonpay.fetch_charge(key)

    assert (state.status, state.amount, state.next_action) == (A.PENDING, 116400, None)


@pytest.mark.parametrize("code", ["InvalidChargeId", "InvalidRefundId"])
async def test_a_reference_that_amazon_never_saw_is_none(amazonpay, amazon, key, code):
    amazon.error(STATUS, code)
    amazon.error(REFUND_STATUS, code)

    assert await amazonpay.fetch_charge(key) is None
    assert await amazonpay.fetch_refund("rf0001", key) is None


@pytest.mark.parametrize(
    ("status", "code"), [(400, "InvalidArguments"), (401, "AuthorizationFailed")]
)
async def test_any_other_error_of_a_look_says_nothing_of_the_charge(
    amazonpay, amazon, key, status, code
):
    amazon.error(STATUS, code, status)

    with pytest.raises(Unconfirmed) as refused:
        await amazonpay.fetch_charge(key)

    assert refused.value.code == code


async def test_a_look_whose_time_is_refused_twice_is_no_proof_that_there_is_nothing(
    amazonpay, amazon, key
):
    for _ in range(2):
        amazon.error(STATUS, "AuthorizationExpired", 401)

    with pytest.raises(Unknown):
        await amazonpay.fetch_charge(key)


async def test_an_error_with_a_wrong_signature_is_unknown(amazonpay, amazon, key):
    amazon.on(STATUS, {"code": "InvalidChargeId", "message": "x"}, 400, **FORGED)

    with pytest.raises(Unknown):
        await amazonpay.fetch_charge(key)


async def test_an_error_without_a_code_is_unknown(amazonpay, amazon, key):
    amazon.on(STATUS, {"message": "x"}, 400)

    with pytest.raises(Unknown):
        await amazonpay.fetch_charge(key)


async def test_an_error_may_be_signed(amazonpay, amazon, key):
    amazon.on(STATUS, {"code": "InvalidChargeId", "message": "x"}, 400, reading="get")

    assert await amazonpay.fetch_charge(key) is None


@pytest.mark.parametrize(("status", "ours"), tables.REFUND_STATUS.items())
async def test_a_refund_has_all_that_identifies_it(amazonpay, amazon, key, status, ours):
    amazon.on(REFUND_STATUS, {**REFUNDED, "status": status})

    refund = await amazonpay.fetch_refund("rf0001", key)

    assert (refund.ref, refund.charge_ref, refund.amount) == ("rf0001", REF, 10000)
    assert (refund.status, refund.gateway_status, refund.recognised) == (ours, status, True)
    assert refund.gateway_refund_id == "S04-0000001-0000001-R000001"


@pytest.mark.parametrize(
    ("ref", "kind"),
    [("rf0001", "MerchantTxnId"), ("S04-0000001-0000001-R000001", "AmazonTxnId")],
)
async def test_a_refund_is_found_by_our_reference_or_amazons_id(amazonpay, amazon, key, ref, kind):
    amazon.on(REFUND_STATUS, REFUNDED)

    refund = await amazonpay.fetch_refund(ref, key)

    assert (refund.ref, refund.amount) == (ref, 10000)
    query = amazon.requests[0].url.params
    assert (query["txnIdType"], query["txnId"]) == (kind, ref)


async def test_a_refund_of_an_unknown_status_is_pending(amazonpay, amazon, key):
    amazon.on(REFUND_STATUS, {**REFUNDED, "status": "Reversed"})

    refund = await amazonpay.fetch_refund("rf0001", key)

    assert (refund.status, refund.recognised) == (R.PENDING, False)


@pytest.mark.parametrize("change", [{"refundId": "rf0002"}, {"status": None}, {"refundId": None}])
async def test_an_answer_about_another_refund_is_unknown(amazonpay, amazon, key, change):
    amazon.on(REFUND_STATUS, {**REFUNDED, **change})

    with pytest.raises(Unknown):
        await amazonpay.fetch_refund("rf0001", key)


async def test_a_refund_names_charge_and_amount(amazonpay, amazon, key):
    amazon.on(REFUND, REFUNDED, 201)

    assert (await amazonpay.refund("rf0001", key, 10000)).status is R.PENDING

    sent = amazon.sent()
    assert (sent["refundId"], sent["chargeIdType"], sent["chargeId"]) == (
        "rf0001",
        "MerchantTxnId",
        REF,
    )
    assert (sent["amount"], sent["currencyCode"]) == ("100.00", "INR")


async def test_a_repeated_refund_is_the_existing_one(amazonpay, amazon, key):
    amazon.error(REFUND, "DuplicateRefundId")
    amazon.on(REFUND_STATUS, {**REFUNDED, "status": "Approved"})

    assert (await amazonpay.refund("rf0001", key, 10000)).status is R.SUCCEEDED


async def test_a_repeated_refund_that_does_not_exist_is_unknown(amazonpay, amazon, key):
    amazon.error(REFUND, "DuplicateRefundId")
    amazon.error(REFUND_STATUS, "InvalidRefundId")

    with pytest.raises(Unknown):
        await amazonpay.refund("rf0001", key, 10000)


@pytest.mark.parametrize("code", ["ExcessRefundAmount", "ChargeNotApproved"])
async def test_a_refund_that_amazon_does_not_allow_is_refused(amazonpay, amazon, key, code):
    amazon.error(REFUND, code)

    with pytest.raises(Refused):
        await amazonpay.refund("rf0001", key, 10000)

    assert len(amazon.requests) == 1


async def test_a_charge_that_succeeds_is_sent_once(amazonpay, amazon, make_wallet_charge):
    amazon.on(CHARGE, APPROVED)

    assert (await amazonpay.charge(make_wallet_charge())).status is A.CAPTURED
    assert len(amazon.requests) == 1
