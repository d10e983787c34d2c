"""A rolling upgrade: the previous release and this one at once, on the schema of this one."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import product
from pathlib import Path

import pytest

from tests.databases import create_empty_database, drop_database
from tests.releases.checkout import CURRENT, NoHistory, Release, previous_release
from tests.releases.installation import Installation
from tests.serving import http_client

pytestmark = pytest.mark.timeout(240)
REFUND = 6620


@pytest.fixture(scope="session")
def previous() -> Release:
    try:
        return previous_release()
    except NoHistory as reason:
        pytest.skip(str(reason))


@pytest.fixture
async def installation(postgres_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    database = await create_empty_database(postgres_url)
    async with http_client() as client:
        made = Installation(database, tmp_path, client)
        async with made.gateway():
            yield made
    await drop_database(postgres_url, database)


@asynccontextmanager
async def paying(made: Installation, api: str) -> AsyncIterator[list[str]]:
    """Payments are opened and paid at an API while the body runs."""
    stop, payments = asyncio.Event(), list[str]()

    async def pay_on() -> None:
        while not stop.is_set():
            payments.append(await made.open(api))
            await made.attempt(api, payments[-1])

    task = asyncio.create_task(pay_on())
    try:
        yield payments
    finally:
        stop.set()
        await task


@asynccontextmanager
async def reading_events(made: Installation, api: str) -> AsyncIterator[list[str]]:
    """An order service that reads its messages from a cursor while the body runs, and to their end;
    the ids of the payments that were paid."""
    stop, paid = asyncio.Event(), list[str]()

    async def read_on() -> None:
        query: dict[str, str] = {}
        while True:
            last = stop.is_set()
            page = await made.events(api, query)
            paid.extend(page.paid)
            query = {"after": page.cursor} if page.cursor else {}
            if last and not page.more:
                return
            await asyncio.sleep(0.05)

    task = asyncio.create_task(read_on())
    try:
        yield paid
    finally:
        stop.set()
        await task


async def pay_everywhere(made: Installation, *apis: str) -> list[str]:
    """Each step of a payment at each of the APIs; the payments, once all is over."""

    async def pay(first: str, second: str, third: str) -> str:
        payment = await made.open(first)
        await made.attempt(second, payment)
        await made.until(third, payment, status="paid")
        await made.refund(third, payment, REFUND)
        await made.until(first, payment, amount_refunded=REFUND)
        return payment

    return await asyncio.gather(*(pay(*each) for each in product(apis, repeat=3)))


async def test_two_releases_take_payments_to_their_end_side_by_side(
    previous: Release, installation: Installation
) -> None:
    made = installation
    made.order = json.loads((previous.folder / "payment_engine/demo/order.json").read_text())
    await made.run(previous, "migrate")
    await made.create_merchant(previous)
    async with AsyncExitStack() as processes:
        old = await processes.enter_async_context(made.api(previous, made.public_url))
        async with made.process(previous, "worker"):
            async with paying(made, old) as during_migration:
                await made.run(CURRENT, "migrate")
            new = await processes.enter_async_context(made.api(CURRENT))
            events = await processes.enter_async_context(reading_events(made, new))
            with_old_worker = await pay_everywhere(made, old, new)
            async with made.process(CURRENT, "worker"):
                with_both = await pay_everywhere(made, old, new)
        async with made.process(CURRENT, "worker"):
            with_new_worker = await pay_everywhere(made, old, new)
            everything = {*during_migration, *with_old_worker, *with_both, *with_new_worker}
            assert len(during_migration) > 2
            for payment in everything:
                await made.until(new, payment, status="paid")
                await made.until_notified(payment, "payment.paid")
    assert sorted(events) == sorted(everything)
    assert "0 breaches" in await made.breaches(CURRENT)
