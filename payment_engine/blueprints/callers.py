"""Authentication: which caller a request's credential belongs to."""

from sanic import Request

from payment_engine import logs
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import Forbidden, Unauthenticated
from payment_engine.engine import Engine
from payment_engine.services.access.keys import KeyRing
from payment_engine.services.access.people import read_person
from payment_engine.services.access.tokens import read_customer_token, read_payment_token

NOBODY = Caller(kind="service", merchant_id="")
"""The caller of a route that needs no credential."""


async def authenticate(engine: Engine, request: Request, kinds: frozenset[str]) -> Caller:
    """The caller; raises Unauthenticated, or Forbidden for one of another kind."""
    if not kinds:
        return NOBODY
    scheme, _, spaced = request.headers.get("authorization", "").partition(" ")
    credential = spaced.strip()
    if scheme.lower() != "bearer" or not credential or not credential.isascii():
        raise Unauthenticated("send Authorization: Bearer and a key or token")
    if credential.startswith(("pk_", "ak_")):
        keys: KeyRing = request.app.ctx.keys
        caller = await keys.caller(credential, engine.now())
    else:
        caller = read_payment_token(engine, credential) or (
            await _person(engine, request, credential)
            if "admin" in kinds
            else await _customer(engine, request, credential)
        )
    if caller.kind not in kinds:
        raise Forbidden(f"this route is for: {', '.join(sorted(kinds))}")
    if caller.payment_id:
        logs.bind(payment=caller.payment_id)
    return caller


async def _person(engine: Engine, request: Request, token: str) -> Caller:
    """A person on call, by a token of the identity provider; else a customer, who may not."""
    keys: KeyRing = request.app.ctx.keys
    return await read_person(engine, keys, token) or await _customer(engine, request, token)


async def _customer(engine: Engine, request: Request, token: str) -> Caller:
    """A customer, by a token that the shop has signed."""
    named, customer_ref = read_customer_token(engine, token)
    keys: KeyRing = request.app.ctx.keys
    merchant_id = await keys.merchant(named)
    return Caller(kind="customer", merchant_id=merchant_id, customer_ref=customer_ref)
