"""A scripted Paytm: answers by path, signed or not, and the requests that were made."""

import json
from urllib.parse import urlencode

import httpx

from payment_engine.gateways.http import Wire
from payment_engine.gateways.paytm.adapter import Paytm
from payment_engine.gateways.paytm.signature import FIELD, sign
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
    """The body, and a head that signs it; without a key it is not signed."""
    text = json.dumps(body, separators=(",", ":"))
    head = {"version": "v1", **({"signature": sign(text, key)} if key else {})}
    return f'{{"head":{json.dumps(head)},"body":{text}}}'.encode()


def result(status: str, code: str, **body: object) -> dict[str, object]:
    """A body with its result."""
    info = {"resultStatus": status, "resultCode": code, "resultMsg": f"about {code}"}
    return {"resultInfo": info, **body}


def form(fields: dict[str, str], key: str = KEY) -> dict[str, str]:
    """The fields of a callback with their checksum."""
    return {**fields, FIELD: sign("|".join(fields[name] for name in sorted(fields)), key)}


def posted(fields: dict[str, str]) -> bytes:
    """The fields as a browser posts them."""
    return urlencode(fields).encode()


class ScriptedPaytm:
    """Gives the answers of a path in order, and the last one again and again."""

    def __init__(self) -> None:
        self.answers: dict[str, list[bytes]] = {}
        self.requests: list[httpx.Request] = []

    def on(self, path: str, status: str, code: str, *, key: str | None = KEY, **body: object):
        """Answer ``path`` with a result and more fields; ``key`` signs it."""
        self.answers.setdefault(path, []).append(envelope(result(status, code, **body), key))

    def body(self, index: int) -> dict[str, object]:
        """The body of the n-th request."""
        return json.loads(self.requests[index].content)["body"]

    @property
    def paths(self) -> list[str]:
        """The paths that were called, in order."""
        return [request.url.path for request in self.requests]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answers = self.answers[request.url.path]
        return httpx.Response(200, content=answers.pop(0) if len(answers) > 1 else answers[0])


def paytm_with(make_wire, script: ScriptedPaytm, **settings: str) -> Paytm:
    """The adapter, calling this script."""
    config = PaytmConfig.model_validate({**CONFIG, **settings})
    wire: Wire = make_wire(transport=httpx.MockTransport(script))
    return Paytm(config, wire)
