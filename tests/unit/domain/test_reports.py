"""What a gateway reports is checked against our own record before it changes anything."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.gateway import ChargeKey, ChargeState, RefundState, Refused
from payment_engine.domain.invariants import breaches
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.money import Paise
from payment_engine.domain.outcomes import (
    AUTOMATIC_REFUND_FAILED,
    CONTRADICTS,
    NOT_SENT_BACK,
    REFUNDED_TOO_MUCH,
    Conflict,
    refund_state,
)
from payment_engine.domain.payment import Attempt, Refund
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.refund_reports import (
    FOREIGN_REFUND,
    report_refund,
    report_refund_of,
)
from payment_engine.domain.reports import (
    count_checks,
    report_charge,
    resolve_review,
    review_while,
)
from payment_engine.domain.states import AttemptStatus, Closing, PaymentStatus, RefundStatus
from tests.unit.domain.test_every_order import (
    AMOUNT,
    AUTHORIZED,
    CAPTURED,
    FAILED,
    Played,
    attempting,
    close,
    refund_reports,
    refunding,
    reports,
)
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


@pytest.mark.parametrize(("method", "stored"), [(Method.CARD, b"first"), (Method.WALLET, None)])
def test_the_first_digits_that_a_gateway_reports_of_a_card_are_not_replaced(
    method: Method, stored: bytes | None
) -> None:
    def report(change: PaymentChange, attempt_id: str) -> None:
        change.update_attempt(attempt_id, method=method)
        for digits in (b"first", b"second"):
            report_charge(change, attempt_id, success(change), merchant_id=None, bin_hash=digits)

    assert attempt_after(change=report).bin_hash == stored


def declining(code: str | None) -> Callable[[PaymentChange, str], None]:
    """A card that its gateway declines."""

    def decline(change: PaymentChange, attempt_id: str) -> None:
        change.update_attempt(attempt_id, method=Method.CARD)
        failed = replace(success(change), status=AttemptStatus.FAILED, decline_code=code)
        report_charge(change, attempt_id, failed, merchant_id="acme")

    return decline


@pytest.mark.parametrize("code", ["declined_by_issuer", "incorrect_cvv", None])
def test_a_declined_card_is_marked_and_a_late_success_takes_the_mark_away(
    code: str | None,
) -> None:
    def pay_late(change: PaymentChange, attempt_id: str) -> None:
        declining(code)(change, attempt_id)
        report_charge(change, attempt_id, success(change), merchant_id="acme")

    declined = attempt_after(change=declining(code))
    assert declined.declined_at == declined.settled_at is not None
    assert attempt_after(change=pay_late).declined_at is None


def test_a_card_whose_holder_went_away_is_not_marked() -> None:
    assert attempt_after(change=declining("timed_out")).declined_at is None


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


def foreign(status: RefundStatus, amount: int | None = AMOUNT, ref: str = "d1") -> RefundState:
    return RefundState(
        ref=ref,
        charge_ref=None,
        status=status,
        gateway_status=status.value.upper(),
        amount=None if amount is None else Paise(amount),
    )


def play_reports(payment: Played, *states: ChargeState | RefundState, looked: bool = False) -> None:
    """Each report in a change of its own, about the only attempt."""
    attempt_id = payment.snapshot.attempts[0].id
    for state in states:

        def report(change: PaymentChange, state: ChargeState | RefundState = state) -> None:
            if isinstance(state, RefundState):
                report_refund_of(change, attempt_id, state)
            else:
                report_charge(change, attempt_id, state, merchant_id="acme", looked=looked)

        payment.play(report)
        assert list(breaches(payment.books())) == []


R = RefundStatus


def test_a_refund_that_the_gateway_made_without_us_counts_in_the_books() -> None:
    payment = played(attempting, CAPTURED)
    play_reports(payment, foreign(R.PENDING, 16400), foreign(R.SUCCEEDED, 16400))
    (refund,), (attempt,) = payment.snapshot.refunds, payment.snapshot.attempts
    assert (refund.foreign_ref, refund.status, refund.amount) == ("d1", R.SUCCEEDED, 16400)
    assert (attempt.amount_refunded, attempt.refundable) == (16400, AMOUNT - 16400)
    assert (attempt.review, attempt.elected) == (None, True)
    assert ("refund", refund.id) in payment.jobs


def test_more_refunds_than_money_put_the_attempt_under_review() -> None:
    payment = played(attempting, CAPTURED, refunding)
    play_reports(payment, foreign(R.SUCCEEDED))
    assert payment.snapshot.attempts[0].review == REFUNDED_TOO_MUCH


def test_a_foreign_refund_over_no_amount_is_reviewed() -> None:
    payment = played(attempting, CAPTURED)
    play_reports(payment, foreign(R.SUCCEEDED, None))
    assert (payment.snapshot.refunds, payment.snapshot.attempts[0].review) == ((), FOREIGN_REFUND)


def test_a_refund_of_money_that_we_do_not_know_of_has_the_charge_looked_up() -> None:
    payment = played(attempting)
    play_reports(payment, foreign(R.SUCCEEDED))
    assert payment.snapshot.refunds == ()
    assert ("confirm_charge", payment.snapshot.attempts[0].id) in payment.jobs


def test_a_look_that_shows_a_refund_and_no_money_is_reviewed_and_not_made_again() -> None:
    payment = played(attempting)
    change = PaymentChange(payment.snapshot, payment._situation())
    state = replace(success(change), status=AttemptStatus.PENDING, refunds=(foreign(R.SUCCEEDED),))
    play_reports(payment, state, looked=True)
    (attempt,) = payment.snapshot.attempts
    assert (payment.snapshot.refunds, attempt.review) == ((), FOREIGN_REFUND)
    assert ("confirm_charge", attempt.id) not in payment.jobs


def test_money_that_is_followed_already_needs_no_other_look_at_once() -> None:
    payment = played(attempting)
    play_reports(payment, sent_back(payment, foreign(R.FAILED)))
    attempt_id = payment.snapshot.attempts[0].id
    payment.jobs.remove(("confirm_charge", attempt_id))
    play_reports(payment, sent_back(payment, foreign(R.FAILED)), looked=True)
    assert ("confirm_charge", attempt_id) not in payment.jobs


@pytest.mark.parametrize("status", [R.FAILED, R.SUCCEEDED])
def test_a_refund_over_no_amount_does_not_alarm_at_each_look(status: RefundStatus) -> None:
    payment = played(attempting)
    play_reports(payment, sent_back(payment, foreign(status, None)), looked=True)
    known = len(payment.events), len(payment.sequences)
    play_reports(payment, sent_back(payment, foreign(status, None)), looked=True)
    assert (len(payment.events), len(payment.sequences)) == known
    assert payment.snapshot.attempts[0].review == NOT_SENT_BACK


def test_money_that_was_not_sent_back_is_followed_until_a_person_resolves_it() -> None:
    payment = played(attempting)
    play_reports(payment, sent_back(payment, foreign(R.FAILED)))
    attempt_id = payment.snapshot.attempts[0].id
    assert ("confirm_charge", attempt_id) in payment.jobs
    payment.play(lambda change: resolve_review(change, attempt_id))
    assert payment.snapshot.attempts[0].review is None
    assert ("confirm_charge", attempt_id) not in payment.jobs


def with_unreturned_money(*steps: object) -> Played:
    """A payment whose money its gateway calls returned, though its refund failed."""
    payment = played(attempting, *steps)
    play_reports(payment, sent_back(payment, foreign(R.FAILED)))
    (attempt,) = payment.snapshot.attempts
    assert (attempt.conflict, attempt.review) == (Conflict.SENT_BACK, NOT_SENT_BACK)
    return payment


def test_money_that_stays_with_the_gateway_after_all_pays_the_order() -> None:
    payment = with_unreturned_money()
    play_reports(payment, shows(payment, AttemptStatus.CAPTURED), looked=True)
    (attempt,) = payment.snapshot.attempts
    assert (attempt.review, attempt.conflict, attempt.elected) == (None, None, True)
    assert payment.snapshot.payment.status is PaymentStatus.PAID
    assert "conflict.over" in [event.type for event in payment.events]


def test_money_that_stays_with_the_gateway_and_cannot_pay_goes_back_by_us() -> None:
    payment = with_unreturned_money(close(Closing.CANCELLED))
    play_reports(payment, shows(payment, AttemptStatus.CAPTURED), looked=True)
    (attempt,), refund = payment.snapshot.attempts, payment.snapshot.refunds[-1]
    assert (attempt.review, attempt.conflict) == (None, Conflict.CANCELLED)
    assert (refund.automatic, refund.amount) == (True, AMOUNT)
    assert ("refund", refund.id) in payment.jobs


@pytest.mark.parametrize(
    ("facts", "looked"),
    [
        ({}, False),
        ({"sent_back": True}, True),
        ({"gateway_payment_id": "another"}, True),
        ({"refunds": (foreign(R.PENDING, 400, "d2"),)}, True),
        ({"amount": Paise(1)}, True),
    ],
    ids=str,
)
def test_unreturned_money_stays_in_review_unless_all_agrees(
    facts: dict[str, object], *, looked: bool
) -> None:
    payment = with_unreturned_money()
    state = replace(shows(payment, AttemptStatus.CAPTURED), **facts)
    play_reports(payment, state, looked=looked)
    (attempt,) = payment.snapshot.attempts
    assert attempt.review is not None
    assert (attempt.conflict, attempt.elected) == (Conflict.SENT_BACK, False)


def sent_back(payment: Played, *refunds: RefundState) -> ChargeState:
    change = PaymentChange(payment.snapshot, payment._situation())
    return replace(success(change), sent_back=True, refunds=refunds)


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ((), PaymentStatus.OPEN),
        ((FAILED,), PaymentStatus.OPEN),
        ((AUTHORIZED,), PaymentStatus.OPEN),
        ((close(Closing.EXPIRED),), PaymentStatus.EXPIRED),
    ],
)
def test_money_that_the_gateway_sent_back_is_a_conflict_with_refunds_of_its_own(
    steps: tuple[object, ...], status: PaymentStatus
) -> None:
    payment = played(attempting, *steps)
    play_reports(payment, sent_back(payment, foreign(R.SUCCEEDED)))
    (attempt,), (refund,) = payment.snapshot.attempts, payment.snapshot.refunds
    assert (attempt.status, attempt.conflict, attempt.review) == (
        AttemptStatus.CAPTURED,
        Conflict.SENT_BACK,
        None,
    )
    assert (attempt.elected, attempt.amount_refunded, refund.automatic) == (False, AMOUNT, False)
    assert payment.snapshot.payment.status is status


@pytest.mark.parametrize("refunds", [(), (foreign(R.FAILED),), (foreign(R.SUCCEEDED, 100),)])
def test_money_called_returned_that_no_refund_covers_is_followed_and_reviewed(
    refunds: tuple[RefundState, ...],
) -> None:
    payment = played(attempting)
    play_reports(payment, sent_back(payment, *refunds))
    (attempt,) = payment.snapshot.attempts
    assert (attempt.conflict, attempt.review) == (Conflict.SENT_BACK, NOT_SENT_BACK)
    assert ("confirm_charge", attempt.id) in payment.jobs
    play_reports(payment, sent_back(payment, foreign(R.SUCCEEDED, attempt.refundable, "d2")))
    (attempt,) = payment.snapshot.attempts
    assert (attempt.review, attempt.amount_refunded) == (None, AMOUNT)


def test_a_refund_of_the_gateways_own_that_fails_later_is_reviewed() -> None:
    payment = played(attempting)
    pending, failed = foreign(R.PENDING), foreign(R.FAILED)
    play_reports(payment, sent_back(payment, pending))
    assert payment.snapshot.attempts[0].review is None
    payment.jobs.discard(("confirm_charge", payment.snapshot.attempts[0].id))
    play_reports(payment, failed)
    (attempt,) = payment.snapshot.attempts
    assert attempt.review == NOT_SENT_BACK
    assert ("confirm_charge", attempt.id) in payment.jobs


def test_the_gateway_sends_back_what_paid_the_order() -> None:
    payment = played(attempting, CAPTURED)
    play_reports(payment, sent_back(payment))
    assert payment.snapshot.attempts[0].review == NOT_SENT_BACK
    play_reports(payment, replace(sent_back(payment), refunds=()))
    refund = foreign(R.SUCCEEDED)
    play_reports(payment, sent_back(payment, refund))
    (attempt,) = payment.snapshot.attempts
    assert (attempt.review, attempt.amount_refunded, attempt.elected) == (None, AMOUNT, True)


def test_a_conflict_that_the_gateway_sends_back_is_not_refunded_by_us_as_well() -> None:
    payment = played(attempting, AUTHORIZED, attempting, reports(AttemptStatus.CAPTURED, 1))
    first = payment.snapshot.attempts[0]
    assert payment.snapshot.elected == first
    second = payment.snapshot.attempts[1]
    assert second.conflict == Conflict.SECOND_SUCCESS

    def report(change: PaymentChange) -> None:
        state = replace(success(change), status=AttemptStatus.CAPTURED, sent_back=True)
        report_charge(change, first.id, state, merchant_id="acme")

    payment.play(report)
    assert [refund.attempt_id for refund in payment.snapshot.refunds] == [second.id]


def shows(payment: Played, status: AttemptStatus) -> ChargeState:
    change = PaymentChange(payment.snapshot, payment._situation())
    return replace(success(change), status=status)


@pytest.mark.parametrize("status", [AttemptStatus.PENDING, AttemptStatus.FAILED])
def test_a_look_that_contradicts_parks_the_attempt_and_one_that_agrees_ends_it(
    status: AttemptStatus,
) -> None:
    payment = played(attempting, CAPTURED)
    play_reports(payment, shows(payment, status), looked=True)
    assert payment.snapshot.attempts[0].review == CONTRADICTS
    play_reports(payment, shows(payment, AttemptStatus.CAPTURED))
    assert payment.snapshot.attempts[0].review == CONTRADICTS
    play_reports(payment, shows(payment, AttemptStatus.CAPTURED), looked=True)
    assert payment.snapshot.attempts[0].review is None


def test_an_older_report_contradicts_nothing() -> None:
    payment = played(attempting, CAPTURED)
    play_reports(payment, shows(payment, AttemptStatus.PENDING))
    assert payment.snapshot.attempts[0].review is None


def test_a_failure_over_another_amount_is_not_believed() -> None:
    payment = played(attempting)
    state = replace(shows(payment, AttemptStatus.FAILED), amount=Paise(1))
    play_reports(payment, state)
    (attempt,) = payment.snapshot.attempts
    assert (attempt.status, attempt.review) == (AttemptStatus.CREATED, "amount differs")


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


@pytest.mark.parametrize(
    ("step", "followed"),
    [(CAPTURED, False), (AUTHORIZED, True), (reports(AttemptStatus.PENDING), True)],
)
def test_a_resolved_review_leaves_the_status_and_follows_what_is_not_decided(
    step: object, *, followed: bool
) -> None:
    payment = played(attempting, step)
    before = payment.snapshot.attempts[0]
    payment.jobs.clear()
    payment.play(lambda change: change.review(before, "odd"))
    payment.play(lambda change: resolve_review(change, before.id))
    assert payment.snapshot.attempts[0] == before
    assert (("check_charge", before.id) in payment.jobs) is followed
    assert payment.events[-1].type == "review.resolved"


def test_a_resolved_review_of_a_refund_follows_it() -> None:
    payment = played(attempting, CAPTURED, refunding)
    refund = payment.snapshot.refunds[0]
    payment.jobs.clear()
    payment.play(lambda change: change.review(refund, "odd"))
    payment.play(lambda change: resolve_review(change, refund.id))
    assert payment.snapshot.refunds[0] == refund
    assert ("refund", refund.id) in payment.jobs


def test_more_refunds_than_money_are_no_breach_once_a_person_resolved_them() -> None:
    payment = played(attempting, CAPTURED)
    play_reports(payment, foreign(R.SUCCEEDED), foreign(R.SUCCEEDED, ref="d2"))
    attempt = payment.snapshot.attempts[0]
    payment.play(lambda change: resolve_review(change, attempt.id))
    assert list(breaches(payment.books())) == []


def test_checks_count_while_the_charge_is_pending() -> None:
    checked = attempt_after(change=count_checks)
    assert (checked.checks, checked.checked_at is None) == (1, False)
    assert attempt_after(CAPTURED, change=count_checks).checks == 0


def test_a_check_counts_that_shows_a_charge_pending_which_a_webhook_called_failed() -> None:
    def found_pending(change: PaymentChange, attempt_id: str) -> None:
        count_checks(change, attempt_id, 2, pending=True)

    failed = reports(AttemptStatus.FAILED)
    assert attempt_after(failed, change=count_checks).checks == 0
    assert attempt_after(failed, change=found_pending).checks == 2


def refused_refund(change: PaymentChange) -> RefundState:
    refund = change.snapshot.refunds[0]
    attempt = change.snapshot.attempts[0]
    return refund_state(Refused("busy"), refund.ref, attempt.ref, None)


@pytest.mark.parametrize("status", [RefundStatus.PENDING, RefundStatus.MANUAL_REVIEW])
def test_a_refund_that_only_seemed_refused_is_open_again_once_it_shows(
    status: RefundStatus,
) -> None:
    payment = played(attempting, CAPTURED, refunding)
    refund_id = payment.snapshot.refunds[0].id
    payment.play(lambda change: report_refund(change, refund_id, refused_refund(change)))
    assert payment.snapshot.refunds[0].status is RefundStatus.FAILED
    for reported, expected in ((status, status), ("FAILURE", RefundStatus.FAILED), (status, None)):
        found = RefundStatus.FAILED if reported == "FAILURE" else status
        state = RefundState(
            ref=payment.snapshot.refunds[0].ref,
            charge_ref=None,
            status=found,
            gateway_status=str(reported).upper(),
        )
        payment.play(lambda change, state=state: report_refund(change, refund_id, state))
        now = payment.snapshot.refunds[0].status
        assert now is (expected or RefundStatus.FAILED)


def test_money_on_hold_that_pays_nothing_is_released_again_once_a_review_of_it_is_over() -> None:
    payment = played(attempting, close(Closing.CANCELLED), AUTHORIZED)
    attempt_id = payment.snapshot.attempts[0].id
    authorized = shows(payment, AttemptStatus.AUTHORIZED)
    payment.jobs.discard(("void", attempt_id))  # it ran, and was refused
    payment.play(lambda change: change.review(change.attempt(attempt_id), "void refused: busy"))
    play_reports(payment, replace(authorized, amount=Paise(AMOUNT + 100)), looked=True)
    assert payment.snapshot.attempts[0].review == "amount differs"
    assert ("void", attempt_id) not in payment.jobs
    play_reports(payment, authorized, looked=True)
    assert payment.snapshot.attempts[0].review is None
    assert ("void", attempt_id) in payment.jobs


def test_money_whose_refund_failed_stays_in_review_when_another_review_of_it_is_over() -> None:
    payment = played(attempting, close(Closing.CANCELLED), CAPTURED)
    attempt_id = payment.snapshot.attempts[0].id
    captured = shows(payment, AttemptStatus.CAPTURED)
    payment.play(refund_reports(RefundStatus.FAILED))
    play_reports(payment, replace(captured, amount=Paise(AMOUNT + 100)), looked=True)
    assert payment.snapshot.attempts[0].review == "amount differs"
    play_reports(payment, captured, looked=True)
    assert payment.snapshot.attempts[0].review == AUTOMATIC_REFUND_FAILED
    payment.play(lambda change: resolve_review(change, attempt_id))
    assert payment.snapshot.attempts[0].review is None
