"""Reads control calls, JSON from programs and forms from the control page, and answers them."""

from typing import Any

from sanic import HTTPResponse, Request
from sanic.response import json, redirect

from payment_engine.mock.form import form_of
from payment_engine.mock.imitation import ImitatedAccount, Impossible
from payment_engine.mock.state import Mock

PAGE = "/control"


class NotFound(Impossible):
    """What was named does not exist."""


def body_of(request: Request) -> dict[str, Any]:
    """The JSON object or the form of a request; without the blank fields of a form.

    Raises Impossible.
    """
    if is_form(request):
        return {name: text.strip() for name, text in form_of(request).items() if text.strip()}
    content = request.json if request.body else {}
    if not isinstance(content, dict):
        raise Impossible("the body is a JSON object")
    return content


def is_form(request: Request) -> bool:
    """Whether a page's form was posted."""
    return "form" in (request.content_type or "")


def wants_page(request: Request) -> bool:
    """Whether the client is a browser."""
    return "text/html" in request.headers.get("accept", "")


def respond(request: Request, content: Any, status: int = 200) -> HTTPResponse:
    """JSON, or for a browser a redirect back to the page."""
    if is_form(request) or wants_page(request):
        return redirect(PAGE, status=303)
    return json(content, status=status)


def gateway_of(mock: Mock, name: object) -> ImitatedAccount:
    """The account at a gateway. Raises NotFound."""
    if found := mock.gateways.get(str(name)):
        return found
    raise NotFound(f"gateways are {', '.join(mock.gateways)}")


def find_order(
    mock: Mock, order_id: str, gateway: str | None = None
) -> tuple[ImitatedAccount, dict[str, Any]]:
    """The account that has an order, and the order as JSON; of the first gateway unless one is
    named. Raises NotFound.
    """
    for account in [gateway_of(mock, gateway)] if gateway else mock.gateways.values():
        if document := account.order_document(order_id):
            return account, document
    raise NotFound(f"no gateway knows an order {order_id}")
