"""How a charge starts at Amazon Pay: what is sent, signed and repeated, and the next action."""

import httpx
import pytest
from pydantic import ValidationError

from payment_engine.domain.gateway import Client, LinkEnded, NotSent, Platform, Refused, Unknown
from payment_engine.domain.payment_methods import Wallet
from payment_engine.domain.states import AttemptStatus
from payment_engine.gateways.amazonpay.messages import ChargeAnswer
from payment_engine.gateways.amazonpay.signature import canonical, sign
from payment_engine.gateways.amazonpay.wire import AmazonPayConfig, AmazonPayRequest
from tests.unit.gateways.amazonpay_vectors import (
    CALLS,
    HEADERS,
    HOST,
    SECRET,
    SIGNED_CHARGE,
    SIGNED_REFUND,
    SIGNED_STATUS,
)
from tests.unit.gateways.scripted_amazonpay import APPROVED, CHARGE, CONFIG, REF, STATUS, TOKENS

A = AttemptStatus
FORGED = {"x_amz_signature": "A" * 64}
PENDING = {
    **APPROVED,
    "status": "CapturePending",
    "approvedAmount": "0.00",
    "amazonPayUrl": f"https://{HOST}/pay?token=abc%2B1",
}
FRESH = {"access_token": "Atza|fresh", "refresh_token": "Atzr|example", "expires_in": 3600}
TESTER = Client(ip="203.0.113.7", user_agent="PaymentEngine/1.0 (test)")
PHONE = Client(platform=Platform.ANDROID, ip="198.51.100.4", user_agent="  Phöne\r\nx-evil: 1  ")


@pytest.mark.parametrize(
    ("name", "method", "path", "fields"),
    [
        ("V1", "POST", "/v1/payments/charge", SIGNED_CHARGE),
        ("V2", "GET", "/v1/payments/charge", SIGNED_STATUS),
        ("V3", "POST", "/v1/payments/refund", SIGNED_REFUND),
    ],
)
async def test_a_call_leaves_with_the_headers_and_signature_of_the_reference(
    amazonpay, amazon, name, method, path, fields
):
    amazon.on(f"{method} {path}", {"status": "x"})
    request = AmazonPayRequest(
        operation="x",
        method=method,
        path=path,
        fields=fields,
        allow=frozenset(),
        client=TESTER,
    )

    await amazonpay.api.call(request, ChargeAnswer)

    sent = amazon.requests[0].headers
    assert {header: sent[header] for header in HEADERS} == HEADERS
    assert sent["authorization"] == f"AMZ AKS2SEXAMPLE:{CALLS[name][2]}"
    assert amazon.sent() == fields


async def test_what_is_sent_names_the_charge_the_wallet_and_the_way_back(
    amazonpay, amazon, make_wallet_charge
):
    amazon.on(CHARGE, APPROVED)

    await amazonpay.charge(make_wallet_charge(description="x" * 300))

    assert amazon.sent() == {
        "merchantId": "MEXAMPLESELLER",
        "chargeId": REF,
        "referenceId": REF,
        "accessToken": "Atza|exampleAccessToken",
        "amount": "1164.00",
        "currencyCode": "INR",
        "intent": "Capture",
        "attributableProgram": "S2SPay",
        "callbackUrl": "https://shop.example/return",
        "noteToCustomer": "x" * 200,
        "timeoutInSecs": "900",
        "paymentMetaData": "",
        "selectedPaymentInstrumentType": "AmazonPayBalance",
    }


async def test_the_customers_device_is_described_as_headers_can_carry_it(
    amazonpay, amazon, make_wallet_charge
):
    amazon.on(CHARGE, APPROVED)

    await amazonpay.charge(make_wallet_charge(client=PHONE))

    sent = amazon.requests[0].headers
    assert (sent["x-amz-source"], sent["x-amz-user-ip"]) == ("Android", "198.51.100.4")
    assert sent["x-amz-user-agent"] == "Ph ne x-evil: 1"


async def test_a_call_without_a_customer_comes_from_the_server(make_amazonpay, amazon, key):
    amazon.on(STATUS, APPROVED)

    await make_amazonpay(user_ip="192.0.2.1").fetch_charge(key)

    sent = amazon.requests[0].headers
    assert (sent["x-amz-source"], sent["x-amz-user-ip"]) == ("Server", "192.0.2.1")
    assert sent["x-amz-user-agent"] == "payment-engine"


async def test_another_address_is_signed_as_the_real_host(make_amazonpay, amazon, key):
    amazon.on("GET /mock/v1/payments/charge", APPROVED, x_amz_signature="")
    gateway = make_amazonpay(
        base_url="http://127.0.0.1:1/mock/", signing_host=HOST, auth_separator="+"
    )

    with pytest.raises(Unknown):
        await gateway.fetch_charge(key)

    sent = amazon.requests[0].headers
    headers = {name: sent[name] for name in HEADERS}
    line = canonical("GET", f"{HOST}/v1/payments/charge", amazon.sent(), headers, {})
    assert sent["authorization"] == f"AMZ+AKS2SEXAMPLE:{sign(SECRET, headers['x-amz-date'], line)}"


async def test_a_wallet_without_the_money_sends_its_owner_to_amazons_page(
    amazonpay, amazon, make_wallet_charge
):
    amazon.on(CHARGE, PENDING)

    started = await amazonpay.charge(make_wallet_charge())

    assert (started.status, started.amount) == (A.PENDING, 116400)
    action = started.next_action
    assert (action.kind, action.url) == ("redirect", f"https://{HOST}/pay?token=abc%2B1")


async def test_a_page_that_is_no_web_address_is_no_next_action(
    amazonpay, amazon, make_wallet_charge
):
    amazon.on(CHARGE, {**PENDING, "amazonPayUrl": "javascript:alert(1)"})

    assert (await amazonpay.charge(make_wallet_charge())).next_action is None


async def test_without_a_linked_wallet_nothing_is_charged(amazonpay, amazon, make_wallet_charge):
    with pytest.raises(Refused):
        await amazonpay.charge(make_wallet_charge(source=Wallet(wallet="amazonpay")))

    assert amazon.requests == []


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        ("InsufficientFunds", "insufficient_funds"),
        ("InsufficientLoadLimit", "limit_exceeded"),
        ("NonKYCAccount", "gateway_declined"),
    ],
)
async def test_an_error_about_the_customers_wallet_is_a_decline(
    amazonpay, amazon, make_wallet_charge, code, ours
):
    amazon.error(CHARGE, code)

    state = await amazonpay.charge(make_wallet_charge())

    assert (state.status, state.decline_code, state.gateway_code) == (A.FAILED, ours, code)


async def test_a_repeated_charge_is_the_existing_one(amazonpay, amazon, make_wallet_charge):
    amazon.error(CHARGE, "DuplicateChargeId")
    amazon.on(STATUS, PENDING)

    state = await amazonpay.charge(make_wallet_charge())

    assert (state.status, state.next_action.kind) == (A.PENDING, "redirect")


async def test_a_repeated_charge_that_does_not_exist_is_unknown(
    amazonpay, amazon, make_wallet_charge
):
    amazon.error(CHARGE, "DuplicateChargeId")
    amazon.error(STATUS, "InvalidChargeId")

    with pytest.raises(Unknown):
        await amazonpay.charge(make_wallet_charge())


async def test_a_success_without_a_valid_signature_is_fetched_once(
    amazonpay, amazon, make_wallet_charge
):
    amazon.on(CHARGE, APPROVED, **FORGED)
    amazon.on(STATUS, APPROVED)

    assert (await amazonpay.charge(make_wallet_charge())).status is A.CAPTURED
    assert [request.method for request in amazon.requests] == ["POST", "GET"]


async def test_a_success_that_never_has_a_valid_signature_stays_unknown(
    amazonpay, amazon, make_wallet_charge
):
    amazon.on(CHARGE, APPROVED, **FORGED)
    amazon.on(STATUS, APPROVED, **FORGED)

    with pytest.raises(Unknown):
        await amazonpay.charge(make_wallet_charge())

    assert len(amazon.requests) == 2


async def test_a_call_signed_at_another_time_is_signed_again_once_by_amazons_clock(
    amazonpay, amazon, make_wallet_charge, key
):
    amazon.error(CHARGE, "AuthorizationExpired", 401, x_amz_date="20260101T090000Z")
    amazon.on(CHARGE, APPROVED)
    amazon.on(STATUS, APPROVED)

    assert (await amazonpay.charge(make_wallet_charge())).status is A.CAPTURED
    await amazonpay.fetch_charge(key)

    assert [request.headers["x-amz-date"] for request in amazon.requests] == [
        "20260101T000000Z",
        "20260101T090000Z",
        "20260101T090000Z",
    ]


@pytest.mark.parametrize("date", ["", "soon", "20260105T120000Z"])
async def test_a_call_refused_twice_for_its_time_is_refused(
    amazonpay, amazon, make_wallet_charge, date
):
    for _ in range(2):
        amazon.error(CHARGE, "AuthorizationExpired", 401, x_amz_date=date)

    with pytest.raises(Refused):
        await amazonpay.charge(make_wallet_charge())

    assert len(amazon.requests) == 2


async def test_an_expired_token_is_renewed_once_for_a_charge(amazonpay, amazon, make_wallet_charge):
    amazon.error(CHARGE, "InvalidAccessToken", 403)
    amazon.on(TOKENS, FRESH)
    amazon.on(CHARGE, APPROVED)

    assert (await amazonpay.charge(make_wallet_charge())).status is A.CAPTURED
    assert [amazon.sent(n).get("accessToken") for n in (0, 2)] == [
        "Atza|exampleAccessToken",
        "Atza|fresh",
    ]


async def test_a_link_whose_fresh_token_is_refused_has_ended(amazonpay, amazon, make_wallet_charge):
    amazon.error(CHARGE, "InvalidAccessToken", 403)
    amazon.on(TOKENS, FRESH)
    amazon.error(CHARGE, "InvalidAccessToken", 403)

    with pytest.raises(LinkEnded):
        await amazonpay.charge(make_wallet_charge())


async def test_a_withdrawn_consent_ends_the_link(amazonpay, amazon, make_wallet_charge):
    amazon.error(CHARGE, "InvalidAccessToken", 403)
    amazon.on(TOKENS, {"error": "invalid_grant"}, 400)

    with pytest.raises(LinkEnded):
        await amazonpay.charge(make_wallet_charge())


async def test_a_charge_stays_refused_where_its_token_cannot_be_renewed_now(
    amazonpay, amazon, make_wallet_charge
):
    amazon.error(CHARGE, "InvalidAccessToken", 403)
    amazon.on(TOKENS, "oops", 502, x_amz_signature="")

    with pytest.raises(Refused) as refused:
        await amazonpay.charge(make_wallet_charge())

    assert refused.value.code == "link_not_renewed"
    assert not isinstance(refused.value, LinkEnded)


async def test_a_charge_that_never_left_is_not_sent(amazonpay, amazon, make_wallet_charge):
    amazon.answers[CHARGE] = [httpx.ConnectError("x"), httpx.ConnectError("x")]

    with pytest.raises(NotSent):
        await amazonpay.charge(make_wallet_charge())


def test_the_second_pair_of_keys_is_the_first_where_there_is_none():
    plain = {name: value for name, value in CONFIG.items() if not name.startswith("return")}

    assert AmazonPayConfig.model_validate(plain).return_pair == ("AKS2SEXAMPLE", SECRET)
    assert AmazonPayConfig.model_validate(CONFIG).return_pair == ("AKEXAMPLEACCESSKEY00", SECRET)


@pytest.mark.parametrize(
    "wrong",
    [{"return_access_key": None}, {"auth_separator": "-"}, {"timeout": 901}, {"topic_arn": "x"}],
)
def test_settings_that_do_not_fit_are_refused(wrong):
    with pytest.raises(ValidationError):
        AmazonPayConfig.model_validate({**CONFIG, **wrong})


def test_a_charge_may_be_sent_again_under_its_id(amazonpay, make_wallet_charge):
    assert amazonpay.may_repeat(make_wallet_charge())
