"""How the imitated Paytm reads and writes: raw text, every path, every name of a token."""

import json
import re

import paytmchecksum
import pytest

from tests.mock.paytm.paytm_merchant import KEY, MID, THEIA, code, raw_body

STATUS_BODY = {"mid": MID, "orderId": "ORDER_0001"}
UNKNOWN = ("NO_RECORD_FOUND", "331")
SIGNED_PATHS = {
    f"{THEIA}/initiateTransaction": "1007",
    "/order/initiate": "1007",
    "/v3/order/status": "331",
    "/merchant-status/api/v1/getPaymentStatus": "331",
    "/refund/apply": "600",
    "/refund/applySync": "600",
    "/refund/api/v1/async/refund": "600",
    "/v2/refund/status": "631",
    "/refund/api/v1/refundStatus": "631",
}
TOKEN_PATHS = [
    f"{THEIA}/fetchPaymentOptions",
    "/theia/api/v2/fetchPaymentOptions",
    "/theia/api/v5/fetchPaymentOptions",
    "/fetchPaymentOptions",
    f"{THEIA}/processTransaction",
    f"{THEIA}/directBankRequest",
    f"{THEIA}/updateTransactionDetail",
    f"{THEIA}/fetchBinDetail",
    "/fetchBinDetail",
    f"{THEIA}/vpa/validate",
    f"{THEIA}/fetchNBPaymentChannels",
    "/login/sendOtp",
    f"{THEIA}/login/sendOtp",
    "/login/validateOtp",
    f"{THEIA}/login/validateOtp",
    "/userAsset/fetchBalanceInfo",
    f"{THEIA}/fetchBalanceInfo",
]


@pytest.mark.parametrize(
    ("body", "envelope"),
    [
        (json.dumps(STATUS_BODY), '{"body": %s, "head": %s}'),
        (json.dumps(STATUS_BODY, separators=(",", ":")), '{"head":%s,"body":%s}'),
        (json.dumps(STATUS_BODY, indent=3), ' {"head" :%s ,\n"body"\t: %s\n}\n'),
        (
            json.dumps({**STATUS_BODY, "note": '"body":{} आशा'}, ensure_ascii=False),
            '{"body":%s,"head":%s}',
        ),
    ],
)
async def test_a_signature_covers_the_exact_text_of_the_body(merchant, body, envelope):
    head = json.dumps({"clientId": None, "signature": paytmchecksum.generateSignature(body, KEY)})
    parts = (body, head) if envelope.startswith('{"body"') else (head, body)
    assert code(await merchant.post("/v3/order/status", envelope % parts)) == UNKNOWN


async def test_a_signature_over_other_spacing_is_refused(merchant):
    signature = paytmchecksum.generateSignature(json.dumps(STATUS_BODY), KEY)
    body = json.dumps(STATUS_BODY, separators=(",", ":"))
    text = f'{{"head":{{"signature":"{signature}"}},"body":{body}}}'
    assert code(await merchant.post("/v3/order/status", text)) == ("TXN_FAILURE", "330")


@pytest.mark.parametrize(("path", "expected"), SIGNED_PATHS.items())
async def test_every_signed_path_is_served(merchant, path, expected):
    answer = await merchant.signed(path, STATUS_BODY)
    assert merchant.answer.status_code == 200
    assert code(answer)[1] == expected


@pytest.mark.parametrize("path", SIGNED_PATHS)
async def test_no_signed_path_accepts_another_key(merchant, path):
    answer = await merchant.signed(path, STATUS_BODY, key="another-key-0016")
    assert code(answer) in (("F", "2005"), ("TXN_FAILURE", "330"))
    assert "signature" not in merchant.answer.json()["head"]


@pytest.mark.parametrize("path", TOKEN_PATHS)
async def test_every_token_path_is_served_and_needs_a_token(merchant, path):
    await merchant.initiate()
    served = code(await merchant.with_token(path, {}))
    merchant.token = "0" * 45
    assert code(await merchant.with_token(path, {})) == ("F", "1006")
    assert served != ("F", "1006")


@pytest.mark.parametrize(
    "head_of",
    [
        lambda token: {"txnToken": token},
        lambda token: {"tokenType": "TXN_TOKEN", "token": token},
        lambda token: {"tokenType": "TXN_TOKEN", "txnToken": token, "version": "v1"},
    ],
)
async def test_a_token_may_be_named_in_three_ways(merchant, head_of):
    await merchant.initiate()
    path = f"{THEIA}/fetchPaymentOptions"
    answer = await merchant.call(path, {}, head_of(merchant.token), mid=MID, orderId="ORDER_0001")
    assert code(answer) == ("S", "0000")


async def test_a_body_may_be_missing_where_the_token_suffices(merchant):
    await merchant.initiate()
    text = json.dumps({"head": {"txnToken": merchant.token}})
    path = f"{THEIA}/fetchPaymentOptions"
    assert code(await merchant.post(path, text, mid=MID, orderId="ORDER_0001")) == ("S", "0000")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"mid": "OTHER", "orderId": "ORDER_0001"}, "2013"),
        ({"mid": MID, "orderId": "ORDER_0002"}, "2014"),
        ({"mid": MID}, "1007"),
        ({"orderId": "ORDER_0001"}, "1007"),
    ],
)
async def test_a_token_is_good_for_its_own_order(merchant, query, expected):
    await merchant.initiate()
    head = {"txnToken": merchant.token}
    answer = await merchant.call(f"{THEIA}/fetchPaymentOptions", {}, head, **query)
    assert code(answer) == ("F", expected)


async def test_a_token_expires_after_15_minutes(merchant):
    await merchant.initiate()
    await merchant.control("/clock", {"advance": 899})
    assert code(await merchant.process("UPI_INTENT")) == ("S", "0000")
    await merchant.control("/clock", {"advance": 2})
    assert code(await merchant.process("UPI_INTENT")) == ("F", "1006")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        '{"head":1}',
        '{"body":[]}',
        "{1:2}",
        '{"a":1}x',
        '{"head":{},"body":{}',
        "\xff",
        "[" * 9000,
    ],
)
async def test_a_malformed_message_is_a_business_error(merchant, text):
    assert code(await merchant.post("/order/initiate", text)) in (("F", "1001"), ("F", "1007"))
    assert merchant.answer.status_code == 200


async def test_the_real_hosts_and_doubled_slashes_lead_to_the_same_path(merchant):
    body = json.dumps(STATUS_BODY)
    signature = paytmchecksum.generateSignature(body, KEY)
    answer = await merchant.client.post(
        f"{merchant.client.base_url}/v3/order/status".replace("/v3", "//v3"),
        content=f'{{"head":{{"signature":"{signature}"}},"body":{body}}}',
        headers={"Host": "securegw-stage.paytm.in", "Content-Type": "application/json"},
    )
    assert code(answer.json()["body"]) == UNKNOWN


async def test_signed_answers_have_no_characters_that_break_a_client(merchant):
    await merchant.paid("UPI", payerAccount="asha@mockbank")
    await merchant.status()
    text = merchant.answer.text
    assert re.match(r'\{"head":\{.*\},"body":\{.*\}\}$', text)
    assert not re.search(r"[/'\\]|\{\}|[^ -~]|: |, ", raw_body(text))


async def test_the_request_log_has_no_secrets(merchant):
    await merchant.initiate(userInfo={"custId": "C1", "mobile": "9876543210", "email": "a@b.c"})
    await merchant.process("CREDIT_CARD", cardInfo="|4111111111111111|123|122035")
    logged = json.dumps(await merchant.control("/requests"))
    assert "CREDIT_CARD" in logged
    for secret in ("4111", "9876543210", "a@b.c", merchant.token, "signature"):
        assert secret not in logged
