"""The demo's shop: takes signed notifications only, and fails when told to."""

import hmac
import time
from base64 import b64decode, b64encode

import pytest

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"type":"payment.paid","sequence":4,"data":{"payment":{"order_id":"PO1"}}}'


def signed(body: bytes = BODY, *, at: int | None = None, secret: str = SECRET) -> dict[str, str]:
    stamp = str(at or int(time.time()))
    key = b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"msg_1.{stamp}.".encode() + body, "sha256")
    signature = f"v1,{b64encode(digest).decode()}"
    return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signature}


@pytest.fixture
async def mock(start):
    return await start(shop_notify_secret=SECRET)


@pytest.mark.parametrize("path", ["/shop/notifications", "/shop/notify"])
async def test_a_signed_notification_is_kept_by_its_order(mock, path):
    answer = await mock.client.post(path, content=BODY, headers=signed())
    stored = (await mock.client.get("/shop/notifications?order_id=PO1")).json()["notifications"]
    others = (await mock.client.get("/shop/notifications?order_id=PO2")).json()["notifications"]
    assert answer.status_code == 204
    assert stored[0]["webhook_id"] == "msg_1"
    assert stored[0]["content"]["type"] == "payment.paid"
    assert stored[0]["verified"]
    assert others == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(b"another body"),
        signed(at=1),
        signed(secret="whsec_AAAA"),
        signed() | {"webhook-signature": "v1,ü"},
    ],
    ids=["unsigned", "altered", "old", "foreign", "nonsense"],
)
async def test_a_notification_that_is_not_signed_is_401(mock, headers):
    headers = {name: value.encode() for name, value in headers.items()}
    answer = await mock.client.post("/shop/notifications", content=BODY, headers=headers)
    assert answer.status_code == 401
    assert (await mock.client.get("/shop/notifications")).json()["notifications"] == []


async def test_one_of_several_signatures_is_enough(mock):
    headers = signed()
    headers["webhook-signature"] = f"v1,b2xk {headers['webhook-signature']}"
    answer = await mock.client.post("/shop/notifications", content=BODY, headers=headers)
    assert answer.status_code == 204


async def test_the_shop_fails_as_often_as_told(mock):
    await mock.control("/shop", {"answer": 500, "times": 2})
    answers = [
        (await mock.client.post("/shop/notify", content=BODY, headers=signed())).status_code
        for _ in range(3)
    ]
    assert answers == [500, 500, 204]
    assert len((await mock.client.get("/shop/notifications")).json()["notifications"]) == 1


async def test_a_shop_without_a_secret_says_that_nothing_was_verified(start):
    mock = await start(shop_notify_secret=None)
    await mock.client.post("/shop/notify", content=BODY)
    await mock.control("/shop", {"secret": SECRET})
    refused = await mock.client.post("/shop/notify", content=BODY)
    stored = (await mock.client.get("/shop/notifications")).json()["notifications"]
    assert [each["verified"] for each in stored] == [False]
    assert refused.status_code == 401


async def test_customers_come_back_to_a_page(mock):
    answer = await mock.client.get("/shop/return?payment_id=pay_1&order_id=PO1")
    assert "pay_1" in answer.text
    assert "PO1" in answer.text


async def test_a_notification_signed_in_real_time_is_taken_while_the_mock_is_ahead(mock):
    await mock.control("/clock", {"advance": 86400})
    answer = await mock.client.post("/shop/notifications", content=BODY, headers=signed())
    later = signed(at=int(time.time()) + 86400)
    ahead = await mock.client.post("/shop/notifications", content=BODY, headers=later)
    assert (answer.status_code, ahead.status_code) == (204, 204)
