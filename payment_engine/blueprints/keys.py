"""Keys of people on call."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.domain import errors
from payment_engine.domain.requests.admin import ActIn
from payment_engine.domain.requests.keys import KeyIn
from payment_engine.services.documents.keys import KeyList, NewKeyOut
from payment_engine.services.documents.oncall import ActionOut
from payment_engine.services.oncall import key_actions

blueprint = Blueprint("keys")


@operation(
    blueprint,
    "GET",
    "/v1/admin/keys",
    summary="List the merchant's keys: whose they are, their roles and when they end",
    callers={"admin"},
    role="keys",
    answers={200: KeyList},
)
async def list_keys(call: ApiCall) -> KeyList:
    """The newest first; a key itself is stored nowhere."""
    return await key_actions.list_keys(call.engine, call.caller)


@operation(
    blueprint,
    "POST",
    "/v1/admin/keys",
    summary="Issue a key to a person on call",
    callers={"admin"},
    role="keys",
    body=KeyIn,
    answers={200: NewKeyOut},
)
async def create_key(call: ApiCall[KeyIn]) -> NewKeyOut:
    """With roles that the caller has as well. The answer is the only one that shows the key."""
    return await key_actions.create_key(call.engine, call.caller, call.body)


@operation(
    blueprint,
    "POST",
    "/v1/admin/keys/<key_id:str>/revoke",
    summary="Revoke a key",
    callers={"admin"},
    role="keys",
    body=ActIn,
    answers={200: ActionOut},
    errors=(errors.NotFound,),
)
async def revoke_key(call: ApiCall[ActIn]) -> ActionOut:
    """Every process refuses it within 15 seconds."""
    return await key_actions.revoke(call.engine, call.caller, call.path["key_id"], call.body)
