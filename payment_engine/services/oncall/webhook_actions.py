"""Reading refused notices again, now that a key of ours was put right (WHK-5)."""

from payment_engine.db.models import Quarantined
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import EngineError
from payment_engine.domain.requests.admin import ReverifyIn
from payment_engine.engine import Engine
from payment_engine.services.documents.oncall import ActionOut
from payment_engine.services.oncall.audit import ActionRequest, Outcome, act
from payment_engine.services.webhooks import receive


async def reverify(engine: Engine, caller: Caller, asked: ReverifyIn) -> ActionOut:
    """Verify the oldest again; what fits now is taken in as if it had come just now."""
    rows = Quarantined.filter(verified_at__isnull=True, gateway__in=list(engine.gateways))
    if asked.gateway:
        rows = rows.filter(gateway=asked.gateway)
    found = await rows.order_by("id").limit(asked.limit)
    deed = ActionRequest(
        action="quarantine.reverify", subject=asked.gateway or "every gateway", asked=asked
    )

    async def work() -> Outcome:
        taken = [row for row in found if await _taken(engine, row)]
        return {"checked": len(found), "verified": len(taken)}

    preview = {"checked": len(found), "would_verify": sum(_fits(engine, row) for row in found)}
    return await act(engine, caller, deed, preview, work)


def _fits(engine: Engine, row: Quarantined) -> bool:
    """Whether it verifies by what is at hand: nothing is fetched and nothing confirmed."""
    headers, body = receive.as_it_came(engine.sealer.open(row.sealed, row.id))
    try:
        engine.gateways[row.gateway].read_webhook(headers, body)
    except EngineError:
        return False
    return True


async def _taken(engine: Engine, row: Quarantined) -> bool:
    """Take it in where it verifies, unless it came by itself meanwhile."""
    came = engine.sealer.open(row.sealed, row.id)
    try:
        notice = await receive.read_again(engine, row.gateway, came)
    except EngineError:
        return False
    await receive.store(engine, row.gateway, notice, came)
    await Quarantined.filter(id=row.id).update(verified_at=engine.now())
    return True
