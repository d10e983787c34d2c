"""Calls before paying: options, UPI ids, cards, banks, wallets."""

import json

import paytmchecksum
import pytest

from tests.mock.paytm.paytm_merchant import KEY, MID, THEIA, code

OPTIONS = f"{THEIA}/fetchPaymentOptions"


@pytest.mark.parametrize(
    ("body", "valid"),
    [
        ({"vpa": "asha@mockbank"}, True),
        ({"vpa": "a@mockbank"}, True),
        ({"vpa": "invalid.asha@mockbank"}, False),
        ({"vpa": "no-at-sign"}, False),
        ({"numericId": "9595959595"}, True),
    ],
)
async def test_a_upi_id_is_valid_or_not(merchant, body, valid):
    await merchant.initiate()
    answer = await merchant.with_token(f"{THEIA}/vpa/validate", body)
    assert (code(answer), answer["valid"]) == (("S", "0000"), valid)


@pytest.mark.parametrize(("body", "expected"), [({}, "1007"), ({"numericId": "12"}, "1001")])
async def test_a_upi_id_or_number_is_mandatory(merchant, body, expected):
    await merchant.initiate()
    assert code(await merchant.with_token(f"{THEIA}/vpa/validate", body)) == ("F", expected)


@pytest.mark.parametrize(
    ("digits", "scheme", "mode"),
    [
        ("411111111", "VISA", "CREDIT_CARD"),
        ("450000", "VISA", "DEBIT_CARD"),
        ("511111", "MASTER", "CREDIT_CARD"),
        ("608888", "RUPAY", "DEBIT_CARD"),
        ("370000", "AMEX", "CREDIT_CARD"),
    ],
)
async def test_a_cards_first_digits_tell_its_scheme(merchant, digits, scheme, mode):
    await merchant.initiate()
    detail = (await merchant.with_token(f"{THEIA}/fetchBinDetail", {"bin": digits}))["binDetail"]
    assert (detail["channelCode"], detail["paymentMode"], detail["isActive"]) == (
        scheme,
        mode,
        "true",
    )


@pytest.mark.parametrize(("digits", "expected"), [("", "1007"), ("41111", "1001"), ("91", "1001")])
async def test_too_few_digits_are_refused(merchant, digits, expected):
    await merchant.initiate()
    answer = await merchant.with_token(f"{THEIA}/fetchBinDetail", {"bin": digits})
    assert code(answer) == ("F", expected)


async def test_the_options_are_those_that_the_order_allows(merchant):
    await merchant.initiate(enablePaymentMode=[{"mode": "UPI"}, {"mode": "NET_BANKING"}])
    modes = (await merchant.with_token(OPTIONS, {}))["merchantPayOption"]["paymentModes"]
    assert [mode["paymentMode"] for mode in modes] == ["UPI", "NET_BANKING"]
    assert modes[0]["isDisabled"]["status"] == "false"
    banks = await merchant.with_token(f"{THEIA}/fetchNBPaymentChannels", {"type": "MERCHANT"})
    assert banks["nbPayOption"] == modes[1]


async def test_a_balance_is_shown_only_after_linking(merchant):
    await merchant.initiate()
    before = await merchant.with_token(OPTIONS, {})
    await merchant.link_wallet()
    after = await merchant.with_token(OPTIONS, {})
    wallets = [
        each["merchantPayOption"]["paymentModes"][0]["payChannelOptions"][0]
        for each in (before, after)
    ]
    assert "balanceInfo" not in wallets[0]
    assert wallets[1]["balanceInfo"]["accountBalance"]["value"] == "10000.00"
    assert (before["loginInfo"]["userLoggedIn"], after["loginInfo"]["userLoggedIn"]) == (
        False,
        True,
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"mobileNumber": "9999999999"}, ("SUCCESS", "01")),
        ({"mobileNo": "9999999999"}, ("SUCCESS", "01")),
        ({"mobileNumber": "12345"}, ("F", "431")),
        ({}, ("F", "431")),
        ({"mobileNumber": "6000000433"}, ("F", "433")),
        ({"mobileNumber": "6000000531"}, ("F", "531")),
    ],
)
async def test_an_otp_is_sent_to_a_mobile_number(merchant, body, expected):
    await merchant.initiate()
    assert code(await merchant.with_token("/login/sendOtp", body)) == expected


@pytest.mark.parametrize(
    ("phone", "otp", "expected"),
    [
        ("9999999999", "888888", ("SUCCESS", "01")),
        ("9999999999", "489871", ("F", "403")),
        ("7777777777", "489871", ("SUCCESS", "01")),
        ("7777777777", "888888", ("F", "403")),
    ],
)
async def test_the_right_otp_links_the_wallet(merchant, phone, otp, expected):
    await merchant.initiate()
    answer = await merchant.link_wallet(phone, otp)
    assert (code(answer), answer["authenticated"]) == (expected, expected[1] == "01")


async def test_an_otp_is_used_once(merchant):
    await merchant.initiate()
    await merchant.link_wallet()
    answer = await merchant.with_token("/login/validateOtp", {"otp": "888888"})
    assert code(answer) == ("F", "1107")


async def test_an_otp_expires_after_two_minutes(merchant):
    await merchant.initiate()
    await merchant.with_token("/login/sendOtp", {"mobileNumber": "9999999999"})
    await merchant.control("/clock", {"advance": 121})
    answer = await merchant.with_token("/login/validateOtp", {"otp": "888888"})
    assert code(answer) == ("F", "403")


async def test_an_otp_may_be_wrong_five_times(merchant):
    await merchant.initiate()
    await merchant.with_token("/login/sendOtp", {"mobileNumber": "9999999999"})
    answers = [await merchant.with_token("/login/validateOtp", {"otp": "1"}) for _ in range(6)]
    assert [code(each)[1] for each in answers] == ["403"] * 5 + ["708"]


async def test_a_payment_debits_the_balance(merchant):
    body = {"paymentMode": "BALANCE"}
    await merchant.initiate("A")
    assert code(await merchant.with_token("/userAsset/fetchBalanceInfo", body, "A")) == (
        "F",
        "2004",
    )
    await merchant.link_wallet(order_id="A")
    await merchant.process("BALANCE", "A")
    await merchant.initiate("B")
    await merchant.link_wallet(order_id="B")
    answer = await merchant.with_token("/userAsset/fetchBalanceInfo", body, "B")
    assert answer["balanceInfo"] == {"currency": "INR", "value": "9900.00"}


async def access_token(merchant, key=KEY):
    body = json.dumps({"mid": MID, "referenceId": "REFERENCE_1"})
    signature = paytmchecksum.generateSignature(body, key)
    head = json.dumps({"tokenType": "CHECKSUM", "token": signature})
    text = f'{{"head":{head},"body":{body}}}'
    path = f"{THEIA}/token/create"
    return await merchant.post(path, text, mid=MID, referenceId="REFERENCE_1")


async def test_an_access_token_reads_options_before_there_is_an_order(merchant):
    head = {"tokenType": "ACCESS", "token": (await access_token(merchant))["accessToken"]}
    answer = await merchant.call(OPTIONS, {}, head, mid=MID, referenceId="REFERENCE_1")
    assert code(answer) == ("S", "0000")
    other = await merchant.call(OPTIONS, {}, head, mid=MID, referenceId="REFERENCE_2")
    assert code(other) == ("F", "1006")


async def test_an_access_token_needs_the_merchants_key(merchant):
    assert code(await access_token(merchant, "another-key-0016")) == ("F", "2005")
