"""``/customers``: created with the merchant's own id, read and changed by either id."""

from typing import Any
from urllib.parse import unquote

from sanic import HTTPResponse, Request

from payment_engine.mock.clock import iso
from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.model import CUSTOMER_FIELDS, Customer
from payment_engine.mock.juspay.state import Juspay, Owner, juspay_of
from payment_engine.mock.juspay.wire import answer, fields_of, paged, truthy

_MIN_REFERENCE_LENGTH = 8
_MANDATORY = ("mobile_number",)


async def create(request: Request) -> HTTPResponse:
    """``POST /customers``: an ``object_reference_id`` that is taken is refused as not unique."""
    juspay, fields = juspay_of(request), fields_of(request)
    reference = fields.get("object_reference_id", "")
    wrong = [name for name in _MANDATORY if not fields.get(name)]
    if len(reference) < _MIN_REFERENCE_LENGTH:
        wrong.insert(0, "object_reference_id")
    if wrong:
        raise errors.invalid_customer(*wrong)
    return answer(
        _customer_document(juspay, juspay.people.add(reference, _customer_fields(fields)), fields)
    )


async def read(request: Request, customer_id: str) -> HTTPResponse:
    """``GET /customers/{id}``, by Juspay's id or the merchant's."""
    juspay = juspay_of(request)
    return answer(
        _customer_document(juspay, juspay.people.one(unquote(customer_id)), fields_of(request))
    )


async def update(request: Request, customer_id: str) -> HTTPResponse:
    """``POST /customers/{id}``: what is named changes."""
    juspay, fields = juspay_of(request), fields_of(request)
    customer, told = juspay.people.one(unquote(customer_id)), _customer_fields(fields)
    if blank := [name for name in _MANDATORY if told.get(name) == ""]:
        raise errors.invalid_customer(*blank)
    customer.fields |= told
    customer.updated = juspay.world.clock.stamp()
    return answer(_customer_document(juspay, customer, fields))


async def list_customers(request: Request) -> HTTPResponse:
    """``GET /customers?count&offset``, newest first; only old clients know it."""
    juspay, fields = juspay_of(request), fields_of(request)
    shown = [_customer_document(juspay, each, {}) for each in juspay.people.listed()]
    return answer(paged(shown, fields))


def _customer_fields(fields: dict[str, str]) -> dict[str, str]:
    return {name: fields[name] for name in CUSTOMER_FIELDS if name in fields}


def _customer_document(juspay: Juspay, customer: Customer, asked: dict[str, str]) -> dict[str, Any]:
    content: dict[str, Any] = {
        "id": customer.id,
        "object": "customer",
        "object_reference_id": customer.reference,
        **{name: customer.fields.get(name, "") for name in CUSTOMER_FIELDS},
        "date_created": customer.created,
        "last_updated": customer.updated,
    }
    if truthy(asked.get("options.get_client_auth_token")):
        token = juspay.client_tokens.give(Owner(customer_id=customer.id))
        until = juspay.client_tokens.until(token)
        content["juspay"] = {
            "client_auth_token": token,
            "client_auth_token_expiry": iso(until) if until else "",
        }
    return content
