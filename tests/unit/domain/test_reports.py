"""What a gateway reports is checked against our own record before it changes anything."""

from collections.abc import Callable

import pytest

from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.gateway import ChargeKey, ChargeState, RefundState
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.money import Paise
from payment_engine.domain.payment import Attempt, Refund
from payment_engine.domain.reports import (
    FOREIGN_REFUND,
    report_charge,
    report_foreign_refund,
    report_refund,
    review_while,
)
from payment_engine.domain.states import AttemptStatus, RefundStatus
from tests.unit.domain.test_every_order import AMOUNT, AUTHORIZED, CAPTURED, attempting, refunding
from tests.unit.domain.test_lifecycle import played

AUTHORIZED_ONLY = frozenset({AttemptStatus.AUTHORIZED})


def attempt_after(*steps: object, change: Callable[[PaymentChange, str], None]) -> Attempt:
    """The only attempt after the steps and one more change of it."""
    payment = played(attempting, *steps)
    attempt_id = payment.snapshot.attempts[0].id
    payment.play(lambda opened: change(opened, attempt_id))
    return payment.snapshot.attempts[0]


def success(change: PaymentChange, **reported: object) -> ChargeState:
    facts = {"amount": Paise(AMOUNT), "currency": "INR", "merchant_id": "acme", **reported}
    return ChargeState(
        ref=change.snapshot.attempts[0].ref,
        status=AttemptStatus.CAPTURED,
        gateway_status="CHARGED",
        **facts,
    )


def test_a_success_that_agrees_pays_and_names_who_paid() -> None:
    def report(change: PaymentChange, attempt_id: str) -> None:
        state = success(change)
        report_charge(change, attempt_id, state, merchant_id="acme", payer_hash=b"h")

    attempt = attempt_after(change=report)
    assert (attempt.status, attempt.payer_hash) == (AttemptStatus.CAPTURED, b"h")


def test_who_paid_is_not_replaced_once_it_is_known() -> None:
    def report(change: PaymentChange, attempt_id: str) -> None:
        for payer in (b"first", b"second"):
            report_charge(change, attempt_id, success(change), merchant_id=None, payer_hash=payer)

    assert attempt_after(change=report).payer_hash == b"first"


@pytest.mark.parametrize(
    ("reported", "review"),
    [
        ({"amount": Paise(1)}, "amount differs"),
        ({"currency": "USD"}, "currency differs"),
        ({"merchant_id": "somebody"}, "merchant differs"),
    ],
)
def test_a_success_that_disagrees_only_puts_the_attempt_under_review(
    reported: dict[str, object], review: str
) -> None:
    def report(change: PaymentChange, attempt_id: str) -> None:
        report_charge(change, attempt_id, success(change, **reported), merchant_id="acme")

    attempt = attempt_after(change=report)
    assert (attempt.status, attempt.review) == (AttemptStatus.CREATED, review)


def test_a_success_that_agrees_ends_the_review_of_one_that_did_not() -> None:
    def report(change: PaymentChange, attempt_id: str) -> None:
        wrong = success(change, amount=Paise(1))
        for state in (wrong, success(change)):
            report_charge(change, attempt_id, state, merchant_id="acme")

    attempt = attempt_after(change=report)
    assert (attempt.status, attempt.review) == (AttemptStatus.CAPTURED, None)


def test_a_captured_charge_may_be_reported_again_with_what_was_captured() -> None:
    def report(change: PaymentChange, attempt_id: str) -> None:
        state = success(change, captured=Paise(AMOUNT))
        report_charge(change, attempt_id, state, merchant_id="acme")

    assert attempt_after(CAPTURED, change=report).review is None


def refund_after(state: Callable[[Refund], RefundState], *, review: str | None = None) -> Refund:
    payment = played(attempting, CAPTURED, refunding)
    refund = payment.snapshot.refunds[0]
    if review:
        payment.play(lambda change: change.review(refund, review))
    payment.play(lambda change: report_refund(change, refund.id, state(refund)))
    return payment.snapshot.refunds[0]


def refunded(refund: Refund, **reported: object) -> RefundState:
    facts = {"amount": Paise(refund.amount), "charge_ref": None, **reported}
    return RefundState(
        ref=refund.ref, status=RefundStatus.SUCCEEDED, gateway_status="SUCCESS", **facts
    )


def test_a_refund_that_agrees_ends_its_review() -> None:
    refund = refund_after(refunded, review="amount differs")
    assert (refund.status, refund.review) == (RefundStatus.SUCCEEDED, None)


def test_a_refund_that_disagrees_only_goes_under_review() -> None:
    refund = refund_after(lambda refund: refunded(refund, charge_ref="another"))
    assert (refund.status, refund.review) == (RefundStatus.CREATED, "reference differs")


def test_a_refund_that_is_still_pending_ends_no_review() -> None:
    def pending(refund: Refund) -> RefundState:
        return RefundState(
            ref=refund.ref,
            charge_ref=None,
            status=RefundStatus.PENDING,
            gateway_status="PENDING",
            amount=Paise(refund.amount),
        )

    assert refund_after(pending, review="amount differs").review == "amount differs"


@pytest.mark.parametrize(("steps", "review"), [((CAPTURED,), FOREIGN_REFUND), ((), None)])
def test_money_returned_without_our_request_is_reviewed_if_there_was_any(
    steps: tuple[object, ...], review: str | None
) -> None:
    assert attempt_after(*steps, change=report_foreign_refund).review == review


@pytest.mark.parametrize(("step", "review"), [(CAPTURED, None), (AUTHORIZED, "no verdict")])
def test_only_an_attempt_that_has_not_moved_on_is_put_under_review(
    step: object, review: str | None
) -> None:
    def give_up(change: PaymentChange, attempt_id: str) -> None:
        review_while(change, attempt_id, "no verdict", AUTHORIZED_ONLY)

    assert attempt_after(step, change=give_up).review == review


def test_a_refused_capture_may_be_for_another_amount_next_time() -> None:
    def review(change: PaymentChange, attempt_id: str) -> None:
        change.update_attempt(attempt_id, amount_to_capture=100)
        for reason in ("first", "second"):
            review_while(change, attempt_id, reason, AUTHORIZED_ONLY, reset_capture=True)

    attempt = attempt_after(AUTHORIZED, change=review)
    assert (attempt.amount_to_capture, attempt.review) == (None, "first")


def test_a_gateway_knows_a_charge_by_our_reference_and_customer() -> None:
    payment = played(attempting).snapshot
    attempt = payment.attempts[0]
    assert payment.charge_key(attempt) == ChargeKey(
        ref=attempt.ref, customer_ref=payment.payment.customer_ref, amount=Paise(AMOUNT)
    )
    assert payment.payment.customer_key == CustomerKey(
        payment.payment.merchant_id, payment.payment.customer_ref
    )
