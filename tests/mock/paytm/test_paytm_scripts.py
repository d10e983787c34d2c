"""Scripted faults: altered answers are signed, forged ones are not, the ledger stays true."""

import asyncio

import httpx
import pytest

from tests.mock.paytm.paytm_merchant import MID, THEIA, code, form_signed_by_paytm, signed_by_paytm

STATUS = {"path": "/v3/order/status"}
PROCESS = {"path": "*/processTransaction"}


async def start_payment(merchant, mode="UPI_INTENT", **more):
    await merchant.initiate()
    return await merchant.process(mode, **more)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"status": "TXN_SUCCESS", "code": "01"}, ("TXN_SUCCESS", "01")),
        ({"status": "TXN_FAILURE", "code": "501"}, ("TXN_FAILURE", "501")),
        ({"status": "TXN_FAILURE", "code": "810"}, ("TXN_FAILURE", "810")),
        ({"status": "PENDING", "code": "810"}, ("PENDING", "810")),
        ({}, ("MYSTERY", "400")),
    ],
)
async def test_an_altered_status_is_signed(merchant, options, expected):
    await start_payment(merchant)
    await merchant.script("status", STATUS, **options)
    assert code(await merchant.status()) == expected
    assert signed_by_paytm(merchant.answer.text)
    assert code(await merchant.status()) == ("PENDING", "400")
    assert await merchant.charged() == 0


@pytest.mark.parametrize(("options", "expected"), [({}, "101.00"), ({"amount": 1}, "1.00")])
async def test_a_wrong_amount_is_signed(merchant, options, expected):
    await merchant.paid()
    await merchant.script("wrong_amount", STATUS, **options)
    assert (await merchant.status())["txnAmount"] == expected
    assert signed_by_paytm(merchant.answer.text)


async def test_a_refund_can_be_answered_with_a_wrong_amount(merchant):
    txn_id = await merchant.paid()
    await merchant.script("wrong_amount", {"path": "/refund/apply"})
    assert (await merchant.refund(txn_id))["refundAmount"] == "31.00"


async def test_numbers_and_booleans_may_come_as_texts(merchant):
    await merchant.script("strings", {"path": "*/initiateTransaction"})
    assert (await merchant.initiate())["authenticated"] == "false"
    assert signed_by_paytm(merchant.answer.text)


@pytest.mark.parametrize("kind", ["forge", "unsigned"])
async def test_an_answer_may_be_wrongly_signed_or_not_at_all(merchant, kind):
    await merchant.paid()
    await merchant.script(kind, STATUS)
    assert code(await merchant.status()) == ("TXN_SUCCESS", "01")
    assert ("signature" in merchant.answer.json()["head"]) == (kind == "forge")
    assert not signed_by_paytm(merchant.answer.text)


@pytest.mark.parametrize(
    ("when", "expected"),
    [("before", ("NO_RECORD_FOUND", "331")), ("after", ("PENDING", "400"))],
)
async def test_an_error_comes_before_or_after_the_payment_started(merchant, when, expected):
    await merchant.initiate()
    await merchant.script("http_status", PROCESS, status=503, when=when)
    await merchant.process("UPI_INTENT")
    assert merchant.answer.status_code == 503
    assert code(await merchant.status()) == expected


async def test_an_error_may_come_after_the_refund_was_made(merchant):
    txn_id = await merchant.paid()
    await merchant.script("http_status", {"path": "/refund/apply"}, when="after")
    await merchant.refund(txn_id)
    assert merchant.answer.status_code == 500
    assert code(await merchant.refunded()) == ("TXN_SUCCESS", "10")


@pytest.mark.parametrize("kind", ["reset", "truncate"])
async def test_a_cut_answer_has_started_the_payment(merchant, kind):
    await merchant.initiate()
    await merchant.script(kind, PROCESS)
    with pytest.raises(httpx.TransportError):
        await merchant.process("UPI_INTENT")
    assert code(await merchant.status()) == ("PENDING", "400")


async def test_a_proxys_page_may_replace_the_answer(merchant):
    await merchant.paid()
    await merchant.script("garbage", STATUS)
    with pytest.raises(ValueError, match="Expecting value"):
        await merchant.status()
    assert merchant.answer.status_code == 200


async def test_an_answer_may_take_too_long(merchant):
    await merchant.initiate()
    await merchant.script("hang", PROCESS, seconds=60)
    merchant.client.timeout = 0.1
    with pytest.raises(httpx.ReadTimeout):
        await merchant.process("UPI_INTENT")
    assert code(await merchant.status()) == ("PENDING", "400")


async def test_a_payment_is_pending_until_its_scripted_approval(merchant, webhooks):
    await merchant.script("approve", seconds=60)
    await start_payment(merchant)
    assert code(await merchant.status()) == ("PENDING", "400")
    await merchant.control("/clock", {"advance": 61})
    assert code(await merchant.status()) == ("TXN_SUCCESS", "01")
    assert (await webhooks.next()).form["STATUS"] == "TXN_SUCCESS"


@pytest.mark.parametrize(
    ("reason", "expected"), [("insufficient_funds", "235"), ("bank_down", "220"), ("843", "843")]
)
async def test_a_customer_declines_for_a_reason_or_a_code(merchant, webhooks, reason, expected):
    await merchant.script("decline", {"instrument": "UPI"}, reason=reason)
    await start_payment(merchant)
    assert code(await merchant.ended()) == ("TXN_FAILURE", expected)
    assert (await webhooks.next()).form["RESPCODE"] == expected
    assert await merchant.charged() == 0


async def test_a_late_success_fails_first(merchant, webhooks):
    await merchant.script("late_success", after=3600)
    await start_payment(merchant)
    assert code(await merchant.status()) == ("TXN_FAILURE", "810")
    assert await merchant.charged() == 0
    await merchant.control("/clock", {"advance": 3601})
    statuses = [(await webhooks.next()).form["STATUS"] for _ in range(2)]
    assert statuses == ["TXN_FAILURE", "TXN_SUCCESS"]
    assert code(await merchant.status()) == ("TXN_SUCCESS", "01")
    assert await merchant.charged() == 100_00


async def test_a_bank_may_be_down_for_its_own_customers(merchant):
    await merchant.script("decline", {"bank": "SBI"}, times=9, reason="bank_down")
    for bank in ("SBI", "HDFC"):
        await merchant.initiate(bank)
        await merchant.process("NET_BANKING", bank, channelCode=bank)
    assert code(await merchant.status("SBI")) == ("TXN_FAILURE", "220")
    assert code(await merchant.status("HDFC")) == ("PENDING", "402")


async def test_a_wallet_payment_that_a_script_leaves_open_is_answered_as_pending(merchant):
    await merchant.script("hold")
    await merchant.initiate()
    await merchant.link_wallet()
    answer = await merchant.process("BALANCE")
    assert answer["txnInfo"]["STATUS"] == "PENDING"
    assert await merchant.charged() == 0


async def test_a_raw_status_can_be_set(merchant, webhooks):
    await start_payment(merchant)
    body = {"status": "TXN_FAILURE", "code": "501", "message": "down", "event": "TXN_FAILURE"}
    await merchant.control("/orders/ORDER_0001/status", body)
    payment = await merchant.status()
    assert (code(payment), payment["resultInfo"]["resultMsg"]) == (("TXN_FAILURE", "501"), "down")
    assert (await webhooks.next()).form["RESPCODE"] == "501"


async def test_webhooks_are_dropped_and_duplicated(merchant, webhooks):
    await merchant.script("drop_webhook", {"event": "TXN_FAILURE"})
    await merchant.script("duplicate_webhook", {"event": "TXN_SUCCESS"})
    await merchant.script("late_success", after=0.02)
    await start_payment(merchant)
    first = (await webhooks.next()).form
    second = (await webhooks.next()).form
    assert first == second
    assert first["STATUS"] == "TXN_SUCCESS"


async def test_a_webhook_is_retried_until_it_is_accepted(merchant, webhooks):
    webhooks.answers = [500, 302]
    await merchant.paid()
    received = [await webhooks.next() for _ in range(3)]
    assert len({each.text for each in received}) == 1


async def test_an_altered_webhook_is_signed(merchant, webhooks):
    await merchant.script("wrong_amount", {"event": "TXN_SUCCESS"}, amount="1.00")
    await merchant.paid()
    form = (await webhooks.next()).form
    assert form["TXNAMOUNT"] == "1.00"
    assert form_signed_by_paytm(form)


@pytest.mark.parametrize("kind", ["forge", "unsigned"])
@pytest.mark.parametrize("shape", ["form", "json"])
async def test_a_webhook_may_be_forged(start_paytm, webhooks, shape, kind):
    merchant = await start_paytm({"payment_webhook": shape})
    await merchant.script(kind, {"event": "TXN_SUCCESS"})
    await merchant.paid()
    webhook = await webhooks.next()
    if shape == "form":
        assert not form_signed_by_paytm(webhook.form)
    else:
        assert not signed_by_paytm(webhook.text)


async def test_payment_webhooks_may_be_json(start_paytm, webhooks):
    merchant = await start_paytm({"payment_webhook": "json"})
    txn_id = await merchant.paid()
    webhook = await webhooks.next()
    assert signed_by_paytm(webhook.text)
    assert (webhook.body["status"], webhook.body["respCode"], webhook.body["txnId"]) == (
        "TXN_SUCCESS",
        "01",
        txn_id,
    )


async def test_without_a_webhook_url_nothing_is_sent(start_paytm):
    merchant = await start_paytm({"webhook_url": None})
    await merchant.paid()
    await asyncio.sleep(0)
    assert (await merchant.control("/webhooks"))["webhooks"] == []


async def test_a_forged_webhook_comes_before_the_genuine_one(merchant, webhooks):
    match = {"event": "TXN_FAILURE"}
    await merchant.script("forge_webhook", match, status="TXN_SUCCESS", amount=1)
    await start_payment(merchant)
    await merchant.control("/orders/ORDER_0001/decline", {})
    forged, genuine = [(await webhooks.next()).form for _ in range(2)]
    assert (forged["STATUS"], forged["TXNAMOUNT"]) == ("TXN_SUCCESS", "1.00")
    assert not form_signed_by_paytm(forged)
    assert genuine["STATUS"] == "TXN_FAILURE"
    assert form_signed_by_paytm(genuine)


async def test_webhooks_may_be_reordered(merchant, webhooks):
    await merchant.script("reorder_webhook", {"event": "TXN_FAILURE"})
    await merchant.script("late_success", after=0)
    await start_payment(merchant)
    statuses = [(await webhooks.next()).form["STATUS"] for _ in range(2)]
    assert statuses == ["TXN_SUCCESS", "TXN_FAILURE"]


@pytest.mark.parametrize(
    ("match", "mode", "more", "down"),
    [
        ({"instrument": "UPI"}, "UPI_INTENT", {}, True),
        ({"instrument": "UPI"}, "NET_BANKING", {"channelCode": "SBI"}, False),
        ({"bank": "SBI"}, "NET_BANKING", {"channelCode": "SBI"}, True),
        ({"bank": "SBI"}, "NET_BANKING", {"channelCode": "HDFC"}, False),
    ],
)
async def test_a_method_or_bank_may_be_down(merchant, match, mode, more, down):
    await merchant.script("outage", {"gateway": "paytm", **match}, times=None)
    await start_payment(merchant, mode, **more)
    assert code(await merchant.status()) == (
        ("TXN_FAILURE", "220") if down else ("PENDING", "400" if mode == "UPI_INTENT" else "402")
    )


async def test_all_of_paytm_may_be_down(merchant):
    await merchant.script("outage", {"gateway": "paytm"}, times=None)
    await merchant.initiate()
    assert merchant.answer.status_code == 503


async def test_another_key_replaces_the_old_one(merchant):
    await merchant.initiate()
    change = {"gateway": "paytm", "merchant_key": "another-key-0016"}
    await merchant.control("/keys", change)
    assert code(await merchant.status()) == ("TXN_FAILURE", "330")
    body = {"mid": MID, "orderId": "ORDER_0001"}
    payment = await merchant.signed("/v3/order/status", body, key="another-key-0016")
    assert code(payment) == ("NO_RECORD_FOUND", "331")


@pytest.mark.parametrize("change", [{"merchant_key": "short"}, {"largest_amount": "1"}, {}])
async def test_an_invalid_key_is_refused(merchant, change):
    answer = await merchant.client.post("/control/keys", json={"gateway": "paytm", **change})
    assert answer.status_code == 400


@pytest.mark.parametrize(("state", "expected"), [("suspended", "0001"), ("deleted", "1001")])
async def test_a_saved_card_may_be_suspended_or_deleted(merchant, state, expected):
    card = "|4111111111111111|123|122035"
    await merchant.initiate("A")
    await merchant.process("CREDIT_CARD", "A", cardInfo=card, saveForFuture="1")
    await merchant.control("/orders/A/approve", {})
    await merchant.initiate("B")
    options = await merchant.with_token(f"{THEIA}/fetchPaymentOptions", {}, "B")
    (saved,) = options["merchantPayOption"]["savedInstruments"]
    card_id = saved["cardDetails"]["cardId"]
    await merchant.control("/tokens", {"gateway": "paytm", "token": card_id, "state": state})
    answer = await merchant.process("CREDIT_CARD", "B", cardInfo=f"{card_id}||123|")
    assert code(answer) == ("F", expected)
