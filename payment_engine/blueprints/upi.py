"""UPI ids: whether one exists, and those that a customer keeps."""

from sanic import Blueprint, HTTPResponse

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.blueprints.schemas.upi import SavedVpaOut, VpaList, VpaVerdict
from payment_engine.domain import errors
from payment_engine.domain.requests.upi import SaveVpaIn, ValidateVpaIn
from payment_engine.services.access.idempotency import Answer
from payment_engine.services.instruments import upi, vpas

blueprint = Blueprint("upi")

_OWNERS = {"checkout", "customer"}
_ASKS = (errors.InvalidVpa, errors.TooManyRequests)


@operation(
    blueprint,
    "POST",
    "/v1/upi/validate",
    summary="Whether a UPI ID exists",
    callers=_OWNERS,
    body=ValidateVpaIn,
    answers={200: VpaVerdict},
    errors=_ASKS,
)
async def validate(came: ApiCall) -> Answer:
    """The name at the bank is shown to whoever typed the ID, and kept nowhere."""
    found = await upi.validated(came.engine, came.caller, came.body.vpa, came.ip)
    return Answer(200, found)


@operation(
    blueprint,
    "GET",
    "/v1/upi/vpas",
    summary="The customer's saved UPI IDs",
    callers=_OWNERS,
    answers={200: VpaList},
)
async def listing(came: ApiCall) -> Answer:
    """Masked, the last used first."""
    return Answer(200, {"vpas": await vpas.list_vpas(came.caller)})


@operation(
    blueprint,
    "POST",
    "/v1/upi/vpas",
    summary="Keep a UPI ID",
    callers=_OWNERS,
    body=SaveVpaIn,
    answers={201: SavedVpaOut, 200: SavedVpaOut},
    errors=(*_ASKS, errors.ConsentRequired, errors.UnknownVpa, errors.TooManySaved),
)
async def save(came: ApiCall) -> Answer:
    """Only with consent and only where it exists; 200 for one that is kept already."""
    client = came.body.client.at(came.ip)
    kept, new = await vpas.save_vpa(came.engine, came.caller, came.body, client)
    return Answer(201 if new else 200, kept)


@operation(
    blueprint,
    "DELETE",
    "/v1/upi/vpas/<vpa_id:str>",
    summary="Forget a UPI ID",
    callers=_OWNERS,
    answers={204: None},
    errors=(errors.NotFound,),
)
async def delete(came: ApiCall) -> HTTPResponse:
    """404 for one that is not there, or not this customer's."""
    await vpas.delete_vpa(came.caller, came.path["vpa_id"])
    return HTTPResponse(status=204)
