"""A charge in two calls, an order and then its transaction: by setting, or to capture it later."""

import pytest

from payment_engine.domain.gateway import Unknown
from payment_engine.domain.states import AttemptStatus
from tests.unit.gateways.test_juspay_start import DUPLICATE, NEW, REF, STARTED


def start(script, order=NEW, txn=STARTED):
    script.on("POST /orders", order)
    script.on("POST /txns", txn)


async def test_an_order_is_made_then_its_transaction(juspay_in_two_calls, script, make_charge):
    start(script)

    state = await juspay_in_two_calls.charge(make_charge())

    assert script.form(0) == {
        "order_id": REF,
        "amount": "1164.00",
        "currency": "INR",
        "customer_id": "cust-8812",
        "customer_email": "customer@example.in",
        "customer_phone": "9876543210",
        "description": "Order PO24068",
        "return_url": "https://shop.example/return",
    }
    assert script.form(1) == {
        "order_id": REF,
        "merchant_id": "acme",
        "payment_method_type": "UPI",
        "payment_method": "UPI_PAY",
        "txn_type": "UPI_PAY",
        "sdk_params": "true",
        "redirect_after_payment": "true",
        "format": "json",
    }
    assert (state.status, state.gateway_payment_id) == (AttemptStatus.PENDING, "eulA1")
    assert (state.amount, state.currency, state.merchant_id) == (116400, "INR", "acme")


async def test_a_charge_that_is_captured_later_says_so_on_its_order(juspay, script, make_charge):
    start(script)

    await juspay.charge(make_charge(capture=False))

    assert script.form(0)["metadata.txns.auto_capture"] == "false"
    assert script.form(1)["order_id"] == REF


@pytest.mark.parametrize(
    ("status", "expected"),
    [("CHARGED", AttemptStatus.CAPTURED), ("JUSPAY_DECLINED", AttemptStatus.FAILED)],
)
async def test_a_transaction_may_be_final_at_once(
    juspay_in_two_calls, script, make_charge, status, expected
):
    start(script, txn={**STARTED, "status": status})

    state = await juspay_in_two_calls.charge(make_charge())

    assert (state.status, state.amount, state.next_action) == (expected, 116400, None)


@pytest.mark.parametrize("order", [{**NEW, "status": "PENDING_VBV"}, {**NEW, "amount": 1163}])
async def test_no_transaction_is_started_on_an_order_that_is_not_new_and_ours(
    juspay_in_two_calls, script, make_charge, order
):
    script.on("POST /orders", order)

    state = await juspay_in_two_calls.charge(make_charge())

    assert len(script.requests) == 1
    assert state.amount == order["amount"] * 100


async def test_a_duplicate_order_is_read_and_not_charged_twice(
    juspay_in_two_calls, script, make_charge
):
    script.on("POST /orders", DUPLICATE, 400)
    script.on(f"GET /orders/{REF}", {**NEW, "status": "CHARGED"})

    state = await juspay_in_two_calls.charge(make_charge())

    assert state.status is AttemptStatus.CAPTURED
    assert len(script.requests) == 2


async def test_a_duplicate_order_that_cannot_be_found_is_unknown(
    juspay_in_two_calls, script, make_charge
):
    script.on("POST /orders", DUPLICATE, 400)
    script.on(f"GET /orders/{REF}", {"status": "NOT_FOUND"}, 400)

    with pytest.raises(Unknown):
        await juspay_in_two_calls.charge(make_charge())


async def test_only_a_charge_in_one_call_may_be_sent_again(
    juspay, juspay_in_two_calls, make_charge
):
    assert juspay.may_repeat(make_charge())
    assert not juspay.may_repeat(make_charge(capture=False))
    assert not juspay_in_two_calls.may_repeat(make_charge())
