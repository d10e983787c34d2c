"""Resolving reviews: two people agree that what the gateway's reports do not explain is settled.

The first one proposes it, the second one carries it out by the same request. No status changes by
it. What is not decided yet is looked up again, and may be reviewed again.
"""

from datetime import timedelta
from typing import Literal

from payment_engine.db.models import AdminAction
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import NotInReview
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.requests.admin import ActIn
from payment_engine.engine import Engine
from payment_engine.services.documents.oncall import ActionOut
from payment_engine.services.lifecycle.read import check_sees, load_attempt, load_refund
from payment_engine.services.lifecycle.reviews import end_by_person, review_of
from payment_engine.services.oncall.audit import ActionRequest, Outcome, perform

_VALID = timedelta(hours=24)
"""How long a proposal waits for the second person."""


async def resolve_attempt(
    engine: Engine, caller: Caller, attempt_id: str, request: ActIn
) -> ActionOut:
    """Propose to end an attempt's review, or end it as somebody else proposed.

    Raises NotFound, NotInReview.
    """
    known = await load_attempt(engine, attempt_id)
    return await _resolve(engine, caller, known, attempt_id, "attempt.resolve", request)


async def resolve_refund(
    engine: Engine, caller: Caller, refund_id: str, request: ActIn
) -> ActionOut:
    """The same for a refund's review. Raises NotFound, NotInReview."""
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
    review = review_of(known, row_id)
    resolving = ActionRequest(
        action=action, subject=row_id, request=request, payment_id=known.payment.id
    )
    proposal = await _proposal(engine, caller, resolving, review)
    proposed_by = proposal.actor if proposal else None

    async def work() -> Outcome:
        if review is None:
            raise NotInReview
        if proposal is None:
            return {"review": review, "proposed": True, "next": "a second person does the same"}
        after = await end_by_person(engine, known, row_id)
        return {
            "before": review,
            "review": review_of(after, row_id),
            "proposed": False,
            "proposed_by": proposed_by,
        }

    preview = {"review": review, "proposed_by": proposed_by}
    return await perform(engine, caller, resolving, preview, work)


async def _proposal(
    engine: Engine, caller: Caller, resolving: ActionRequest, review: str | None
) -> AdminAction | None:
    """What another person proposed lately about this review, if nobody has carried it out yet."""
    rows = await AdminAction.filter(
        payment_id=resolving.payment_id,
        action=resolving.action,
        subject=resolving.subject,
        dry_run=False,
        at__gte=engine.now() - _VALID,
    ).order_by("-id")
    for row in rows:
        if row.outcome.get("proposed") is False:
            return None
        same = row.outcome.get("proposed") and row.outcome["review"] == review
        if same and row.actor != caller.actor:
            return row
    return None
