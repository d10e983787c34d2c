"""Both payment stores, each with a merchant; PostgreSQL through the pool of production."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson
import pytest

from payment_engine.db.connection import Database
from payment_engine.db.payment_store import PostgresPaymentStore
from payment_engine.db.pool import Pool
from payment_engine.db.work_store import PostgresWorkStore, WorkStore
from payment_engine.domain.store import MerchantFacts, PaymentStore
from payment_engine.simulator.memory_store import MemoryPaymentStore
from payment_engine.simulator.memory_work import MemoryWorkStore
from payment_engine.simulator.tables import CustomerConfig
from tests.db.changes import CUSTOMER, MERCHANT, now

Hides = Callable[..., Awaitable[None]]

_CONFIG = """
INSERT INTO customer_config (merchant_id, customer_ref, preferences, limits, updated_at)
VALUES ($1, $2, $3, '{}', now())
"""


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


@pytest.fixture
async def customer_hides(store: PaymentStore, request: pytest.FixtureRequest) -> Hides:
    """Hides methods for the customer of the test payments, in the store of the test."""

    async def hide(*methods: str) -> None:
        if isinstance(store, MemoryPaymentStore):
            config = CustomerConfig(limits={}, hidden_methods=methods)
            store.tables.customers[MERCHANT, CUSTOMER] = config
            return
        pool: Pool = request.getfixturevalue("pool")
        preferences = orjson.dumps({"hidden_methods": methods}).decode()
        await pool.fetch(_CONFIG, MERCHANT, CUSTOMER, preferences)

    return hide


@pytest.fixture(params=["postgres", "memory"])
def store(request: pytest.FixtureRequest) -> PaymentStore:
    """Each store in turn: what one does, the other does."""
    chosen: Any = request.getfixturevalue(request.param)
    found: PaymentStore = chosen
    return found


@dataclass(frozen=True)
class Stores:
    """The two stores of one database."""

    payments: PaymentStore
    work: WorkStore


@pytest.fixture
async def postgres_stores(database: str) -> AsyncIterator[Stores]:
    """Those of production."""
    db = Database(database, size=4)
    await db.open()
    statement = "INSERT INTO merchant (id, name, notify_url, created_at) VALUES ($1, 'P', $2, $3)"
    await db.fetch(statement, MERCHANT, "https://shop.example", now())
    yield Stores(PostgresPaymentStore(db), PostgresWorkStore(db))
    await db.close()


@pytest.fixture
def memory_stores() -> Stores:
    """Those of the simulator."""
    payments = MemoryPaymentStore(now)
    work = MemoryWorkStore(payments.tables, {MERCHANT: "https://shop.example"})
    return Stores(payments, work)


@pytest.fixture(params=["postgres_stores", "memory_stores"])
def stores(request: pytest.FixtureRequest) -> Stores:
    """Each in turn: what one does, the other does."""
    chosen: Stores = request.getfixturevalue(request.param)
    return chosen
