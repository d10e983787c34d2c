"""Paytm's side of a conversation: answers by path, signed or not, and what was asked."""

import json
from urllib.parse import urlencode

import httpx

from payment_engine.gateways.http import Wire
from payment_engine.gateways.paytm.adapter import Paytm
from payment_engine.gateways.paytm.checksum import FIELD, sign
from payment_engine.gateways.paytm.wire import PaytmConfig

KEY = "unit-test-key-16"
MERCHANT_ID = "UNIT0000000000000001"
TXN = "20261122111212800110168000000000001"
TOKEN = "c6b6fd24c3e84a3f9b6e1adf1f6a1e5d1795383988431"
CONFIG = {
    "base_url": "http://paytm.test/",
    "merchant_id": MERCHANT_ID,
    "merchant_key": KEY,
    "website": "WEBSTAGING",
    "wallet": "true",
}
INITIATE = "/theia/api/v1/initiateTransaction"
PROCESS = "/theia/api/v1/processTransaction"
STATUS = "/v3/order/status"
REFUND = "/refund/apply"
REFUND_STATUS = "/v2/refund/status"


def envelope(body: object, key: str | None = KEY) -> bytes:
    """The body below a head that signs it, or signs nothing without a key."""
    text = json.dumps(body, separators=(",", ":"))
    head = {"version": "v1", **({"signature": sign(text, key)} if key else {})}
    return f'{{"head":{json.dumps(head)},"body":{text}}}'.encode()


def result(status: str, code: str, **body: object) -> dict[str, object]:
    """A body that begins with its result."""
    info = {"resultStatus": status, "resultCode": code, "resultMsg": f"about {code}"}
    return {"resultInfo": info, **body}


def form(fields: dict[str, str], key: str = KEY) -> dict[str, str]:
    """The fields of a callback and their checksum."""
    return {**fields, FIELD: sign("|".join(fields[name] for name in sorted(fields)), key)}


def posted(fields: dict[str, str]) -> bytes:
    """As a browser posts them."""
    return urlencode(fields).encode()


class PaytmSide:
    """Answers in order; the last one of a path is repeated."""

    def __init__(self) -> None:
        self.answers: dict[str, list[bytes]] = {}
        self.asked: list[httpx.Request] = []

    def on(self, path: str, status: str, code: str, *, key: str | None = KEY, **body: object):
        """Answer ``path`` with a result and more; ``key`` signs it."""
        self.answers.setdefault(path, []).append(envelope(result(status, code, **body), key))

    def body(self, index: int) -> dict[str, object]:
        """The body of the n-th request."""
        return json.loads(self.asked[index].content)["body"]

    @property
    def paths(self) -> list[str]:
        """What was asked, in order."""
        return [request.url.path for request in self.asked]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answers = self.answers[request.url.path]
        return httpx.Response(200, content=answers.pop(0) if len(answers) > 1 else answers[0])


def paytm_with(make_wire, side: PaytmSide, **settings: str) -> Paytm:
    """The adapter on this conversation."""
    config = PaytmConfig.model_validate({**CONFIG, **settings})
    wire: Wire = make_wire(transport=httpx.MockTransport(side))
    return Paytm(config, wire)
