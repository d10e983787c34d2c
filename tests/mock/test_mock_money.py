"""Refunds, captures and voids, and the ledger that tells what really moved."""

import pytest

PREAUTH = {"metadata.txns.auto_capture": "false"}


async def test_a_refund_is_pending_first_then_done(mock):
    await mock.charged()
    order = (await mock.refund(amount="100")).json()
    pending = order["refunds"][-1]
    assert (pending["unique_request_id"], pending["status"]) == ("rf1", "PENDING")
    assert (pending["amount"], order["amount_refunded"]) == (100, 100)
    assert not order["refunded"]
    done = (await mock.until_refund("SUCCESS"))["refunds"][0]
    assert done["ref"]
    assert done["arn"]
    assert (await mock.control("/ledger"))["refunded"] == 10000


async def test_a_full_refund_shows_refunded_while_pending_and_leaves_the_order_charged(mock):
    await mock.charged()
    order = (await mock.refund()).json()
    assert order["refunds"][0]["status"] == "PENDING"
    assert (order["refunded"], order["amount_refunded"]) == (True, 499.5)
    assert (order["status"], order["status_id"]) == ("CHARGED", 21)


async def test_the_legacy_refund_path_names_its_order_in_the_body(mock):
    await mock.charged()
    form = {"order_id": "pe0001a", "amount": "10", "unique_request_id": "r1"}
    order = (await mock.juspay("POST", "/order/refund", form)).json()
    assert order["refunds"][0]["amount"] == 10


@pytest.mark.parametrize(
    ("fields", "code", "status", "number"),
    [
        ({"unique_request_id": "rf1"}, "duplicate.call", "ERROR", -1),
        ({"amount": "500"}, "invalid.amount.exceeded", "ERROR", -1),
        ({"amount": "0"}, "invalid amount", "ERROR", -1),
        ({"amount": ""}, "Mandatory fields are missing", "Bad Request", None),
        ({"unique_request_id": ""}, "Mandatory fields are missing", "Bad Request", None),
    ],
)
async def test_a_refund_that_cannot_be_is_refused_in_the_older_envelope(
    mock, fields, code, status, number
):
    await mock.charged()
    await mock.refund(amount="100")
    answer = await mock.refund(**{"ref": "rf2", **fields})
    error = answer.json()
    assert answer.status_code == 400
    assert (error["error_code"], error["status"], error.get("status_id")) == (code, status, number)
    assert "error_info" not in error


async def test_an_unpaid_order_is_not_refunded(mock):
    await mock.new_order()
    error = (await mock.refund(amount="1")).json()
    assert error["error_code"] == "invalid.order.not_successful"
    assert error["error_message"] == "Cannot process unsuccessful order."


async def test_an_unknown_order_is_not_found_by_a_refund(mock):
    error = (await mock.refund(order_id="nobody", amount="1")).json()
    assert (error["status"], error["status_id"]) == ("NOT_FOUND", 40)


async def test_the_same_amount_within_seconds_is_a_duplicate_call(start):
    mock = await start(same_refund_window=5.0)
    await mock.charged()
    await mock.refund("rf1", amount="100")
    error = (await mock.refund("rf2", amount="100")).json()
    await mock.control("/clock", {"advance": 6})
    later = await mock.refund("rf2", amount="100")
    assert (error["error_code"], error["status_id"]) == ("duplicate.call", "-1")
    assert len(later.json()["refunds"]) == 2


async def test_a_failed_refund_moves_nothing_and_may_be_asked_again(mock):
    await mock.charged()
    await mock.script("refund_failure")
    await mock.refund("rf1")
    failed = await mock.until_refund("FAILURE")
    ledger = (await mock.control("/orders/pe0001a"))["ledger"]
    again = await mock.refund("rf2")
    assert (failed["amount_refunded"], failed["refunded"]) == (0, False)
    assert ledger["refunded"] == 0
    assert again.status_code == 200


async def test_an_unclear_refund_waits_for_a_person(mock):
    await mock.charged()
    await mock.script("refund_manual_review")
    await mock.refund("rf1")
    await mock.until_refund("MANUAL_REVIEW")
    await mock.control("/refunds/rf1/succeed", {})
    assert (await mock.status())["refunds"][0]["status"] == "SUCCESS"


async def test_a_preauthorisation_is_held_then_captured(mock):
    await mock.charged(**PREAUTH)
    authorized = await mock.status()
    before = (await mock.control("/ledger"))["charged"]
    captured = await mock.juspay("POST", f"/v2/txns/{authorized['txn_uuid']}/capture")
    assert (authorized["status"], authorized["status_id"], before) == ("AUTHORIZED", 25, 0)
    assert captured.json()["status"] == "CHARGED"
    assert (await mock.control("/ledger"))["charged"] == 49950


async def test_a_partial_capture_charges_and_refunds_no_more_than_it_took(mock):
    await mock.charged(**PREAUTH)
    uuid = (await mock.status())["txn_uuid"]
    part = {"amount": "100", "idempotence_key": "part-1"}
    taken = await mock.juspay("POST", f"/v2/txns/{uuid}/capture", part)
    refused = await mock.refund(amount="100.01")
    assert taken.json()["status"] == "PARTIAL_CHARGED"
    assert (await mock.control("/ledger"))["charged"] == 10000
    assert refused.json()["error_code"] == "invalid.amount.exceeded"


async def test_a_void_releases_and_ends_it(mock):
    await mock.charged(**PREAUTH)
    uuid = (await mock.status())["txn_uuid"]
    voided = await mock.juspay("POST", f"/v2/txns/{uuid}/void")
    late = await mock.juspay("POST", f"/v2/txns/{uuid}/capture")
    assert (voided.json()["status"], voided.json()["status_id"]) == ("VOIDED", 31)
    assert late.status_code == 400


@pytest.mark.parametrize(("verb", "number"), [("capture", 34), ("void", 35)])
async def test_capture_and_void_fail_when_scripted_and_may_be_tried_again(mock, verb, number):
    await mock.charged(**PREAUTH)
    uuid = (await mock.status())["txn_uuid"]
    await mock.script(f"{verb}_failure")
    failed = await mock.juspay("POST", f"/v2/txns/{uuid}/{verb}")
    again = await mock.juspay("POST", f"/v2/txns/{uuid}/{verb}")
    assert failed.json()["status_id"] == number
    assert again.json()["status"] in ("CHARGED", "VOIDED")


async def test_an_auto_refund_gives_the_money_back(mock):
    await mock.charged()
    await mock.control("/orders/pe0001a/auto_refund", {})
    truth = await mock.control("/orders/pe0001a")
    assert (truth["status"], truth["shown"]["status_id"]) == ("AUTO_REFUNDED", 36)
    assert truth["ledger"]["charged"] == truth["ledger"]["refunded"] == 49950
