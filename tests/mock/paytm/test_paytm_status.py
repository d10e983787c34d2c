"""The status of a payment, in four formats."""

import json

import paytmchecksum
import pytest

from tests.mock.paytm.paytm_merchant import KEY, MID, code, signed_by_paytm


def flat(order_id="ORDER_0001", mid=MID, key=KEY):
    fields = {"MID": mid, "ORDERID": order_id}
    return {**fields, "CHECKSUMHASH": paytmchecksum.generateSignature(dict(fields), key)}


async def test_an_order_without_an_attempt_has_no_record(merchant):
    assert code(await merchant.status()) == ("NO_RECORD_FOUND", "331")
    await merchant.initiate()
    assert code(await merchant.status()) == ("NO_RECORD_FOUND", "331")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"mid": MID, "orderId": "a b"}, "334"),
        ({"mid": MID}, "334"),
        ({"mid": "SOMEBODY", "orderId": "ORDER_0001"}, "335"),
        ({"orderId": "ORDER_0001"}, "00"),
    ],
)
async def test_an_invalid_status_call_is_answered_like_a_failure(merchant, body, expected):
    assert code(await merchant.signed("/v3/order/status", body)) == ("TXN_FAILURE", expected)


async def test_a_failed_payment_has_its_code_in_a_signed_answer(merchant):
    await merchant.initiate()
    await merchant.process("UPI_INTENT")
    await merchant.control("/orders/ORDER_0001/decline", {"reason": "insufficient_funds"})
    assert code(await merchant.status()) == ("TXN_FAILURE", "235")
    assert signed_by_paytm(merchant.answer.text)


@pytest.mark.parametrize(
    "send",
    [
        {"json": flat()},
        {"params": {"JsonData": json.dumps(flat())}},
        {"data": {"JsonData": json.dumps(flat())}},
        {"json": {"JsonData": flat()}},
    ],
)
@pytest.mark.parametrize("path", ["/order/status", "/merchant-status/getTxnStatus"])
async def test_the_flat_formats_have_the_same_fields_in_upper_case(merchant, path, send):
    txn_id = await merchant.paid()
    body = (await merchant.client.post(f"/paytm{path}", **send)).json()
    assert (body["STATUS"], body["RESPCODE"], body["TXNID"], body["TXNAMOUNT"]) == (
        "TXN_SUCCESS",
        "01",
        txn_id,
        "100.00",
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (flat(key="another-key-0016"), "330"),
        (flat(mid="SOMEBODY"), "335"),
        (flat(order_id="a b"), "334"),
        ({}, "335"),
        ([], "335"),
    ],
)
async def test_the_flat_formats_have_the_same_refusals(merchant, fields, expected):
    body = (await merchant.client.post("/paytm/order/status", json=fields)).json()
    assert (body["STATUS"], body["RESPCODE"]) == ("TXN_FAILURE", expected)


async def test_a_payment_that_is_pending_for_three_days_has_failed(merchant):
    await merchant.initiate()
    await merchant.process("UPI_INTENT")
    await merchant.control("/clock", {"advance": 72 * 3600 + 1})
    assert code(await merchant.status()) == ("TXN_FAILURE", "810")
    assert await merchant.charged() == 0
