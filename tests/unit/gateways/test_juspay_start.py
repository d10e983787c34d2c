"""How a charge starts at Juspay: what is sent, and what the customer is given."""

import json
from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from payment_engine.domain.gateway import Charge, Client, Customer, Platform, Unknown
from payment_engine.domain.payment_methods import CardPage, CardToken, UpiIntent, UpiQr
from payment_engine.domain.states import AttemptStatus
from payment_engine.gateways.juspay.adapter import Juspay, JuspayConfig
from payment_engine.gateways.juspay.messages import TxnPayment
from payment_engine.gateways.juspay.states import next_action
from tests.unit.gateways.conftest import CONFIG

REF = "01k0m9v7c2q4w8z6x3y5"
NEW = {
    "id": "ordeh_5f1c0e9a7b",
    "order_id": REF,
    "merchant_id": "acme",
    "status": "NEW",
    "status_id": 10,
    "amount": 1164,
    "currency": "INR",
}
SDK = {
    "tr": "1",
    "tid": "2",
    "merchant_vpa": "acme@psp",
    "merchant_name": "Acme & Söhne",
    "mcc": "5912",
    "amount": "1164.00",
}
PAGE = {"method": "GET", "url": "https://sandbox.juspay.in/v2/pay/start/acme/eulA1"}
STARTED = {
    "order_id": REF,
    "txn_id": f"acme-{REF}-1",
    "txn_uuid": "eulA1",
    "status": "PENDING_VBV",
    "payment": {"authentication": PAGE, "sdk_params": SDK},
    "offer_details": {"offers": []},
}
CARD = {**STARTED, "payment": {"authentication": PAGE}}


def start(script, txn=STARTED, status=200):
    script.on("POST /txns", txn, status)


async def test_a_charge_is_one_call_with_its_order_in_it(juspay, script, make_charge):
    start(script)

    state = await juspay.charge(
        make_charge(source=UpiIntent(app="gpay"), client=Client(platform=Platform.ANDROID))
    )

    assert [request.url.path for request in script.requests] == ["/txns"]
    assert script.form(0) == {
        "order.order_id": REF,
        "order.amount": "1164.00",
        "order.currency": "INR",
        "order.customer_id": "cust-8812",
        "order.customer_email": "customer@example.in",
        "order.customer_phone": "9876543210",
        "order.description": "Order PO24068",
        "order.return_url": "https://shop.example/return",
        "merchant_id": "acme",
        "payment_method_type": "UPI",
        "payment_method": "UPI_PAY",
        "txn_type": "UPI_PAY",
        "sdk_params": "true",
        "upi_app": "com.google.android.apps.nbu.paisa.user",
        "payment_channel": "ANDROID_APP",
        "redirect_after_payment": "true",
        "format": "json",
    }
    assert (state.ref, state.status) == (REF, AttemptStatus.PENDING)
    assert (state.gateway_status, state.gateway_payment_id) == ("PENDING_VBV", "eulA1")


async def test_every_call_names_the_merchant_the_customer_and_the_version(
    juspay, script, make_charge
):
    start(script)

    await juspay.charge(make_charge())

    for request in script.requests:
        assert request.headers["authorization"] == "Basic a2V5LW9mLXRoZS1hcGk6"
        assert request.headers["x-merchantid"] == "acme"
        assert request.headers["x-routing-id"] == "cust-8812"
        assert request.headers["version"] == "2023-06-30"
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"


async def test_a_upi_link_is_what_the_gateway_gave_percent_encoded(juspay, script, make_charge):
    start(script)

    action = (await juspay.charge(make_charge())).next_action

    assert action.kind == "upi_intent"
    assert action.payee_name == "Acme & Söhne"
    assert action.uri == (
        "upi://pay?tr=1&tid=2&pa=acme@psp&pn=Acme%20%26%20S%C3%B6hne&mc=5912&am=1164.00"
        "&cu=INR&tn=Order%20PO24068"
    )


async def test_a_qr_is_asked_for_by_its_own_transaction_type(juspay, script, make_charge):
    start(script)

    state = await juspay.charge(make_charge(source=UpiQr()))

    assert script.form(0)["payment_method"] == "UPI"
    assert script.form(0)["txn_type"] == "UPI_QR"
    assert state.next_action.kind == "upi_qr"
    assert state.next_action.uri.startswith("upi://pay?tr=1")


async def test_a_card_is_paid_by_its_token_and_a_redirect(juspay, script, make_charge):
    start(script, txn=CARD)

    state = await juspay.charge(make_charge(source=CardToken(token=SecretStr("ctkn_1"))))

    assert script.form(0)["payment_method_type"] == "CARD"
    assert script.form(0)["card_token"] == "ctkn_1"
    assert script.form(0)["redirect_after_payment"] == "true"
    assert (state.next_action.kind, state.next_action.url) == ("redirect", PAGE["url"])
    assert state.next_action.http_method == "GET"


async def test_a_page_to_be_posted_to_keeps_its_fields(juspay, script, make_charge):
    page = {"method": "POST", "url": "https://bank.example/acs", "params": {"PaReq": "x", "n": 1}}
    start(script, txn={**CARD, "payment": {"authentication": page}})

    state = await juspay.charge(make_charge(source=CardToken(token=SecretStr("ctkn_1"))))

    assert state.next_action.http_method == "POST"
    assert state.next_action.fields == {"PaReq": "x", "n": "1"}


async def test_a_transaction_without_page_or_link_has_no_next_action(juspay, script, make_charge):
    start(script, txn={**CARD, "payment": None})

    assert (await juspay.charge(make_charge())).next_action is None


async def test_a_decline_may_be_the_first_answer(juspay, script, make_charge):
    start(script, txn={**STARTED, "status": "JUSPAY_DECLINED"})

    state = await juspay.charge(make_charge())

    assert (state.status, state.next_action) == (AttemptStatus.FAILED, None)
    assert len(script.requests) == 1


async def test_a_first_answer_that_names_no_method_is_read_by_the_one_we_asked_for(
    juspay, script, make_charge
):
    txn = {**STARTED, "status": "AUTHORIZATION_FAILED", "resp_code": "Z9"}
    start(script, txn={**txn, "payment_method_type": None})

    assert (await juspay.charge(make_charge())).decline_code == "insufficient_funds"


async def test_money_at_once_is_believed_with_an_amount_only(juspay, script, make_charge):
    start(script, txn={**STARTED, "status": "CHARGED"})
    script.on(f"GET /orders/{REF}", {**NEW, "status": "CHARGED"})

    state = await juspay.charge(make_charge())

    assert (state.status, state.amount, state.currency) == (AttemptStatus.CAPTURED, 116400, "INR")


async def test_money_at_once_with_its_amount_is_not_looked_up(juspay, script, make_charge):
    start(script, txn={**STARTED, "status": "CHARGED", "amount": 1163})

    state = await juspay.charge(make_charge())

    assert (state.status, state.amount) == (AttemptStatus.CAPTURED, 116300)
    assert len(script.requests) == 1


DUPLICATE = {"status": "DUPLICATE_ORDER_ID", "status_id": 40, "error_code": "x"}


async def test_a_repeat_of_a_charge_reads_it_and_starts_none(juspay, script, make_charge):
    start(script, DUPLICATE, 400)
    script.on(f"GET /orders/{REF}", {**NEW, "status": "CHARGED"})

    state = await juspay.charge(make_charge())

    assert state.status is AttemptStatus.CAPTURED
    assert len(script.requests) == 2


async def test_a_repeat_starts_nothing_while_the_first_call_may_be_starting_it(
    juspay, script, make_charge
):
    start(script, DUPLICATE, 400)
    script.on(f"GET /orders/{REF}", NEW)

    with pytest.raises(Unknown):
        await juspay.charge(make_charge())

    assert len(script.requests) == 2


async def test_a_repeat_shows_the_amount_that_the_first_call_charged(juspay, script, make_charge):
    start(script, DUPLICATE, 400)
    script.on(f"GET /orders/{REF}", {**NEW, "status": "PENDING_VBV", "amount": 1163})

    state = await juspay.charge(make_charge())

    assert len(script.requests) == 2
    assert state.amount == 116300


async def test_a_duplicate_order_that_cannot_be_found_is_unknown(juspay, script, make_charge):
    start(script, DUPLICATE, 400)
    script.on(f"GET /orders/{REF}", {"status": "NOT_FOUND"}, 400)

    with pytest.raises(Unknown):
        await juspay.charge(make_charge())


@pytest.mark.parametrize(
    "txn",
    [
        {**STARTED, "order_id": "another"},
        {k: v for k, v in STARTED.items() if k != "status"},
        {**STARTED, "payment": {"sdk_params": {**SDK, "amount": "1.00"}}},
        [],
    ],
    ids=["other_order", "no_status", "other_amount_in_link", "no_object"],
)
async def test_an_answer_that_cannot_be_ours_is_unknown(juspay, script, make_charge, txn):
    start(script, txn=txn)

    with pytest.raises(Unknown):
        await juspay.charge(make_charge())


SESSION = {
    "status": "NEW",
    "id": "ordeh_5f1c0e9a7b",
    "order_id": REF,
    "payment_links": {"web": "https://sandbox.juspay.in/merchant/pay/ordeh_5f1c0e9a7b"},
}


async def test_a_card_is_entered_on_juspays_page_which_offers_nothing_else(
    juspay, script, make_charge
):
    script.on("POST /session", SESSION)

    state = await juspay.charge(make_charge(source=CardPage(), capture=False))

    assert (state.status, state.gateway_status) == (AttemptStatus.PENDING, "NEW")
    assert state.next_action.kind == "redirect"
    assert state.next_action.url == SESSION["payment_links"]["web"]
    [request] = script.requests
    assert json.loads(request.content) == {
        "order_id": REF,
        "amount": "1164.00",
        "currency": "INR",
        "customer_id": "cust-8812",
        "customer_email": "customer@example.in",
        "customer_phone": "9876543210",
        "description": "Order PO24068",
        "return_url": "https://shop.example/return",
        "metadata.txns.auto_capture": "false",
        "payment_page_client_id": "acme",
        "action": "paymentPage",
        "payment_filter": {
            "allowDefaultOptions": False,
            "options": [{"paymentMethodType": "CARD", "enable": True}],
        },
    }


async def test_juspays_page_is_asked_for_by_its_client_id(make_wire, script, make_charge):
    script.on("POST /session", SESSION)
    config = JuspayConfig.model_validate({**CONFIG, "payment_page_client_id": "acme_web"})
    juspay = Juspay(config, make_wire(transport=httpx.MockTransport(script)))
    await juspay.charge(make_charge(source=CardPage()))
    sent = json.loads(script.requests[0].content)
    assert sent["payment_page_client_id"] == "acme_web"
    assert "metadata.txns.auto_capture" not in sent


@pytest.mark.parametrize(
    "odd", [{"payment_links": {}}, {"amount": "1.00"}, {"order_id": "another"}, {"status": None}]
)
async def test_a_page_that_cannot_be_ours_is_unknown(juspay, script, make_charge, odd):
    script.on("POST /session", {**SESSION, **odd})
    with pytest.raises(Unknown):
        await juspay.charge(make_charge(source=CardPage()))


def charge_of(amount=116400):
    return Charge(
        ref=REF,
        amount=amount,
        source=UpiIntent(),
        customer=Customer(ref="c"),
        return_url="https://shop.example/return",
        description="Order PO24068",
    )


def link_of(sdk_params):
    return next_action(charge_of(), TxnPayment.read({"sdk_params": sdk_params})).uri


def query_of(uri):
    pairs = [pair.split("=", 1) for pair in uri.partition("?")[2].split("&")]
    return {unquote(name): unquote(value) for name, value in pairs}


def test_a_value_that_begins_like_a_link_is_no_link():
    assert query_of(link_of({**SDK, "mode": "UPI://PAY?"}))["mode"] == "UPI://PAY?"


@given(
    extra=st.dictionaries(
        st.sampled_from(["mode", "purpose", "orgid", "tn", "url", "cu", "category", "mid"]),
        st.text(min_size=1).filter(lambda text: text.encode(errors="ignore").decode() == text),
    )
)
def test_every_parameter_of_a_link_survives_byte_exact(extra):
    uri = link_of({**SDK, **extra})

    assert " " not in uri
    assert "+" not in uri
    assert query_of(uri).items() >= extra.items()
    assert parse_qs(urlsplit(uri).query)["am"] == ["1164.00"]


def test_a_signed_link_is_completed_by_nothing():
    params = {"pa": "acme@psp", "pn": "Acme", "am": "1164", "sign": "MEUC+/=="}

    uri = link_of(params)

    assert query_of(uri) == params


@pytest.mark.parametrize("written", ["1164", "1164.0", 1164, None])
def test_an_amount_in_a_link_has_two_decimals_however_it_was_given(written):
    uri = link_of({**SDK, "amount": written, "tid": ""})

    assert query_of(uri)["am"] == "1164.00"
    assert "tid" not in query_of(uri)


FINISHED = "upi://pay?pa=acme@psp&pn=Acme%20Ltd&am=1164&cu=INR&sign=MEUC%2B%2F%3D"
NESTED = {"pa": "acme@psp", "pn": "Acme", "am": "1164.00", "tr": "7"}


@pytest.mark.parametrize("name", ["pgIntentUrl", "upi_link"])
def test_a_finished_link_is_taken_byte_for_byte(name):
    assert link_of({**SDK, name: FINISHED}) == FINISHED


def test_members_that_are_no_parameters_of_upi_stay_out_of_the_link():
    others = {
        "currency": "INR",
        "pgIntentUrl": "https://x.example",
        "customerName": "A",
        "नाम": "x",
    }

    assert set(query_of(link_of({**SDK, **others}))) == {
        *("tr", "tid", "pa", "pn", "mc", "am", "cu", "tn"),
    }


def test_an_unpaired_surrogate_is_no_link():
    with pytest.raises(Unknown):
        link_of({**SDK, "tn": "\ud83d"})


@pytest.mark.parametrize("nested", [NESTED, json.dumps(NESTED)], ids=["object", "text"])
def test_nested_parameters_make_a_link(nested):
    action = next_action(charge_of(), payment({"scheme": "upi://pay", "uri_params": nested}))

    assert query_of(action.uri) == {**NESTED, "cu": "INR", "tn": "Order PO24068"}
    assert "pa=acme@psp" in action.uri
    assert action.payee_name == "Acme"


@pytest.mark.parametrize(
    "params",
    [
        {**SDK, "am": "1.00"},
        {**SDK, "uri_params": {**NESTED, "am": "1.00"}},
        {**SDK, "amount": "1.00", "uri_params": NESTED},
        {"uri_params": {**NESTED, "amount": "1.00"}},
        {"pgIntentUrl": FINISHED.replace("1164", "1")},
        {"pgIntentUrl": FINISHED, "amount": "1.00"},
    ],
)
def test_another_amount_anywhere_is_no_link(params):
    with pytest.raises(Unknown):
        link_of(params)


@pytest.mark.parametrize(
    "params",
    [
        {name: value for name, value in SDK.items() if name != "merchant_vpa"},
        {"uri_params": "no JSON"},
        {"uri_params": "[1]"},
        {"pgIntentUrl": "upi://pay?pn=Acme&am=1164"},
        {},
    ],
)
@pytest.mark.parametrize("source", [UpiIntent(), UpiQr()])
def test_without_a_payee_the_customer_goes_to_juspays_page(params, source):
    charge = replace(charge_of(), source=source)

    action = next_action(charge, payment(params, authentication=PAGE))

    assert (action.kind, action.url) == ("redirect", PAGE["url"])
    assert next_action(charge, payment(params)) is None


def payment(sdk_params, **more):
    return TxnPayment.read({"sdk_params": sdk_params, **more})
