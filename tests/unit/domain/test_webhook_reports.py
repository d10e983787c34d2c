"""Which news of a webhook counts at once, and which only once the gateway was looked up."""

from dataclasses import replace

import pytest

from payment_engine.domain.gateway import ChargeState
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.money import Paise
from payment_engine.domain.states import AttemptStatus, RefundStatus
from payment_engine.domain.webhook_reports import look_first, reason_to_look
from tests.unit.domain.test_every_order import AUTHORIZED, CAPTURED, attempting, refunding
from tests.unit.domain.test_lifecycle import played
from tests.unit.domain.test_reports import foreign, shows

A, R = AttemptStatus, RefundStatus


def reason(
    *steps: object, status: AttemptStatus = A.CAPTURED, proven: bool = False, **facts: object
) -> str | None:
    payment = played(attempting, *steps)
    change = PaymentChange(payment.snapshot, payment._situation())
    state = replace(shows(payment, status), **facts)
    attempt_id = payment.snapshot.attempts[0].id
    return reason_to_look(change, attempt_id, state, merchant_id="acme", proven=proven)


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ((), A.CAPTURED),
        ((), A.AUTHORIZED),
        ((AUTHORIZED,), A.VOIDED),
        ((), A.VOIDED),
        ((AUTHORIZED,), A.CAPTURED),
        ((AUTHORIZED,), A.FAILED),
    ],
)
def test_news_of_money_that_only_a_password_proves_is_looked_up(
    steps: tuple[object, ...], status: AttemptStatus
) -> None:
    assert reason(*steps, status=status) == "unproven"
    assert reason(*steps, status=status, proven=True) is None


@pytest.mark.parametrize(
    ("steps", "status"), [((), A.FAILED), ((), A.PENDING), ((CAPTURED,), A.CAPTURED)]
)
def test_what_moves_no_money_counts_at_once(
    steps: tuple[object, ...], status: AttemptStatus
) -> None:
    assert reason(*steps, status=status) is None


@pytest.mark.parametrize("proven", [True, False])
def test_what_contradicts_the_record_is_looked_up_before_anybody_is_alarmed(
    *, proven: bool
) -> None:
    assert reason(CAPTURED, status=A.FAILED, proven=proven) == "contradicts"


@pytest.mark.parametrize("proven", [True, False])
@pytest.mark.parametrize(("name", "what"), [("currency", "currency"), ("merchant_id", "merchant")])
def test_what_a_success_leaves_out_is_looked_up(name: str, what: str, *, proven: bool) -> None:
    assert reason(proven=proven, **{name: None}) == f"{what} missing"


def test_a_success_over_no_amount_is_looked_up() -> None:
    assert reason(amount=None) == "amount differs"
    assert reason(amount=None, proven=True) == "amount missing"


def test_another_amount_is_looked_up_where_only_a_password_proves_it() -> None:
    assert reason(amount=Paise(1)) == "amount differs"
    assert reason(amount=Paise(1), proven=True) is None


@pytest.mark.parametrize("facts", [{"amount": Paise(1)}, {"merchant_id": "another"}])
def test_a_failure_of_something_else_is_looked_up(facts: dict[str, object]) -> None:
    for proven in (True, False):
        assert (reason(status=A.FAILED, proven=proven, **facts) or "").endswith(" differs")


def test_money_called_returned_is_looked_up_although_no_refund_moves() -> None:
    assert reason(CAPTURED, sent_back=True) == "unproven"
    assert reason(CAPTURED, sent_back=True, proven=True) is None


@pytest.mark.parametrize(
    ("status", "ours", "why"),
    [
        (R.PENDING, False, "unproven"),
        (R.SUCCEEDED, True, "unproven"),
        (R.FAILED, True, "unproven"),
        (R.PENDING, True, None),
    ],
)
def test_news_of_refunds_that_only_a_password_proves_is_looked_up(
    status: RefundStatus, why: str | None, *, ours: bool
) -> None:
    payment = played(attempting, CAPTURED, refunding)
    ref = payment.snapshot.refunds[0].ref if ours else "d1"
    refund = foreign(status, 16400, ref)
    change = PaymentChange(payment.snapshot, payment._situation())
    state: ChargeState = replace(shows(payment, A.CAPTURED), refunds=(refund,))
    attempt_id = payment.snapshot.attempts[0].id
    facts = {"merchant_id": "acme"}
    assert reason_to_look(change, attempt_id, state, proven=False, **facts) == why
    assert reason_to_look(change, attempt_id, state, proven=True, **facts) is None


def test_a_look_leaves_all_as_it_is_and_is_due_at_once() -> None:
    payment = played(attempting)
    before = payment.snapshot.attempts[0]
    state = shows(payment, A.CAPTURED)
    payment.play(lambda change: look_first(change, before.id, state, "unproven"))
    assert payment.snapshot.attempts[0] == before
    assert ("confirm_charge", before.id) in payment.jobs
    assert payment.events[-1].type == "attempt.unconfirmed"
    assert payment.events[-1].data["why"] == "unproven"
