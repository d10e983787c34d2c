"""How a customer likes to pay, and all that is kept of them."""

from urllib.parse import unquote

from sanic import Blueprint, HTTPResponse

from payment_engine.blueprints.operation import ApiCall, as_json, operation
from payment_engine.blueprints.schemas.config import ConfigOut, ExportOut
from payment_engine.domain import errors
from payment_engine.domain.callers import is_customer_ref
from payment_engine.domain.requests.config import ConfigIn
from payment_engine.domain.requests.payments import ClientIn
from payment_engine.services.access.idempotency import Answer
from payment_engine.services.instruments import customers, preferences

blueprint = Blueprint("user-config")

_PATH = "/v1/user-config"
_OWNERS = {"checkout", "customer"}
_GUARDED = (errors.PreconditionRequired, errors.PreconditionFailed)


@operation(
    blueprint,
    "GET",
    _PATH,
    summary="How the customer likes to pay",
    callers=_OWNERS,
    answers={200: ConfigOut},
)
async def read(came: ApiCall) -> HTTPResponse:
    """With the consents, their history, and the limits that people on call set."""
    return _tagged(*await preferences.read_config(preferences.owner_of(came.caller)))


@operation(
    blueprint,
    "PUT",
    _PATH,
    summary="Replace it",
    callers=_OWNERS,
    body=ConfigIn,
    answers={200: ConfigOut},
    errors=_GUARDED,
)
async def replace(came: ApiCall) -> HTTPResponse:
    """If-Match names the version that was read; what is left out goes back to its default."""
    return await _change(came, whole=True)


@operation(
    blueprint,
    "PATCH",
    _PATH,
    summary="Change parts of it",
    callers=_OWNERS,
    body=ConfigIn,
    answers={200: ConfigOut},
    errors=_GUARDED,
)
async def merge(came: ApiCall) -> HTTPResponse:
    """A merge patch (RFC 7396) under If-Match; a consent taken back lets go of what it kept."""
    return await _change(came, whole=False)


@operation(
    blueprint,
    "GET",
    "/v1/customers/<customer_ref:str>/export",
    summary="Everything that is held of a customer",
    callers={"service"},
    answers={200: ExportOut},
)
async def export(came: ApiCall) -> HTTPResponse:
    """For the customer's own eyes: sealed things are opened."""
    ref = _named(came)
    found = await customers.export_customer(came.engine, came.caller.merchant_id, ref)
    return as_json(Answer(200, found), {"Cache-Control": "no-store"})


@operation(
    blueprint,
    "DELETE",
    "/v1/customers/<customer_ref:str>",
    summary="Let go of all that a customer keeps",
    callers={"service"},
    answers={204: None},
)
async def erase(came: ApiCall) -> HTTPResponse:
    """Payments stay, as the law has it; again is the same."""
    await customers.erase_customer(came.engine, came.caller.merchant_id, _named(came))
    return HTTPResponse(status=204)


def _named(came: ApiCall) -> str:
    """The customer that the path names; raises NotFound where nobody can be called so."""
    ref = unquote(came.path["customer_ref"])
    if not is_customer_ref(ref):
        raise errors.NotFound
    return ref


async def _change(came: ApiCall, *, whole: bool) -> HTTPResponse:
    client = ClientIn(user_agent=None).at(came.ip)
    seen = came.request.headers.get("if-match")
    return _tagged(
        *await preferences.change_config(
            came.engine, came.caller, came.body, seen, client, whole=whole
        )
    )


def _tagged(document: dict[str, object], version: int) -> HTTPResponse:
    headers = {"ETag": f'"{version}"', "Cache-Control": "no-store"}
    return as_json(Answer(200, document), headers)
