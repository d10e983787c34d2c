"""How a customer prefers to pay, and exporting or erasing everything stored about them."""

from urllib.parse import unquote

from sanic import Blueprint, HTTPResponse

from payment_engine.blueprints.operation import ETAG, IF_MATCH, ApiCall, as_json, operation
from payment_engine.domain import errors
from payment_engine.domain.customer import CustomerKey, is_customer_ref
from payment_engine.domain.requests.client import ClientIn
from payment_engine.domain.requests.config import ConfigIn
from payment_engine.services.documents.customer import ConfigOut, ExportOut
from payment_engine.services.instruments import customer_data, preferences

blueprint = Blueprint("user-config")

_PATH = "/v1/user-config"
_OWNERS = {"checkout", "customer"}
_GUARDED = (errors.PreconditionRequired, errors.PreconditionFailed)


@operation(
    blueprint,
    "GET",
    _PATH,
    summary="Read user config",
    callers=_OWNERS,
    answers={200: ConfigOut},
    gives=(ETAG,),
)
async def read_config(call: ApiCall) -> HTTPResponse:
    """With the consents, their history, and the limits that on-call staff have set."""
    return _with_etag(*await preferences.read_config(call.caller.customer))


@operation(
    blueprint,
    "PUT",
    _PATH,
    summary="Replace user config",
    callers=_OWNERS,
    body=ConfigIn,
    answers={200: ConfigOut},
    errors=_GUARDED,
    takes=(IF_MATCH,),
    gives=(ETAG,),
)
async def replace_config(call: ApiCall[ConfigIn]) -> HTTPResponse:
    """If-Match has the version that was read; what is left out gets its default."""
    return await _change(call, whole=True)


@operation(
    blueprint,
    "PATCH",
    _PATH,
    summary="Update user config",
    callers=_OWNERS,
    body=ConfigIn,
    answers={200: ConfigOut},
    errors=_GUARDED,
    takes=(IF_MATCH,),
    gives=(ETAG,),
)
async def update_config(call: ApiCall[ConfigIn]) -> HTTPResponse:
    """A merge patch (RFC 7396) with If-Match; withdrawing a consent deletes what it allowed."""
    return await _change(call, whole=False)


@operation(
    blueprint,
    "GET",
    "/v1/customers/<customer_ref:str>/export",
    summary="Export a customer's data",
    callers={"service"},
    answers={200: ExportOut},
)
async def export_customer(call: ApiCall) -> HTTPResponse:
    """For the customer's own eyes: encrypted fields are decrypted."""
    exported = await customer_data.export_customer(call.engine, _customer(call))
    return as_json(exported, headers={"Cache-Control": "no-store"})


@operation(
    blueprint,
    "DELETE",
    "/v1/customers/<customer_ref:str>",
    summary="Erase a customer's data",
    callers={"service"},
    answers={204: None},
)
async def erase_customer(call: ApiCall) -> HTTPResponse:
    """Payments remain, as the law requires; repeating the call is harmless."""
    await customer_data.erase_customer(call.engine, _customer(call))
    return HTTPResponse(status=204)


def _customer(call: ApiCall) -> CustomerKey:
    """The customer in the path; raises NotFound for what cannot be a customer's reference."""
    ref = unquote(call.path["customer_ref"])
    if not is_customer_ref(ref):
        raise errors.NotFound
    return CustomerKey(call.caller.merchant_id, ref)


async def _change(call: ApiCall[ConfigIn], *, whole: bool) -> HTTPResponse:
    client = ClientIn(user_agent=None).at(call.ip)
    if_match = call.request.headers.get("if-match")
    return _with_etag(
        *await preferences.change_config(
            call.engine, call.caller.customer, call.body, if_match, client, whole=whole
        )
    )


def _with_etag(config: ConfigOut, version: int) -> HTTPResponse:
    return as_json(config, headers={"ETag": f'"{version}"', "Cache-Control": "no-store"})
