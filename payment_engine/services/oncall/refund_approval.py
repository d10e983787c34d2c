"""Refunds above the limit: a second person approves or rejects each."""

from collections.abc import Awaitable, Callable
from typing import Literal

from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import EngineError
from payment_engine.domain.payment import Refund, Snapshot
from payment_engine.domain.refund_approval import check_decidable
from payment_engine.domain.requests.admin import ActIn
from payment_engine.engine import Engine
from payment_engine.services.documents.oncall import ActionOut
from payment_engine.services.oncall.audit import ActionRequest, Outcome, perform
from payment_engine.services.refunds import approval
from payment_engine.services.refunds.issue import read_refund

_Decide = Callable[[Engine, Snapshot, str, str | None], Awaitable[Snapshot]]


async def approve_refund(
    engine: Engine, caller: Caller, refund_id: str, request: ActIn
) -> ActionOut:
    """Send a refund that waits. Raises NotFound, and what ``approval.approve`` raises."""
    return await _decide(engine, caller, refund_id, request, "refund.approve", approval.approve)


async def reject_refund(
    engine: Engine, caller: Caller, refund_id: str, request: ActIn
) -> ActionOut:
    """End a refund that waits. Raises NotFound, and what ``approval.reject`` raises."""
    return await _decide(engine, caller, refund_id, request, "refund.reject", approval.reject)


async def _decide(
    engine: Engine,
    caller: Caller,
    refund_id: str,
    request: ActIn,
    action: Literal["refund.approve", "refund.reject"],
    decide: _Decide,
) -> ActionOut:
    known = await read_refund(engine, caller, refund_id)
    refund = known.refund(refund_id)
    deciding = ActionRequest(
        action=action, subject=refund_id, request=request, payment_id=refund.payment_id
    )
    facts = {"amount": refund.amount, "requested_by": refund.requested_by, "before": refund.status}

    async def work() -> Outcome:
        after = await decide(engine, known, refund_id, caller.actor)
        return {**facts, "after": after.refund(refund_id).status}

    preview = {**facts, "refused": _refusal(refund, caller)}
    return await perform(engine, caller, deciding, preview, work)


def _refusal(refund: Refund, caller: Caller) -> str | None:
    """The code of the error by which the caller may not decide about it."""
    try:
        check_decidable(refund, caller.actor)
    except EngineError as error:
        return error.code
    return None
