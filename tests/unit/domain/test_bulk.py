"""When an action on many rows stops by itself."""

import pytest

from payment_engine.domain.bulk import mostly_failed


@pytest.mark.parametrize(("done", "failed"), [(10, 5), (1000, 500), (1000, 1000)])
def test_half_without_an_answer_is_enough_to_stop(done: int, failed: int) -> None:
    assert mostly_failed(done, failed)


@pytest.mark.parametrize(("done", "failed"), [(9, 9), (10, 4), (1000, 499)])
def test_fewer_or_a_small_sample_is_not(done: int, failed: int) -> None:
    assert not mostly_failed(done, failed)
