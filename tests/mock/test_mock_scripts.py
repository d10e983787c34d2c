"""Scripted behaviours: each does what its name says, and says nothing about the money."""

import httpx
import pytest

TXNS = {"path": "/txns"}


async def test_a_scripted_customer_approves(mock):
    await mock.script("approve")
    await mock.new_order()
    await mock.txn()
    assert (await mock.until_status("CHARGED"))["amount"] == 499.5


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("insufficient_funds", "AUTHORIZATION_FAILED"),
        ("wrong_otp", "AUTHENTICATION_FAILED"),
        ("juspay_declined", "JUSPAY_DECLINED"),
    ],
)
async def test_a_scripted_customer_declines_for_a_reason(mock, reason, status):
    await mock.script("decline", {"order_id": "PE0001A"}, reason=reason)
    await mock.new_order()
    await mock.txn()
    await mock.until_status(status)
    assert (await mock.control("/ledger"))["charged"] == 0


async def test_time_approves_when_so_configured_unless_held(start):
    mock = await start(auto_approve_after=0.01)
    await mock.script("hold", {"order_id": "held"})
    for order_id in ("held", "pe0001a"):
        await mock.new_order(order_id)
        await mock.txn(order_id)
    await mock.until_status("CHARGED")
    assert (await mock.status("held"))["status"] == "PENDING_VBV"


async def test_time_declines_a_card_that_is_to_be_declined(start):
    mock = await start(auto_approve_after=0.01)
    await mock.card_txn("4000000000009995")
    order = await mock.until_status("AUTHORIZATION_FAILED")
    assert order["bank_error_code"] == "51"


async def test_a_vpa_can_decide_too(start):
    mock = await start(auto_approve_after=0.01)
    await mock.new_order()
    upi = {"payment_method_type": "UPI", "payment_method": "UPI_COLLECT"}
    await mock.txn(**upi, upi_vpa="expired@upi")
    assert (await mock.until_status("AUTHORIZATION_FAILED"))["resp_code"] == "U69"


async def test_a_late_success_fails_first(mock, hook):
    await mock.script("late_success", after=0.02)
    await mock.new_order()
    await mock.txn()
    events = [(await hook.next())["event_name"] for _ in range(3)]
    assert events == ["TXN_CREATED", "ORDER_FAILED", "ORDER_SUCCEEDED"]


async def test_a_failure_before_commits_nothing(mock):
    await mock.script("http_status", TXNS, status=503)
    await mock.new_order()
    answer = await mock.txn()
    assert answer.status_code == 503
    assert answer.headers["x-jp-merchant-id"] == "acme"
    assert (await mock.control("/orders/pe0001a"))["txns"] == []


async def test_a_failure_after_has_committed(mock):
    await mock.script("http_status", TXNS, when="after")
    await mock.new_order()
    assert (await mock.txn()).status_code == 500
    assert len((await mock.control("/orders/pe0001a"))["txns"]) == 1


async def test_a_hanging_answer_has_committed(mock):
    await mock.script("hang", TXNS, seconds=30)
    await mock.new_order()
    with pytest.raises(httpx.ReadTimeout):
        await mock.juspay(
            "POST",
            "/txns",
            {"order_id": "pe0001a", "merchant_id": "acme", "payment_method_type": "UPI"}
            | {"payment_method": "UPI_PAY", "format": "json"},
            timeout=0.2,
        )
    assert len((await mock.control("/orders/pe0001a"))["txns"]) == 1


@pytest.mark.parametrize(("when", "committed"), [("after", 1), ("before", 0)])
@pytest.mark.parametrize("kind", ["reset", "truncate"])
async def test_a_cut_connection_says_nothing_about_the_commit(mock, kind, when, committed):
    await mock.script(kind, TXNS, when=when)
    await mock.new_order()
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await mock.txn()
    assert len((await mock.control("/orders/pe0001a"))["txns"]) == committed


async def test_garbage_is_no_json(mock):
    await mock.script("garbage", TXNS)
    await mock.new_order()
    answer = await mock.txn()
    assert answer.status_code == 200
    assert answer.text.startswith("<html>")


async def test_a_raw_status_is_said_but_not_true(mock):
    await mock.charged()
    await mock.script("status", {"method": "GET"}, status="QUANTUM", status_id=99)
    first, second = await mock.status(), await mock.status()
    assert (first["status"], first["status_id"]) == ("QUANTUM", 99)
    assert second["status"] == "CHARGED"


async def test_a_wrong_amount_is_said_but_not_taken(mock):
    await mock.charged()
    await mock.script("wrong_amount", {"path": "/orders/pe0001a"})
    assert (await mock.status())["amount"] == 500.5
    assert (await mock.control("/ledger"))["charged"] == 49950


async def test_a_script_waits_for_its_match_and_counts_down(mock):
    await mock.script("garbage", {"path": "/juspay/orders/*", "order_id": "b"}, times=2)
    for order_id in ("a", "b"):
        await mock.new_order(order_id)
    answers = [await mock.juspay("GET", f"/orders/{order_id}") for order_id in "abbb"]
    assert [answer.text.startswith("<html>") for answer in answers] == [False, True, True, False]


@pytest.mark.parametrize(
    "script",
    [
        {},
        {"behaviour": {"kind": "explode"}},
        {"behaviour": {"kind": "hang"}, "times": 0},
        {"behaviour": {"kind": "hang"}, "match": {"colour": "red"}},
        {"behaviour": {"kind": "hang"}, "times": True},
    ],
)
async def test_a_script_that_makes_no_sense_is_refused(mock, script):
    answer = await mock.client.post("/control/scripts", json=script)
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_scripts_are_listed_and_dropped(mock):
    await mock.script("hang")
    assert (await mock.control("/scripts"))["scripts"][0]["stage"] == "answer"
    await mock.client.delete("/control/scripts")
    assert (await mock.control("/scripts"))["scripts"] == []


async def test_a_reset_forgets_everything(mock):
    await mock.charged()
    await mock.control("/reset", {})
    assert (await mock.control("/ledger"))["gateways"] == {}
    assert (await mock.status())["status"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/orders/nobody/approve", 404),
        ("/orders/pe0001a/teleport", 400),
        ("/orders/pe0001a/approve", 400),
        ("/refunds/rf1/succeed", 404),
        ("/clock", 400),
    ],
)
async def test_what_cannot_be_done_is_said_by_the_control_api(mock, path, status):
    await mock.new_order()
    answer = await mock.client.post(f"/control{path}", json={})
    assert answer.status_code == status
    assert answer.json()["error"]


async def test_a_person_may_set_any_status_with_its_webhook(mock, hook):
    await mock.charged()
    await mock.control("/orders/pe0001a/status", {"status": "TO_BE_CHARGED", "event": "ODD_EVENT"})
    webhook = await hook.event("ODD_EVENT")
    assert webhook["content"]["order"]["status"] == "TO_BE_CHARGED"


async def test_requests_are_kept_without_keys_and_cards(mock):
    await mock.card_txn()
    requests = (await mock.control("/requests"))["requests"]
    assert [each["path"] for each in requests][-1] == "/juspay/txns"
    assert requests[-1]["order_id"] == "pe0001a"
    assert requests[-1]["fields"]["card_token"] == "***"
    assert "key-of-the-api" not in str(requests)
    assert "authorization" not in str(requests)
    assert "4242424242424242" not in str(requests)
