"""The brand of a merchant, as its own people on call set it."""

from payment_engine.domain.callers import Caller
from payment_engine.domain.requests.brand import BrandIn
from payment_engine.engine import Engine
from payment_engine.services.access.brands import store_brand
from payment_engine.services.documents.oncall import ActionOut
from payment_engine.services.oncall.audit import ActionRequest, Outcome, perform


async def set_brand(engine: Engine, caller: Caller, request: BrandIn) -> ActionOut:
    """Replace what the checkout shows of the merchant; the log has what was set."""
    action = ActionRequest(action="brand.set", subject=caller.merchant_id, request=request)
    given = request.model_fields_set - {"reason", "dry_run"}
    facts = {"set": sorted(name for name in given if getattr(request, name) is not None)}

    async def work() -> Outcome:
        await store_brand(engine, caller.merchant_id, request)
        return facts

    return await perform(engine, caller, action, facts, work)
