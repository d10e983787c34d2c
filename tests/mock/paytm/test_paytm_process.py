"""One attempt to pay: what each method answers, and what is refused."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.mock.paytm.paytm_merchant import CALLBACK, MID, THEIA, code, form_signed_by_paytm

CARD = "|4111111111111111|123|122035"
DIRECT = f"{THEIA}/directBankRequest"


async def test_an_intent_is_a_upi_link_with_the_amount(merchant):
    await merchant.initiate()
    link = (await merchant.process("UPI_INTENT"))["deepLinkInfo"]
    query = parse_qs(urlsplit(link["deepLink"]).query)
    assert link["deepLink"].startswith("upi://pay?")
    assert (query["am"], query["cu"], query["tr"]) == (["100.00"], ["INR"], [link["transId"]])
    assert code(await merchant.status()) == ("PENDING", "400")


async def test_a_collect_request_says_where_to_poll_it(merchant):
    await merchant.initiate()
    answer = await merchant.process("UPI", payerAccount="asha@mockbank")
    form = answer["bankForm"]["upiDirectForm"]
    poll = urlsplit(form["actionUrl"]).path
    waiting = (await merchant.client.post(poll, json=form["content"])).json()["body"]
    assert waiting["txnInfo"]["STATUS"] == "PENDING"
    await merchant.control("/orders/ORDER_0001/approve", {})
    paid = (await merchant.client.post(poll, json=form["content"])).json()["body"]
    assert paid["txnInfo"]["TXNID"] == answer["transId"]
    assert form_signed_by_paytm(paid["txnInfo"])


@pytest.mark.parametrize(
    ("mode", "more", "payment_mode"),
    [
        ("CREDIT_CARD", {"cardInfo": CARD}, "CC"),
        ("DEBIT_CARD", {"cardInfo": CARD}, "DC"),
        ("EMI", {"cardInfo": CARD, "planId": "HDFC|3"}, "EMI"),
        ("NET_BANKING", {"channelCode": "HDFC"}, "NB"),
    ],
)
async def test_a_card_or_bank_redirects_the_browser(merchant, mode, more, payment_mode):
    await merchant.initiate()
    form = (await merchant.process(mode, **more))["bankForm"]["redirectForm"]
    page = await merchant.client.post(urlsplit(form["actionUrl"]).path, data=form["content"])
    assert "Approve" in page.text
    payment = await merchant.status()
    assert code(payment) == ("PENDING", "402")
    assert payment["paymentMode"] == payment_mode


@pytest.mark.parametrize(
    ("mode", "more", "expected"),
    [
        ("", {}, "1007"),
        ("CASH", {}, "317"),
        ("UPI", {}, "1007"),
        ("UPI", {"payerAccount": "nobody"}, "295"),
        ("UPI", {"payerAccount": "invalid@upi"}, "295"),
        ("NET_BANKING", {}, "1007"),
        ("NET_BANKING", {"channelCode": "NOBANK"}, "1001"),
        ("CREDIT_CARD", {}, "1007"),
        ("CREDIT_CARD", {"cardInfo": "4111111111111111"}, "1001"),
        ("CREDIT_CARD", {"cardInfo": "|4111111111111111||122035"}, "1001"),
        ("CREDIT_CARD", {"cardInfo": "|4111111111111112|123|122035"}, "312"),
        ("CREDIT_CARD", {"cardInfo": "|4111111111111111|123|122020"}, "315"),
        ("CREDIT_CARD", {"cardInfo": "nosuchcard||123|"}, "1001"),
        ("EMI", {"cardInfo": CARD}, "1007"),
        ("BALANCE", {}, "2004"),
    ],
)
async def test_an_invalid_call_is_refused_and_starts_nothing(merchant, mode, more, expected):
    await merchant.initiate()
    assert code(await merchant.process(mode, **more)) == ("F", expected)
    assert code(await merchant.status()) == ("NO_RECORD_FOUND", "331")
    assert code(await merchant.process("UPI_INTENT")) == ("S", "0000")


async def test_modes_can_be_switched_on_and_off(merchant):
    await merchant.initiate("A", enablePaymentMode=[{"mode": "UPI", "channels": ["UPIPUSH"]}])
    assert code(await merchant.process("NET_BANKING", "A", channelCode="SBI")) == ("F", "317")
    assert code(await merchant.process("UPI_INTENT", "A")) == ("S", "0000")
    await merchant.initiate("B", disablePaymentMode=[{"mode": "UPI"}])
    assert code(await merchant.process("UPI_INTENT", "B")) == ("F", "317")


async def test_a_token_allows_one_attempt(merchant):
    await merchant.initiate()
    await merchant.process("UPI_INTENT")
    assert code(await merchant.process("UPI_INTENT")) == ("F", "1005")
    await merchant.control("/orders/ORDER_0001/decline", {})
    assert code(await merchant.process("UPI_INTENT")) == ("F", "GW00460")


async def test_a_wallet_pays_at_once_with_a_signed_receipt(merchant):
    await merchant.initiate()
    await merchant.link_wallet()
    answer = await merchant.process("BALANCE")
    assert (code(answer), answer["callBackUrl"]) == (("S", "0000"), CALLBACK)
    assert form_signed_by_paytm(answer["txnInfo"])
    assert (answer["txnInfo"]["STATUS"], answer["txnInfo"]["PAYMENTMODE"]) == ("TXN_SUCCESS", "PPI")
    assert await merchant.charged() == 100_00


async def test_a_wallet_with_too_little_money_fails_at_once(start_paytm):
    merchant = await start_paytm({"wallet_balance": 99_99})
    await merchant.initiate()
    await merchant.link_wallet()
    answer = await merchant.process("BALANCE")
    assert (code(answer), answer["txnInfo"]["RESPCODE"]) == (("F", "235"), "235")
    assert await merchant.charged() == 0


async def test_postpaid_needs_its_passcode(merchant):
    await merchant.initiate()
    await merchant.link_wallet()
    assert code(await merchant.process("PAYTM_DIGITAL_CREDIT", mpin="0")) == ("F", "931")
    assert code(await merchant.process("PAYTM_DIGITAL_CREDIT", mpin="1234")) == ("S", "0000")


async def test_a_saved_card_needs_no_number_again(merchant):
    await merchant.initiate("A")
    await merchant.process("CREDIT_CARD", "A", cardInfo=CARD, saveForFuture="1")
    await merchant.control("/orders/A/approve", {})
    await merchant.initiate("B")
    options = await merchant.with_token(f"{THEIA}/fetchPaymentOptions", {}, "B")
    (saved,) = options["merchantPayOption"]["savedInstruments"]
    assert saved["cardDetails"]["lastFourDigit"] == "1111"
    card = f"{saved['cardDetails']['cardId']}||123|"
    assert code(await merchant.process("CREDIT_CARD", "B", cardInfo=card)) == ("S", "0000")


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("4111111111111111", "01"),
        ("4000000000000002", "227"),
        ("4000000000009995", "235"),
        ("4000000000000069", "207"),
        ("4000000000000119", "220"),
        ("4100000000000019", "296"),
    ],
)
async def test_a_test_card_decides_how_its_payment_ends(start_paytm, number, expected):
    merchant = await start_paytm({"direct_otp": True})
    await merchant.initiate()
    await merchant.process("CREDIT_CARD", cardInfo=f"|{number}|123|122035")
    await merchant.with_token(DIRECT, {"requestType": "submit", "otp": "000000"})
    assert code(await merchant.status())[1] == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"requestType": "submit", "otp": "000000"}, ("TXN_SUCCESS", "01")),
        ({"requestType": "submit", "otp": "111111"}, ("TXN_FAILURE", "229")),
        ({"requestType": "cancel"}, ("TXN_FAILURE", "2272")),
        ({"requestType": "resend"}, ("PENDING", "402")),
    ],
)
async def test_an_otp_may_be_asked_for_on_the_merchants_page(start_paytm, body, expected):
    merchant = await start_paytm({"direct_otp": True})
    await merchant.initiate()
    form = (await merchant.process("CREDIT_CARD", cardInfo=CARD))["bankForm"]
    kinds = [each["type"] for each in form["directForms"]]
    assert (form["pageType"], kinds) == ("direct", ["submit", "resend", "cancel"])
    path = urlsplit(form["directForms"][0]["actionUrl"]).path.removeprefix("/paytm")
    await merchant.with_token(path, body)
    assert code(await merchant.status()) == expected
    if expected[0] != "PENDING":
        assert code(await merchant.with_token(path, body)) == ("F", "GW00460")


async def test_an_otp_without_a_card_is_refused(merchant):
    await merchant.initiate()
    body = {"requestType": "submit", "otp": "000000"}
    assert code(await merchant.with_token(DIRECT, body)) == ("F", "1001")


@pytest.mark.parametrize(
    ("vpa", "expected"),
    [
        ("asha@mockbank", "01"),
        ("failure@upi", "227"),
        ("expired@upi", "810"),
        ("lowfunds@upi", "235"),
    ],
)
async def test_a_test_vpa_decides_how_its_payment_ends(start_paytm, vpa, expected):
    merchant = await start_paytm(auto_approve_after=60)
    await merchant.initiate()
    await merchant.process("UPI", payerAccount=vpa)
    await merchant.control("/clock", {"advance": 61})
    assert code(await merchant.status())[1] == expected


async def test_a_customer_who_only_has_the_hosted_page_pays_there_after_a_while(start_paytm):
    merchant = await start_paytm(auto_approve_after=0.01)
    await merchant.initiate(mid=MID)
    assert code(await merchant.ended()) == ("TXN_SUCCESS", "01")
