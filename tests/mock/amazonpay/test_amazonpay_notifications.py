"""Notifications: XML in JSON in an envelope, signed, retried, and not sent until confirmed."""

import json
import re
from base64 import b64decode

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import load_pem_x509_certificate

from tests.mock.amazonpay.amazonpay_driver import SELLER
from tests.mock.mock_server import soon

NAMES = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION = (
    "Message",
    "MessageId",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
)


async def certificate(seller, envelope):
    path = envelope["SigningCertURL"].removeprefix("https://sns.eu-west-1.amazonaws.com")
    answer = await seller.client.get(path, headers={"host": "sns.eu-west-1.amazonaws.com"})
    return load_pem_x509_certificate(answer.content)


def verify(envelope, certificate):
    names = NAMES if envelope["Type"] == "Notification" else CONFIRMATION
    text = "".join(f"{name}\n{envelope[name]}\n" for name in names if name in envelope)
    hashed = {"1": SHA1, "2": SHA256}[envelope["SignatureVersion"]]()
    signature = b64decode(envelope["Signature"])
    certificate.public_key().verify(signature, text.encode(), PKCS1v15(), hashed)


def content_of(envelope):
    """The inner message, and the XML's root and leaves by name."""
    message = json.loads(envelope["Message"])
    xml = message["NotificationData"]
    leaves = dict(re.findall(r"<(\w+)>([^<]+)</\1>", xml))
    return message, {"root": re.match(r"<(\w+)", xml)[1], **leaves}


async def test_a_refund_in_seller_central_has_no_id_of_the_sellers(seller, listener):
    charge = (await seller.charge()).json()
    await listener.next()
    acted = await seller.client.post("/control/orders/PE-1/auto_refund", json={})
    assert acted.status_code == 200, acted.text
    _, leaves = content_of((await listener.next())[1])
    assert leaves["root"] == "RefundNotification"
    assert leaves["AmazonRefundId"].startswith(f"{charge['amazonChargeId']}-R")
    assert "RefundReferenceId" not in leaves
    again = await seller.client.post("/control/orders/PE-1/auto_refund", json={})
    assert again.status_code == 400


async def test_a_payment_notification_has_ids_amount_and_state(seller, listener):
    charge = (await seller.charge(amount="499.50")).json()
    headers, envelope = await listener.next()
    message, leaves = content_of(envelope)
    assert headers["content-type"] == "text/plain; charset=UTF-8"
    assert headers["x-amz-sns-message-type"] == envelope["Type"] == "Notification"
    assert headers["x-amz-sns-topic-arn"] == envelope["TopicArn"]
    assert (message["SellerId"], message["ReleaseEnvironment"]) == (SELLER, "Sandbox")
    assert leaves["root"] == "ChargeTransactionNotification"
    assert (leaves["OrderID"], leaves["SellerReferenceId"]) == (charge["amazonChargeId"], "PE-1")
    assert (leaves["State"], leaves["ReasonCode"]) == ("Completed", "001")
    assert "<Amount>499.50</Amount><CurrencyCode>INR" in message["NotificationData"]


async def test_a_decline_is_notified(seller, listener):
    await seller.choose(await seller.payment_page(), "cancel")
    _, leaves = content_of((await listener.next())[1])
    assert (leaves["State"], leaves["ReasonDescription"]) == ("Declined", "Cancelled by customer")


@pytest.mark.parametrize(("kind", "state"), [(None, "Completed"), ("refund_failure", "Declined")])
async def test_the_end_of_a_refund_is_notified(seller, listener, kind, state):
    await seller.charge()
    await listener.next()
    if kind:
        await seller.script(kind)
    await seller.refund()
    _, leaves = content_of((await listener.next())[1])
    assert leaves["root"] == "RefundNotification"
    assert (leaves["RefundReferenceId"], leaves["State"]) == ("RF-1", state)


@pytest.mark.parametrize("version", ["1", "2"])
async def test_the_signature_matches_the_certificate_that_the_envelope_names(
    open_account, listener, version
):
    seller = await open_account({"signature_version": version})
    await seller.charge()
    _, envelope = await listener.next()
    signing_certificate = await certificate(seller, envelope)
    verify(envelope, signing_certificate)
    assert envelope["SignatureVersion"] == version
    with pytest.raises(InvalidSignature):
        verify(
            envelope | {"Message": envelope["Message"].replace("499.00", "4.99")},
            signing_certificate,
        )


async def test_the_certificate_is_issued_by_the_mocks_own_authority(seller, listener):
    await seller.charge()
    _, envelope = await listener.next()
    root = load_pem_x509_certificate((await seller.client.get("/amazonpay/authority.pem")).content)
    (await certificate(seller, envelope)).verify_directly_issued_by(root)


async def test_no_other_certificate_is_served(seller):
    answer = await seller.client.get("/amazonpay/SimpleNotificationService-0000.pem")
    assert answer.status_code == 404


async def test_a_notification_is_retried_until_it_is_answered_200(seller, listener):
    listener.answers = [500, 404]
    await seller.charge()
    message_ids = [(await listener.next())[1]["MessageId"] for _ in range(3)]
    assert len(set(message_ids)) == 1
    assert listener.received.empty()


async def test_a_duplicate_keeps_its_message_id(seller, listener):
    await seller.script("duplicate_webhook", {"event": "ChargeTransactionNotification"})
    await seller.charge()
    first = await listener.next()
    second = await listener.next()
    assert first[1] == second[1]


async def test_a_dropped_notification_is_not_sent(seller, listener):
    await seller.script("drop_webhook", {"gateway": "amazonpay", "order_id": "PE-1"})
    await seller.charge()
    await seller.charge("PE-2", "1.00")
    assert content_of((await listener.next())[1])[1]["SellerReferenceId"] == "PE-2"


async def test_a_delayed_notification_is_overtaken(seller, listener):
    await seller.script("delay_webhook", {"order_id": "PE-1"}, seconds=0.2)
    await seller.charge()
    await seller.charge("PE-2", "1.00")
    charge_ids = [content_of((await listener.next())[1])[1]["SellerReferenceId"] for _ in range(2)]
    assert charge_ids == ["PE-2", "PE-1"]


async def test_a_forged_notification_is_signed_with_another_key(seller, listener):
    await seller.script("forge", {"event": "*"})
    await seller.charge()
    _, envelope = await listener.next()
    signing_certificate = await certificate(seller, envelope)
    with pytest.raises(InvalidSignature):
        verify(envelope, signing_certificate)


@pytest.mark.parametrize(
    ("options", "state"),
    [({}, "Declined"), ({"status": "Completed", "amount": "1.00"}, "Completed")],
)
async def test_a_forged_notification_comes_before_the_genuine_one(seller, listener, options, state):
    await seller.script("forge_webhook", {"gateway": "amazonpay"}, **options)
    await seller.charge()
    _, forged = await listener.next()
    _, genuine = await listener.next()
    signing_certificate = await certificate(seller, genuine)
    verify(genuine, signing_certificate)
    assert (content_of(forged)[1]["State"], content_of(genuine)[1]["State"]) == (state, "Completed")
    with pytest.raises(InvalidSignature):
        verify(forged, signing_certificate)


async def test_a_reordered_notification_is_sent_after_the_next_one(seller, listener):
    await seller.script("reorder_webhook", {"event": "ChargeTransactionNotification"})
    await seller.charge()
    await seller.refund()
    roots = [content_of((await listener.next())[1])[1]["root"] for _ in range(2)]
    assert roots == ["RefundNotification", "ChargeTransactionNotification"]


async def test_an_unsigned_notification_has_no_signature(seller, listener):
    await seller.script("unsigned", {"event": "*"})
    await seller.charge()
    assert "Signature" not in (await listener.next())[1]


@pytest.mark.parametrize(
    ("kind", "options", "state", "amount"),
    [
        ("status", {"status": "Odd"}, "Odd", "499.00"),
        ("wrong_amount", {}, "Completed", "500.00"),
        ("wrong_amount", {"amount": "1.00"}, "Completed", "1.00"),
    ],
)
async def test_an_altered_notification_is_signed(seller, listener, kind, options, state, amount):
    await seller.script(kind, {"event": "ChargeTransactionNotification"}, **options)
    await seller.charge()
    _, envelope = await listener.next()
    verify(envelope, await certificate(seller, envelope))
    message, leaves = content_of(envelope)
    assert leaves["State"] == state
    assert f"<Amount>{amount}</Amount><CurrencyCode>" in message["NotificationData"]


async def test_a_notification_is_sent_even_if_the_browser_does_not_return(seller, listener):
    await seller.choose(await seller.payment_page(), "pay_and_leave")
    assert content_of((await listener.next())[1])[1]["State"] == "Completed"


async def test_without_an_address_nothing_is_sent(open_account):
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
    assert content_of((await listener.next())[1])[1]["SellerReferenceId"] == "PE-2"


async def test_a_subscription_is_not_confirmed_by_a_wrong_token(seller, listener):
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


async def test_the_control_api_has_the_answer_to_each_try(seller, listener):
    listener.answers = [500]
    await seller.charge()

    async def sent():
        return (await seller.control("/webhooks"))["webhooks"]

    sent_now = await soon(sent, lambda sent: sent[0]["tries"] == [500, 200])
    assert sent_now[0]["event"] == "ChargeTransactionNotification"
