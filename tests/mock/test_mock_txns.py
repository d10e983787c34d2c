"""Attempts: what starts them, what refuses them, and how their order tells of them."""

import pytest

CARD = {"payment_method_type": "CARD"}


async def test_upi_intent_answers_with_sdk_params(mock):
    await mock.new_order()
    txn = (await mock.txn()).json()
    assert (txn["order_id"], txn["txn_id"]) == ("pe0001a", "acme-pe0001a-1")
    assert txn["txn_uuid"].startswith("eul")
    assert txn["status"] == "PENDING_VBV"
    params = txn["payment"]["sdk_params"]
    assert set(params) == {"tr", "tid", "merchant_vpa", "merchant_name", "mcc", "amount"}
    assert params["amount"] == "499.50"


async def test_upi_by_the_method_pay_names_the_parts_of_the_link_as_upi_does(mock):
    await mock.new_order()
    pay = {"payment_method_type": "UPI", "payment_method": "PAY", "sdk_params": "true"}
    params = (await mock.txn(**pay)).json()["payment"]["sdk_params"]
    parts = params["uri_params"]
    assert (parts["am"], parts["cu"], parts["pa"]) == ("499.50", "INR", "acme@mockbank")
    assert {"tr", "tid", "pn", "mc", "mn", "mode", "tn"} < set(parts)


async def test_an_order_shows_the_metadata_that_its_shop_sent(mock):
    await mock.new_order(**{"metadata.PAYU:gateway_reference_id": "line-2"})
    assert (await mock.status())["metadata"] == {"PAYU:gateway_reference_id": "line-2"}


@pytest.mark.parametrize(
    ("fields", "flow"),
    [
        ({"payment_method": "UPI", "txn_type": "UPI_QR", "sdk_params": "true"}, "QR"),
        ({"payment_method": "UPI", "txn_type": "UPI_PAY", "sdk_params": "True"}, "INTENT"),
        ({"payment_method": "UPI_COLLECT", "upi_vpa": "x@okaxis"}, "COLLECT"),
        ({"payment_method": "COLLECT", "upi_vpa": "x@okaxis"}, "COLLECT"),
        ({"payment_method": "PAY", "sdk_params": "true"}, "INTENT"),
        ({"payment_method": "UPI", "txn_type": "UPI_COLLECT", "upi_vpa": "x@okaxis"}, "COLLECT"),
    ],
)
async def test_every_form_of_upi_is_known(mock, fields, flow):
    await mock.new_order()
    txn = (await mock.txn(payment_method_type="UPI", **fields)).json()
    order = await mock.status()
    assert ("sdk_params" in txn["payment"]) == (flow != "COLLECT")
    assert order["upi"]["txn_flow_type"] == flow
    assert (order["status"], order["status_id"]) == ("PENDING_VBV", 23)


@pytest.mark.parametrize(
    "fields",
    [
        {"payment_method_type": "NB", "payment_method": "NB_HDFC"},
        {"payment_method_type": "WALLET", "payment_method": "PAYTM"},
    ],
)
async def test_banks_and_wallets_redirect_to_the_customers_page(mock, fields):
    await mock.new_order()
    txn = (await mock.txn(**fields)).json()
    authentication = txn["payment"]["authentication"]
    path = f"/juspay/v2/pay/start/acme/{txn['txn_uuid']}"
    page = await mock.client.get(path, follow_redirects=True)
    assert authentication["method"] == "GET"
    assert authentication["url"].endswith(path)
    assert "₹499.50" in page.text


async def test_a_card_token_pays_once(mock):
    await mock.new_order()
    token = await mock.token()
    first = await mock.txn(**CARD, card_token=token)
    again = await mock.txn(**CARD, card_token=token)
    assert token.startswith("ctkn_")
    assert first.json()["payment"]["authentication"]["url"]
    assert again.status_code == 400
    assert again.json()["error_info"]["code"] == "RESOURCE_NOT_FOUND"


async def test_a_card_token_lives_15_minutes(mock):
    await mock.new_order()
    token = await mock.token()
    await mock.control("/clock", {"advance": 901})
    refused = await mock.txn(**CARD, card_token=token)
    assert refused.json()["error_info"]["code"] == "EXPIRED"


async def test_tokenising_is_open_to_any_page_and_refuses_a_wrong_number(mock):
    preflight = await mock.client.options("/juspay/card/tokenize")
    wrong = await mock.client.post("/juspay/card/tokenize", data={"card_number": "4242424242424"})
    assert preflight.status_code == 204
    assert wrong.status_code == 400
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert wrong.headers["access-control-allow-origin"] == "*"


async def test_no_key_is_needed_for_an_attempt(mock):
    await mock.new_order()
    form = {"order_id": "pe0001a", "merchant_id": "acme", "format": "json"}
    upi = {"payment_method_type": "UPI", "payment_method": "UPI_PAY"}
    assert (await mock.juspay("POST", "/txns", form | upi, auth=None)).status_code == 200


async def test_without_format_the_answer_is_a_redirect(mock):
    await mock.new_order()
    form = {"order_id": "pe0001a", "merchant_id": "acme"}
    nb = {"payment_method_type": "NB", "payment_method": "NB_HDFC"}
    answer = await mock.juspay("POST", "/txns", form | nb)
    assert answer.status_code == 302
    assert "/v2/pay/start/acme/eul" in answer.headers["location"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"merchant_id": ""}, {"status": "ERROR", "error_code": "Bad request."}),
        (CARD, {"status": "invalid_request_error", "error_code": "missing_card_number"}),
        (CARD | {"card_number": "4242424242424242"}, {"error_code": "invalid_request_error"}),
        ({"payment_method_type": "BARTER"}, {"error_code": "invalid_request_error"}),
        ({"order_id": "nobody", **CARD}, {"status": "NOT_FOUND", "status_id": 40}),
    ],
)
async def test_what_cannot_start_is_refused_in_juspays_words(mock, fields, expected):
    await mock.new_order()
    answer = await mock.txn(**{"order_id": "pe0001a", **fields})
    assert answer.status_code == 400
    assert answer.json() | expected == answer.json()


async def test_a_missing_gateway_is_a_config_error(mock):
    await mock.new_order()
    info = (await mock.txn(payment_method_type="BARTER")).json()["error_info"]
    assert (info["code"], info["category"]) == ("GATEWAY_NOT_FOUND", "CONFIG_ERROR")


async def test_an_order_has_at_most_25_attempts(mock):
    await mock.new_order()
    answers = [await mock.txn() for _ in range(26)]
    assert answers[24].json()["txn_id"] == "acme-pe0001a-25"
    assert answers[25].status_code == 400


async def test_order_and_payment_go_in_one_call_once(mock):
    form = {"order.order_id": "both", "order.amount": "5", "payment_method_type": "UPI"}
    form |= {"payment_method": "UPI_PAY", "merchant_id": "acme", "format": "json"}
    first = await mock.juspay("POST", "/txns", form)
    again = await mock.juspay("POST", "/txns", form)
    assert first.json()["txn_id"] == "acme-both-1"
    assert again.json()["status"] == "DUPLICATE_ORDER_ID"
    assert again.json()["status_id"] == 40


async def test_an_order_is_not_created_without_the_key(mock):
    form = {"order.order_id": "both", "order.amount": "5", "payment_method_type": "UPI"}
    form |= {"payment_method": "UPI_PAY", "merchant_id": "acme", "format": "json"}

    answer = await mock.juspay("POST", "/txns", form, auth=("wrong", ""))

    assert answer.status_code == 401
    assert (await mock.status("both"))["status"] == "NOT_FOUND"


async def test_a_charged_order_tells_everything(mock):
    await mock.charged()
    order = await mock.status()
    assert (order["status"], order["status_id"], order["amount"]) == ("CHARGED", 21, 499.5)
    assert (order["payment_method_type"], order["payment_method"]) == ("UPI", "UPI")
    assert order["payment_gateway_response"]["resp_code"] == "SUCCESS"
    assert len(order["payment_gateway_response"]["rrn"]) == 12
    assert order["txn_detail"]["txn_amount"] == 499.5
    assert order["txn_detail"]["gateway"] == "RAZORPAY"
    assert order["maximum_eligible_refund_amount"] == 499.5
    assert order["refunds"] == []


async def test_a_card_shows_no_more_than_its_ends(mock):
    txn = await mock.card_txn()
    order = await mock.status()
    assert order["card"]["last_four_digits"] == "4242"
    assert order["card"]["card_isin"] == "424242"
    assert order["auth_type"] == "THREE_DS"
    assert "4242424242424242" not in str(await mock.control("/requests")) + str(order) + str(txn)


async def test_a_failed_attempt_may_be_followed_by_a_good_one(mock):
    await mock.new_order()
    await mock.txn()
    await mock.control("/orders/pe0001a/decline", {"reason": "wrong_pin"})
    failed = await mock.status()
    await mock.txn()
    await mock.control("/orders/pe0001a/approve", {})
    assert (failed["status_id"], failed["resp_code"]) == (27, "ZM")
    assert (await mock.status())["txn_id"] == "acme-pe0001a-2"


async def test_a_second_success_is_returned_at_once(mock):
    await mock.new_order()
    first = (await mock.txn()).json()["txn_uuid"]
    await mock.txn()
    await mock.control("/orders/pe0001a/approve", {})
    await mock.control("/orders/pe0001a/approve", {"txn_uuid": first})
    truth = await mock.control("/orders/pe0001a")
    assert truth["status"] == "CHARGED"
    assert (truth["ledger"]["charged"], truth["ledger"]["refunded"]) == (99900, 49950)


async def test_a_paid_order_takes_no_further_attempt(mock):
    await mock.charged()
    refused = await mock.txn()
    assert refused.status_code == 400
    assert refused.json()["error_info"]["code"] == "INVALID_ACTION"


@pytest.mark.parametrize(
    ("vpa", "status"),
    [("someone@okaxis", "VALID"), ("a@okaxis", "VALID"), ("invalid@okaxis", "INVALID")],
)
async def test_a_vpa_is_verified_with_http_200(mock, vpa, status):
    answer = await mock.juspay("POST", "/v2/upi/verify-vpa", {"vpa": vpa, "merchant_id": "acme"})
    assert answer.status_code == 200
    assert answer.json()["status"] == status
