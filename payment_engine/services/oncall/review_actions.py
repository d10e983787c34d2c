"""Resolving reviews: a person settled what the gateway's reports do not explain.

No status changes by it. What is not decided yet is looked up again, and may be reviewed again.
"""

from typing import Literal

from payment_engine.domain.callers import Caller
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.requests.admin import ActIn
from payment_engine.engine import Engine
from payment_engine.services.documents.oncall import ActionOut
from payment_engine.services.lifecycle.read import check_sees, load_attempt, load_refund
from payment_engine.services.lifecycle.reviews import end_by_person, review_of
from payment_engine.services.oncall.audit import ActionRequest, Outcome, perform


async def resolve_attempt(
    engine: Engine, caller: Caller, attempt_id: str, request: ActIn
) -> ActionOut:
    """End an attempt's review. Raises NotFound, NotInReview."""
    known = await load_attempt(engine, attempt_id)
    return await _resolve(engine, caller, known, attempt_id, "attempt.resolve", request)


async def resolve_refund(
    engine: Engine, caller: Caller, refund_id: str, request: ActIn
) -> ActionOut:
    """End a refund's review. Raises NotFound, NotInReview."""
    known = await load_refund(engine, refund_id)
    return await _resolve(engine, caller, known, refund_id, "refund.resolve", request)


async def _resolve(
    engine: Engine,
    caller: Caller,
    known: Snapshot,
    row_id: str,
    action: Literal["attempt.resolve", "refund.resolve"],
    request: ActIn,
) -> ActionOut:
    check_sees(caller, known.payment)
    preview = {"review": review_of(known, row_id)}

    async def work() -> Outcome:
        after = await end_by_person(engine, known, row_id)
        return {"before": preview["review"], "review": review_of(after, row_id)}

    resolving = ActionRequest(
        action=action, subject=row_id, request=request, payment_id=known.payment.id
    )
    return await perform(engine, caller, resolving, preview, work)
