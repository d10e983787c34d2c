"""The verdict finds each thing that must not happen, and nothing where all is as it must be."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.evidence import (
    ATTEMPT,
    CANCEL,
    CAPTURE,
    OPEN,
    REFUND,
    Acknowledged,
    BookedAttempt,
    BookedPayment,
    BookedRefund,
    Delivery,
    Evidence,
    TrueOrder,
    Unanswered,
)
from tests.chaos.verdict import Violation, Wrong, redeliveries, stuck, verdict, waiting

ATTEMPT_ROW = BookedAttempt(
    id="att_1", ref="1", gateway="juspay", status="captured", captured=500, refunded=200
)
REFUND_ROW = BookedRefund(id="ref_1", ref="r1", attempt_id="att_1", status="succeeded", amount=200)
PAYMENT = BookedPayment(
    id="pay_1",
    order_id="C1",
    shop="shop-1",
    status="paid",
    amount=500,
    captured=500,
    sequence=2,
    attempts=[ATTEMPT_ROW],
    refunds=[REFUND_ROW],
)
ORDER = TrueOrder(
    gateway="juspay", ref="1", status="captured", charges={"t1": 500}, refunds={"r1": 200}
)


def acknowledged(call: str, resource_id: str, **more: Any) -> Acknowledged:
    return Acknowledged(
        call=call,
        key=f"key-{call}",
        shop="shop-1",
        payment_id="pay_1",
        resource_id=resource_id,
        **more,
    )


def delivery(sequence: int, *, taken: bool = True, **more: Any) -> Delivery:
    made = Delivery(
        shop="shop-1",
        message_id=f"msg_{sequence}",
        payment_id="pay_1",
        sequence=sequence,
        body=str(sequence).encode(),
        taken=taken,
    )
    return replace(made, **more)


WHOLE = Evidence(
    acknowledged=[
        acknowledged(OPEN, "pay_1", amount=500, order_id="C1"),
        acknowledged(ATTEMPT, "att_1"),
        acknowledged(CAPTURE, "pay_1", amount=500),
        acknowledged(REFUND, "ref_1", amount=200),
    ],
    deliveries=[delivery(1), delivery(2)],
    payments=[PAYMENT],
    orders=[ORDER],
    documents={"pay_1": 500},
)


def found(wrong: Wrong, evidence: Evidence) -> list[str]:
    return [each.text for each in verdict(evidence) if each.wrong is wrong]


def booked(**changes: Any) -> Evidence:
    return replace(WHOLE, payments=[replace(PAYMENT, **changes)])


def attempted(**changes: Any) -> Evidence:
    return booked(attempts=[replace(ATTEMPT_ROW, **changes)])


def delivered(*deliveries: Delivery) -> Evidence:
    return replace(WHOLE, deliveries=deliveries)


def test_nothing_is_wrong_where_all_is_as_it_must_be() -> None:
    assert verdict(WHOLE) == []


@pytest.mark.parametrize(
    "evidence",
    [
        replace(WHOLE, payments=[], orders=[], deliveries=[]),
        booked(amount=400),
        booked(order_id="C2"),
        booked(attempts=[replace(ATTEMPT_ROW, id="att_2")]),
        booked(refunds=[replace(REFUND_ROW, id="ref_2")]),
        booked(refunds=[replace(REFUND_ROW, amount=100)]),
        booked(captured=0),
        replace(WHOLE, documents={"pay_1": 501}),
        replace(WHOLE, unstored=["an event"]),
        replace(booked(status="open"), acknowledged=[acknowledged(CANCEL, "pay_1")]),
    ],
    ids=[
        "payment",
        "amount",
        "order",
        "attempt",
        "refund",
        "amount of a refund",
        "capture",
        "captured amount",
        "webhook",
        "cancellation",
    ],
)
def test_what_was_acknowledged_and_is_not_stored_is_lost(evidence: Evidence) -> None:
    assert found(Wrong.LOST, evidence)


def test_a_capture_that_was_acknowledged_may_still_be_under_way() -> None:
    capture = acknowledged(CAPTURE, "pay_1", amount=500)
    evidence = replace(booked(captured=0, capture_requested=True), acknowledged=[capture])
    assert not found(Wrong.LOST, replace(evidence, documents={}))


def test_two_answers_to_one_key_are_wrong() -> None:
    first = acknowledged(ATTEMPT, "att_1", body=b"{}")
    other = replace(first, body=b'{"a": 1}')
    assert found(Wrong.LOST, replace(WHOLE, acknowledged=[first, other]))
    assert not found(Wrong.LOST, replace(WHOLE, acknowledged=[first, first]))


def test_an_order_that_was_opened_once_has_one_payment() -> None:
    twin = replace(PAYMENT, id="pay_2", attempts=[], refunds=[], captured=0, sequence=0)
    assert found(Wrong.DOUBLED, replace(WHOLE, payments=[PAYMENT, twin]))
    assert not found(Wrong.DOUBLED, replace(WHOLE, payments=[PAYMENT, replace(twin, shop="b")]))


def test_one_reference_that_is_charged_twice_is_doubled() -> None:
    twice = replace(ORDER, charges={"t1": 500, "t2": 500}, refunds={"r1": 700})
    assert found(Wrong.DOUBLED, replace(WHOLE, orders=[twice]))


def test_two_attempts_whose_money_stays_are_doubled_and_one_that_is_refunded_is_not() -> None:
    second = replace(ATTEMPT_ROW, id="att_2", ref="2", refunded=0)
    evidence = booked(attempts=[ATTEMPT_ROW, second])
    both = TrueOrder(gateway="juspay", ref="2", status="captured", charges={"t2": 500})
    assert found(Wrong.DOUBLED, replace(evidence, orders=[ORDER, both]))
    returned = replace(both, refunds={"r2": 500})
    assert not found(Wrong.DOUBLED, replace(evidence, orders=[ORDER, returned]))


def test_two_refunds_for_one_request_are_doubled() -> None:
    again = replace(REFUND_ROW, id="ref_2", ref="r2")
    assert found(Wrong.DOUBLED, booked(refunds=[REFUND_ROW, again]))
    automatic = replace(again, automatic=True)
    assert not found(Wrong.DOUBLED, booked(refunds=[REFUND_ROW, automatic]))


@pytest.mark.parametrize(
    "deliveries",
    [
        [delivery(1)],
        [],
        [delivery(2), delivery(1)],
        [delivery(2)],
        [delivery(1, taken=False), delivery(2)],
        [delivery(1), delivery(2), delivery(1)],
        [delivery(1), delivery(2), delivery(2, message_id="msg_3")],
        [delivery(1), delivery(2), delivery(2, body=b"other")],
        [delivery(1), delivery(2), delivery(1, payment_id="pay_2")],
    ],
    ids=[
        "last one missing",
        "none",
        "disordered",
        "first one missing",
        "before the one before it was taken",
        "again after a later one",
        "one number with two ids",
        "one id with two bodies",
        "unknown payment",
    ],
)
def test_messages_that_are_missing_disordered_or_duplicate_are_wrong(
    deliveries: Sequence[Delivery],
) -> None:
    assert found(Wrong.MESSAGES, delivered(*deliveries))


def test_a_message_that_is_sent_again_under_its_id_is_a_redelivery() -> None:
    deliveries = [delivery(1, taken=False), delivery(1), delivery(1), delivery(2)]
    assert verdict(delivered(*deliveries)) == []
    assert redeliveries(deliveries) == 1


@pytest.mark.parametrize("status", ["created", "pending"])
@pytest.mark.parametrize("theirs", ["captured", "authorized", "failed", "voided"])
def test_an_open_attempt_whose_gateway_has_decided_is_stuck(status: str, theirs: str) -> None:
    order = TrueOrder(gateway="juspay", ref="1", status=theirs)
    evidence = replace(attempted(status=status, captured=0, refunded=0), orders=[order])
    assert list(stuck(evidence))
    assert found(Wrong.STUCK, evidence)
    undecided = replace(evidence, orders=[replace(order, status="pending")])
    assert not list(stuck(undecided))
    assert not list(stuck(replace(evidence, orders=[])))


def test_money_that_is_not_in_the_books_is_stuck() -> None:
    assert list(stuck(attempted(status="authorized", captured=0, refunded=0)))


def test_an_attempt_that_may_not_be_checked_yet_is_not_stuck() -> None:
    evidence = attempted(status="pending", captured=0, refunded=0, waits=True)
    assert not list(stuck(evidence))
    assert waiting(evidence) == ["att_1"]
    assert waiting(WHOLE) == []


def test_a_call_without_an_answer_is_stuck_unless_its_attempt_may_not_be_checked_yet() -> None:
    call = Unanswered(call=ATTEMPT, key="k", payment_id="pay_1", last="503 unavailable")
    assert found(Wrong.STUCK, replace(WHOLE, unanswered=[call]))
    waits = attempted(waits=True)
    assert not found(Wrong.STUCK, replace(waits, unanswered=[call]))


@pytest.mark.parametrize(
    "evidence",
    [
        attempted(captured=400),
        attempted(refunded=100),
        replace(WHOLE, orders=[]),
        replace(WHOLE, orders=[replace(ORDER, charges={"t1": 499})]),
        replace(WHOLE, orders=[replace(ORDER, refunds={"r1": 199})]),
        replace(WHOLE, orders=[replace(ORDER, refunds={"r1": 100, "r2": 100})]),
        booked(refunds=[replace(REFUND_ROW, status="pending")]),
        booked(refunds=[]),
        replace(WHOLE, orders=[ORDER, replace(ORDER, ref="2")]),
    ],
    ids=[
        "captured",
        "refunded",
        "no order",
        "charge",
        "refund",
        "another refund",
        "open refund",
        "unknown refund",
        "unknown order",
    ],
)
def test_books_that_differ_from_the_gateways_are_wrong(evidence: Evidence) -> None:
    assert found(Wrong.BOOKS, evidence)


def test_broken_invariants_and_internal_errors_are_wrong() -> None:
    evidence = replace(WHOLE, breaches=["a"], internal_errors=["b"])
    assert verdict(evidence) == [
        Violation(Wrong.INVARIANT, "a"),
        Violation(Wrong.UNDOCUMENTED, "b"),
    ]
