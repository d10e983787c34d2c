"""Charges: approved at once from the balance, or on the customer's page; and refusals."""

import asyncio

import pytest

from payment_engine.mock.amazonpay.signing import sign_return
from tests.mock.amazonpay.amazonpay_driver import SECRET, SELLER, is_signed, query_fields


async def charged_paise(seller):
    return (await seller.control("/ledger"))["charged"]


async def test_a_sufficient_balance_pays_at_once(seller):
    answer = await seller.charge()
    content = answer.json()
    assert answer.status_code == 200
    assert (content["status"], content["approvedAmount"]) == ("CaptureApproved", "499.00")
    assert (content["merchantId"], content["chargeId"]) == (SELLER, "PE-1")
    assert content["amazonChargeId"].startswith("S04-")
    assert "amazonPayUrl" not in content
    assert await charged_paise(seller) == 49900
    balance = (await seller.balance()).json()["amazonPayBalance"]
    assert (balance["redeemableBalance"], balance["enabled"]) == ("501.00", True)


async def test_charges_at_the_same_time_never_overdraw_a_wallet(seller):
    answers = await asyncio.gather(*(seller.charge(f"PE-{n}", "400.00") for n in range(5)))
    statuses = sorted(answer.json()["status"] for answer in answers)
    assert statuses == ["CaptureApproved"] * 2 + ["CapturePending"] * 3
    assert await charged_paise(seller) == 80000


async def test_an_insufficient_balance_asks_the_customer(seller):
    content = (await seller.charge(amount="1500.00")).json()
    assert (content["status"], content["approvedAmount"]) == ("CapturePending", "0.00")
    assert "/amazonpay/pay?token=" in content["amazonPayUrl"]
    assert await charged_paise(seller) == 0


async def test_the_customers_page_pays_and_returns_signed_parameters(seller):
    page = await seller.payment_page()
    text = (await seller.client.get(page)).text
    back = await seller.choose(page, "pay")
    params = query_fields(back)
    signature = params.pop("signature")
    assert "₹1,500.00" in text
    assert back.startswith("https://pay.example/back?")
    assert (params["status"], params["reasonCode"], params["sellerOrderId"]) == (
        "SUCCESS",
        "001",
        "PE-1",
    )
    assert (params["orderTotalAmount"], params["orderTotalCurrencyCode"]) == ("1500.00", "INR")
    assert signature == sign_return(params, "AKRETURN", "return-secret")
    assert (await seller.status()).json()["status"] == "CaptureApproved"
    assert await charged_paise(seller) == 150000


@pytest.mark.parametrize(
    ("action", "code"), [("cancel", "311"), ("expire", "312"), ("insufficient_funds", "313")]
)
async def test_a_customer_who_does_not_pay_returns_with_a_failure(seller, action, code):
    params = query_fields(await seller.choose(await seller.payment_page(), action))
    content = (await seller.status()).json()
    assert (params["status"], params["reasonCode"]) == ("FAILURE", code)
    assert (content["status"], content["approvedAmount"]) == ("Declined", "0.00")
    assert "amazonPayUrl" not in content
    assert await charged_paise(seller) == 0


async def test_a_customer_may_pay_without_returning(seller):
    page = await seller.payment_page()
    location = await seller.choose(page, "pay_and_leave")
    assert location == page
    assert "Txn Success" in (await seller.client.get(page)).text
    assert (await seller.status()).json()["status"] == "CaptureApproved"


async def test_a_second_choice_changes_nothing(seller):
    page = await seller.payment_page()
    await seller.choose(page, "pay")
    assert query_fields(await seller.choose(page, "cancel"))["status"] == "SUCCESS"
    assert await charged_paise(seller) == 150000


async def test_an_unknown_page_is_404(seller):
    for path in ("/customer/amazonpay/nonsense", "/amazonpay/pay"):
        answer = await seller.client.get(path, follow_redirects=True)
        assert answer.status_code == 404


async def test_a_waiting_charge_is_on_the_front_page(seller):
    page = await seller.payment_page()
    assert page in (await seller.client.get("/")).text


async def test_a_charge_is_found_by_either_id(seller):
    charge = (await seller.charge()).json()
    by_amazon = await seller.status(charge["amazonChargeId"], "AmazonTxnId")
    assert (await seller.status()).json() == by_amazon.json() == charge


@pytest.mark.parametrize(
    ("txn_id", "kind", "path", "code"),
    [
        ("PE-2", "MerchantTxnId", "charge", "InvalidChargeId"),
        ("PE-1", "AmazonTxnId", "charge", "InvalidChargeId"),
        ("PE-1", "MerchantTxnId", "refund", "InvalidRefundId"),
        ("PE-1", "Barcode", "charge", "InvalidArguments"),
        ("", "MerchantTxnId", "charge", "InvalidArguments"),
    ],
)
async def test_an_unknown_id_is_http_400(seller, txn_id, kind, path, code):
    await seller.charge()
    answer = await seller.status(txn_id, kind, path)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["message"]


@pytest.mark.parametrize("amount", ["499.00", "1.00"])
async def test_a_charge_id_is_unique(seller, amount):
    await seller.charge()
    answer = await seller.charge(amount=amount)
    assert (answer.status_code, answer.json()["code"]) == (400, "DuplicateChargeId")
    assert await charged_paise(seller) == 49900


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"charge_id": "PE 1"}, "InvalidArguments"),
        ({"charge_id": "x" * 51}, "InvalidArguments"),
        ({"amount": "0"}, "InvalidArguments"),
        ({"amount": "1.001"}, "InvalidArguments"),
        ({"amount": "-1"}, "InvalidArguments"),
        ({"currencyCode": "USD"}, "InvalidArguments"),
        ({"intent": "Keep"}, "InvalidArguments"),
        ({"attributableProgram": "Other"}, "InvalidArguments"),
        ({"timeoutInSecs": "299"}, "InvalidArguments"),
        ({"timeoutInSecs": "901"}, "InvalidArguments"),
        ({"noteToCustomer": "x" * 201}, "InvalidArguments"),
        ({"customData": "x" * 2001}, "InvalidArguments"),
        ({"selectedPaymentInstrumentType": "Gold"}, "InvalidArguments"),
        ({"referenceId": ""}, "InvalidArguments"),
        ({"callbackUrl": "https://elsewhere.example/"}, "InvalidCallbackUrl"),
        ({"merchantId": "MOTHER"}, "MerchantIdMismatch"),
    ],
)
async def test_an_invalid_charge_is_refused(seller, fields, code):
    answer = await seller.charge(**fields)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert await charged_paise(seller) == 0


async def test_an_unknown_token_is_refused(seller):
    answer = await seller.charge(accessToken="Atza|nobody")
    assert (answer.status_code, answer.json()["code"]) == (403, "InvalidAccessToken")


async def test_a_wallet_without_kyc_cannot_pay(seller):
    await seller.control("/amazonpay/wallets/asha", {"kyc": False})
    answer = await seller.charge()
    assert (answer.status_code, answer.json()["code"]) == (400, "NonKYCAccount")


async def test_an_empty_safelist_allows_every_callback_url(open_account):
    seller = await open_account({"callback_urls": ()})
    answer = await seller.charge(callbackUrl="https://elsewhere.example/")
    assert answer.status_code == 200


async def test_an_unanswered_charge_lapses_after_its_timeout(seller):
    await seller.payment_page(timeoutInSecs="300")
    await seller.control("/clock", {"advance": 301})
    content = (await seller.status()).json()
    assert content["status"] == "Declined"


async def test_custom_data_comes_back_with_the_charge(seller):
    content = (await seller.charge(customData="pay_1 ü")).json()
    assert content["customData"] == "pay_1 ü"


async def test_an_answer_is_signed_to_the_letter(seller):
    answer = await seller.charge(customData="pay_1 ü₹")
    assert is_signed(answer)
    assert not is_signed(answer, secret="another")


async def test_the_oldest_settled_charge_is_forgotten_when_there_are_too_many(open_account):
    seller = await open_account(max_orders=2)
    await seller.payment_page(charge_id="PE-1", amount="1500.00")
    for charge_id in ("PE-2", "PE-3"):
        await seller.charge(charge_id, "1.00")
    codes = [(await seller.status(each)).json().get("code") for each in ("PE-1", "PE-2", "PE-3")]
    assert codes == [None, "InvalidChargeId", None]
    assert (await seller.control("/ledger"))["charged"] == 100


async def test_amounts_decide_only_if_asked(open_account):
    seller = await open_account(amount_bands=True)
    answers = [await seller.charge(f"PE-{n}", n) for n in ("499", "500", "700")]
    statuses = [answer.json()["status"] for answer in answers]
    assert statuses == ["CaptureApproved", "Declined", "CapturePending"]


async def test_the_customer_approves_by_themselves_if_so_configured(open_account):
    seller = await open_account(auto_approve_after=5)
    await seller.charge(amount="1500.00")
    await seller.control("/clock", {"advance": 5})
    assert (await seller.status()).json()["status"] == "CaptureApproved"


async def test_one_pair_of_keys_signs_everything_where_there_is_no_other(open_account):
    seller = await open_account({"return_secret_key": ""})
    params = query_fields(await seller.choose(await seller.payment_page(), "pay"))
    signature = params.pop("signature")
    assert signature == sign_return(params, "AKS2SEXAMPLE", SECRET)
