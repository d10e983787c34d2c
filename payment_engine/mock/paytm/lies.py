"""Scripted lies in Paytm's words: an answer or webhook that says what did not happen."""

from typing import Any

from sanic import HTTPResponse, Request

from payment_engine.mock.distort import distort
from payment_engine.mock.money import paise_of, rupees_text
from payment_engine.mock.paytm.book import Paytm, paytm_of
from payment_engine.mock.paytm.wire import Said, written
from payment_engine.mock.script import Scripted

_WRONG_KEY = "somebody-elses-k"
_AMOUNTS = ("refundAmount", "txnAmount", "REFUNDAMOUNT", "TXNAMOUNT")


def lie(request: Request, response: HTTPResponse, scripted: Scripted) -> HTTPResponse:
    """The answer changed as scripted and signed again; pages stay as they are.

    ``unsigned`` leaves the signature out, ``forge`` makes it with another key.
    """
    said: Said | None = getattr(request.ctx, "said", None)
    if said is None:
        return response
    paytm = paytm_of(request)
    key = key_for(paytm, scripted)
    told = Said(twisted(said.body, scripted), said.signed and key is not None, said.flat)
    return written(paytm, told, key=key)


def key_for(paytm: Paytm, scripted: Scripted | None) -> str | None:
    """What to sign with: the merchant's key, another one, or nothing."""
    kind = scripted.kind if scripted else ""
    if kind == "unsigned":
        return None
    return _WRONG_KEY if kind.startswith("forge") else paytm.key


def twisted(content: dict[str, Any], scripted: Scripted | None) -> dict[str, Any]:
    """A copy of a body or form changed as scripted.

    ``status`` takes ``status``, ``code`` and ``message``; ``wrong_amount`` takes ``amount`` in
    rupees, otherwise it is one rupee more.
    """
    if scripted is None:
        return content
    kind, behaviour = scripted.kind, scripted.behaviour
    if kind == "strings":
        changed: dict[str, Any] = distort(content, scripted)
        return changed
    if kind == "status" or (kind == "forge_webhook" and "status" in behaviour):
        content = _status(content, behaviour)
    if kind == "wrong_amount" or (kind == "forge_webhook" and "amount" in behaviour):
        content = _amount(content, behaviour)
    return content


def _status(content: dict[str, Any], behaviour: dict[str, Any]) -> dict[str, Any]:
    status = str(behaviour.get("status", "MYSTERY"))
    if "STATUS" in content:
        names = {"STATUS": status, "RESPCODE": behaviour.get("code"),
                 "RESPMSG": behaviour.get("message")}  # fmt: skip
        return content | {n: str(v) for n, v in names.items() if v is not None}
    if "resultInfo" not in content:
        return content | {"status": status}
    info = {"resultStatus": status, "resultCode": behaviour.get("code"),
            "resultMsg": behaviour.get("message")}  # fmt: skip
    said = {name: str(value) for name, value in info.items() if value is not None}
    return content | {"resultInfo": content["resultInfo"] | said}


def _amount(content: dict[str, Any], behaviour: dict[str, Any]) -> dict[str, Any]:
    name = next((each for each in _AMOUNTS if each in content), None)
    if name is None:
        return content
    given = str(behaviour.get("amount", "")) or rupees_text((paise_of(content[name]) or 0) + 100)
    paise = paise_of(given)
    return content | {name: given if paise is None else rupees_text(paise)}
