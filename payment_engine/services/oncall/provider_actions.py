"""Banks, UPI apps and wallets that people on call declare down or up again.

It is the same mark that the service sets by itself: customers see it where they choose, one attempt
every few seconds probes it, and the first success ends it.
"""

from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import NotFound
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.requests.admin import ProviderIn
from payment_engine.engine import Engine
from payment_engine.services.documents.oncall import ActionOut
from payment_engine.services.oncall.audit import ActionRequest, Outcome, perform
from payment_engine.services.routing.breakers import refresh_routes
from payment_engine.services.routing.downtimes import is_provider


async def set_provider(
    engine: Engine, caller: Caller, method: str, name: str, request: ProviderIn
) -> ActionOut:
    """Declare a bank, app or wallet down for a method, or up again. Raises NotFound."""
    if method not in set(Method) or not is_provider(engine, name):
        raise NotFound
    provider = (Method(method), name)
    await refresh_routes(engine)
    before = provider in engine.routes.state.downtimes
    action = ActionRequest(action="provider.set", subject=f"{method}/{name}", request=request)
    facts = {"before": {"down": before}, "after": {"down": request.down}}

    async def work() -> Outcome:
        move = engine.work.begin_downtime if request.down else engine.work.end_downtime
        changed = await move(provider, engine.now())
        await refresh_routes(engine)
        return {**facts, "changed": changed}

    return await perform(engine, caller, action, facts, work)
