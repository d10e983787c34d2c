"""Paytm's webhooks in every shape, and browser returns: verified first, then read."""

import pytest

from payment_engine.domain.errors import BadSignature, InvalidRequest
from payment_engine.domain.gateway import BankReference
from payment_engine.domain.states import AttemptStatus, RefundStatus
from payment_engine.gateways.paytm.signature import FIELD
from tests.unit.gateways.loopback import REF
from tests.unit.gateways.scripted_paytm import (
    KEY,
    MERCHANT_ID,
    TXN,
    ScriptedPaytm,
    envelope,
    form,
    paytm_with,
    posted,
)

PAID = {
    "ORDERID": REF,
    "MID": MERCHANT_ID,
    "TXNID": TXN,
    "TXNAMOUNT": "1164.00",
    "CURRENCY": "INR",
    "PAYMENTMODE": "UPI",
    "STATUS": "TXN_SUCCESS",
    "RESPCODE": "01",
    "RESPMSG": "Txn Success",
    "BANKTXNID": "632600000001",
    "BANKNAME": "",
}
PAID_JSON = {
    "mid": MERCHANT_ID,
    "orderId": REF,
    "txnId": TXN,
    "txnAmount": "1164.00",
    "currency": "INR",
    "paymentMode": "UPI",
    "status": "TXN_SUCCESS",
    "respCode": "01",
    "respMsg": "Txn Success",
    "bankTxnId": "632600000001",
}
REFUND = {"orderId": REF, "mid": MERCHANT_ID, "refId": "rf1", "refundId": "R", "refundAmount": "5"}
CREDITED = {**REFUND, "refundDetailInfoList": [{"rrn": "632600000002"}]}


@pytest.fixture
def paytm(make_wire):
    return paytm_with(make_wire, ScriptedPaytm())


def read(paytm, body):
    return paytm.read_webhook({}, body)


def test_both_shapes_of_a_payment_webhook_mean_the_same(paytm):
    as_form = read(paytm, posted(form(PAID)))
    as_json = read(paytm, envelope(PAID_JSON))

    assert as_form == as_json
    (charge,) = as_form.charges
    assert (charge.ref, charge.status, charge.amount) == (REF, AttemptStatus.CAPTURED, 116400)
    assert (charge.merchant_id, charge.currency) == (MERCHANT_ID, "INR")
    assert (charge.gateway_payment_id, charge.rrn) == (TXN, "632600000001")


def test_a_webhook_is_identified_by_its_content(paytm):
    pending = {**PAID, "STATUS": "PENDING", "RESPCODE": "402"}

    ids = [read(paytm, posted(form(content))).event_id for content in (PAID, PAID, pending)]

    assert ids[0] == ids[1] != ids[2]


def test_an_error_of_paytm_itself_is_pending_in_a_webhook_too(paytm):
    content = {**PAID, "STATUS": "TXN_FAILURE", "RESPCODE": "501"}

    (charge,) = read(paytm, posted(form(content))).charges

    assert (charge.status, charge.recognised) == (AttemptStatus.PENDING, True)


@pytest.mark.parametrize("code", ["196", "1007", ""])
def test_a_failure_of_an_unknown_code_or_none_is_failed_in_a_webhook_too(paytm, code):
    content = {**PAID, "STATUS": "TXN_FAILURE", "RESPCODE": code}

    (charge,) = read(paytm, posted(form(content))).charges

    assert (charge.status, charge.decline_code) == (AttemptStatus.FAILED, "other")
    assert not charge.explained


@pytest.mark.parametrize(
    "body",
    [
        posted(PAID),
        posted(form(PAID, "another-key-0016")),
        posted({**form(PAID), "TXNAMOUNT": "1.00"}),
        posted({**form(PAID), "EXTRA": "x"}),
        envelope(PAID_JSON, None),
        envelope(PAID_JSON, "another-key-0016"),
        envelope(PAID_JSON).replace(b'"txnAmount":', b'"txnAmount": '),
        b"{",
        b"no form",
        b"\xff",
        b"",
    ],
)
def test_a_webhook_that_is_not_signed_is_rejected(paytm, body):
    with pytest.raises(BadSignature):
        read(paytm, body)


def test_both_keys_verify_while_one_replaces_the_other(make_wire):
    both = paytm_with(
        make_wire,
        ScriptedPaytm(),
        merchant_key="a-newer-key-0016",
        merchant_key_previous=KEY,
    )

    assert read(both, posted(form(PAID))) == read(both, envelope(PAID_JSON))


@pytest.mark.parametrize(
    "body",
    [
        envelope([]),
        envelope({}),
        envelope({**PAID_JSON, "status": None}),
        envelope({**PAID_JSON, "mid": None}),
        envelope({**REFUND, "refundAmount": "much"}),
        posted(form({"ENC_DATA": "x"})),
    ],
)
def test_a_signed_webhook_that_makes_no_sense_is_an_invalid_request(paytm, body):
    with pytest.raises(InvalidRequest):
        read(paytm, body)


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ({**REFUND, "status": "SUCCESS"}, "refund_accepted", RefundStatus.PENDING),
        ({**REFUND, "status": "FAILED"}, "refund_rejected", RefundStatus.FAILED),
        (CREDITED, "refund_credited", RefundStatus.SUCCEEDED),
        ({**REFUND, "status": "MYSTERY"}, "refund_other", RefundStatus.PENDING),
    ],
)
def test_every_kind_of_refund_webhook_has_a_status(paytm, content, kind, status):
    event = read(paytm, envelope(content))

    (refund,) = event.refunds
    assert (event.kind, refund.status) == (kind, status)
    assert (refund.ref, refund.charge_ref, refund.amount) == ("rf1", REF, 500)
    assert refund.gateway_refund_id == "R"


def test_a_rejected_refund_has_its_reason(paytm):
    content = {**REFUND, "status": "FAILED", "rejectRefundReasonCode": "1"}

    (refund,) = read(paytm, envelope(content)).refunds

    assert refund.gateway_code == "1"


def test_the_webhooks_of_one_refund_have_different_ids(paytm):
    accepted = read(paytm, envelope({**REFUND, "status": "SUCCESS"}))
    credited = read(paytm, envelope(CREDITED))

    assert accepted.event_id != credited.event_id
    assert credited.refunds[0].rrn == "632600000002"


def test_a_refunds_bank_reference_comes_in_a_form_of_its_own(paytm):
    fields = {
        "ORDERID": REF,
        "MID": MERCHANT_ID,
        "REFID": "RF1",
        "REFUNDID": "R",
        "REFUNDAMOUNT": "5.00",
        "ARN": "74000000001",
        "RRN": "632600000003",
    }

    event = read(paytm, posted(form(fields)))

    (refund,) = event.refunds
    assert (event.kind, refund.ref) == ("refund_arn", "RF1")
    assert (refund.status, refund.arn) == (RefundStatus.SUCCEEDED, "74000000001")
    assert refund.rrn == "632600000003"


@pytest.mark.parametrize(
    ("fields", "rrn", "arn"),
    [
        ({"ARN": "74000000002", "RRN": "632600000004"}, "632600000004", "74000000002"),
        ({"ARN": "74000000002"}, None, "74000000002"),
        ({"ARN": "NA", "RRN": "632600000004"}, "632600000004", None),
    ],
)
def test_a_payments_bank_reference_needs_no_status(paytm, fields, rrn, arn):
    fields = {"ORDERID": REF.upper(), "MID": MERCHANT_ID, "TXNID": TXN, **fields}

    event = read(paytm, posted(form(fields)))

    assert (event.kind, event.charges, event.refunds) == ("payment_arn", (), ())
    assert event.bank_references == (BankReference(ref=REF, rrn=rrn, arn=arn),)
    assert read(paytm, posted(form(fields))).event_id == event.event_id


def test_an_odd_amount_counts_as_absent(paytm):
    content = {**PAID, "TXNAMOUNT": "1164.0000000001"}

    (charge,) = read(paytm, posted(form(content))).charges

    assert (charge.status, charge.amount) == (AttemptStatus.CAPTURED, None)


def test_a_notice_without_status_or_reference_cannot_be_understood(paytm):
    with pytest.raises(InvalidRequest):
        read(paytm, posted(form({"ORDERID": REF, "MID": MERCHANT_ID})))


RETURNED = {**PAID, "ORDERID": REF.upper()}


def test_a_signed_return_names_its_charge(paytm):
    back = paytm.read_return(form(RETURNED))

    assert (back.ref, back.signed) == (REF, True)


def test_a_return_whose_plus_became_a_space_is_signed(paytm):
    fields = next(each for each in (form(RETURNED) for _ in range(99)) if "+" in each[FIELD])

    assert paytm.read_return({**fields, FIELD: fields[FIELD].replace("+", " ")}).signed


@pytest.mark.parametrize(
    "fields", [RETURNED, {**form(RETURNED), "STATUS": "x"}, form({**RETURNED, "MID": "OTHER"})]
)
def test_a_return_without_its_signature_is_not_signed(paytm, fields):
    back = paytm.read_return(fields)

    assert (back.ref, back.signed) == (REF, False)


def test_a_return_that_names_no_charge_is_none(paytm):
    assert paytm.read_return({"STATUS": "TXN_SUCCESS"}) is None


def test_a_return_without_fields_is_known_by_its_address(paytm):
    back = paytm.read_return({"ORDER_ID": REF})
    assert (back.ref, back.signed) == (REF, False)


def test_the_reference_of_the_address_is_no_part_of_what_paytm_signed(paytm):
    back = paytm.read_return({**form(RETURNED), "ORDER_ID": REF})
    assert back.signed


def test_a_rejected_refund_stays_rejected_beside_a_bank_reference(paytm):
    content = {**REFUND, "status": "FAILED", "rejectRefundReasonCode": "1", "arn": "74000000001"}

    (refund,) = read(paytm, envelope(content)).refunds

    assert refund.status is RefundStatus.FAILED
