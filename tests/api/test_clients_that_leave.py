"""A client that hangs up is no error of the service: neither in the log nor in the metrics."""

import asyncio

import httpx
import pytest

from tests.serving import http_client
from tests.world import World

ROUTE = 'route="v1/payments/<payment_id:str>"'


async def counted(world: World) -> dict[str, float]:
    """How many reads of a payment ended with each status."""
    text = (await world.api.get("/metrics")).text
    lines = [line for line in text.splitlines() if ROUTE in line and "http_requests_total" in line]
    counts = {line.partition('status="')[2][:3]: float(line.rpartition(" ")[2]) for line in lines}
    return {status: count for status, count in counts.items() if count}


async def test_whoever_stops_waiting_for_a_payment_counts_as_gone(world: World) -> None:
    payment = await world.open_payment()
    before = await counted(world)
    headers = {**world.headers(), "if-none-match": f'"{payment["version"]}"'}
    async with http_client(str(world.api.base_url), timeout=0.5) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(f"/v1/payments/{payment['id']}?wait=20", headers=headers)
    async with asyncio.timeout(10):
        while (after := await counted(world)) == before:
            await asyncio.sleep(0.05)
    more = {status: count - before.get(status, 0) for status, count in after.items()}
    assert {status: count for status, count in more.items() if count} == {"499": 1}


async def test_a_request_that_the_service_cuts_short_may_be_sent_again(world: World) -> None:
    payment = await world.open_payment()
    headers = {**world.headers(), "if-none-match": f'"{payment["version"]}"'}
    path = f"/v1/payments/{payment['id']}?wait=20"
    read = asyncio.create_task(world.api.get(path, headers=headers))
    await asyncio.sleep(0.3)
    for task in asyncio.all_tasks():
        if "connection_task" in repr(task.get_coro()):
            task.cancel()
    answer = await read
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == "1"
