"""Both payment stores, each with a merchant; PostgreSQL through the pool of production."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from payment_engine.db.payment_store import PostgresPaymentStore
from payment_engine.db.pool import Pool
from payment_engine.domain.store import MerchantFacts, PaymentStore
from payment_engine.simulator.memory_store import MemoryPaymentStore
from tests.db.changes import MERCHANT, now


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """Connections to a database of this test's own."""
    pool = Pool(lambda: asyncpg.connect(database), size=6)
    yield pool
    await pool.close()


@pytest.fixture
async def postgres(pool: Pool) -> PostgresPaymentStore:
    """The store of production."""
    await pool.fetch(
        "INSERT INTO merchant (id, name, created_at) VALUES ($1, 'Pharmacy', $2)", MERCHANT, now()
    )
    return PostgresPaymentStore(pool)


@pytest.fixture
def memory() -> MemoryPaymentStore:
    """The store of the simulator."""
    store = MemoryPaymentStore(now)
    store.tables.merchants[MERCHANT] = MerchantFacts(mcc="5912", upi_verified=False)
    return store


@pytest.fixture(params=["postgres", "memory"])
def store(request: pytest.FixtureRequest) -> PaymentStore:
    """Each store in turn: what one does, the other does."""
    chosen: Any = request.getfixturevalue(request.param)
    found: PaymentStore = chosen
    return found
