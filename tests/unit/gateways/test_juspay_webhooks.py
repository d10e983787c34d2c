"""Juspay's webhooks and returns: verified first, then read."""

import base64
import json
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from payment_engine.domain.errors import BadSignature, InvalidRequest
from payment_engine.domain.states import AttemptStatus, RefundStatus
from payment_engine.gateways.http import Wire
from payment_engine.gateways.juspay.adapter import Juspay, JuspayConfig
from payment_engine.gateways.juspay.signature import sign_return
from tests.unit.gateways.loopback import CONFIG

REF = "01k0m9v7c2q4w8z6x3y5"
ORDER = {
    "order_id": REF,
    "status": "CHARGED",
    "status_id": "21",
    "amount": "1164.0",
    "currency": "INR",
    "merchant_id": "acme",
    "refunded": "true",
    "refunds": [
        {"unique_request_id": "rf1", "status": "SUCCESS", "amount": "100", "ref": "pg1"},
        {"unique_request_id": "rf2", "status": "PENDING", "amount": 50.5},
    ],
}
WEBHOOK = {"id": "evt_V2_1", "event_name": "ORDER_REFUNDED", "content": {"order": ORDER}}


def basic(user, password, scheme="Basic"):
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"authorization": f"{scheme} {pair}"}


SIGNED = basic("hook", "hook-password")


def body(**given):
    return json.dumps({**WEBHOOK, **given}).encode()


def with_config(**given):
    config = JuspayConfig.model_validate({**CONFIG, **given})
    return Juspay(config, Wire("juspay", record=lambda exchange: None))


TXN = {
    "txn_id": f"acme-{REF}-1",
    "txn_uuid": "moziqFZtYKQ",
    "order_id": REF.upper(),
    "status": "AUTHORIZATION_FAILED",
    "status_id": 27,
    "txn_amount": 1164,
    "currency": "INR",
    "payment_method_type": "CARD",
    "error_code": "51",
    "error_message": "Not sufficient funds",
    "payment_gateway_response": {"resp_code": None, "resp_message": None, "rrn": None},
}


def test_a_notice_of_a_failed_transaction_is_read_from_the_transaction(juspay):
    event = juspay.read_webhook(SIGNED, body(event_name="TXN_FAILED", content={"txn": TXN}))

    (charge,) = event.charges
    assert (charge.ref, charge.status, charge.amount) == (REF, AttemptStatus.FAILED, 116400)
    assert (charge.currency, charge.gateway_payment_id) == ("INR", "moziqFZtYKQ")
    assert (charge.decline_code, charge.gateway_code) == ("insufficient_funds", "51")


def test_a_notice_of_a_charged_transaction_has_its_amount_and_bank_reference(juspay):
    paid = {**TXN, "status": "CHARGED", "payment_gateway_response": {"rrn": "412345678901"}}
    event = juspay.read_webhook(SIGNED, body(event_name="TXN_CHARGED", content={"txn": paid}))

    (charge,) = event.charges
    assert (charge.status, charge.amount) == (AttemptStatus.CAPTURED, 116400)
    assert (charge.merchant_id, charge.rrn) == (None, "412345678901")


def test_a_notice_carries_its_charge_and_every_refund(juspay):
    event = juspay.read_webhook(SIGNED, body())

    assert (event.event_id, event.kind) == ("evt_V2_1", "ORDER_REFUNDED")
    assert event.sent_at is None
    (charge,) = event.charges
    assert (charge.ref, charge.status, charge.amount) == (REF, AttemptStatus.CAPTURED, 116400)
    assert (charge.currency, charge.merchant_id) == ("INR", "acme")
    assert [(r.ref, r.charge_ref, r.status, r.amount) for r in charge.refunds] == [
        ("rf1", REF, RefundStatus.SUCCEEDED, 10000),
        ("rf2", REF, RefundStatus.PENDING, 5050),
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Basic"},
        {"authorization": "Basic é"},
        basic("hook", "wrong"),
        basic("wrong", "hook-password"),
        basic("hook", "hook-password", scheme="Bearer"),
    ],
)
@pytest.mark.parametrize("sent", [body(), b"not json"])
def test_a_notice_that_is_not_signed_is_never_parsed(juspay, headers, sent):
    with pytest.raises(BadSignature):
        juspay.read_webhook(headers, sent)


async def test_both_credentials_verify_while_one_replaces_the_other(juspay):
    rotating = {"webhook_username_previous": "old", "webhook_password_previous": "old-password"}

    both = with_config(**rotating)

    assert both.read_webhook(SIGNED, body()).event_id == "evt_V2_1"
    assert both.read_webhook(basic("old", "old-password"), body()).event_id == "evt_V2_1"
    with pytest.raises(BadSignature):
        juspay.read_webhook(basic("old", "old-password"), body())


async def test_the_log_tells_while_the_previous_credential_is_used():
    both = with_config(webhook_username_previous="old", webhook_password_previous="old-password")
    with capture_logs() as logged:
        both.read_webhook(SIGNED, body())
        assert logged == []
        both.read_webhook(basic("old", "old-password"), body())
    assert [line["event"] for line in logged] == ["webhook_signed_with_the_previous_secret"]


@pytest.mark.parametrize(
    "sent",
    [
        b"not json",
        b"[]",
        body(id=None),
        body(content={"order": {"status": "CHARGED"}}),
        body(content={"order": {"order_id": REF}}),
    ],
)
def test_a_signed_notice_that_makes_no_sense_is_an_invalid_request(juspay, sent):
    with pytest.raises(InvalidRequest):
        juspay.read_webhook(SIGNED, sent)


def test_a_notice_about_something_else_carries_no_state(juspay):
    event = juspay.read_webhook(SIGNED, body(event_name=None, content={"mandate": {"id": "m"}}))

    assert (event.charges, event.refunds, event.kind) == ((), (), "")


@pytest.mark.parametrize("amount", ["1,164", 1164.0000000001, "1164.0000000001", -1])
def test_an_odd_amount_of_a_notice_counts_as_absent_and_hides_nothing_else(juspay, amount):
    event = juspay.read_webhook(SIGNED, body(content={"order": {**ORDER, "amount": amount}}))

    (charge,) = event.charges
    assert (charge.status, charge.amount) == (AttemptStatus.CAPTURED, None)
    assert [refund.amount for refund in charge.refunds] == [10000, 5050]


def test_an_odd_amount_of_one_refund_hides_neither_the_charge_nor_the_others(juspay):
    odd = {**ORDER["refunds"][0], "amount": 100.0000000001}
    charge = refunds_of(juspay, "CHARGED", odd, ORDER["refunds"][1])

    assert charge.amount == 116400
    assert [(refund.ref, refund.amount) for refund in charge.refunds] == [
        ("rf1", None),
        ("rf2", 5050),
    ]


def test_a_refund_list_that_is_none_is_empty(juspay):
    event = juspay.read_webhook(SIGNED, body(content={"order": {**ORDER, "refunds": None}}))

    assert event.charges[0].refunds == ()


def refunds_of(juspay, status, *refunds):
    order = {**ORDER, "status": status, "refunds": list(refunds)}
    (charge,) = juspay.read_webhook(SIGNED, body(content={"order": order})).charges
    return charge


def test_a_refund_that_says_too_little_takes_nothing_from_the_rest(juspay):
    charge = refunds_of(juspay, "CHARGED", {"status": "SUCCESS"}, {"id": "d1"}, ORDER["refunds"][0])

    assert [refund.ref for refund in charge.refunds] == ["rf1"]


def test_a_refund_without_our_reference_is_known_by_that_of_juspay(juspay):
    charge = refunds_of(juspay, "CHARGED", {"id": "d1", "ref": "pg1", "status": "SUCCESS"})

    assert [refund.ref for refund in charge.refunds] == ["d1"]


def test_money_that_juspay_sends_back_is_captured_and_its_refunds_say_how_much_went(juspay):
    own = {"unique_request_id": "a1", "amount": 1164, "initiated_by": "AUTO_REFUNDED"}

    charge = refunds_of(juspay, "AUTO_REFUNDED", {**own, "status": "FAILURE"})

    assert (charge.status, charge.sent_back) == (AttemptStatus.CAPTURED, True)
    assert [refund.status for refund in charge.refunds] == [RefundStatus.FAILED]


def test_beside_a_charge_that_stands_juspays_own_refund_is_that_of_another_transaction(juspay):
    own = {"unique_request_id": "a1", "amount": 1164, "initiated_by": "AUTO_REFUNDED"}

    charge = refunds_of(juspay, "CHARGED", {**own, "status": "SUCCESS"}, ORDER["refunds"][0])

    assert (charge.sent_back, [refund.ref for refund in charge.refunds]) == (False, ["rf1"])


def test_money_that_is_being_captured_or_released_is_still_on_hold(juspay):
    assert refunds_of(juspay, "CAPTURE_INITIATED").still_authorized
    assert not refunds_of(juspay, "PENDING_VBV").still_authorized


def test_a_password_proves_no_webhook_unless_the_merchant_says_so(juspay):
    assert not juspay.proves_webhooks
    assert with_config(confirm_webhooks="false").proves_webhooks


RETURNED = {"order_id": REF.upper(), "status": "CHARGED", "status_id": "21"}


def test_a_signed_return_names_its_charge(juspay):
    signature = sign_return(RETURNED, "unit-test-response-key").decode()

    back = juspay.read_return({**RETURNED, "signature": signature})

    assert (back.ref, back.signed) == (REF, True)


def test_a_return_is_a_hint_without_its_signature(juspay):
    assert juspay.read_return(RETURNED).signed is False
    assert juspay.read_return({**RETURNED, "signature": "x"}).signed is False


async def test_no_return_is_signed_where_no_response_key_is_set():
    signature = sign_return(RETURNED, "").decode()

    assert (
        with_config(response_key=None).read_return({**RETURNED, "signature": signature}).signed
        is False
    )


def test_a_return_that_names_no_charge_is_none(juspay):
    assert juspay.read_return({"status": "CHARGED"}) is None


def test_a_notice_says_when_it_was_written(juspay):
    event = juspay.read_webhook(SIGNED, body(date_created="2026-01-05T10:02:00Z"))

    assert event.sent_at == datetime(2026, 1, 5, 10, 2, tzinfo=UTC)
