"""Scripted lies in answers: another status or amount, or amounts of another type, well signed."""

from sanic import HTTPResponse, Request

from payment_engine.mock.amazonpay.wire import Content, answer
from payment_engine.mock.money import paise_of, rupees_text
from payment_engine.mock.script import Scripted


def lie(request: Request, response: HTTPResponse, scripted: Scripted) -> HTTPResponse:
    """The answer that the behaviour asks for; ``forge`` tells the truth under a wrong signature,
    ``unsigned`` under none.

    Amounts are texts here, so ``strings`` turns the other way round: it makes them numbers.
    """
    told: Content = getattr(request.ctx, "content", {})
    if not told:
        return response
    content = _distorted(told, scripted)
    secret = {"forge": "forged", "unsigned": ""}.get(scripted.kind)
    bare = scripted.kind == "strings"
    return answer(request, content, response.status, secret=secret, bare=bare)


def _distorted(content: Content, scripted: Scripted) -> Content:
    behaviour = scripted.behaviour
    if scripted.kind == "status" and "status" in content:
        return {**content, "status": str(behaviour.get("status", "MYSTERY"))}
    field = "approvedAmount" if "approvedAmount" in content else "amount"
    field = str(behaviour.get("field", field))
    if scripted.kind == "wrong_amount" and field in content:
        return {**content, field: _wrong(str(content[field]), behaviour.get("amount"))}
    return content


def _wrong(amount: str, wanted: object) -> str:
    """The amount asked for, or one rupee more."""
    if wanted is None:
        return rupees_text((paise_of(amount) or 0) + 100)
    return rupees_text(paise_of(str(wanted)) or 0)
