"""A job that a commit withdraws while a worker is leasing it."""

import asyncio
from datetime import timedelta

from payment_engine.db.payment_store import PostgresPaymentStore
from payment_engine.db.pool import Pool
from payment_engine.domain.commit import CommitResult
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.states import Closing
from tests.db.changes import changing, now, opening


def cancelling(change: PaymentChange) -> None:
    change.close(Closing.CANCELLED)
    change.withdraw_job("expire_payment", change.snapshot.payment.id)


async def test_a_job_that_is_leased_at_the_same_moment_is_withdrawn_all_the_same(
    postgres: PostgresPaymentStore, pool: Pool
) -> None:
    opened = opening()
    assert await postgres.commit([opened]) == [CommitResult.WRITTEN]
    worker = await pool.acquire()
    lease = worker.transaction()
    await lease.start()
    await worker.execute(
        "UPDATE job SET lease_until = $1, attempts = attempts + 1", now() + timedelta(minutes=1)
    )
    commit = asyncio.create_task(postgres.commit([changing(opened.snapshot, cancelling)]))
    async with asyncio.timeout(10):
        while not await pool.fetch("SELECT FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.02)
    await lease.commit()
    await pool.release(worker)
    assert await commit == [CommitResult.WRITTEN]
    assert await pool.fetch("SELECT FROM job") == []
