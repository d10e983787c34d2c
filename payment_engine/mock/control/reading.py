"""What control calls say: JSON from programs, forms from the control page."""

from typing import Any

from sanic import HTTPResponse, Request
from sanic.response import json, redirect

from payment_engine.mock.form import form_of
from payment_engine.mock.imitation import ImitatedAccount, Impossible
from payment_engine.mock.state import Mock

PAGE = "/control"


class Unknown(Impossible):
    """Nobody here knows what was named."""


def body_of(request: Request) -> dict[str, Any]:
    """The JSON object or the form that was sent; blank fields of a form are left out.

    Raises Impossible.
    """
    if is_form(request):
        return {name: text.strip() for name, text in form_of(request).items() if text.strip()}
    content = request.json if request.body else {}
    if not isinstance(content, dict):
        raise Impossible("the body is a JSON object")
    return content


def is_form(request: Request) -> bool:
    """Whether it was sent from a page's form."""
    return "form" in (request.content_type or "")


def wants_page(request: Request) -> bool:
    """Whether a browser asks."""
    return "text/html" in request.headers.get("accept", "")


def done(request: Request, content: Any, status: int = 200) -> HTTPResponse:
    """The answer: JSON, or back to the page for a person."""
    if is_form(request) or wants_page(request):
        return redirect(PAGE, status=303)
    return json(content, status=status)


def gateway_of(mock: Mock, name: object) -> ImitatedAccount:
    """A gateway by its name. Raises Unknown."""
    if found := mock.gateways.get(str(name)):
        return found
    raise Unknown(f"gateways are {', '.join(mock.gateways)}")


def found_order(
    mock: Mock, order_id: str, gateway: str | None = None
) -> tuple[ImitatedAccount, dict[str, Any]]:
    """An order and the gateway that has it, the first of them unless named. Raises Unknown."""
    for each in [gateway_of(mock, gateway)] if gateway else mock.gateways.values():
        if truth := each.truth(order_id):
            return each, truth
    raise Unknown(f"no gateway knows an order {order_id}")
