"""Refunds by attempt, instant refunds, slow captures, and the webhooks of each."""

import pytest

from payment_engine.mock.juspay.model import STATUS_IDS

PREAUTH = {"metadata.txns.auto_capture": "false"}


async def refund_by_txn(mock, **fields):
    return await mock.juspay("POST", "/refunds", {"unique_request_id": "rf1"} | fields)


@pytest.mark.parametrize("name", ["txn_id", "order_id"])
async def test_a_refund_by_attempt_answers_with_the_refund_alone(mock, name):
    await mock.charged()
    order = await mock.status()
    created = (await refund_by_txn(mock, **{name: order[name]}, amount="100")).json()
    assert (created["status"], created["amount"], created["txn_id"]) == (
        "PENDING",
        100,
        order["txn_id"],
    )
    assert (created["refund_type"], created["initiated_by"]) == ("STANDARD", "API")
    assert "payment_links" not in created
    done = (await mock.until_refund("SUCCESS"))["refunds"][0]
    assert done["unique_request_id"] == "rf1"


async def test_only_the_charged_attempt_is_refunded(mock):
    await mock.new_order()
    await mock.txn()
    await mock.control("/orders/pe0001a/decline", {})
    await mock.txn()
    await mock.control("/orders/pe0001a/approve", {})
    failed = await refund_by_txn(mock, txn_id="acme-pe0001a-1")
    unknown = await refund_by_txn(mock, txn_id="acme-pe0001a-9")
    assert failed.json()["error_code"] == "invalid.order.not_successful"
    assert unknown.json()["status"] == "NOT_FOUND"


async def test_an_instant_refund_does_not_wait(start):
    mock = await start(refund_after=3600)
    await mock.card_txn()
    await mock.control("/orders/pe0001a/approve", {})
    created = (await refund_by_txn(mock, order_id="pe0001a", refund_type="INSTANT")).json()
    done = (await mock.until_refund("SUCCESS"))["refunds"][0]
    assert (created["status"], created["refund_type"]) == ("PENDING", "INSTANT")
    assert done["refund_type"] == "INSTANT"


async def test_only_cards_are_refunded_instantly(mock):
    await mock.charged()
    refused = await refund_by_txn(mock, order_id="pe0001a", refund_type="INSTANT")
    assert refused.json()["error_info"]["code"] == "GATEWAY_NOT_FOUND"


@pytest.mark.parametrize(
    ("verb", "meanwhile", "end"),
    [
        ("capture", ("CAPTURE_INITIATED", 33), "CHARGED"),
        ("void", ("VOID_INITIATED", 32), "VOIDED"),
    ],
)
async def test_a_bank_may_take_a_while_to_capture_or_void(start, verb, meanwhile, end):
    mock = await start(juspay={"capture_after": 60})
    await mock.charged(**PREAUTH)
    uuid = (await mock.status())["txn_uuid"]
    first = (await mock.juspay("POST", f"/v2/txns/{uuid}/{verb}")).json()
    second = await mock.juspay("POST", f"/v2/txns/{uuid}/{verb}")
    moved = (await mock.control("/ledger"))["charged"]
    await mock.control("/clock", {"advance": 61})
    assert (first["status"], first["status_id"], moved) == (*meanwhile, 0)
    assert second.status_code == 400
    assert (await mock.status())["status"] == end


async def capture_part(mock, uuid, **fields):
    answer = await mock.juspay("POST", f"/v2/txns/{uuid}/capture", {"amount": "10.00", **fields})
    return answer.status_code


async def test_a_part_is_captured_once_under_its_key_and_not_without_one(mock):
    await mock.charged(**PREAUTH)
    uuid = (await mock.status())["txn_uuid"]
    await mock.script("capture_slow", times=9)
    assert await capture_part(mock, uuid) == 400
    assert await capture_part(mock, uuid, idempotence_key="no spaces") == 400
    assert [await capture_part(mock, uuid, idempotence_key="k-1") for _ in range(3)] == [200] * 3
    assert await capture_part(mock, uuid, idempotence_key="k-1", amount="9.00") == 400
    assert (await mock.status())["status"] == "AUTHORIZED"
    assert await capture_part(mock, uuid, idempotence_key="k-2") == 200
    await mock.control("/clock", {"advance": 61})
    assert (await mock.control("/ledger"))["charged"] == 2000
    assert (await mock.status())["status"] == "PARTIAL_CHARGED"
    assert await capture_part(mock, uuid, idempotence_key="k-1") == 200
    assert await capture_part(mock, uuid, idempotence_key="k-3") == 400


async def test_an_order_being_voided_takes_no_other_attempt(start):
    mock = await start(juspay={"capture_after": 60})
    await mock.charged(**PREAUTH)
    uuid = (await mock.status())["txn_uuid"]
    await mock.juspay("POST", f"/v2/txns/{uuid}/void")
    assert (await mock.txn()).status_code == 400


@pytest.mark.parametrize(("status", "number"), STATUS_IDS.items())
async def test_every_status_has_its_number(mock, status, number):
    await mock.new_order()
    await mock.txn()
    await mock.control("/orders/pe0001a/status", {"status": status})
    order = await mock.status()
    assert (order["status"], order["status_id"]) == (status, number)


@pytest.mark.parametrize(("act", "event"), [("approve", "CHARGED"), ("decline", "FAILED")])
async def test_newer_webhooks_have_events_of_the_attempt_and_of_the_order(start, hook, act, event):
    mock = await start(juspay={"webhook_version": "2020-10-31"})
    await mock.new_order()
    await mock.txn()
    await mock.control(f"/orders/pe0001a/{act}", {})
    events = {each["event_name"]: each["content"] for each in [await hook.next() for _ in range(3)]}
    order = {"CHARGED": "ORDER_SUCCEEDED", "FAILED": "ORDER_FAILED"}[event]
    assert events.keys() == {"TXN_CREATED", f"TXN_{event}", order}
    assert events[f"TXN_{event}"].keys() == {"txn"}
    txn = events[f"TXN_{event}"]["txn"]
    assert (txn["order_id"], txn["txn_amount"], txn["currency"]) == ("pe0001a", 499.5, "INR")
    assert txn["status"] == events[order]["order"]["status"]


async def test_the_oldest_webhooks_have_only_events_of_success(start, hook):
    mock = await start(juspay={"webhook_version": "2016-01-01"})
    await mock.new_order()
    await mock.txn()
    await mock.control("/orders/pe0001a/decline", {})
    await mock.txn()
    await mock.control("/orders/pe0001a/approve", {})
    assert (await hook.next())["event_name"] == "ORDER_SUCCEEDED"


async def test_an_automatic_refund_may_fail(mock, hook):
    await mock.charged()
    await mock.script("refund_failure")
    await mock.control("/orders/pe0001a/auto_refund", {})
    event = await hook.event("AUTO_REFUND_FAILED")
    order = event["content"]["order"]
    (refund,) = order["refunds"]
    assert (order["status"], order["status_id"]) == ("AUTO_REFUNDED", 36)
    assert (refund["status"], refund["initiated_by"]) == ("FAILURE", "AUTO_REFUNDED")
    assert (await mock.control("/ledger"))["refunded"] == 0


async def test_an_automatic_refund_is_announced(mock, hook):
    await mock.charged()
    await mock.control("/orders/pe0001a/auto_refund", {})
    order = (await hook.event("AUTO_REFUND_SUCCEEDED"))["content"]["order"]
    assert order["status_id"] == 36
    assert [refund["status"] for refund in order["refunds"]] == ["SUCCESS"]


async def listed(mock, **query):
    return (await mock.juspay("GET", "/order/list", params=query)).json()


async def test_old_clients_list_orders_by_pages(mock):
    for number in range(3):
        await mock.new_order(f"o{number}")
    page = await listed(mock, count=2, offset=1)
    assert [each["order_id"] for each in page["list"]] == ["o1", "o0"]
    assert (page["count"], page["offset"], page["total"]) == (2, 1, 3)
    assert all(each["payment_links"]["web"] for each in page["list"])


async def test_old_clients_list_orders_by_time(mock):
    first = (await mock.new_order("o1")).json()["date_created"]
    await mock.control("/clock", {"advance": 3600})
    await mock.new_order("o2")
    after = await listed(mock, **{"created.gt": first})
    until = await listed(mock, **{"created.le": first})
    wrong = await mock.juspay("GET", "/order/list?created.gt=yesterday")
    assert [each["order_id"] for each in after["list"]] == ["o2"]
    assert [each["order_id"] for each in until["list"]] == ["o1"]
    assert wrong.status_code == 400
