"""What people on call may set going: each asks for evidence, none says how it ended (OPS-6)."""

import asyncio
import re
import time

from payment_engine.db.models import Attempt, InboxWebhook, OutboxMessage, Refund
from payment_engine.domain.callers import Caller
from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.errors import BadSignature, NotFound, Unsupported
from payment_engine.domain.ids import is_id
from payment_engine.domain.requests.admin import ActIn, CustomerLimitsIn, SyncBatchIn
from payment_engine.domain.states import REFUND_UNDECIDED
from payment_engine.engine import Engine
from payment_engine.services.attempts import follow_up
from payment_engine.services.documents.oncall import ActionOut
from payment_engine.services.instruments.limits import set_limits
from payment_engine.services.oncall import audit, worklist
from payment_engine.services.oncall.audit import ActionRequest, Outcome, act
from payment_engine.services.payments import check_sees
from payment_engine.services.refunds import issue
from payment_engine.services.webhooks import receive

SOURCE = "admin"
CUSTOMER_REF = re.compile(r"[A-Za-z0-9_.@:-]{1,64}")
_PAUSE = 0.2
"""Seconds between two questions of a batch: five in a second at most (OPS-7)."""
_LONGEST = 40.0
"""Seconds after which a batch says where to go on, while its caller still waits."""
_ENOUGH_TO_JUDGE = 4


async def sync_attempt(engine: Engine, caller: Caller, attempt_id: str, asked: ActIn) -> ActionOut:
    """Ask the gateway about one attempt now, settled or not. Raises NotFound."""
    attempt = await _attempt(caller, attempt_id)
    deed = ActionRequest(
        action="attempt.sync", subject=attempt.id, asked=asked, payment_id=attempt.payment_id
    )
    preview = {"would_ask": attempt.gateway, "status": attempt.status}
    return await act(engine, caller, deed, preview, lambda: _asked_about(engine, attempt))


async def sync_attempts(engine: Engine, caller: Caller, asked: SyncBatchIn) -> ActionOut:
    """The same for the oldest of a kind, one by one; stops where half go unanswered (OPS-7)."""
    matching = await worklist.matching(engine, caller, asked, asked.limit)
    found = [attempt for attempt in matching if attempt.gateway in engine.gateways]
    deed = ActionRequest(action="attempts.sync", subject="attempts", asked=asked)
    preview = {"would_ask_about": [attempt.id for attempt in found]}

    async def work() -> Outcome:
        results: list[Outcome] = []
        until = time.monotonic() + _LONGEST
        for attempt in found:
            outcome = await _asked_about(engine, attempt)
            one = ActionRequest(
                action="attempt.sync",
                subject=attempt.id,
                asked=asked,
                payment_id=attempt.payment_id,
            )
            await audit.record(engine, caller, one, outcome)
            results.append({"attempt_id": attempt.id, **outcome})
            if _too_many_unanswered(results) or time.monotonic() > until:
                break
            await asyncio.sleep(_PAUSE)
        done = len(results)
        more = done < len(found) or len(found) == asked.limit
        return {
            "asked": done,
            "unanswered": sum(not one["answered"] for one in results),
            "moved": sum(one["before"] != one["after"] for one in results),
            "stopped": done < len(found),
            "next": found[done - 1].id if done and more else None,
            "results": results,
        }

    return await act(engine, caller, deed, preview, work)


async def replay_notice(engine: Engine, caller: Caller, notice_id: str, asked: ActIn) -> ActionOut:
    """Apply a stored notice once more, as if it had come just now. Raises NotFound."""
    row = await InboxWebhook.get_or_none(id=notice_id) if is_id("whk", notice_id) else None
    if row is None:
        raise NotFound
    attempt = await receive.attempt_named(engine, row)
    if attempt:
        check_sees(caller, attempt.payment)
    deed = ActionRequest(
        action="notice.replay",
        subject=row.id,
        asked=asked,
        payment_id=attempt.payment_id if attempt else None,
    )
    known = {
        "gateway": row.gateway,
        "kind": row.kind,
        "attempt_id": attempt.id if attempt else None,
    }

    async def work() -> Outcome:
        try:
            await receive.handle_notice(engine, row.id)
        except BadSignature:
            return {**known, "verified": False}
        return {**known, "verified": True}

    return await act(engine, caller, deed, known, work)


async def replay_delivery(
    engine: Engine, caller: Caller, message_id: str, asked: ActIn
) -> ActionOut:
    """Tell the order service once more, by the same id. Raises NotFound."""
    found = OutboxMessage.filter(id=message_id, merchant_id=caller.merchant_id)
    row = await found.first() if is_id("msg", message_id) else None
    if row is None:
        raise NotFound
    deed = ActionRequest(
        action="delivery.replay", subject=row.id, asked=asked, payment_id=row.payment_id
    )
    known = {"type": row.type, "sequence": row.sequence, "state": row.state}

    async def work() -> Outcome:
        again = {"state": "ready", "attempts": 0, "last_error": None, "delivered_at": None}
        await found.update(**again, run_at=engine.now(), lease_until=None)
        return {**known, "queued": True}

    return await act(engine, caller, deed, known, work)


async def retry_refund(engine: Engine, caller: Caller, refund_id: str, asked: ActIn) -> ActionOut:
    """Look a refund up, and send it once more where the gateway has none of this reference.

    The reference stays, so nothing is given back twice (RFD-1). Raises NotFound.
    """
    refund = await issue.read_refund(caller, refund_id)
    deed = ActionRequest(
        action="refund.retry", subject=refund.id, asked=asked, payment_id=refund.payment_id
    )
    before = refund.status

    attempt = await Attempt.get(id=refund.attempt_id)

    async def work() -> Outcome:
        _check_configured(engine, attempt.gateway)
        open_ = before in REFUND_UNDECIDED
        await issue.push_refund(engine, refund, first=False, source=SOURCE, send=open_)
        after = (await Refund.get(id=refund.id)).status
        return {"before": before, "after": after}

    preview = {"would_ask_about": refund.ref, "status": before}
    return await act(engine, caller, deed, preview, work)


async def limit_customer(
    engine: Engine, caller: Caller, customer_ref: str, asked: CustomerLimitsIn
) -> ActionOut:
    """Bound what a customer may pay from now on; what is paid already stays. Raises NotFound."""
    if not CUSTOMER_REF.fullmatch(customer_ref):
        raise NotFound
    deed = ActionRequest(action="customer.limit", subject=customer_ref, asked=asked)
    wanted = asked.limits.model_dump(exclude_none=True)
    customer = CustomerKey(caller.merchant_id, customer_ref)

    async def work() -> Outcome:
        return {"limits": await set_limits(engine, customer, asked.limits)}

    return await act(engine, caller, deed, {"limits": wanted}, work)


async def _asked_about(engine: Engine, attempt: Attempt) -> Outcome:
    before = attempt.status
    _check_configured(engine, attempt.gateway)
    after = await follow_up.look(engine, attempt, SOURCE)
    return {
        "gateway": attempt.gateway,
        "answered": after is not None,
        "before": before,
        "after": after.status if after else before,
    }


def _check_configured(engine: Engine, gateway: str) -> None:
    if gateway not in engine.gateways:
        raise Unsupported(f"{gateway} is no longer configured")


async def _attempt(caller: Caller, attempt_id: str) -> Attempt:
    found = Attempt.filter(id=attempt_id, payment__merchant_id=caller.merchant_id)
    row = await found.select_related("payment").first() if is_id("att", attempt_id) else None
    if row is None:
        raise NotFound
    return row


def _too_many_unanswered(results: list[Outcome]) -> bool:
    unanswered = sum(not one["answered"] for one in results)
    return len(results) >= _ENOUGH_TO_JUDGE and unanswered * 2 >= len(results)
