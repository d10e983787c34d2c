"""Processing stored webhooks again, and verifying quarantined ones after a key was corrected."""

from payment_engine.db.models import InboxWebhook, Quarantined
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import BadSignature, EngineError, NotFound
from payment_engine.domain.ids import is_id
from payment_engine.domain.requests.admin import ActIn, ReverifyIn
from payment_engine.engine import Engine
from payment_engine.services.documents.oncall import ActionOut
from payment_engine.services.lifecycle.read import check_sees
from payment_engine.services.oncall.audit import ActionRequest, Outcome, perform
from payment_engine.services.webhooks import inbox
from payment_engine.services.webhooks.record import record_event


async def replay_webhook(
    engine: Engine, caller: Caller, webhook_id: str, request: ActIn
) -> ActionOut:
    """Process a stored webhook again, as if it had just arrived. Raises NotFound, also for one that
    names no payment of the caller's merchant, but to the platform's people."""
    row = await InboxWebhook.get_or_none(id=webhook_id) if is_id("whk", webhook_id) else None
    if row is None:
        raise NotFound
    named = await inbox.payment_named_by(engine, row)
    if named:
        check_sees(caller, named[0].payment)
    elif not caller.for_platform:
        raise NotFound
    attempt = named[1] if named else None
    action = ActionRequest(
        action="notice.replay",
        subject=row.id,
        request=request,
        payment_id=attempt.payment_id if attempt else None,
    )
    facts = {
        "gateway": row.gateway,
        "kind": row.kind,
        "attempt_id": attempt.id if attempt else None,
    }

    async def work() -> Outcome:
        try:
            await inbox.handle_webhook(engine, row.id)
        except BadSignature:
            return {**facts, "verified": False}
        return {**facts, "verified": True}

    return await perform(engine, caller, action, facts, work)


async def reverify(engine: Engine, caller: Caller, request: ReverifyIn) -> ActionOut:
    """Verify the oldest quarantined webhooks again; those that verify now are processed."""
    rows = Quarantined.filter(verified_at__isnull=True, gateway__in=list(engine.gateways))
    if request.gateway:
        rows = rows.filter(gateway=request.gateway)
    found = await rows.order_by("id").limit(request.limit)
    subject = request.gateway or "every gateway"
    action = ActionRequest(action="quarantine.reverify", subject=subject, request=request)

    async def work() -> Outcome:
        accepted = [row for row in found if await accept(engine, row)]
        return {"checked": len(found), "verified": len(accepted)}

    preview = {
        "checked": len(found),
        "would_verify": sum(_verifies(engine, row) for row in found),
    }
    return await perform(engine, caller, action, preview, work)


def _verifies(engine: Engine, row: Quarantined) -> bool:
    """Whether a webhook verifies with what we have; no certificate or status is fetched."""
    headers, body = inbox.unpacked(engine.sealer.open(row.sealed, row.id))
    try:
        engine.gateways[row.gateway].read_webhook(headers, body)
    except EngineError:
        return False
    return True


async def accept(engine: Engine, row: Quarantined) -> bool:
    """Verify a webhook and store it for processing, unless it arrived again meanwhile."""
    sealable = engine.sealer.open(row.sealed, row.id)
    try:
        event = await inbox.read_again(engine, row.gateway, sealable)
    except EngineError:
        return False
    receipt = inbox.new_receipt(engine, row.gateway, event, sealable)
    await inbox.store_webhook(engine, receipt)
    _, body = inbox.unpacked(sealable)
    gateway = engine.gateways[row.gateway]
    record_event(engine, gateway, body, event, receipt.id, again=True)
    await Quarantined.filter(id=row.id).update(verified_at=engine.now())
    return True
