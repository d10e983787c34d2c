"""Saved cards: saved only after the payment and with consent, as network tokens with a state."""

import pytest

from tests.mock.juspay_calls import (
    FOREIGN,
    INDIAN,
    RUPAY,
    SAVING,
    approve,
    cards,
    pay_by_card,
    saved,
)

CARD = {"payment_method_type": "CARD"}


async def pay_saved(mock, card, order_id="again", **fields):
    await mock.new_order(order_id, customer_id="customer-0001")
    return await mock.txn(order_id, **CARD, card_token=card["card_token"], **fields)


async def test_a_card_is_saved_only_after_its_payment_succeeded(mock):
    await pay_by_card(mock, "o1", **SAVING)
    before = await cards(mock)
    await approve(mock, "o1")
    order = await mock.status("o1")
    (card,) = await cards(mock)
    assert before == []
    assert order["card"]["saved_to_locker"]
    assert order["card"]["tokenization_user_consent"]
    assert order["card"]["card_reference"] == card["card_reference"]


async def test_a_declined_payment_saves_nothing(mock):
    await pay_by_card(mock, "o1", **SAVING)
    await mock.control("/orders/o1/decline", {})
    assert await cards(mock) == []


@pytest.mark.parametrize(
    ("number", "consent", "provider"),
    [
        (INDIAN, {}, None),
        (INDIAN, {"save_to_locker": "true"}, None),
        (INDIAN, SAVING, "NETWORK_TOKEN"),
        ("4000220000000006", SAVING, None),
        (FOREIGN, {"save_to_locker": "True"}, "VAULT"),
        (FOREIGN, {}, None),
    ],
)
async def test_an_indian_card_is_saved_only_as_a_token_its_holder_agreed_to(
    mock, number, consent, provider
):
    await pay_by_card(mock, "o1", number, **consent)
    await approve(mock, "o1")
    providers = [card["provider_category"] for card in await cards(mock)]
    assert providers == ([provider] if provider else [])


async def test_a_listed_card_includes_its_token(mock):
    card = await saved(mock)
    assert card["card_number"] == "XXXX-XXXXXXXX-4242"
    assert (card["card_exp_month"], card["card_exp_year"]) == ("12", "2035")
    assert (card["card_brand"], card["card_issuer"], card["provider"]) == (
        "VISA",
        "HDFC Bank",
        "VISA",
    )
    token = card["token"]
    assert token["tokenization_status"] == "ACTIVE"
    assert token["par"]
    assert token["last_four_digits"] != "4242"
    assert token["card_fingerprint"] == card["card_fingerprint"]


async def test_the_list_names_customer_and_merchant_and_is_empty_for_an_unknown_customer(mock):
    listed = (await mock.juspay("GET", "/card/list?customer_id=nobody")).json()
    assert listed == {"customer_id": "nobody", "merchantId": "acme", "cards": []}


async def test_the_same_number_is_the_same_card_and_tokens_are_new_each_time(mock):
    first = await saved(mock)
    await pay_by_card(mock, "o2", **SAVING)
    await approve(mock, "o2")
    (second,) = await cards(mock)
    assert second["card_reference"] == first["card_reference"]
    assert second["card_token"] != first["card_token"]


@pytest.mark.parametrize(("number", "cvv_less"), [(INDIAN, True), (RUPAY, True), (FOREIGN, False)])
async def test_the_list_tells_on_request_which_cards_need_no_security_code(mock, number, cvv_less):
    card = await saved(mock, number)
    (checked,) = await cards(mock, check_cvv_less_support="true")
    assert "cvv_less_support" not in card.get("token", {})
    assert "cvv_less_support" not in checked
    assert checked.get("token", {}).get("cvv_less_support", False) is cvv_less


async def test_a_saved_card_pays_without_its_security_code(mock):
    card = await saved(mock)
    started = (await pay_saved(mock, card)).json()
    await approve(mock, "again")
    paid_with = (await mock.status("again"))["card"]
    assert started["payment"]["authentication"]["url"]
    assert (paid_with["using_saved_card"], paid_with["using_token"]) == (True, True)
    assert paid_with["token"]["par"] == card["token"]["par"]


async def test_a_card_that_is_no_token_needs_its_security_code(mock):
    card = await saved(mock, FOREIGN)
    refused = await pay_saved(mock, card)
    taken = await mock.txn("again", **CARD, card_token=card["card_token"], card_security_code="123")
    assert refused.json()["error_info"]["code"] == "GATEWAY_NOT_FOUND"
    assert taken.status_code == 200


async def test_a_cards_token_lives_15_minutes_and_pays_more_than_once(mock):
    card = await saved(mock)
    for order_id in ("first", "second"):
        assert (await pay_saved(mock, card, order_id)).status_code == 200
    await mock.control("/clock", {"advance": 901})
    late = await pay_saved(mock, card)
    assert late.json()["error_info"]["code"] == "EXPIRED"


@pytest.mark.parametrize("name", ["card_reference", "card_token", "par"])
async def test_a_suspended_token_is_listed_and_declined_until_it_is_active_again(mock, name):
    card = await saved(mock)
    reference = {**card["token"], **card}[name]
    await mock.control("/tokens", {"gateway": "juspay", "token": reference})
    (listed,) = await cards(mock)
    refused = (await pay_saved(mock, card)).json()
    await mock.control("/tokens", {"gateway": "juspay", "token": reference, "state": "active"})
    taken = await mock.txn("again", **CARD, card_token=card["card_token"])
    assert listed["token"]["tokenization_status"] == "SUSPENDED"
    assert refused["status"] == "AUTHORIZATION_FAILED"
    assert taken.json()["status"] == "PENDING_VBV"


async def test_a_token_that_its_network_deleted_is_unknown(mock):
    card = await saved(mock)
    token = {"token": card["card_reference"], "state": "deleted"}
    await mock.control("/tokens", {"gateway": "juspay", **token})
    refused = await pay_saved(mock, card)
    assert await cards(mock) == []
    assert refused.json()["error_info"]["code"] == "RESOURCE_NOT_FOUND"


async def test_a_token_outlives_the_date_on_the_card_and_expires_later(mock):
    await saved(mock)
    years = 366 * 86_400
    await mock.control("/clock", {"advance": 9.5 * years})
    (past_card_date,) = await cards(mock)
    await mock.control("/clock", {"advance": 3 * years})
    (past_token_date,) = await cards(mock)
    assert (past_card_date["expired"], past_card_date["token"]["tokenization_status"]) == (
        True,
        "ACTIVE",
    )
    assert past_token_date["token"]["tokenization_status"] == "EXPIRED"


async def test_a_network_may_take_a_while_to_issue_a_token(start):
    mock = await start(juspay={"tokenise_after": 60})
    card = await saved(mock)
    early = (await pay_saved(mock, card)).json()
    await mock.control("/clock", {"advance": 61})
    (later,) = await cards(mock)
    assert card["token"]["tokenization_status"] == "INITIATED"
    assert early["status"] == "AUTHORIZATION_FAILED"
    assert later["token"]["tokenization_status"] == "ACTIVE"


async def test_a_card_is_deleted_once(mock):
    card = await saved(mock)
    form = {"card_token": card["card_token"]}
    deleted = (await mock.juspay("POST", "/card/delete", form)).json()
    again = await mock.juspay("POST", "/card/delete", form)
    assert deleted == form | {"card_reference": card["card_reference"], "deleted": True}
    assert again.status_code == 400
    assert await cards(mock) == []


async def test_somebody_elses_card_is_unknown(mock):
    card = await saved(mock)
    form = {"card_token": card["card_token"], "customer_id": "customer-0002"}
    assert (await mock.juspay("POST", "/card/delete", form)).status_code == 400
    assert len(await cards(mock)) == 1


async def test_a_card_gets_a_nickname(mock):
    card = await saved(mock)
    form = {"card_token": card["card_token"], "nickname": "Salary card"}
    changed = (await mock.juspay("POST", "/card/update", form)).json()
    assert (changed["card_token"], changed["status"]) == (card["card_token"], "SUCCESS")
    assert (await cards(mock))[0]["nickname"] == "Salary card"


async def added(mock, **card):
    form = {"customer_id": "customer-0001", "card_exp_month": "06", "card_exp_year": "2034"}
    return await mock.juspay("POST", "/card/add", form | card)


async def test_a_foreign_card_is_added_by_number_or_token(mock):
    by_number = (await added(mock, card_number=FOREIGN, nickname="Travel")).json()
    by_token = (await added(mock, token=await mock.token(FOREIGN))).json()
    (card,) = await cards(mock)
    assert by_number["card_fingerprint"] == by_token["card_fingerprint"]
    assert (card["card_number"], card["nickname"]) == ("4111-XXXXXXXX-1111", "Travel")
    assert "token" not in card


@pytest.mark.parametrize("number", ["4111111111111112", "1795739000000000"])
async def test_a_card_is_added_without_a_look_at_its_check_digit(mock, number):
    answer = await added(mock, card_number=number)
    (card,) = await cards(mock)
    assert answer.json()["card_reference"] == card["card_reference"]


@pytest.mark.parametrize("number", ["41111111111", "4111-x111-1111-1111", ""])
async def test_what_has_not_the_length_of_a_card_is_not_added(mock, number):
    assert (await added(mock, card_number=number)).status_code == 400


async def test_an_indian_card_is_not_added(mock):
    refused = await added(mock, card_number=INDIAN)
    assert refused.status_code == 400
    assert await cards(mock) == []


async def test_a_bin_tells_on_request_which_gateways_need_no_security_code(mock):
    query = {"options.check_cvv_less_support": "true"}
    indian, foreign = [
        (await mock.juspay("GET", f"/cardbins/{digits}", params=query)).json()
        for digits in ("424242", "411111")
    ]
    assert (indian["cvv_less_support"], indian["cvv_less_supported_gateways"]) == (
        True,
        ["RAZORPAY"],
    )
    assert foreign["cvv_less_support"] is False
    assert "cvv_less_supported_gateways" not in foreign


@pytest.mark.parametrize(
    ("field", "value", "code", "message"),
    [
        (
            "card_exp_month",
            "13",
            "invalidRange",
            "Card expiry month should be between 1 and 12",
        ),
        ("card_exp_year", "20x5", "invalid", "Invalid card expiry year"),
        ("card_security_code", "", "nullable", "Card security code should be present."),
    ],
)
async def test_a_card_that_cannot_be_tokenised_names_the_field(mock, field, value, code, message):
    form = {
        "card_number": INDIAN,
        "card_exp_month": "12",
        "card_exp_year": "2035",
        "card_security_code": "123",
        field: value,
    }
    answer = await mock.client.post("/juspay/card/tokenize", data=form)
    assert (answer.status_code, answer.json()["error_code"]) == (400, code)
    assert answer.json()["error_message"] == message
    assert answer.json()["error_info"]["fields"][0]["field_name"] == field


async def test_bins_tell_the_features_that_are_requested(mock):
    plain = (await mock.juspay("GET", "/cardbins/424242?merchant_id=acme")).json()
    query = {f"options.check_{n}_support": "true" for n in ("tokenize", "atm_pin_auth", "mandate")}
    detailed = (await mock.juspay("GET", "/cardbins/607432", params=query)).json()
    assert plain == {
        "id": "424242",
        "object": "cardbin",
        "brand": "VISA",
        "bank": "HDFC Bank",
        "country": "INDIA",
        "type": "CREDIT",
        "extended_card_type": "CREDIT",
        "card_sub_type": "CLASSIC",
        "juspay_bank_code": "JP_HDFC",
    }
    assert (detailed["tokenize_support"], detailed["atm_pin_auth_support"]) == (True, True)
    assert "direct_otp_support" not in detailed


@pytest.mark.parametrize(
    ("digits", "code"), [("999999", "RESOURCE_NOT_FOUND"), ("42", "INVALID_INPUT")]
)
async def test_an_invalid_or_unknown_bin_is_refused(mock, digits, code):
    answer = await mock.juspay("GET", f"/cardbins/{digits}")
    assert (answer.status_code, answer.json()["error_info"]["code"]) == (400, code)


async def test_bins_whose_otp_is_entered_in_the_shop_are_listed(mock):
    listed = (await mock.juspay("GET", "/v2/bins/eligibility?auth_type=OTP")).json()
    assert "424242" in listed["bins"]
    assert "411111" not in listed["bins"]


async def test_no_card_number_is_stored_anywhere(mock):
    card = await saved(mock)
    everything = str([card, await mock.status("saves"), await mock.control("/requests")])
    assert INDIAN not in everything


async def charge_by_phone(mock, order_id="moto", **fields):
    """A card charged as in Juspay's sample of a telephone order, in one call with its order."""
    form = {
        "order.order_id": order_id,
        "order.amount": "499.50",
        "order.return_url": "https://shop.example/ret",
        "merchant_id": "acme",
        "payment_method_type": "CARD",
        "card_number": INDIAN,
        "card_exp_month": "05",
        "card_exp_year": "36",
        "auth_type": "MOTO",
        "format": "json",
    }
    return await mock.juspay("POST", "/txns", form | fields)


async def test_a_telephone_order_is_charged_at_once_without_its_customer_or_a_cvv(mock):
    txn = (await charge_by_phone(mock)).json()
    order = await mock.status("moto")
    assert (txn["status"], order["status"], order["auth_type"]) == ("CHARGED", "CHARGED", "MOTO")
    path = f"/juspay/v2/pay/finish/acme/{txn['txn_uuid']}/moto"
    assert txn["payment"]["authentication"]["url"].endswith(path)
    back = await mock.client.get(path)
    assert back.headers["location"].startswith("https://shop.example/ret?")


async def test_a_telephone_order_may_be_authorized_or_declined_too(mock):
    authorized = await charge_by_phone(mock, **{"order.metadata.txns.auto_capture": "false"})
    bad = await charge_by_phone(mock, "bad", card_number="4000000000000002")
    assert authorized.json()["status"] == "AUTHORIZED"
    assert bad.json()["status"] == "AUTHORIZATION_FAILED"


async def test_a_charge_without_three_ds_needs_the_cvv(mock):
    refused = await charge_by_phone(mock, auth_type="NO_THREE_DS")
    charged = await charge_by_phone(mock, "two", auth_type="NO_THREE_DS", card_security_code="111")
    assert refused.status_code == 400
    assert charged.json()["status"] == "CHARGED"


async def test_a_browser_cannot_charge_a_card_without_authentication(mock):
    await mock.new_order()
    form = {"order_id": "pe0001a", "merchant_id": "acme", "auth_type": "MOTO"}
    assert (await mock.juspay("POST", "/txns", form, auth=None)).status_code == 401


async def test_an_attempt_that_is_unknown_finishes_nowhere(mock):
    assert (await mock.client.get("/juspay/v2/pay/finish/acme/none/none")).status_code == 404
