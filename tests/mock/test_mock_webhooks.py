"""Webhooks: which are sent, how often, and what scripts do to them."""

import pytest

from tests.mock.mock_server import soon


def sent_by(mock):
    """Reads how the mock's first webhook fares."""

    async def read():
        return (await mock.control("/webhooks"))["webhooks"][0]

    return read


async def test_a_charge_is_announced_with_the_whole_order(mock, hook):
    await mock.charged()
    created = await hook.next()
    charged = await hook.next()
    assert (created["event_name"], charged["event_name"]) == ("TXN_CREATED", "ORDER_SUCCEEDED")
    assert charged["id"].startswith("evt_V2_")
    assert charged["content"]["order"] == await mock.status()
    assert hook.auth == "hook:hook-password"


async def test_an_event_shows_the_order_as_it_was_then(mock, hook):
    await mock.charged()
    created = await hook.event("TXN_CREATED")
    assert created["content"]["order"]["status"] == "PENDING_VBV"


async def test_a_webhook_is_sent_again_until_it_is_answered_200(mock, hook):
    hook.answers = [500, 302, 404]
    await mock.new_order()
    await mock.txn()
    received = [await hook.next() for _ in range(4)]
    assert [each["status"] for each in received] == [500, 302, 404, 200]
    assert len({each["id"] for each in received}) == 1


async def test_a_webhook_is_given_up_after_its_last_try(mock, hook):
    hook.answers = [500] * 5
    await mock.new_order()
    await mock.txn()
    for _ in range(5):
        await hook.next()
    sent = await soon(sent_by(mock), lambda sent: len(sent["tries"]) == 5)
    assert (sent["tries"], sent["delivered"]) == ([500] * 5, False)
    assert hook.received.empty()


async def test_a_receiver_that_is_not_there_is_tried_again(start):
    mock = await start(juspay={"webhook_url": "http://127.0.0.1:1/hook"})
    await mock.new_order()
    await mock.txn()
    sent = await soon(sent_by(mock), lambda sent: len(sent["tries"]) == 5)
    assert (sent["tries"], sent["delivered"]) == ([0] * 5, False)


async def test_without_a_url_none_is_sent(start):
    mock = await start(juspay={"webhook_url": None})
    await mock.charged()
    assert (await mock.control("/webhooks"))["webhooks"] == []


async def test_an_orders_own_webhook_url_wins(start, hook):
    mock = await start(juspay={"webhook_url": None})
    await mock.charged(**{"metadata.webhook_url": hook.url})
    assert (await hook.next())["content"]["order"]["order_id"] == "pe0001a"


async def test_a_decline_is_announced(mock, hook):
    await mock.new_order()
    await mock.txn()
    await mock.control("/orders/pe0001a/decline", {})
    order = (await hook.event("ORDER_FAILED"))["content"]["order"]
    assert (order["status"], order["status_id"]) == ("AUTHORIZATION_FAILED", 27)


async def test_a_preauthorisation_is_announced(mock, hook):
    await mock.charged(**{"metadata.txns.auto_capture": "false"})
    assert (await hook.event("ORDER_AUTHORIZED"))["content"]["order"]["status_id"] == 25


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("refund_hold", None),
        ("refund_failure", "ORDER_REFUND_FAILED"),
        ("refund_manual_review", "REFUND_MANUAL_REVIEW_NEEDED"),
    ],
)
async def test_each_end_of_a_refund_has_its_event(mock, hook, kind, event):
    await mock.charged()
    await mock.script(kind)
    await mock.refund()
    if event is None:
        await mock.control("/refunds/rf1/succeed", {})
    received = await hook.event(event or "ORDER_REFUNDED")
    assert received["content"]["order"]["status"] == "CHARGED"


async def test_a_dropped_webhook_never_arrives(mock, hook):
    await mock.script("drop_webhook", {"event": "ORDER_SUCCEEDED"})
    await mock.charged()
    await mock.refund()
    assert [(await hook.next())["event_name"] for _ in range(3)] == [
        "TXN_CREATED",
        "REFUND_INITIATED",
        "ORDER_REFUNDED",
    ]


async def test_a_duplicated_webhook_arrives_twice_under_one_id(mock, hook):
    await mock.script("duplicate_webhook", {"event": "ORDER_SUCCEEDED"})
    await mock.charged()
    first, second = await hook.event("ORDER_SUCCEEDED"), await hook.event("ORDER_SUCCEEDED")
    assert first["id"] == second["id"]


async def test_a_delayed_webhook_is_overtaken(mock, hook):
    await mock.script("delay_webhook", {"event": "TXN_CREATED"}, seconds=0.2)
    await mock.charged()
    events = [(await hook.next())["event_name"] for _ in range(2)]
    assert events == ["ORDER_SUCCEEDED", "TXN_CREATED"]


async def test_a_webhook_lies_where_its_event_is_named(mock, hook):
    await mock.script("wrong_amount", {"event": "ORDER_SUCCEEDED"}, amount=1)
    await mock.charged()
    received = await hook.event("ORDER_SUCCEEDED")
    assert received["content"]["order"]["amount"] == 1
    assert (await mock.status())["amount"] == 499.5


async def test_a_webhook_may_turn_everything_into_text(mock, hook):
    await mock.script("strings", {"event": "ORDER_SUCCEEDED"})
    await mock.charged()
    order = (await hook.event("ORDER_SUCCEEDED"))["content"]["order"]
    assert (order["status_id"], order["refunded"], order["amount"]) == ("21", "false", "499.5")
