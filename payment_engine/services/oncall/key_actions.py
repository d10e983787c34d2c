"""Keys of people: listed, issued and revoked by those who have the role for it.

Nobody gives a role that they do not have themselves, so a merchant's people stay within it.
"""

from collections.abc import Iterable
from datetime import timedelta

from payment_engine.db.models import ApiKey
from payment_engine.domain.callers import PLATFORM, ROLES, Caller
from payment_engine.domain.errors import Forbidden, NotFound
from payment_engine.domain.ids import is_id
from payment_engine.domain.requests.admin import ActIn
from payment_engine.domain.requests.keys import KeyIn
from payment_engine.engine import Engine
from payment_engine.services.access.keys import Grant, issue_key, keys_of, revoke_key
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.keys import KeyList, NewKeyOut, key_document
from payment_engine.services.documents.oncall import ActionOut
from payment_engine.services.oncall.audit import ActionRequest, Outcome, perform


async def list_keys(engine: Engine, caller: Caller) -> KeyList:
    """The keys of the caller's merchant, those of its order service too."""
    return {"keys": [key_document(row) for row in await keys_of(engine, caller.merchant_id)]}


async def create_key(engine: Engine, caller: Caller, request: KeyIn) -> NewKeyOut:
    """Issue a key to a person; raises Forbidden for roles that the caller does not have."""
    _check_has(caller, request.roles)
    grant = Grant(
        merchant_id=caller.merchant_id,
        roles=[role for role in ROLES if role in request.roles],
        person=request.person,
        expires_at=engine.now() + timedelta(days=request.days),
        created_by=caller.actor,
    )
    key_id, new = engine.new_id("key"), None
    action = ActionRequest(action="key.create", subject=key_id, request=request)
    facts = {
        "person": grant.person,
        "roles": grant.roles,
        "expires_at": format_time(grant.expires_at),
    }

    async def work() -> Outcome:
        nonlocal new
        _, new = await issue_key(engine, grant, key_id)
        return facts

    done = await perform(engine, caller, action, facts, work)
    return {**done, "key": new}


async def revoke(engine: Engine, caller: Caller, key_id: str, request: ActIn) -> ActionOut:
    """Revoke a key of the caller's merchant. Raises NotFound; Forbidden for a key of the platform's
    people, from anybody else."""
    own = ApiKey.filter(id=key_id, merchant_id=caller.merchant_id)
    row = await own.first() if is_id("key", key_id) else None
    if row is None:
        raise NotFound
    _check_has(caller, {PLATFORM} & set(row.roles.split()))
    action = ActionRequest(action="key.revoke", subject=key_id, request=request)
    facts = {"person": row.person, "revoked_before": format_time(row.revoked_at)}

    async def work() -> Outcome:
        await revoke_key(engine, key_id)
        return facts

    return await perform(engine, caller, action, facts, work)


def _check_has(caller: Caller, roles: Iterable[str]) -> None:
    if missing := sorted(set(roles) - caller.roles):
        raise Forbidden(f"this takes a key with the role {' and the role '.join(missing)}")
