"""What Juspay's answers mean: statuses, declines, amounts, refunds, errors."""

import pytest

from payment_engine.domain.declines import DECLINES as OUR_DECLINES
from payment_engine.domain.gateway import ChargeKey, Refused, Unconfirmed, Unknown
from payment_engine.domain.states import AttemptStatus, RefundStatus
from payment_engine.gateways.juspay.tables import (
    CHARGE_STATUS,
    DECLINE_OF,
    DECLINE_OF_STATUS,
    REFUND_STATUS,
)

REF = "01k0m9v7c2q4w8z6x3y5"
CHARGED = {
    "order_id": REF,
    "merchant_id": "acme",
    "status": "CHARGED",
    "status_id": 21,
    "amount": 1164,
    "currency": "INR",
    "txn_id": f"acme-{REF}-1",
    "txn_uuid": "eulA1",
    "payment_gateway_response": {"resp_code": "SUCCESS", "rrn": "512345678901"},
    "refunds": [],
}
CARD, UPI = {"payment_method_type": "CARD"}, {"payment_method_type": "UPI"}
NET_BANKING = {"payment_method_type": "NB"}
REFUND = {
    "unique_request_id": "rf0001",
    "status": "PENDING",
    "amount": 100,
    "ref": None,
    "id": None,
    "error_code": None,
}
NOT_FOUND = {
    "status": "NOT_FOUND",
    "status_id": 40,
    "error_info": {"code": "RESOURCE_NOT_FOUND", "category": "USER_ERROR"},
}
ORDER, REFUNDS = f"GET /orders/{REF}", f"POST /orders/{REF}/refunds"


async def test_a_charge_is_read_with_all_that_proves_it_is_ours(juspay, script, key):
    script.on(ORDER, CHARGED)

    state = await juspay.fetch_charge(key)

    assert (state.ref, state.status) == (REF, AttemptStatus.CAPTURED)
    assert (state.amount, state.currency, state.merchant_id) == (116400, "INR", "acme")
    assert (state.gateway_payment_id, state.rrn) == ("eulA1", "512345678901")
    assert state.recognised


@pytest.mark.parametrize("nothing", ["NA", "n/a", "null", "-", "", None])
async def test_what_stands_for_no_number_of_the_bank_is_none(juspay, script, key, nothing):
    refund = {**REFUND, "status": "SUCCESS", "arn": nothing}
    answer = {"resp_code": "SUCCESS", "rrn": nothing}
    script.on(ORDER, {**CHARGED, "payment_gateway_response": answer, "refunds": [refund]})

    state = await juspay.fetch_charge(key)

    assert (state.rrn, state.refunds[0].arn) == (None, None)


@pytest.mark.parametrize("nobody", ["null", "NA", "", None])
async def test_what_is_no_upi_id_is_nobodys(juspay, script, key, nobody):
    script.on(ORDER, {**CHARGED, "payer_vpa": nobody, "upi": {"payer_vpa": nobody}})

    assert (await juspay.fetch_charge(key)).payer_vpa is None


@pytest.mark.parametrize(("status", "ours"), CHARGE_STATUS.items())
async def test_every_documented_status_is_recognised(juspay, script, key, status, ours):
    script.on(ORDER, {**CHARGED, "status": status, "maximum_eligible_refund_amount": 10})

    state = await juspay.fetch_charge(key)

    assert (state.status, state.gateway_status, state.recognised) == (ours, status, True)


@pytest.mark.parametrize("status", ["PARTIAL_CHARGED", "TO_BE_CHARGED", "charged", "FAILED_NEW"])
async def test_a_status_of_no_table_is_pending_and_kept_verbatim(juspay, script, key, status):
    script.on(ORDER, {**CHARGED, "status": status})

    state = await juspay.fetch_charge(key)

    assert (state.status, state.gateway_status) == (AttemptStatus.PENDING, status)
    assert not state.recognised


async def test_what_was_taken_of_a_part_is_what_is_left_and_what_went_back(juspay, script, key):
    part = {"maximum_eligible_refund_amount": 900.5, "amount_refunded": 99.5}
    script.on(ORDER, {**CHARGED, "status": "PARTIAL_CHARGED", **part})

    state = await juspay.fetch_charge(key)

    assert (state.status, state.amount, state.captured) == (
        AttemptStatus.CAPTURED,
        116400,
        100000,
    )


async def test_who_pays_by_upi_is_read_and_not_shown(juspay, script, key):
    script.on(ORDER, {**CHARGED, "upi": {"payer_vpa": "asha@ybl"}})

    state = await juspay.fetch_charge(key)

    assert state.payer_vpa.get_secret_value() == "asha@ybl"
    assert "asha" not in repr(state)


async def test_an_order_id_comes_back_in_any_case(juspay, script, key):
    script.on(ORDER, {**CHARGED, "order_id": REF.upper()})

    assert (await juspay.fetch_charge(key)).ref == REF


@pytest.mark.parametrize(
    ("wire", "amount"),
    [("499.5", 49950), ("600", 60000), ('"10.0"', 1000), ("1164.00", 116400), ("109.55", 10955)],
)
async def test_an_amount_is_exact_in_every_form_it_takes(juspay, script, key, wire, amount):
    script.on(ORDER, f'{{"status":"CHARGED","amount":{wire}}}'.encode())

    assert (await juspay.fetch_charge(key)).amount == amount


@pytest.mark.parametrize("wire", ["1e3", "1.999", "-1", "true", '"abc"', "[1]", "{}"])
async def test_an_amount_that_makes_no_sense_is_unknown(juspay, script, key, wire):
    script.on(ORDER, f'{{"status":"CHARGED","amount":{wire}}}'.encode())

    with pytest.raises(Unknown):
        await juspay.fetch_charge(key)


@pytest.mark.parametrize(
    "reason",
    [
        {"bank_error_code": "Z9", **UPI},
        {"resp_code": "insufficient_funds"},
        {"payment_gateway_response": {"resp_code": "51"}, **CARD},
        {"txn_detail": {"error_code": "Z9"}, "bank_error_code": "unheard_of", **UPI},
    ],
)
async def test_a_decline_is_told_wherever_its_code_stands(juspay, script, key, reason):
    script.on(ORDER, {**CHARGED, "status": "AUTHORIZATION_FAILED", **reason})

    assert (await juspay.fetch_charge(key)).decline_code == "insufficient_funds"


@pytest.mark.parametrize(
    ("reason", "ours"),
    [
        ({"resp_code": "USER_DROPPED"}, "cancelled_by_customer"),
        ({"txn_detail": {"error_code": "USER_DECLINED"}, **UPI}, "cancelled_by_customer"),
        ({"bank_error_code": "TXN_EXPIRED", **CARD}, "timed_out"),
        ({"payment_gateway_response": {"resp_code": "TECHNICAL_ERROR"}}, "gateway_rejected"),
    ],
)
async def test_juspays_own_words_explain_a_decline_of_any_method(juspay, script, key, reason, ours):
    script.on(ORDER, {**CHARGED, "status": "AUTHENTICATION_FAILED", **reason})

    state = await juspay.fetch_charge(key)

    assert (state.decline_code, state.explained) == (ours, True)


@pytest.mark.parametrize(
    ("method", "code", "ours"),
    [
        (UPI, "01", "bank_timed_out"),
        (UPI, "59", "risk_declined"),
        (CARD, "54", "expired_instrument"),
    ],
)
async def test_a_banks_code_is_read_in_the_table_of_its_method(
    juspay, script, key, method, code, ours
):
    script.on(ORDER, {**CHARGED, "status": "AUTHORIZATION_FAILED", "resp_code": code, **method})

    assert (await juspay.fetch_charge(key)).decline_code == ours


@pytest.mark.parametrize(
    ("method", "code"), [(CARD, "01"), (CARD, "Z9"), (UPI, "51"), (NET_BANKING, "01"), ({}, "51")]
)
async def test_a_code_of_another_methods_table_explains_nothing(juspay, script, key, method, code):
    bank = {"payment_gateway_response": {"resp_code": code}}
    script.on(ORDER, {**CHARGED, "status": "AUTHORIZATION_FAILED", **bank, **method})

    state = await juspay.fetch_charge(key)

    assert (state.decline_code, state.explained) == ("declined_by_issuer", False)
    assert state.gateway_code == code


async def test_a_code_that_repeats_the_status_is_no_unknown_one(juspay, script, key):
    declined = {"status": "JUSPAY_DECLINED", "bank_error_code": "JUSPAY_DECLINED"}
    script.on(ORDER, {**CHARGED, **declined, "payment_gateway_response": None})

    state = await juspay.fetch_charge(key)

    assert (state.decline_code, state.explained) == ("gateway_declined", True)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("AUTHENTICATION_FAILED", "authentication_failed"),
        ("AUTHORIZATION_FAILED", "declined_by_issuer"),
        ("JUSPAY_DECLINED", "gateway_declined"),
    ],
)
async def test_a_decline_without_a_code_is_told_by_its_status(juspay, script, key, status, code):
    script.on(ORDER, {**CHARGED, "status": status, "bank_error_code": ""})

    state = await juspay.fetch_charge(key)

    assert (state.status, state.decline_code) == (AttemptStatus.FAILED, code)


async def test_a_decline_for_a_code_of_no_table_is_told_by_its_status_and_unexplained(
    juspay, script, key
):
    script.on(ORDER, {**CHARGED, "status": "AUTHORIZATION_FAILED", "bank_error_code": "Q7"})

    state = await juspay.fetch_charge(key)

    assert (state.decline_code, state.explained) == ("declined_by_issuer", False)
    assert state.gateway_code == "Q7"


def test_every_decline_of_juspay_is_one_we_have_words_for():
    assert {*DECLINE_OF.values(), *DECLINE_OF_STATUS.values()} <= set(OUR_DECLINES)
    failed = {status for status, ours in CHARGE_STATUS.items() if ours is AttemptStatus.FAILED}
    assert failed == set(DECLINE_OF_STATUS)


async def test_the_banks_words_are_kept_without_anything_personal(juspay, script, key):
    failed = {
        "status": "JUSPAY_DECLINED",
        "bank_error_code": "E01",
        "bank_error_message": "card 4111111111111111 of a@okbank, call +919876543210",
    }
    script.on(ORDER, {**CHARGED, **failed})

    state = await juspay.fetch_charge(key)

    assert state.gateway_code == "E01"
    assert state.gateway_message == "card <card> of <hidden> call <hidden>"


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, NOT_FOUND), (404, NOT_FOUND), (404, {"error_code": "object_not_found"})],
)
async def test_an_order_juspay_never_saw_is_none(juspay, script, key, status, body):
    script.on(ORDER, body, status)
    script.on(ORDER, body, status)

    assert await juspay.fetch_charge(key) is None
    assert await juspay.fetch_refund("rf0001", key) is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"<html>"),
        (404, {"error": "no such route"}),
        (409, {}),
        (200, {}),
        (200, b"[]"),
        (302, b"{}"),
        (503, b""),
    ],
)
async def test_an_answer_that_says_nothing_is_unknown_and_not_an_unseen_order(
    juspay, script, key, status, body
):
    script.on(ORDER, body, status)

    with pytest.raises(Unknown):
        await juspay.fetch_charge(key)


OLD = {"status": "Bad Request", "status_id": -1, "error_code": "bad.thing", "error_message": "no"}
INFO = {"error_info": {"code": "INVALID_INPUT", "developer_message": "what"}, "status": "error"}


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, {**OLD, "error_code": "invalid amount"}, "invalid amount"),
        (400, {"error_info": {"code": "RESOURCE_NOT_FOUND"}}, "RESOURCE_NOT_FOUND"),
        (401, {"status": "error", "error_code": "access_denied"}, "access_denied"),
        (403, {"error_info": {"code": "BAD_ORIGIN"}}, "BAD_ORIGIN"),
    ],
)
async def test_documented_errors_of_both_generations_are_refusals(
    juspay, script, key, status, body, code
):
    script.on(REFUNDS, body, status)

    with pytest.raises(Refused) as refusal:
        await juspay.refund("rf0001", key, 10000)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, OLD, "bad.thing"),
        (400, INFO, "INVALID_INPUT"),
        (401, {"status": "error", "error_code": "internal_error"}, "internal_error"),
        (401, b"", "http_401"),
        (403, b"<html>", "http_403"),
        (403, {}, "http_403"),
        (409, {"status": "error", "error_code": "access_denied"}, "access_denied"),
    ],
)
async def test_any_other_error_does_not_prove_that_nothing_was_done(
    juspay, script, key, status, body, code
):
    script.on(REFUNDS, body, status)

    with pytest.raises(Unconfirmed) as failure:
        await juspay.refund("rf0001", key, 10000)

    assert failure.value.code == code


async def test_a_look_that_is_refused_says_nothing_of_the_charge(juspay, script, key):
    script.on(ORDER, {"status": "error", "error_code": "access_denied"}, 401)

    with pytest.raises(Unknown):
        await juspay.fetch_charge(key)


async def test_an_error_that_is_no_object_is_unknown(juspay, script, key):
    script.on(ORDER, b"[]", 400)

    with pytest.raises(Unknown):
        await juspay.fetch_charge(key)


async def test_a_refund_is_found_in_the_order_it_belongs_to(juspay, script, key):
    other = {**REFUND, "unique_request_id": "rf0000", "status": "SUCCESS"}
    script.on(REFUNDS, {**CHARGED, "refunds": [other, REFUND]})

    state = await juspay.refund("rf0001", key, 10000)

    assert script.form(0) == {"unique_request_id": "rf0001", "amount": "100.00"}
    assert (state.ref, state.charge_ref) == ("rf0001", REF)
    assert (state.status, state.amount) == (RefundStatus.PENDING, 10000)


@pytest.mark.parametrize(
    ("status", "ours"), [*REFUND_STATUS.items(), ("NEW", RefundStatus.PENDING)]
)
async def test_every_refund_status_has_its_meaning(juspay, script, key, status, ours):
    done = {**REFUND, "status": status, "ref": "pg1", "arn": "a1", "error_code": "E"}
    script.on(ORDER, {**CHARGED, "refunds": [done]})

    state = await juspay.fetch_refund("rf0001", key)

    assert (state.status, state.gateway_status) == (ours, status)
    assert (state.gateway_refund_id, state.arn, state.gateway_code) == ("pg1", "a1", "E")
    assert state.recognised == (status in REFUND_STATUS)


DUPLICATE = {"status": "ERROR", "status_id": "-1", "error_code": "duplicate.call"}


async def test_a_duplicate_call_is_our_refund_when_the_order_shows_it(juspay, script, key):
    script.on(REFUNDS, DUPLICATE, 400)
    script.on(ORDER, {**CHARGED, "refunds": [REFUND]})

    assert (await juspay.refund("rf0001", key, 10000)).status is RefundStatus.PENDING


@pytest.mark.parametrize(("status", "order"), [(200, CHARGED), (400, NOT_FOUND)])
async def test_a_duplicate_call_that_is_not_ours_is_unknown(juspay, script, key, status, order):
    script.on(REFUNDS, DUPLICATE, 400)
    script.on(ORDER, order, status)

    with pytest.raises(Unknown):
        await juspay.refund("rf0001", key, 10000)


async def test_a_refund_without_a_status_is_unknown(juspay, script, key):
    script.on(REFUNDS, {**CHARGED, "refunds": [{**REFUND, "status": None}, "odd"]})

    with pytest.raises(Unknown):
        await juspay.refund("rf0001", key, 10000)


async def test_a_refund_that_cannot_be_is_refused_with_juspays_word(juspay, script, key):
    body = {"status": "ERROR", "status_id": -1, "error_code": "invalid.amount.exceeded"}
    script.on(REFUNDS, body, 400)

    with pytest.raises(Refused) as refusal:
        await juspay.refund("rf0001", key, 10000)

    assert refusal.value.code == "invalid.amount.exceeded"


def authorized(**given):
    return ChargeKey(ref=REF, customer_ref="cust-8812", amount=116400, **given)


async def test_a_hold_is_captured_by_the_transactions_own_id(juspay, script):
    script.on("POST /v2/txns/eulA1/capture", CHARGED)

    state = await juspay.capture(authorized(gateway_payment_id="eulA1"), 50000)

    assert script.form(0) == {"amount": "500.00", "idempotence_key": f"{REF}-50000"}
    assert state.status is AttemptStatus.CAPTURED


async def test_a_part_has_the_same_key_in_each_try(juspay, script):
    key = authorized(gateway_payment_id="eulA1")

    for amount in (50000, 50000, 40000):
        script.on("POST /v2/txns/eulA1/capture", CHARGED)
        await juspay.capture(key, amount)

    first, second, other = (script.form(number)["idempotence_key"] for number in range(3))
    assert first == second != other


async def test_the_whole_is_captured_without_a_body(juspay, script):
    script.on("POST /v2/txns/eulA1/capture", CHARGED)

    await juspay.capture(authorized(gateway_payment_id="eulA1"), 116400)

    assert script.form(0) == {}


async def test_a_hold_whose_transaction_we_do_not_know_is_looked_up(juspay, script):
    script.on(ORDER, {**CHARGED, "txn_uuid": None, "txn_detail": {"txn_uuid": "eulB2"}})
    script.on("POST /v2/txns/eulB2/void", {**CHARGED, "status": "VOIDED"})

    assert (await juspay.void(authorized())).status is AttemptStatus.VOIDED


@pytest.mark.parametrize(("status", "order"), [(400, NOT_FOUND), (200, {"status": "NEW"})])
async def test_a_hold_without_a_transaction_is_refused(juspay, script, status, order):
    script.on(ORDER, order, status)

    with pytest.raises(Refused):
        await juspay.void(authorized())


async def test_a_hold_that_does_not_name_its_transaction_is_not_known_to_be_free(juspay, script):
    script.on(ORDER, {"status": "AUTHORIZED"})

    with pytest.raises(Unknown):
        await juspay.void(authorized())


async def test_nothing_personal_or_secret_is_recorded(juspay, script, key, recorded):
    order = {
        **CHARGED,
        "customer_email": "customer@example.in",
        "customer_phone": "9876543210",
        "payer_vpa": "customer@okbank",
        "card": {"card_isin": "424242", "name_on_card": "Demo", "expiry_year": "2030"},
        "juspay": {"client_auth_token": "tkn_0123"},
        "payment_links": {"web": "https://juspay.test/pay/ordeh_1"},
    }
    script.on(ORDER, order)

    await juspay.fetch_charge(key)

    text = repr(recorded[0])
    secrets = ("example.in", "9876543210", "okbank", "424242", "Demo", "2030", "tkn_", "https:")
    assert [secret for secret in secrets if secret in text] == []
    assert recorded[0].response["status"] == "CHARGED"
