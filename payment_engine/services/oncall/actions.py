"""Actions on deliveries, refunds and customers. No action sets the outcome of a payment."""

from payment_engine.db.models import OutboxMessage
from payment_engine.domain.callers import Caller
from payment_engine.domain.customer import CustomerKey, is_customer_ref
from payment_engine.domain.errors import NotFound
from payment_engine.domain.events import Source
from payment_engine.domain.ids import is_id
from payment_engine.domain.requests.admin import ActIn, CustomerLimitsIn
from payment_engine.domain.states import REFUND_UNDECIDED
from payment_engine.engine import Engine
from payment_engine.services.documents.oncall import LIMIT_CUSTOMER, ActionOut
from payment_engine.services.instruments.limits import set_limits
from payment_engine.services.oncall.audit import ActionRequest, Outcome, perform
from payment_engine.services.refunds import issue
from payment_engine.services.routing.configured import configured_gateway


async def replay_delivery(
    engine: Engine, caller: Caller, message_id: str, request: ActIn
) -> ActionOut:
    """Send a message to the order service again, with the same id. Raises NotFound."""
    message = OutboxMessage.filter(id=message_id, merchant_id=caller.merchant_id)
    row = await message.first() if is_id("msg", message_id) else None
    if row is None:
        raise NotFound
    action = ActionRequest(
        action="delivery.replay", subject=row.id, request=request, payment_id=row.payment_id
    )
    facts = {"type": row.type, "sequence": row.sequence, "state": row.state}

    async def work() -> Outcome:
        await message.update(**ready_again(engine))
        return {**facts, "queued": True}

    return await perform(engine, caller, action, facts, work)


def ready_again(engine: Engine) -> dict[str, object]:
    """The columns of a message that is to be sent as if for the first time."""
    anew = {"state": "ready", "attempts": 0, "last_error": None, "delivered_at": None}
    return {**anew, "run_at": engine.now(), "lease_until": None}


async def retry_refund(engine: Engine, caller: Caller, refund_id: str, request: ActIn) -> ActionOut:
    """Look a refund up, and send it again if the gateway has none of this reference.

    The reference is the same, so nothing is refunded twice. Raises NotFound.
    """
    known = await issue.read_refund(engine, caller, refund_id)
    refund = known.refund(refund_id)
    gateway, before = known.attempt(refund.attempt_id).gateway, refund.status
    action = ActionRequest(
        action="refund.retry", subject=refund.id, request=request, payment_id=refund.payment_id
    )

    async def work() -> Outcome:
        configured_gateway(engine, gateway)
        undecided = before in REFUND_UNDECIDED
        changed = await issue.push_refund(
            engine, known, refund.id, source=Source.ADMIN, send=undecided
        )
        after = changed.snapshot.refund(refund.id).status if changed else before
        return {"before": before, "after": after, "answered": changed is not None}

    preview = {"would_ask_about": refund.ref, "status": before}
    return await perform(engine, caller, action, preview, work)


async def limit_customer(
    engine: Engine, caller: Caller, customer_ref: str, request: CustomerLimitsIn
) -> ActionOut:
    """Limit what a customer may pay from now on. Raises NotFound for a malformed reference."""
    if not is_customer_ref(customer_ref):
        raise NotFound
    customer = CustomerKey(caller.merchant_id, customer_ref)
    action = ActionRequest(action=LIMIT_CUSTOMER, subject=customer_ref, request=request)
    preview = {"limits": request.limits.model_dump(exclude_none=True)}

    async def work() -> Outcome:
        return {"limits": await set_limits(engine, customer, request.limits)}

    return await perform(engine, caller, action, preview, work)
