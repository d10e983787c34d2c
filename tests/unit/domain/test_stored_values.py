"""Values that are stored as text or documents, and read again by later releases."""

import pytest
from pydantic import TypeAdapter

from payment_engine.domain.events import MessageType, attempt_message
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.preferences import DEFAULTS, Preferences
from payment_engine.domain.states import AttemptStatus


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (AttemptStatus.PENDING, MessageType.PAYMENT_PENDING),
        (AttemptStatus.AUTHORIZED, MessageType.PAYMENT_AUTHORIZED),
        (AttemptStatus.CAPTURED, MessageType.PAYMENT_PAID),
        (AttemptStatus.FAILED, MessageType.PAYMENT_FAILED_ATTEMPT),
        (AttemptStatus.VOIDED, MessageType.PAYMENT_VOIDED),
    ],
)
def test_the_order_service_hears_what_became_of_the_attempt_that_paid(
    status: AttemptStatus, message: MessageType
) -> None:
    assert attempt_message(status, elected=True) is message


def test_money_released_that_never_paid_the_order_is_a_failed_attempt() -> None:
    message = attempt_message(AttemptStatus.VOIDED, elected=False)
    assert message is MessageType.PAYMENT_FAILED_ATTEMPT


def test_every_kind_of_job_fits_its_column() -> None:
    assert max(len(kind.value) for kind in JobKind) <= 24


def test_a_customer_without_preferences_has_the_usual_ones() -> None:
    assert TypeAdapter(Preferences).validate_python(DEFAULTS) == DEFAULTS
