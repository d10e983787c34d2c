"""Refunds of a gateway that only sums them up, and the webhooks that name them, in any order."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from payment_engine.domain.accounting import refunds_of
from payment_engine.domain.gateway import RefundState, Refused
from payment_engine.domain.money import Paise
from payment_engine.domain.outcomes import REFUNDED_TOO_MUCH, refund_state
from payment_engine.domain.refund_reports import FOREIGN_REFUND, report_refund
from payment_engine.domain.states import AttemptStatus, RefundStatus
from tests.unit.domain.test_every_order import CAPTURED, Played, attempting, refunding
from tests.unit.domain.test_lifecycle import played
from tests.unit.domain.test_reports import foreign, play_reports, shows

A, R = AttemptStatus, RefundStatus


def look(payment: Played, total: int, status: AttemptStatus = A.CAPTURED) -> None:
    """The gateway shows this total of paise; the look that was called for is made by it."""
    payment.jobs.discard(("confirm_charge", payment.snapshot.attempts[0].id))
    play_reports(payment, replace(shows(payment, status), refunded=Paise(total)), looked=True)


def rows(payment: Played) -> list[tuple[str | None, str, int]]:
    return [(each.foreign_ref, each.status.value, each.amount) for each in payment.snapshot.refunds]


def to_confirm(payment: Played) -> bool:
    return ("confirm_charge", payment.snapshot.attempts[0].id) in payment.jobs


def test_what_a_total_has_beyond_our_rows_is_a_refund_of_the_gateways() -> None:
    payment = played(attempting, CAPTURED, refunding)
    look(payment, 16400)
    assert len(payment.snapshot.refunds) == 1
    for _ in range(2):
        look(payment, 16500)
        assert rows(payment)[1:] == [("total:2", "succeeded", 100)]
    (attempt,) = payment.snapshot.attempts
    assert (attempt.amount_refunded, attempt.amount_refund_reserved) == (100, 16500)
    assert attempt.review is None


def test_a_webhook_names_the_refund_that_a_total_had_shown() -> None:
    payment = played(attempting, CAPTURED)
    look(payment, 400)
    play_reports(payment, foreign(R.PENDING, 400), foreign(R.SUCCEEDED, 400))
    assert rows(payment) == [("d1", "succeeded", 400)]
    [line] = [event for event in payment.events if event.type == "refund.named"]
    assert line.data == {"before": "total:1", "ref": "d1"}


def test_a_refund_is_known_by_its_name_in_whatever_case() -> None:
    payment = played(attempting, CAPTURED)
    play_reports(payment, foreign(R.SUCCEEDED, 400), foreign(R.SUCCEEDED, 400, ref="D1"))
    assert rows(payment) == [("d1", "succeeded", 400)]


def test_a_total_after_the_webhook_adds_nothing() -> None:
    payment = played(attempting, CAPTURED)
    play_reports(payment, foreign(R.SUCCEEDED, 400))
    look(payment, 400)
    assert rows(payment) == [("d1", "succeeded", 400)]


def test_one_of_several_refunds_in_a_total_leaves_the_rest() -> None:
    payment = played(attempting, CAPTURED)
    look(payment, 1000)
    play_reports(payment, foreign(R.SUCCEEDED, 400))
    assert refunds_of(payment.snapshot.refunds, payment.snapshot.attempts[0].id).refunded == 1000
    assert [each for each in rows(payment) if each[1] == "succeeded"] == [
        ("total:2", "succeeded", 600),
        ("d1", "succeeded", 400),
    ]


def failures(payment: Played) -> list[str]:
    """What tells the order service that it may refund again."""
    return [each for each in payment.announced if each == "refund.failed"]


def test_nobody_hears_of_a_failure_if_named_refunds_replace_one_of_the_total() -> None:
    payment = played(attempting, CAPTURED)
    look(payment, 1000)
    play_reports(payment, foreign(R.SUCCEEDED, 400))
    look(payment, 1000)
    play_reports(payment, foreign(R.SUCCEEDED, 700, ref="d2"))
    look(payment, 1100)
    assert payment.snapshot.attempts[0].amount_refunded == 1100
    assert failures(payment) == []
    assert "refund.replaced" in [event.type for event in payment.events]


def test_a_refund_that_leaves_the_total_has_failed() -> None:
    payment = played(attempting, CAPTURED)
    look(payment, 400)
    look(payment, 0)
    assert rows(payment) == [("total:1", "failed", 400)]
    assert failures(payment) == ["refund.failed"]


def test_another_refund_than_the_one_in_the_total_is_compared_with_the_next_total() -> None:
    payment = played(attempting, CAPTURED)
    look(payment, 400)
    play_reports(payment, foreign(R.SUCCEEDED, 1000))
    assert to_confirm(payment)
    look(payment, 1000)
    assert payment.snapshot.attempts[0].amount_refunded == 1000
    play_reports(payment, foreign(R.FAILED, 70, ref="d2"))
    assert payment.snapshot.attempts[0].amount_refunded == 1000


def test_a_failed_refund_of_the_gateways_own_takes_nothing_out_of_a_total() -> None:
    payment = played(attempting, CAPTURED)
    look(payment, 400)
    play_reports(payment, foreign(R.FAILED, 400))
    assert payment.snapshot.attempts[0].amount_refunded == 400
    assert to_confirm(payment)


@pytest.mark.parametrize("found", [R.SUCCEEDED, R.PENDING])
def test_a_refund_of_ours_that_only_seemed_refused_does_not_count_twice(found: R) -> None:
    payment = played(attempting, CAPTURED, refunding)
    refund, attempt = payment.snapshot.refunds[0], payment.snapshot.attempts[0]
    refused = refund_state(Refused("busy"), refund.ref, attempt.ref, None)
    payment.play(lambda change: report_refund(change, refund.id, refused))
    look(payment, 16400)
    assert len(payment.snapshot.refunds) == 2
    state = RefundState(ref=refund.ref, charge_ref=None, status=found, gateway_status="x")
    play_reports(payment, state)
    assert [each.status for each in payment.snapshot.refunds] == [found, R.FAILED]
    assert payment.snapshot.attempts[0].amount_refund_reserved == 16400


def test_a_total_of_money_that_we_do_not_know_of_is_reviewed_until_it_is_gone() -> None:
    payment = played(attempting)
    look(payment, 400, A.PENDING)
    (attempt,) = payment.snapshot.attempts
    assert (payment.snapshot.refunds, attempt.review) == ((), FOREIGN_REFUND)
    look(payment, 400)
    (attempt,) = payment.snapshot.attempts
    assert (attempt.review, attempt.amount_refunded) == (None, 400)


def test_a_review_of_a_refund_that_nobody_knew_ends_once_it_has_a_row() -> None:
    payment = played(attempting, CAPTURED)
    payment.play(lambda change: change.review(change.snapshot.attempts[0], FOREIGN_REFUND))
    look(payment, 400)
    (attempt,) = payment.snapshot.attempts
    assert (attempt.review, attempt.amount_refunded) == (None, 400)


def test_a_total_of_more_than_was_captured_is_reviewed() -> None:
    payment = played(attempting, CAPTURED)
    look(payment, 200000)
    assert payment.snapshot.attempts[0].review == REFUNDED_TOO_MUCH


def courses(amounts: tuple[int, ...]) -> Iterator[tuple[str, ...]]:
    """Every order in which refunds are made and named, with a look before each step or not."""

    def go(made: int, named: frozenset[int]) -> Iterator[tuple[str, ...]]:
        if made == len(amounts) and len(named) == len(amounts):
            yield ()
        steps = [("make", made + 1, named)] if made < len(amounts) else []
        steps += [(f"name{n}", made, named | {n}) for n in range(made) if n not in named]
        for step, then_made, then_named in steps:
            for rest in go(then_made, then_named):
                yield (step, *rest)
                yield ("look", step, *rest)

    return go(0, frozenset())


@pytest.mark.parametrize("amounts", [(100, 100), (100, 300), (300, 100), (100, 300, 100)], ids=str)
def test_rows_add_up_to_the_total_in_whatever_order_they_are_named(
    amounts: tuple[int, ...],
) -> None:
    for course in courses(amounts):
        payment, made = played(attempting, CAPTURED), 0
        for step in course:
            if step == "make":
                made += 1
            elif step == "look":
                look(payment, sum(amounts[:made]))
            else:
                number = int(step[4:])
                play_reports(payment, foreign(R.SUCCEEDED, amounts[number], ref=f"d{number}"))
        while to_confirm(payment):
            look(payment, sum(amounts))
        counting = [each for each in payment.snapshot.refunds if each.status is R.SUCCEEDED]
        assert sorted(each.foreign_ref for each in counting) == [
            f"d{number}" for number in range(len(amounts))
        ], course
        assert payment.snapshot.attempts[0].amount_refunded == sum(amounts), course
        assert payment.snapshot.attempts[0].review is None
