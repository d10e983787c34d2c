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
    """``POST /customers``: an ``object_reference_id`` that exists is refused."""
    juspay = juspay_of(request)
    fields = fields_of(request)
    reference = fields.get("object_reference_id", "")
    invalid = [name for name in _MANDATORY if not fields.get(name)]
    if len(reference) < _MIN_REFERENCE_LENGTH:
        invalid.insert(0, "object_reference_id")
    if invalid:
        raise errors.invalid_customer(*invalid)
    customer = juspay.customers.add(reference, _customer_fields(fields))
    return answer(_customer_document(juspay, customer, fields))


async def read(request: Request, customer_id: str) -> HTTPResponse:
    """``GET /customers/{id}``, by Juspay's id or the merchant's."""
    juspay = juspay_of(request)
    customer = juspay.customers.get(unquote(customer_id))
    return answer(_customer_document(juspay, customer, fields_of(request)))


async def update(request: Request, customer_id: str) -> HTTPResponse:
    """``POST /customers/{id}``: only the fields sent change."""
    juspay = juspay_of(request)
    fields = fields_of(request)
    customer = juspay.customers.get(unquote(customer_id))
    changes = _customer_fields(fields)
    if blank := [name for name in _MANDATORY if changes.get(name) == ""]:
        raise errors.invalid_customer(*blank)
    customer.fields |= changes
    customer.updated = juspay.world.clock.stamp()
    return answer(_customer_document(juspay, customer, fields))


async def list_customers(request: Request) -> HTTPResponse:
    """``GET /customers?count&offset``, newest first; only old clients call it."""
    juspay = juspay_of(request)
    fields = fields_of(request)
    documents = [_customer_document(juspay, each, {}) for each in juspay.customers.newest_first()]
    return answer(paged(documents, fields))


def _customer_fields(fields: dict[str, str]) -> dict[str, str]:
    return {name: fields[name] for name in CUSTOMER_FIELDS if name in fields}


def _customer_document(
    juspay: Juspay, customer: Customer, fields: dict[str, str]
) -> dict[str, Any]:
    content: dict[str, Any] = {
        "id": customer.id,
        "object": "customer",
        "object_reference_id": customer.reference,
        **{name: customer.fields.get(name, "") for name in CUSTOMER_FIELDS},
        "date_created": customer.created,
        "last_updated": customer.updated,
    }
    if truthy(fields.get("options.get_client_auth_token")):
        token = juspay.client_tokens.issue(Owner(customer_id=customer.id))
        expiry = juspay.client_tokens.expiry(token)
        content["juspay"] = {
            "client_auth_token": token,
            "client_auth_token_expiry": iso(expiry) if expiry else "",
        }
    return content
