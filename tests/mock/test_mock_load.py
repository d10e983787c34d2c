"""Nothing grows for ever: orders, records, scripts and accounts are bounded."""

from datetime import timedelta

from payment_engine.mock.clock import Clock
from payment_engine.mock.ledger import Ledger, Movement
from payment_engine.mock.seeded_random import SeededRandom

SMALL = {"max_orders": 10, "max_requests": 20, "max_scripts": 5}


async def test_a_busy_mock_remembers_only_so_much(start):
    mock = await start(**SMALL)
    for number in range(60):
        await mock.new_order(f"o{number}")
        await mock.txn(f"o{number}")
        await mock.control(f"/orders/o{number}/approve", {})
    known = (await mock.control(""))["remembered"]
    assert known["orders"] == {"juspay": 10}
    assert known["accounts"] <= 10
    assert (known["requests"], known["webhooks"]) == (20, 20)


async def test_the_newest_are_those_remembered(start):
    mock = await start(**SMALL)
    for number in range(30):
        await mock.new_order(f"o{number}")
        await mock.txn(f"o{number}")
        await mock.control(f"/orders/o{number}/approve", {})
    orders = (await mock.control("/orders"))["orders"]
    assert [order["order_id"] for order in orders] == [f"o{n}" for n in range(29, 19, -1)]
    assert set((await mock.control("/ledger"))["gateways"]["juspay"]) == {
        order["order_id"] for order in orders
    }


def test_a_ledger_forgets_its_oldest_accounts():
    ledger, now = Ledger(3), Clock().now()
    for number in range(10):
        at = now + timedelta(seconds=number)
        known = {"gateway": "g", "order_id": str(number), "ref": "r", "kind": "charge"}
        ledger.move(Movement(**known, paise=1, at=at))
    assert [movement.order_id for movement in ledger.movements()] == ["7", "8", "9"]


def test_the_count_of_the_choice_made_longest_ago_is_forgotten():
    seeded = SeededRandom(1, most_counts=3)
    first = seeded.once("x", "a").random()
    again = seeded.once("x", "a").random()
    for number in range(5):
        seeded.once("x", str(number))
    assert first != again
    assert seeded.once("x", "a").random() == first


async def test_too_many_timers_lose_the_farthest():
    clock, done = Clock(most_timers=10), []
    clock.freeze()
    for number in range(11):
        clock.later(100 - number, lambda number=number: done.append(number))
    await clock.advance(1000)
    assert clock.timers == 0
    assert done == [10, 9, 8, 7, 6]
