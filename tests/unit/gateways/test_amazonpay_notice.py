"""Amazon Pay's notices: sealed by SNS, of our topic and our account, and what they say."""

import base64

import pytest
from amazonpay_golden import RETURNS
from amazonpay_sealing import (
    CERTIFICATE,
    CHARGE_XML,
    CONFIRMING,
    REFUND_XML,
    enveloped,
    identity,
    posted,
    seal,
    telling,
)
from amazonpay_side import REF

from payment_engine.domain.errors import BadSignature, InvalidRequest
from payment_engine.domain.states import AttemptStatus
from payment_engine.domain.states import RefundStatus as R

A = AttemptStatus
PAID = telling(CHARGE_XML)
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + CHARGE_XML.replace("001", "&b;")


@pytest.fixture
def reader(amazonpay):
    amazonpay.certificates.hold(CERTIFICATE, identity("rsa")[1])
    return amazonpay


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_notice_of_a_charge_is_believed_in_both_versions(reader, version):
    notice = reader.read_webhook(*posted(seal(PAID, version)))

    (charge,) = notice.charges
    assert (charge.ref, charge.status, charge.gateway_status) == (REF, A.CAPTURED, "Completed")
    assert (charge.amount, charge.currency) == (116400, "INR")
    assert charge.merchant_id == "MEXAMPLESELLER"
    assert charge.gateway_payment_id == "S04-0000001-0000001"
    assert (notice.event_id, notice.kind) == (PAID["MessageId"], "ChargeTransactionNotification")


def test_a_notice_of_a_refund_is_told_by_the_root_of_its_xml(reader):
    envelope = telling(REFUND_XML, NotificationType="OrderReferenceNotification")

    (refund,) = reader.read_webhook(*posted(seal(envelope))).refunds

    assert (refund.ref, refund.charge_ref, refund.amount) == ("rf0001", None, 10000)
    assert (refund.status, refund.gateway_status) == (R.SUCCEEDED, "Completed")
    assert refund.gateway_refund_id == "S04-0000001-0000001-R000001"


def test_a_declined_charge_keeps_the_code_and_the_words(reader):
    xml = CHARGE_XML.replace("Completed", "Declined").replace("001<", "310<")
    xml = xml.replace("Txn Success", "Declined for 9876501234")

    (charge,) = reader.read_webhook(*posted(seal(telling(xml)))).charges

    assert (charge.status, charge.decline_code) == (A.FAILED, "gateway_declined")
    assert (charge.gateway_code, charge.gateway_message) == ("310", "Declined for <hidden>")


def test_a_declined_refund_has_failed_with_or_without_a_reason(reader):
    plain = REFUND_XML.replace("Completed</State>", "Declined</State>")
    told = plain.replace("</State>", "</State><ReasonCode>310</ReasonCode>")

    (first,) = reader.read_webhook(*posted(seal(telling(plain)))).refunds
    (second,) = reader.read_webhook(*posted(seal(telling(told)))).refunds

    assert (first.status, first.gateway_code, second.gateway_code) == (R.FAILED, None, "310")


@pytest.mark.parametrize("xml", [CHARGE_XML, REFUND_XML])
def test_a_state_never_seen_is_pending_and_kept_verbatim(reader, xml):
    envelope = telling(xml.replace("Completed", "Thinking"))

    notice = reader.read_webhook(*posted(seal(envelope)))

    (state,) = [*notice.charges, *notice.refunds]
    assert (state.status.value, state.gateway_status) == ("pending", "Thinking")
    assert not state.recognised


def test_a_notice_about_something_else_carries_nothing(reader):
    notice = reader.read_webhook(*posted(seal(telling("<SettlementNotification/>"))))

    assert (notice.kind, notice.charges, notice.refunds) == ("SettlementNotification", (), ())


def test_a_subject_is_signed_where_there_is_one(reader):
    envelope = {**PAID, "Subject": "Paid"}

    assert reader.read_webhook(*posted(seal(envelope))).charges
    with pytest.raises(BadSignature):
        reader.read_webhook(*posted({**seal(envelope), "Subject": "Unpaid"}))


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_a_word_about_the_subscription_carries_nothing(reader, kind):
    notice = reader.read_webhook(*posted(seal({**CONFIRMING, "Type": kind})))

    assert (notice.kind, notice.charges, notice.refunds) == (kind, (), ())


@pytest.mark.parametrize(
    "change",
    [
        {"Message": PAID["Message"].replace("1164.00", "4.00")},
        {"MessageId": "another"},
        {"Timestamp": "2026-01-01T00:00:03.600Z"},
        {"SignatureVersion": "2"},
        {"SignatureVersion": "3"},
        {"SignatureVersion": None},
        {"Signature": "AAAA"},
        {"Signature": "not base64!"},
        {"Signature": None},
        {"SigningCertURL": CERTIFICATE.replace("0000", "0001")},
        {"Message": None},
        {"Message": "\ud800"},
        {"Type": "Other"},
    ],
)
def test_a_notice_that_was_changed_is_not_believed(reader, change):
    with pytest.raises(BadSignature):
        reader.read_webhook(*posted({**seal(PAID), **change}))


def test_a_notice_of_somebody_elses_key_is_not_believed(reader):
    with pytest.raises(BadSignature):
        reader.read_webhook(*posted(seal(PAID, signer="impostor")))


def test_a_notice_of_another_topic_is_not_ours_however_well_it_is_signed(reader):
    envelope = {**PAID, "TopicArn": "arn:aws:sns:eu-west-1:666666666666:EXAMPLETOPIC"}

    with pytest.raises(BadSignature):
        reader.read_webhook(*posted(seal(envelope)))


def test_a_notice_of_another_seller_is_not_ours(reader):
    with pytest.raises(BadSignature):
        reader.read_webhook(*posted(seal(telling(CHARGE_XML, SellerId="AOTHERSELLER"))))


@pytest.mark.parametrize(
    "headers", [{"x_amz_sns_topic_arn": "another"}, {"x_amz_sns_message_type": "another"}]
)
def test_headers_say_what_the_body_says(reader, headers):
    with pytest.raises(BadSignature):
        reader.read_webhook(*posted(seal(PAID), **headers))


@pytest.mark.parametrize("body", [b"", b"\xff{", b"[]", b"[" * 100_000, b"{}", b'{"Type": 1}'])
def test_a_body_that_is_no_envelope_is_not_believed(reader, body):
    with pytest.raises(BadSignature):
        reader.read_webhook(posted(PAID)[0], body)


@pytest.mark.parametrize(
    "envelope",
    [
        enveloped("no json"),
        enveloped({"SellerId": "MEXAMPLESELLER"}, Timestamp="2026-01-01"),
        enveloped("[]"),
        enveloped({"SellerId": "MEXAMPLESELLER"}),
        telling(""),
        telling("<not xml"),
        telling(BOMB),
        telling(CHARGE_XML.replace(REF, "")),
        telling(CHARGE_XML.replace("<State>Completed</State>", "")),
        telling(CHARGE_XML.replace("1164.00", "a lot")),
        telling(REFUND_XML.replace("RF0001", " ")),
        telling(REFUND_XML.replace("RefundStatus", "Status")),
        {**PAID, "Timestamp": "2025-07-01T00:00:00.000Z"},
        {**PAID, "Timestamp": "yesterday"},
        {**PAID, "Timestamp": "0001-01-01T00:00:00+23:00"},
    ],
)
def test_a_signed_notice_that_makes_no_sense_is_an_invalid_request(reader, envelope):
    with pytest.raises(InvalidRequest):
        reader.read_webhook(*posted(seal(envelope)))


@pytest.mark.parametrize("kind", ["ec", "none"])
def test_only_an_rsa_certificate_is_held(amazonpay, kind):
    pem = identity("ec")[1] if kind == "ec" else base64.b64encode(b"no certificate")

    with pytest.raises(BadSignature):
        amazonpay.certificates.hold(CERTIFICATE, pem)


def test_a_browser_that_comes_back_is_a_hint_signed_by_the_second_pair(amazonpay):
    fields, signature = RETURNS["a success as the documents have it"]

    back = amazonpay.read_return({**fields, "signature": signature})

    assert (back.ref, back.signed) == ("pe-01j0000001", True)
    assert amazonpay.read_return({**fields, "signature": "x"}).signed is False
    assert amazonpay.read_return({"status": "SUCCESS"}) is None
