"""What a process remembers for a while."""

from payment_engine.caches import BalanceRefreshes


def test_a_balance_is_fetched_once_at_a_time_and_few_at_once() -> None:
    refreshes = BalanceRefreshes(limit=2)
    assert [refreshes.start(each) for each in ("wal_1", "wal_1", "wal_2", "wal_3")] == [
        True,
        False,
        True,
        False,
    ]
    refreshes.end("wal_1")
    assert refreshes.start("wal_1")
