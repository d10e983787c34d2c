"""One seed: the same calls replay the same run, whatever else goes on meanwhile."""

import asyncio

from tests.apps import served_mock_alone
from tests.mock.mock_server import mock_config
from tests.serving import http_client

NOON = {"freeze": True, "set": "2031-06-01T12:00:00Z"}
ODD = {"kind": "http_status", "when": "after"}


async def story(mock):
    """All that a mock answers to the same calls at the same time."""
    await mock.control("/clock", NOON)
    script = {"behaviour": ODD, "probability": 0.5, "times": "always", "match": {"method": "GET"}}
    answers = [await mock.client.post("/control/scripts", json=script), await mock.new_order()]
    answers += [await mock.txn(payment_method_type="NB", payment_method="NB_HDFC")]
    answers += [await mock.client.post("/control/orders/pe0001a/approve", json={})]
    answers += [await mock.refund()]
    answers += [await mock.client.post("/control/clock", json={"advance": 60})]
    answers += [await mock.juspay("GET", "/orders/pe0001a") for _ in range(12)]
    return [(a.status_code, a.content, dict(a.headers)) for a in answers]


async def test_the_same_seed_and_the_same_calls_replay_byte_for_byte(start):
    first, second = [await story(await start(seed=42, public_url="http://mock")) for _ in range(2)]
    assert first == second
    assert {status for status, _, _ in first[6:]} == {200, 500}


async def test_another_seed_is_another_run(start):
    first, second = [await story(await start(seed=n, public_url="http://mock")) for n in (1, 2)]
    assert first != second


async def test_webhooks_replay_too(start, hook):
    for _ in range(2):
        await story(await start(seed=42, public_url="http://mock"))
    webhooks = [await hook.next() for _ in range(8)]
    assert len({each["id"] for each in webhooks}) == 4
    assert sorted(map(str, webhooks[:4])) == sorted(map(str, webhooks[4:]))


async def test_what_goes_on_at_the_same_time_does_not_change_an_order(start):
    alone, busy = await start(seed=3), await start(seed=3)
    await alone.new_order("mine")
    await asyncio.gather(*(busy.new_order(f"o{n}") for n in range(20)), busy.new_order("mine"))
    ids = {(await mock.juspay("GET", "/orders/mine")).json()["id"] for mock in (alone, busy)}
    assert len(ids) == 1


async def test_a_reset_starts_over_with_the_seed_it_is_given(mock):
    async def order_id():
        return (await mock.new_order()).json()["id"]

    first = await order_id()
    assert (await mock.control("/reset", {"seed": 9}))["seed"] == 9
    ninth = await order_id()
    await mock.control("/reset", {"seed": 1})
    assert (await order_id(), ninth == first) == (first, False)
    assert (await mock.client.post("/control/reset", json={"seed": "x"})).status_code == 400


async def test_without_a_seed_one_is_drawn_and_shown():
    seeds = set()
    for _ in range(2):
        async with served_mock_alone(mock_config(seed=None)) as url, http_client() as web:
            seeds.add((await web.get(f"{url}/control")).json()["seed"])
    assert len(seeds) == 2
