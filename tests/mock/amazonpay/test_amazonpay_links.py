"""Linking a wallet: consent, one-time codes, tokens that expire and are revoked."""

from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest

from tests.mock.amazonpay.amazonpay_driver import query, query_fields

CONSENT_QUERY = {
    "client_id": "amzn1.application-oa2-client.mock",
    "scope": "payments:autopay_consent",
    "response_type": "code",
    "redirect_uri": "https://shop.example/linked",
    "state": "st 1&2",
}
VERIFIER = "a" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
WEB = {"client_id": CONSENT_QUERY["client_id"], "client_secret": "mock-client-secret"}


async def consented(seller, action="allow", **more):
    url = f"/amazonpay/ap/oa?{query(CONSENT_QUERY | more)}"
    answer = await seller.client.post(url, data={"action": action, "customer": "ravi"})
    return query_fields(answer.headers["location"])


async def token(seller, form=False, **fields):
    body = {"data": fields} if form else {"json": fields}
    return await seller.client.post("/amazonpay/auth/o2/token", **body)


async def exchanged(seller, code, **fields):
    defaults = {"grant_type": "authorization_code", "redirect_uri": CONSENT_QUERY["redirect_uri"]}
    return await token(seller, code=code, **{**defaults, **WEB, **fields})


async def test_the_consent_page_asks_and_its_answer_brings_a_code_and_the_state(seller):
    page = await seller.client.get(f"/amazonpay/ap/oa?{query(CONSENT_QUERY)}")
    back = await consented(seller)
    assert "payments:autopay_consent" in page.text
    assert back["code"].startswith("AN")
    assert back["state"] == "st 1&2"


async def test_a_customer_who_does_not_agree_sends_back_no_code(seller):
    back = await consented(seller, action="deny")
    assert (back["error"], back["state"]) == ("access_denied", "st 1&2")
    assert "code" not in back


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "another"},
        {"redirect_uri": "https://elsewhere.example/"},
        {"response_type": "token"},
        {"scope": ""},
        {"code_challenge_method": "MD5"},
    ],
)
async def test_a_consent_that_may_not_be_asked_for_goes_nowhere(seller, wrong):
    url = f"/amazonpay/ap/oa?{query(CONSENT_QUERY | wrong)}"
    for answer in (await seller.client.get(url), await seller.client.post(url)):
        assert answer.status_code == 400
        assert "location" not in answer.headers


@pytest.mark.parametrize("form", [True, False])
async def test_a_web_shop_exchanges_its_code_with_its_secret(seller, form):
    code = (await consented(seller))["code"]
    answer = await exchanged(seller, code, form=form)
    tokens = answer.json()
    assert answer.status_code == 200
    assert tokens["access_token"].startswith("Atza|")
    assert tokens["refresh_token"].startswith("Atzr|")
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 3600)
    seller.token = tokens["access_token"]
    assert (await seller.balance()).status_code == 200


async def test_a_code_is_good_once(seller):
    code = (await consented(seller))["code"]
    await exchanged(seller, code)
    again = await exchanged(seller, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


async def test_a_code_is_not_good_for_long(seller):
    code = (await consented(seller))["code"]
    await seller.control("/clock", {"advance": 301})
    assert (await exchanged(seller, code)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("fields", "http_status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "another"}, 401, "invalid_client"),
        ({"redirect_uri": "https://elsewhere.example/"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_an_exchange_that_does_not_fit_is_refused(seller, fields, http_status, error):
    code = (await consented(seller))["code"]
    answer = await exchanged(seller, code, **fields)
    assert (answer.status_code, answer.json()["error"]) == (http_status, error)


@pytest.mark.parametrize(("verifier", "http_status"), [(VERIFIER, 200), ("b" * 43, 400), ("", 400)])
async def test_an_app_proves_that_it_began_the_linking(seller, verifier, http_status):
    more = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    code = (await consented(seller, **more))["code"]
    answer = await exchanged(seller, code, client_secret="", code_verifier=verifier)
    assert answer.status_code == http_status


async def test_a_plain_challenge_is_its_own_verifier(seller):
    more = {"code_challenge": VERIFIER, "code_challenge_method": "plain"}
    code = (await consented(seller, **more))["code"]
    answer = await exchanged(seller, code, client_secret="", code_verifier=VERIFIER)
    assert answer.status_code == 200


async def test_a_body_that_is_no_object_is_an_invalid_request(seller):
    answer = await seller.client.post("/amazonpay/auth/o2/token", json=[1])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_an_access_token_is_refreshed(seller):
    tokens = (await exchanged(seller, (await consented(seller))["code"])).json()
    await seller.control("/amazonpay/wallets/ravi", {"balance": 5})
    fresh = await token(
        seller, grant_type="refresh_token", refresh_token=tokens["refresh_token"], **WEB
    )
    seller.token = fresh.json()["access_token"]
    balance = (await seller.balance()).json()["amazonPayBalance"]
    assert fresh.json()["refresh_token"] == tokens["refresh_token"]
    assert balance["redeemableBalance"] == "0.05"


async def test_an_access_token_expires(open_account):
    seller = await open_account({"token_life": 60})
    await seller.control("/clock", {"advance": 61})
    answer = await seller.balance()
    assert (answer.status_code, answer.json()["code"]) == (403, "InvalidAccessToken")


@pytest.mark.parametrize("by", ["control", "page"])
async def test_a_customer_revokes_their_consent(seller, by):
    tokens = (await exchanged(seller, (await consented(seller))["code"])).json()
    if by == "control":
        await seller.control("/amazonpay/wallets/ravi/revoke", {})
    else:
        await seller.choose("/customer/amazonpay/wallets/ravi", "unlink")
    refused = await token(
        seller, grant_type="refresh_token", refresh_token=tokens["refresh_token"], **WEB
    )
    seller.token = tokens["access_token"]
    assert refused.json()["error"] == "invalid_grant"
    assert (await seller.charge()).json()["code"] == "InvalidAccessToken"


async def test_a_token_may_be_suspended_and_reactivated(seller):
    body = {"gateway": "amazonpay", "token": seller.token}
    await seller.control("/tokens", body | {"state": "suspended"})
    suspended = await seller.charge()
    await seller.control("/tokens", body | {"state": "active"})
    assert suspended.json()["code"] == "InvalidAccessToken"
    assert (await seller.charge()).json()["status"] == "CaptureApproved"


async def test_an_unknown_token_cannot_be_suspended(seller):
    body = {"gateway": "amazonpay", "token": "Atza|nobody", "state": "suspended"}
    answer = await seller.client.post("/control/tokens", json=body)
    assert answer.status_code == 400


async def test_a_web_link_is_refreshed_only_with_the_secret(seller):
    tokens = (await exchanged(seller, (await consented(seller))["code"])).json()
    refused = await token(
        seller,
        grant_type="refresh_token",
        client_id=WEB["client_id"],
        refresh_token=tokens["refresh_token"],
    )
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_a_balance_is_set_on_the_wallets_page(seller):
    path = "/customer/amazonpay/wallets/asha"
    await seller.client.post(path, data={"action": "balance", "balance": "12.34"})
    assert "₹12.34" in (await seller.client.get(path)).text
    wallets = (await seller.control("/amazonpay/wallets"))["wallets"]
    assert {"customer": "asha", "balance": 1234, "kyc": True} in wallets


async def test_a_customers_name_may_have_spaces(seller):
    await seller.control("/amazonpay/wallets/Asha%20Rao", {"balance": 77})
    page = await seller.client.get("/customer/amazonpay/wallets/Asha%20Rao")
    assert "Asha Rao" in page.text
    assert "₹0.77" in page.text


async def test_the_balance_is_the_only_instrument(seller):
    fields = {"merchantId": "MEXAMPLESELLER", "accessToken": seller.token}
    answer = await seller.call(
        "GET", "/v1/payments/instruments", fields | {"instrumentTypes": "AmazonPayLater"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidArguments")
