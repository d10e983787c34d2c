"""Actions on many rows: what they may be about, and when one stops by itself."""

import pytest
from pydantic import ValidationError

from payment_engine.domain.bulk import mostly_failed
from payment_engine.domain.requests.bulk import BulkSyncIn

ACTION = {"reason": "the outage is over", "state": "unsettled"}


@pytest.mark.parametrize(("done", "failed"), [(10, 5), (1000, 500), (1000, 1000)])
def test_half_without_an_answer_is_enough_to_stop(done: int, failed: int) -> None:
    assert mostly_failed(done, failed)


@pytest.mark.parametrize(("done", "failed"), [(9, 9), (10, 4), (1000, 499)])
def test_fewer_or_a_small_sample_is_not(done: int, failed: int) -> None:
    assert not mostly_failed(done, failed)


def test_the_rows_of_an_action_are_of_a_time_in_order() -> None:
    window = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-02T00:00:00Z"}
    assert BulkSyncIn.model_validate({**ACTION, **window})
    with pytest.raises(ValidationError, match="must be later than since"):
        BulkSyncIn.model_validate({**ACTION, "since": window["until"], "until": window["since"]})
