"""Notifications: XML in JSON in an envelope, signed, repeated, and held back until confirmed."""

import json
import re
from base64 import b64decode

import pytest
from amazonpay_driver import SELLER
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import load_pem_x509_certificate
from mock_server import soon

NAMES = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMING = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


async def certificate(seller, envelope):
    path = envelope["SigningCertURL"].removeprefix("https://sns.eu-west-1.amazonaws.com")
    answer = await seller.client.get(path, headers={"host": "sns.eu-west-1.amazonaws.com"})
    return load_pem_x509_certificate(answer.content)


def verify(envelope, certificate):
    names = NAMES if envelope["Type"] == "Notification" else CONFIRMING
    text = "".join(f"{name}\n{envelope[name]}\n" for name in names if name in envelope)
    hashed = {"1": SHA1, "2": SHA256}[envelope["SignatureVersion"]]()
    signature = b64decode(envelope["Signature"])
    certificate.public_key().verify(signature, text.encode(), PKCS1v15(), hashed)


def told(envelope):
    """The inner message, and the XML's root and leaves by name."""
    message = json.loads(envelope["Message"])
    xml = message["NotificationData"]
    leaves = dict(re.findall(r"<(\w+)>([^<]+)</\1>", xml))
    return message, {"root": re.match(r"<(\w+)", xml)[1], **leaves}


async def test_a_payment_is_told_with_ids_amount_and_state(seller, listener):
    charge = (await seller.charge(amount="499.50")).json()
    headers, envelope = await listener.next()
    message, leaves = told(envelope)
    assert headers["content-type"] == "text/plain; charset=UTF-8"
    assert headers["x-amz-sns-message-type"] == envelope["Type"] == "Notification"
    assert headers["x-amz-sns-topic-arn"] == envelope["TopicArn"]
    assert (message["SellerId"], message["ReleaseEnvironment"]) == (SELLER, "Sandbox")
    assert leaves["root"] == "ChargeTransactionNotification"
    assert (leaves["OrderID"], leaves["SellerReferenceId"]) == (charge["amazonChargeId"], "PE-1")
    assert (leaves["State"], leaves["ReasonCode"]) == ("Completed", "001")
    assert "<Amount>499.50</Amount><CurrencyCode>INR" in message["NotificationData"]


async def test_a_decline_is_told(seller, listener):
    await seller.choose(await seller.asked(), "cancel")
    _, leaves = told((await listener.next())[1])
    assert (leaves["State"], leaves["ReasonDescription"]) == ("Declined", "Cancelled by customer")


@pytest.mark.parametrize(("kind", "state"), [(None, "Completed"), ("refund_failure", "Declined")])
async def test_the_end_of_a_refund_is_told(seller, listener, kind, state):
    await seller.charge()
    await listener.next()
    if kind:
        await seller.script(kind)
    await seller.refund()
    _, leaves = told((await listener.next())[1])
    assert leaves["root"] == "RefundNotification"
    assert (leaves["RefundReferenceId"], leaves["State"]) == ("RF-1", state)


@pytest.mark.parametrize("version", ["1", "2"])
async def test_the_signature_fits_the_certificate_that_the_envelope_names(
    open_account, listener, version
):
    seller = await open_account({"signature_version": version})
    await seller.charge()
    _, envelope = await listener.next()
    known = await certificate(seller, envelope)
    verify(envelope, known)
    assert envelope["SignatureVersion"] == version
    with pytest.raises(InvalidSignature):
        verify(envelope | {"Message": envelope["Message"].replace("499.00", "4.99")}, known)


async def test_the_certificate_is_vouched_for_by_the_mocks_own_authority(seller, listener):
    await seller.charge()
    _, envelope = await listener.next()
    root = load_pem_x509_certificate((await seller.client.get("/amazonpay/authority.pem")).content)
    (await certificate(seller, envelope)).verify_directly_issued_by(root)


async def test_no_other_certificate_is_served(seller):
    answer = await seller.client.get("/amazonpay/SimpleNotificationService-0000.pem")
    assert answer.status_code == 404


async def test_a_notification_is_sent_again_until_it_is_answered_200(seller, listener):
    listener.answers = [500, 404]
    await seller.charge()
    heard = [(await listener.next())[1]["MessageId"] for _ in range(3)]
    assert len(set(heard)) == 1
    assert listener.heard.empty()


async def test_a_duplicate_keeps_its_message_id(seller, listener):
    await seller.script("duplicate_webhook", {"event": "ChargeTransactionNotification"})
    await seller.charge()
    first = await listener.next()
    second = await listener.next()
    assert first[1] == second[1]


async def test_a_dropped_notification_never_comes(seller, listener):
    await seller.script("drop_webhook", {"gateway": "amazonpay", "order_id": "PE-1"})
    await seller.charge()
    await seller.charge("PE-2", "1.00")
    assert told((await listener.next())[1])[1]["SellerReferenceId"] == "PE-2"


async def test_a_delayed_notification_is_overtaken(seller, listener):
    await seller.script("delay_webhook", {"order_id": "PE-1"}, seconds=0.2)
    await seller.charge()
    await seller.charge("PE-2", "1.00")
    heard = [told((await listener.next())[1])[1]["SellerReferenceId"] for _ in range(2)]
    assert heard == ["PE-2", "PE-1"]


async def test_a_forged_notification_is_signed_by_somebody_else(seller, listener):
    await seller.script("forge", {"event": "*"})
    await seller.charge()
    _, envelope = await listener.next()
    known = await certificate(seller, envelope)
    with pytest.raises(InvalidSignature):
        verify(envelope, known)


@pytest.mark.parametrize(
    ("given", "state"), [({}, "Declined"), ({"status": "Completed", "amount": "1.00"}, "Completed")]
)
async def test_somebody_elses_notification_comes_before_the_true_one(
    seller, listener, given, state
):
    await seller.script("forge_webhook", {"gateway": "amazonpay"}, **given)
    await seller.charge()
    (_, forged) = await listener.next()
    (_, true) = await listener.next()
    known = await certificate(seller, true)
    verify(true, known)
    assert (told(forged)[1]["State"], told(true)[1]["State"]) == (state, "Completed")
    with pytest.raises(InvalidSignature):
        verify(forged, known)


async def test_a_held_notification_goes_out_after_the_next_one(seller, listener):
    await seller.script("reorder_webhook", {"event": "ChargeTransactionNotification"})
    await seller.charge()
    await seller.refund()
    heard = [told((await listener.next())[1])[1]["root"] for _ in range(2)]
    assert heard == ["RefundNotification", "ChargeTransactionNotification"]


async def test_an_unsigned_notification_has_no_signature(seller, listener):
    await seller.script("unsigned", {"event": "*"})
    await seller.charge()
    assert "Signature" not in (await listener.next())[1]


@pytest.mark.parametrize(
    ("kind", "given", "state", "amount"),
    [
        ("status", {"status": "Odd"}, "Odd", "499.00"),
        ("wrong_amount", {}, "Completed", "500.00"),
        ("wrong_amount", {"amount": "1.00"}, "Completed", "1.00"),
    ],
)
async def test_a_notification_that_lies_is_signed_all_the_same(
    seller, listener, kind, given, state, amount
):
    await seller.script(kind, {"event": "ChargeTransactionNotification"}, **given)
    await seller.charge()
    _, envelope = await listener.next()
    verify(envelope, await certificate(seller, envelope))
    message, leaves = told(envelope)
    assert leaves["State"] == state
    assert f"<Amount>{amount}</Amount><CurrencyCode>" in message["NotificationData"]


async def test_the_notification_comes_though_the_browser_never_does(seller, listener):
    await seller.choose(await seller.asked(), "pay_and_leave")
    assert told((await listener.next())[1])[1]["State"] == "Completed"


async def test_without_an_address_none_is_sent(open_account):
    seller = await open_account({"notify_url": None})
    await seller.charge()
    await seller.control("/amazonpay/subscription", {})
    assert (await seller.control("/webhooks"))["webhooks"] == []


async def confirm(seller, envelope):
    url = envelope["SubscribeURL"].removeprefix("https://sns.eu-west-1.amazonaws.com")
    return await seller.client.get(url, headers={"host": "sns.eu-west-1.amazonaws.com"})


async def test_notifications_wait_for_the_subscription_to_be_confirmed(seller, listener):
    await seller.control("/amazonpay/subscription", {})
    headers, envelope = await listener.next()
    await seller.charge()
    confirmed = await confirm(seller, envelope)
    await seller.charge("PE-2", "1.00")
    verify(envelope, await certificate(seller, envelope))
    assert headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert "<SubscriptionArn>" in confirmed.text
    assert told((await listener.next())[1])[1]["SellerReferenceId"] == "PE-2"


async def test_a_subscription_is_not_confirmed_by_a_guess(seller, listener):
    await seller.control("/amazonpay/subscription", {})
    _, envelope = await listener.next()
    refused = await confirm(seller, {"SubscribeURL": envelope["SubscribeURL"][:-1]})
    await seller.charge()
    assert refused.status_code == 400
    assert len((await seller.control("/webhooks"))["webhooks"]) == 1


async def test_an_address_is_registered_and_asked_to_confirm(open_account, listener):
    seller = await open_account({"notify_url": None})
    fields = {
        "merchantId": SELLER,
        "recipientIdentifier": SELLER,
        "recipientType": "MERCHANT",
        "recipientEndpoint": listener.url,
        "recipientEndpointType": "HTTPS",
    }
    refused = await seller.call("POST", "/v1/ipn", fields | {"recipientType": "NOBODY"})
    unknown = await seller.call("POST", "/v1/ipn", fields | {"recipientIdentifier": "MOTHER"})
    answer = await seller.call("POST", "/v1/ipn", fields)
    assert refused.json()["code"] == "InvalidArguments"
    assert (unknown.status_code, unknown.json()["code"]) == (404, "IdentifierNotFound")
    assert (answer.status_code, answer.content) == (200, b"")
    assert (await listener.next())[1]["Type"] == "SubscriptionConfirmation"


async def test_how_each_try_was_answered_is_known_to_the_control(seller, listener):
    listener.answers = [500]
    await seller.charge()

    async def sent():
        return (await seller.control("/webhooks"))["webhooks"]

    sent_now = await soon(sent, lambda sent: sent[0]["tries"] == [500, 200])
    assert sent_now[0]["event"] == "ChargeTransactionNotification"
