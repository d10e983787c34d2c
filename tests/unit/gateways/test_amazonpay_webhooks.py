"""Amazon Pay's webhooks: signed by SNS, on our topic, for our account, and what they mean."""

import base64
from datetime import datetime

import pytest

from payment_engine.domain.errors import BadSignature, InvalidRequest
from payment_engine.domain.states import AttemptStatus
from payment_engine.domain.states import RefundStatus as R
from tests.unit.gateways.amazonpay_vectors import RETURNS
from tests.unit.gateways.amazonpay_webhooks import (
    CERTIFICATE,
    CHARGE_XML,
    CONFIRMATION,
    REFUND_XML,
    envelope_of,
    identity,
    notification,
    posted,
    sign_envelope,
)
from tests.unit.gateways.scripted_amazonpay import REF

A = AttemptStatus
PAID = notification(CHARGE_XML)
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + CHARGE_XML.replace("001", "&b;")


@pytest.fixture
def reader(amazonpay):
    amazonpay.certificates.trust(CERTIFICATE, identity("rsa")[1])
    return amazonpay


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_charge_webhook_verifies_in_both_versions(reader, version):
    event = reader.read_webhook(*posted(sign_envelope(PAID, version)))

    (charge,) = event.charges
    assert (charge.ref, charge.status, charge.gateway_status) == (REF, A.CAPTURED, "Completed")
    assert (charge.amount, charge.currency) == (116400, "INR")
    assert charge.merchant_id == "MEXAMPLESELLER"
    assert charge.gateway_payment_id == "S04-0000001-0000001"
    assert (event.event_id, event.kind) == (PAID["MessageId"], "ChargeTransactionNotification")
    assert event.sent_at == datetime.fromisoformat(PAID["Timestamp"])


def test_a_refund_webhook_is_recognised_by_the_root_of_its_xml(reader):
    envelope = notification(REFUND_XML, NotificationType="OrderReferenceNotification")

    (refund,) = reader.read_webhook(*posted(sign_envelope(envelope))).refunds

    assert (refund.ref, refund.charge_ref, refund.amount) == ("RF0001", None, 10000)
    assert (refund.status, refund.gateway_status) == (R.SUCCEEDED, "Completed")
    assert refund.gateway_refund_id == "S04-0000001-0000001-R000001"
    assert refund.charge_payment_id == "S04-0000001-0000001"


def test_a_refund_that_has_only_amazons_id_is_known_by_it(reader):
    xml = REFUND_XML.replace("RF0001", "")

    (refund,) = reader.read_webhook(*posted(sign_envelope(notification(xml)))).refunds

    assert refund.ref == refund.gateway_refund_id == "S04-0000001-0000001-R000001"


def test_a_refund_whose_id_has_another_form_names_no_charge(reader):
    xml = REFUND_XML.replace("S04-0000001-0000001-R000001", "R1")

    (refund,) = reader.read_webhook(*posted(sign_envelope(notification(xml)))).refunds

    assert (refund.ref, refund.charge_payment_id) == ("RF0001", None)


def test_a_declined_charge_has_amazons_code_and_reason(reader):
    xml = CHARGE_XML.replace("Completed", "Declined").replace("001<", "310<")
    xml = xml.replace("Txn Success", "Declined for 9876501234")

    (charge,) = reader.read_webhook(*posted(sign_envelope(notification(xml)))).charges

    assert (charge.status, charge.decline_code) == (A.FAILED, "gateway_declined")
    assert (charge.gateway_code, charge.gateway_message) == ("310", "Declined for <hidden>")


def test_a_declined_refund_has_failed_with_or_without_a_reason(reader):
    plain = REFUND_XML.replace("Completed</State>", "Declined</State>")
    with_reason = plain.replace("</State>", "</State><ReasonCode>310</ReasonCode>")

    (first,) = reader.read_webhook(*posted(sign_envelope(notification(plain)))).refunds
    (second,) = reader.read_webhook(*posted(sign_envelope(notification(with_reason)))).refunds

    assert (first.status, first.gateway_code, second.gateway_code) == (R.FAILED, None, "310")


@pytest.mark.parametrize("xml", [CHARGE_XML, REFUND_XML])
def test_an_unknown_state_is_pending_and_reported_verbatim(reader, xml):
    envelope = notification(xml.replace("Completed", "Thinking"))

    event = reader.read_webhook(*posted(sign_envelope(envelope)))

    (state,) = [*event.charges, *event.refunds]
    assert (state.status.value, state.gateway_status) == ("pending", "Thinking")
    assert not state.recognised


def test_a_webhook_about_something_else_carries_nothing(reader):
    event = reader.read_webhook(*posted(sign_envelope(notification("<SettlementNotification/>"))))

    assert (event.kind, event.charges, event.refunds) == ("SettlementNotification", (), ())


def test_a_subject_is_signed_where_there_is_one(reader):
    envelope = {**PAID, "Subject": "Paid"}

    assert reader.read_webhook(*posted(sign_envelope(envelope))).charges
    with pytest.raises(BadSignature):
        reader.read_webhook(*posted({**sign_envelope(envelope), "Subject": "Unpaid"}))


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_a_webhook_about_the_subscription_carries_nothing(reader, kind):
    event = reader.read_webhook(*posted(sign_envelope({**CONFIRMATION, "Type": kind})))

    assert (event.kind, event.charges, event.refunds) == (kind, (), ())


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
def test_a_webhook_that_was_changed_is_rejected(reader, change):
    with pytest.raises(BadSignature):
        reader.read_webhook(*posted({**sign_envelope(PAID), **change}))


def test_a_webhook_signed_with_another_key_is_rejected(reader):
    with pytest.raises(BadSignature):
        reader.read_webhook(*posted(sign_envelope(PAID, signer="impostor")))


def test_a_webhook_on_another_topic_is_rejected_however_well_it_is_signed(reader):
    envelope = {**PAID, "TopicArn": "arn:aws:sns:eu-west-1:666666666666:EXAMPLETOPIC"}

    with pytest.raises(BadSignature):
        reader.read_webhook(*posted(sign_envelope(envelope)))


def test_a_webhook_of_another_seller_is_rejected(reader):
    with pytest.raises(BadSignature):
        reader.read_webhook(
            *posted(sign_envelope(notification(CHARGE_XML, SellerId="AOTHERSELLER")))
        )


@pytest.mark.parametrize(
    "headers", [{"x_amz_sns_topic_arn": "another"}, {"x_amz_sns_message_type": "another"}]
)
def test_headers_that_contradict_the_body_are_rejected(reader, headers):
    with pytest.raises(BadSignature):
        reader.read_webhook(*posted(sign_envelope(PAID), **headers))


@pytest.mark.parametrize("body", [b"", b"\xff{", b"[]", b"[" * 100_000, b"{}", b'{"Type": 1}'])
def test_a_body_that_is_no_envelope_is_rejected(reader, body):
    with pytest.raises(BadSignature):
        reader.read_webhook(posted(PAID)[0], body)


@pytest.mark.parametrize(
    "envelope",
    [
        envelope_of("no json"),
        envelope_of({"SellerId": "MEXAMPLESELLER"}, Timestamp="2026-01-01"),
        envelope_of("[]"),
        envelope_of({"SellerId": "MEXAMPLESELLER"}),
        notification(""),
        notification("<not xml"),
        notification(BOMB),
        notification(CHARGE_XML.replace(REF, "")),
        notification(CHARGE_XML.replace("<State>Completed</State>", "")),
        notification(REFUND_XML.replace("RF0001", " ").replace("S04-0000001-0000001-R000001", "")),
        notification(REFUND_XML.replace("100.00", "100.0000000001")),
        notification(REFUND_XML.replace("RefundStatus", "Status")),
        {**PAID, "Timestamp": "2025-07-01T00:00:00.000Z"},
        {**PAID, "Timestamp": "yesterday"},
        {**PAID, "Timestamp": "0001-01-01T00:00:00+23:00"},
    ],
)
def test_a_signed_webhook_that_makes_no_sense_is_an_invalid_request(reader, envelope):
    with pytest.raises(InvalidRequest):
        reader.read_webhook(*posted(sign_envelope(envelope)))


def test_an_odd_amount_counts_as_absent(reader):
    odd = notification(CHARGE_XML.replace("1164.00", "1164.0000000001"))

    (charge,) = reader.read_webhook(*posted(sign_envelope(odd))).charges

    assert (charge.status, charge.amount) == (A.CAPTURED, None)


@pytest.mark.parametrize(
    "odd",
    [
        "<ChargeTransactionDetails/>",
        "<ChargeTransactionDetails><SellerReferenceId>X</SellerReferenceId>"
        "</ChargeTransactionDetails>",
    ],
)
def test_one_charge_that_makes_no_sense_takes_nothing_from_the_others(reader, odd):
    end = "</ChargeTransactionNotification>"
    both = notification(CHARGE_XML.replace(end, odd + end))

    (charge,) = reader.read_webhook(*posted(sign_envelope(both))).charges

    assert (charge.ref, charge.amount) == (REF, 116400)


def test_one_refund_of_an_odd_amount_takes_nothing_from_the_others(reader):
    refund = REFUND_XML.removeprefix("<RefundNotification>")
    odd = REFUND_XML.replace("100.00", "many").removesuffix("</RefundNotification>")

    event = reader.read_webhook(*posted(sign_envelope(notification(odd + refund))))

    assert [each.amount for each in event.refunds] == [10000]


@pytest.mark.parametrize("kind", ["ec", "none"])
def test_only_an_rsa_certificate_is_trusted(amazonpay, kind):
    pem = identity("ec")[1] if kind == "ec" else base64.b64encode(b"no certificate")

    with pytest.raises(BadSignature):
        amazonpay.certificates.trust(CERTIFICATE, pem)


def test_a_browser_return_is_signed_with_the_second_pair_of_keys(amazonpay):
    fields, signature = RETURNS["a success as the documents have it"]

    back = amazonpay.read_return({**fields, "signature": signature})

    assert (back.ref, back.signed) == ("pe-01j0000001", True)
    assert amazonpay.read_return({**fields, "signature": "x"}).signed is False
    assert amazonpay.read_return({"status": "SUCCESS"}) is None
