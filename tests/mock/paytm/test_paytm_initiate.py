"""Opening orders: refusals, and repeats."""

import pytest

from tests.mock.paytm.paytm_merchant import MID, THEIA, code

CUSTOMER = {"custId": "CUST_001"}


def amount(value, currency="INR"):
    return {"value": value, "currency": currency}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"txnAmount": amount("0.00")}, "2007"),
        ({"txnAmount": amount("1.005")}, "2007"),
        ({"txnAmount": amount("-1.00")}, "2007"),
        ({"txnAmount": amount(100.0)}, "2007"),
        ({"txnAmount": amount("12345678.00")}, "2007"),
        ({"txnAmount": amount("1.00", "USD")}, "2007"),
        ({"txnAmount": "100.00"}, "2007"),
        ({"txnAmount": None}, "1007"),
        ({"userInfo": {}}, "1007"),
        ({"userInfo": {"mobile": "9999999999"}}, "1007"),
        ({"userInfo": {"custId": "a b"}}, "1001"),
        ({"userInfo": {"custId": "a|b"}}, "1008"),
        ({"requestType": ""}, "1007"),
        ({"requestType": "PAYMENT"}, "1001"),
        ({"websiteName": "DEFAULT"}, "501"),
        ({"callbackUrl": "shop.example"}, "1001"),
        ({"paytmSsoToken": "stale"}, "2004"),
        ({"mid": "SOMEBODY"}, "2005"),
    ],
)
async def test_an_invalid_order_is_refused(merchant, changes, expected):
    assert code(await merchant.initiate(**changes)) == ("F", expected)


@pytest.mark.parametrize("order_id", ["a b", "a/b", "x" * 51, "आशा"])
async def test_an_order_id_has_few_characters(merchant, order_id):
    assert code(await merchant.initiate(order_id)) == ("F", "1001")


async def test_an_amount_has_a_limit(start_paytm):
    merchant = await start_paytm({"largest_amount": 100_00})
    assert code(await merchant.initiate("A")) == ("S", "0000")
    assert code(await merchant.initiate("B", txnAmount=amount("100.01"))) == ("F", "196")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"mid": "OTHER", "orderId": "ORDER_0001"}, "2013"),
        ({"mid": MID, "orderId": "ORDER_0002"}, "2014"),
        ({}, "1007"),
    ],
)
async def test_the_query_names_the_same_order(merchant, query, expected):
    body = {"mid": MID, "orderId": "ORDER_0001"}
    assert code(await merchant.signed("/order/initiate", body, **query)) == ("F", expected)


async def test_a_repeat_gets_the_same_token_and_another_code(merchant):
    first = await merchant.initiate()
    again = await merchant.initiate()
    assert code(again) == ("S", "0002")
    assert again["txnToken"] == first["txnToken"]


async def test_a_repeat_with_other_data_is_refused(merchant):
    await merchant.initiate()
    answer = await merchant.initiate(txnAmount=amount("101.00"))
    assert code(answer) == ("F", "2023")


async def test_a_repeat_after_the_tokens_life_gets_a_new_one(merchant):
    first = await merchant.initiate()
    await merchant.control("/clock", {"advance": 901})
    again = await merchant.initiate()
    assert code(again) == ("S", "0000")
    assert again["txnToken"] != first["txnToken"]
    assert code(await merchant.process("UPI_INTENT")) == ("S", "0000")


async def test_an_order_is_never_opened_again_after_its_attempt_ended(merchant):
    await merchant.initiate()
    await merchant.process("UPI_INTENT")
    await merchant.control("/orders/ORDER_0001/decline", {})
    assert code(await merchant.initiate()) == ("F", "325")


async def test_an_sso_token_opens_a_wallet(merchant):
    answer = await merchant.initiate(paytmSsoToken="sso-9999999999")
    assert answer["authenticated"] is True
    assert code(await merchant.process("BALANCE")) == ("S", "0000")


async def test_the_amount_can_be_changed_until_payment_begins(merchant):
    await merchant.initiate()
    path = f"{THEIA}/updateTransactionDetail"
    head = {"txnToken": merchant.token, "signature": "wrong"}
    query = {"mid": MID, "orderId": "ORDER_0001"}
    assert code(await merchant.call(path, {}, head, **query)) == ("F", "2005")
    assert code(await merchant.update(txnAmount=amount("40.00"))) == ("S", "0000")
    await merchant.process("UPI_INTENT")
    assert (await merchant.status())["txnAmount"] == "40.00"
    assert code(await merchant.update(txnAmount=amount("50.00"))) == ("F", "1005")
