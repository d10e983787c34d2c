"""Webhooks out of order and forged, and refunds that bounce."""

import pytest


async def test_a_held_webhook_goes_out_after_the_orders_next(mock, hook):
    await mock.script("reorder_webhook", {"event": "TXN_CREATED"})
    await mock.charged()
    events = [(await hook.next())["event_name"] for _ in range(2)]
    assert events == ["ORDER_SUCCEEDED", "TXN_CREATED"]


async def test_a_held_webhook_waits_for_its_own_order(mock, hook):
    await mock.script("reorder_webhook", {"order_id": "first"})
    for order_id in ("first", "other"):
        await mock.new_order(order_id)
        await mock.txn(order_id)
    assert (await hook.next())["content"]["order"]["order_id"] == "other"
    assert hook.received.empty()


async def test_a_held_webhook_without_a_next_one_goes_in_the_end(mock, hook):
    await mock.script("reorder_webhook", seconds=600)
    await mock.new_order()
    await mock.txn()
    await mock.control("/clock", {"advance": 600})
    assert (await hook.next())["event_name"] == "TXN_CREATED"
    assert len((await mock.control("/webhooks"))["webhooks"]) == 1


async def test_a_forged_webhook_comes_first_and_is_wrongly_signed(mock, hook):
    await mock.new_order()
    await mock.txn()
    await hook.event("TXN_CREATED")
    lies = {"status": "CHARGED", "status_id": 21, "amount": 1}
    await mock.script("forge_webhook", {"event": "ORDER_FAILED"}, **lies)
    await mock.control("/orders/pe0001a/decline", {})
    forged = (await hook.next())["content"]["order"]
    assert hook.auth == "hook:forged"
    assert {name: forged[name] for name in lies} == lies
    true = (await hook.next())["content"]["order"]
    assert (hook.auth, true["status"]) == ("hook:hook-password", "AUTHORIZATION_FAILED")
    sent = (await mock.control("/webhooks"))["webhooks"]
    assert [each["forged"] for each in sent] == [False, True, False]


async def test_a_webhook_may_be_signed_by_another(mock, hook):
    await mock.script("forge", {"event": "TXN_CREATED"})
    await mock.new_order()
    await mock.txn()
    await hook.next()
    assert hook.auth == "hook:forged"


async def test_a_webhook_is_copied_as_often_as_said(mock, hook):
    await mock.script("duplicate_webhook", {"event": "TXN_CREATED"}, copies=4)
    await mock.new_order()
    await mock.txn()
    assert len({(await hook.next())["id"] for _ in range(4)}) == 1


async def test_a_refund_may_succeed_and_come_back(mock, hook):
    await mock.charged()
    await mock.control("/clock", {"freeze": True})
    await mock.script("refund_bounce", seconds=10, after=86400)
    await mock.refund(amount="100")
    await mock.control("/clock", {"advance": 10})
    done = (await mock.status())["refunds"][0]["status"]
    given = (await mock.control("/ledger"))["refunded"]
    await mock.control("/clock", {"advance": 86400})
    order, ledger = await mock.status(), await mock.control("/ledger?order_id=pe0001a")
    assert (done, given) == ("SUCCESS", 10000)
    assert order["refunds"][0]["status"] == "FAILURE"
    assert (ledger["refunded"], ledger["kept"]) == (0, 49950)
    assert ledger["gateways"]["juspay"]["pe0001a"]["bounced"] == {"rf1": 10000}
    assert (await hook.event("ORDER_REFUND_FAILED"))["content"]["order"]["amount_refunded"] == 0


async def test_a_person_may_let_a_refund_come_back_once_it_was_done(mock):
    await mock.charged()
    await mock.script("refund_hold")
    await mock.refund()
    early = await mock.client.post("/control/refunds/rf1/bounce")
    await mock.control("/refunds/rf1/succeed", {})
    late = await mock.control("/refunds/rf1/bounce", {})
    assert early.status_code == 400
    assert late["status"] == "FAILURE"


@pytest.mark.parametrize("gateway", ["juspay", "amazonpay"])
async def test_the_ledger_is_read_by_gateway_and_order_with_totals(mock, gateway):
    for order_id in ("pe0001a", "pe0002a"):
        await mock.new_order(order_id)
        await mock.txn(order_id)
        await mock.control(f"/orders/{order_id}/approve", {})
    await mock.control("/clock", {"advance": 1})
    ledger = await mock.control(f"/ledger?gateway={gateway}")
    one = await mock.control("/movements?order_id=pe0002a&kind=charge&instrument=UPI")
    assert ledger["charged"] == (99900 if gateway == "juspay" else 0)
    assert (one["count"], one["paise"]["charge"]) == (1, 49950)
