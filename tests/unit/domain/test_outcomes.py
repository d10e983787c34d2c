"""The rules of money as tables: what a reported outcome means for our record."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from payment_engine.domain.gateway import (
    ChargeState,
    FailureCause,
    GatewayFailure,
    NotSent,
    RefundState,
    Refused,
    Unknown,
)
from payment_engine.domain.money import Paise
from payment_engine.domain.outcomes import (
    AUTOMATIC_REFUND_FAILED,
    CONTRADICTS,
    NOT_SENT_BACK,
    REFUNDED_TOO_MUCH,
    AttemptMoney,
    Conflict,
    ExpectedCharge,
    OrderState,
    RefundSums,
    agreement_ends,
    charge_state,
    conflict_of,
    contradicts,
    contradicts_amounts,
    disagreement,
    explains_review,
    missing_fact,
    money_after,
    money_returned,
    refund_disagreement,
    refund_state,
    refund_sums,
    review_after_refund,
)
from payment_engine.domain.states import AttemptStatus, Closing, RefundStatus

A, R = AttemptStatus, RefundStatus
NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
WINDOW = timedelta(minutes=30)
EXPECTED = ExpectedCharge(ref="r1", amount=100, currency="INR", merchant_id="acme", to_capture=None)


def reported(status: AttemptStatus = A.CAPTURED, **facts: object) -> ChargeState:
    agreeing = {"ref": "r1", "amount": Paise(100), "currency": "INR", "merchant_id": "acme"}
    return ChargeState(status=status, gateway_status="CHARGED", **{**agreeing, **facts})


@pytest.mark.parametrize(
    ("failure", "status", "decline", "code"),
    [
        (NotSent("ConnectError"), A.FAILED, "gateway_unreachable", None),
        (Refused("not_today"), A.FAILED, "gateway_rejected", "not_today"),
        (Unknown("x").because(FailureCause.TIMEOUT), A.PENDING, None, None),
        (GatewayFailure("anything else"), A.PENDING, None, None),
    ],
)
def test_only_what_was_never_sent_or_was_refused_has_failed(
    failure: GatewayFailure, status: AttemptStatus, decline: str | None, code: str | None
) -> None:
    state = charge_state(failure, "r1", None)
    assert (state.status, state.decline_code, state.gateway_code) == (status, decline, code)
    assert (state.ref, state.gateway_status) == ("r1", failure.cause)
    assert charge_state(failure, "r1", "PENDING_VBV").gateway_status == "PENDING_VBV"


def test_a_reported_state_is_taken_as_it_is() -> None:
    charge = reported()
    assert charge_state(charge, "other", "OLD") is charge
    refund = RefundState(ref="f1", charge_ref="r1", status=R.SUCCEEDED, gateway_status="SUCCESS")
    assert refund_state(refund, "other", "other", None) is refund


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (Refused("no_balance"), R.FAILED, "no_balance"),
        (NotSent("ConnectError"), R.PENDING, None),
        (Unknown("timeout"), R.PENDING, None),
    ],
)
def test_a_refund_fails_only_where_the_gateway_refused_it(
    failure: GatewayFailure, status: RefundStatus, code: str | None
) -> None:
    state = refund_state(failure, "f1", "r1", None)
    assert (state.status, state.gateway_code, state.charge_ref) == (status, code, "r1")
    refused = isinstance(failure, Refused)
    last = refund_state(failure, "f1", "r1", "PENDING").gateway_status
    assert last == ("refused" if refused else "PENDING")


@pytest.mark.parametrize(
    ("facts", "differs"),
    [
        ({}, None),
        ({"ref": "r2"}, "reference"),
        ({"amount": Paise(99)}, "amount"),
        ({"amount": None}, "amount"),
        ({"currency": "USD"}, "currency"),
        ({"currency": None}, None),
        ({"merchant_id": "other"}, "merchant"),
        ({"merchant_id": None}, None),
        ({"captured": Paise(40)}, None),
    ],
)
def test_a_success_must_agree_with_our_record(
    facts: dict[str, object], differs: str | None
) -> None:
    assert disagreement(EXPECTED, reported(**facts)) == differs
    assert disagreement(EXPECTED, reported(A.AUTHORIZED, **facts)) == differs


@pytest.mark.parametrize("status", [A.CREATED, A.PENDING])
def test_what_is_no_verdict_agrees_with_anything(status: AttemptStatus) -> None:
    assert disagreement(EXPECTED, reported(status, ref="r2", amount=Paise(1))) is None


@pytest.mark.parametrize("status", [A.FAILED, A.VOIDED])
@pytest.mark.parametrize(
    ("facts", "differs"),
    [
        ({}, None),
        ({"ref": "r2"}, "reference"),
        ({"amount": Paise(1)}, "amount"),
        ({"amount": None}, None),
        ({"currency": "USD"}, "currency"),
        ({"merchant_id": "other"}, "merchant"),
    ],
)
def test_an_end_without_money_must_agree_in_what_it_names(
    status: AttemptStatus, facts: dict[str, object], differs: str | None
) -> None:
    assert disagreement(EXPECTED, reported(status, **facts)) == differs


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({}, None),
        ({"amount": None}, "amount"),
        ({"currency": None}, "currency"),
        ({"merchant_id": None}, "merchant"),
    ],
)
def test_what_a_success_leaves_out_is_named(facts: dict[str, object], missing: str | None) -> None:
    assert missing_fact(EXPECTED, reported(**facts)) == missing
    assert missing_fact(EXPECTED, reported(A.FAILED, **facts)) is None


def test_a_gateway_without_merchant_ids_leaves_none_out() -> None:
    assert missing_fact(replace(EXPECTED, merchant_id=None), reported(merchant_id=None)) is None


@pytest.mark.parametrize(
    ("recorded", "state", "contradicts_it"),
    [
        (A.CAPTURED, reported(A.PENDING), True),
        (A.CAPTURED, reported(A.CREATED), True),
        (A.AUTHORIZED, reported(A.PENDING), True),
        (A.AUTHORIZED, reported(A.PENDING, still_authorized=True), False),
        (A.VOIDED, reported(A.AUTHORIZED), True),
        (A.VOIDED, reported(A.PENDING), False),
        (A.FAILED, reported(A.PENDING), False),
        (A.PENDING, reported(A.CREATED), False),
    ],
)
def test_a_look_contradicts_what_it_shows_otherwise_about_money(
    recorded: AttemptStatus, state: ChargeState, *, contradicts_it: bool
) -> None:
    assert contradicts(recorded, state) is contradicts_it


def refunds(*amounts: tuple[RefundStatus, int | None]) -> tuple[RefundState, ...]:
    return tuple(
        RefundState(
            ref=str(number),
            charge_ref="r1",
            status=status,
            gateway_status=status.value,
            amount=None if amount is None else Paise(amount),
        )
        for number, (status, amount) in enumerate(amounts)
    )


@pytest.mark.parametrize(
    ("state", "returned"),
    [
        (reported(A.FAILED), True),
        (reported(A.PENDING), False),
        (reported(), False),
        (reported(refunds=refunds((R.FAILED, 100), (R.SUCCEEDED, None))), False),
        (reported(refunds=refunds((R.SUCCEEDED, 60))), False),
        (reported(refunds=refunds((R.SUCCEEDED, 60), (R.PENDING, 40))), True),
        (reported(refunded=Paise(60)), False),
        (reported(refunded=Paise(100)), True),
    ],
)
def test_money_is_returned_where_the_refunds_of_the_answer_cover_it(
    state: ChargeState, *, returned: bool
) -> None:
    assert money_returned(state, 100) is returned


@pytest.mark.parametrize(
    ("review", "over"),
    [
        (CONTRADICTS, True),
        ("amount differs", True),
        (AUTOMATIC_REFUND_FAILED, False),
        ("no verdict from the gateway", False),
        (None, False),
    ],
)
def test_a_look_that_agrees_ends_the_review_of_a_contradiction(
    review: str | None, *, over: bool
) -> None:
    assert agreement_ends(review) is over


@pytest.mark.parametrize(
    ("captured", "differs"), [(None, "captured amount"), (40, None), (60, "captured amount")]
)
def test_as_much_must_be_captured_as_was_asked_for(
    captured: int | None, differs: str | None
) -> None:
    expected = ExpectedCharge(
        ref="r1", amount=100, currency="INR", merchant_id="acme", to_capture=40
    )
    state = reported(captured=Paise(captured) if captured else None)
    assert disagreement(expected, state) == differs
    assert disagreement(expected, reported(A.AUTHORIZED)) is None


@pytest.mark.parametrize(
    ("charge_ref", "amount", "differs"),
    [
        ("r1", 100, None),
        (None, None, None),
        ("r2", 100, "reference"),
        ("r2", 99, "reference"),
        ("r1", 99, "amount"),
    ],
)
def test_a_refund_must_agree_with_our_record(
    charge_ref: str | None, amount: int | None, differs: str | None
) -> None:
    state = RefundState(
        ref="f1",
        charge_ref=charge_ref,
        status=R.SUCCEEDED,
        gateway_status="SUCCESS",
        amount=None if amount is None else Paise(amount),
    )
    assert refund_disagreement("r1", 100, state) == differs


@pytest.mark.parametrize(
    ("status", "review", "explained"),
    [
        (A.CAPTURED, "amount differs", True),
        (A.AUTHORIZED, "amount differs", True),
        (A.FAILED, "amount differs", False),
        (A.FAILED, "no verdict from the gateway", True),
        (A.PENDING, "no verdict from the gateway", False),
        (A.FAILED, None, True),
    ],
)
def test_a_disagreement_is_explained_only_by_a_success_that_agrees(
    status: AttemptStatus, review: str | None, *, explained: bool
) -> None:
    assert explains_review(reported(status), review) is explained


@pytest.mark.parametrize(
    ("status", "before", "captured", "after"),
    [
        (A.AUTHORIZED, (0, 0), None, (100, 0)),
        (A.CAPTURED, (0, 0), None, (0, 100)),
        (A.CAPTURED, (100, 0), None, (100, 100)),
        (A.CAPTURED, (100, 0), 40, (40, 40)),
        (A.VOIDED, (100, 0), None, (0, 0)),
        (A.FAILED, (100, 0), None, (0, 0)),
        (A.PENDING, (0, 0), None, (0, 0)),
    ],
)
def test_money_of_an_attempt_follows_its_status(
    status: AttemptStatus, before: tuple[int, int], captured: int | None, after: tuple[int, int]
) -> None:
    previous = AttemptMoney(authorized=before[0], captured=before[1])
    money = money_after(status, 100, previous, captured)
    assert (money.authorized, money.captured) == after


@pytest.mark.parametrize(
    ("paid_otherwise", "closing", "minutes_ago", "superseded", "conflict"),
    [
        (False, None, None, False, None),
        (False, None, None, True, None),
        (True, None, None, False, Conflict.SECOND_SUCCESS),
        (True, Closing.CANCELLED, 1, True, Conflict.SECOND_SUCCESS),
        (False, Closing.CANCELLED, 1, False, Conflict.CANCELLED),
        (False, Closing.VOIDED, 1, False, Conflict.VOIDED),
        (False, Closing.EXPIRED, 30, False, None),
        (False, Closing.EXPIRED, 31, False, Conflict.TOO_LATE),
        (False, Closing.EXPIRED, 31, True, Conflict.TOO_LATE),
        (False, Closing.EXPIRED, 1, True, Conflict.SUPERSEDED),
    ],
)
def test_late_money_is_honoured_within_the_window_or_goes_back(
    *,
    paid_otherwise: bool,
    closing: Closing | None,
    minutes_ago: int | None,
    superseded: bool,
    conflict: Conflict | None,
) -> None:
    closed_at = None if minutes_ago is None else NOW - timedelta(minutes=minutes_ago)
    order = OrderState(
        paid_otherwise=paid_otherwise, closing=closing, closed_at=closed_at, superseded=superseded
    )
    assert conflict_of(order, NOW, WINDOW) is conflict


@pytest.mark.parametrize(
    ("refunds", "reserved", "refunded"),
    [
        ([], 0, 0),
        ([(R.CREATED, 1), (R.PENDING, 2), (R.MANUAL_REVIEW, 4)], 7, 0),
        ([(R.SUCCEEDED, 8), (R.FAILED, 16)], 8, 8),
        ([(R.CREATED, 1), (R.SUCCEEDED, 8), (R.FAILED, 16)], 9, 8),
    ],
)
def test_a_refund_reserves_its_amount_until_it_is_known_to_have_failed(
    refunds: list[tuple[RefundStatus, int]], reserved: int, refunded: int
) -> None:
    assert refund_sums(refunds) == RefundSums(reserved=reserved, refunded=refunded)


@pytest.mark.parametrize(
    ("reserved", "refunded", "failure", "before", "after"),
    [
        (100, 0, None, None, None),
        (101, 101, None, None, REFUNDED_TOO_MUCH),
        (101, 0, AUTOMATIC_REFUND_FAILED, None, REFUNDED_TOO_MUCH),
        (100, 100, None, REFUNDED_TOO_MUCH, None),
        (0, 0, AUTOMATIC_REFUND_FAILED, None, AUTOMATIC_REFUND_FAILED),
        (100, 100, AUTOMATIC_REFUND_FAILED, None, None),
        (100, 100, None, AUTOMATIC_REFUND_FAILED, None),
        (100, 0, None, AUTOMATIC_REFUND_FAILED, AUTOMATIC_REFUND_FAILED),
        (0, 0, None, AUTOMATIC_REFUND_FAILED, AUTOMATIC_REFUND_FAILED),
        (0, 0, NOT_SENT_BACK, None, NOT_SENT_BACK),
        (60, 60, None, NOT_SENT_BACK, NOT_SENT_BACK),
        (100, 60, None, NOT_SENT_BACK, None),
        (100, 100, None, "amount differs", "amount differs"),
    ],
)
def test_refunds_put_an_attempt_under_review_and_a_later_one_ends_it(
    reserved: int, refunded: int, failure: str | None, before: str | None, after: str | None
) -> None:
    sums = RefundSums(reserved=reserved, refunded=refunded)
    assert review_after_refund(sums, 100, failure=failure, review=before) == after


@pytest.mark.parametrize("review", ["captured amount differs", "currency differs"])
def test_no_more_money_moves_while_a_report_differs_from_our_record(review: str) -> None:
    assert contradicts_amounts(review)


@pytest.mark.parametrize("review", ["capture refused: 409", None])
def test_other_reviews_do_not_stop_a_capture(review: str | None) -> None:
    assert not contradicts_amounts(review)
