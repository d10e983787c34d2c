"""UPI IDs: whether one exists, and those that a customer has saved."""

from sanic import Blueprint, HTTPResponse

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.domain import errors
from payment_engine.domain.requests import sizes
from payment_engine.domain.requests.upi import SaveVpaIn, ValidateVpaIn
from payment_engine.services.access.idempotency import Answer
from payment_engine.services.documents.instruments import SavedVpaOut, VpaList, VpaVerdict
from payment_engine.services.instruments import upi, vpas

blueprint = Blueprint("upi")

_OWNERS = {"checkout", "customer"}
_VERIFYING = (errors.InvalidVpa, errors.TooManyRequests)


@operation(
    blueprint,
    "POST",
    "/v1/upi/validate",
    summary="Check whether a UPI ID exists",
    callers=_OWNERS,
    body=ValidateVpaIn,
    answers={200: VpaVerdict},
    errors=_VERIFYING,
)
async def validate_vpa(call: ApiCall[ValidateVpaIn]) -> VpaVerdict:
    """The name at the bank is shown to whoever typed the ID, and never stored."""
    return await upi.validate_vpa(call.engine, call.caller, call.body.vpa, call.ip)


@operation(
    blueprint,
    "GET",
    "/v1/upi/vpas",
    summary="List the customer's saved UPI IDs",
    callers=_OWNERS,
    answers={200: VpaList},
)
async def list_vpas(call: ApiCall) -> VpaList:
    """Masked, the last used first."""
    return {"vpas": await vpas.list_vpas(call.caller.customer)}


@operation(
    blueprint,
    "POST",
    "/v1/upi/vpas",
    summary="Save a UPI ID",
    callers=_OWNERS,
    body=SaveVpaIn,
    max_body=sizes.DEVICE,
    answers={201: SavedVpaOut, 200: SavedVpaOut},
    errors=(*_VERIFYING, errors.ConsentRequired, errors.UnknownVpa, errors.TooManySaved),
)
async def save_vpa(call: ApiCall[SaveVpaIn]) -> Answer:
    """Requires the customer's consent, and that the ID exists; 200 if it is saved already."""
    client = call.body.client.at(call.ip)
    vpa, new = await vpas.save_vpa(call.engine, call.caller, call.body, client)
    return Answer.created(vpa) if new else Answer.done(vpa)


@operation(
    blueprint,
    "DELETE",
    "/v1/upi/vpas/<vpa_id:str>",
    summary="Delete a saved UPI ID",
    callers=_OWNERS,
    answers={204: None},
    errors=(errors.NotFound,),
)
async def delete_vpa(call: ApiCall) -> HTTPResponse:
    """404 for an unknown ID and for one that belongs to another customer."""
    await vpas.delete_vpa(call.caller.customer, call.path["vpa_id"])
    return HTTPResponse(status=204)
