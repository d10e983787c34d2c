"""Customers who return from a gateway's page: sent on, and their charge is polled at once."""

from collections.abc import Mapping
from urllib.parse import urlencode

import structlog

from payment_engine import metrics
from payment_engine.domain.errors import NotFound, TooManyRequests
from payment_engine.domain.ids import is_gateway_ref
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.payment import Payment
from payment_engine.engine import Engine
from payment_engine.services.access.tokens import checkout_url
from payment_engine.services.lifecycle.read import load_attempt
from payment_engine.services.webhooks.inbox import gateway_named

_log = structlog.get_logger()


async def accept_return(engine: Engine, name: str, fields: Mapping[str, str]) -> str:
    """The URL to send a returning customer to; their charge is polled at once, unless it was just
    before. No address is limited: behind a proxy or an office's wall many customers share one.

    ``fields`` may be forged, so they are only a hint at which charge to poll, signed or not.
    Raises NotFound if they name no attempt.
    """
    returned = gateway_named(engine, name).read_return(fields)
    ref = returned.ref.lower() if returned else ""
    if returned is None or not is_gateway_ref(ref):
        raise NotFound
    snapshot = await load_attempt(engine, f"att_{ref}")
    attempt, payment = snapshot.attempt(f"att_{ref}"), snapshot.payment
    if attempt.gateway != name:
        raise NotFound
    _log.info("customer_returned", attempt=attempt.id, signed=returned.signed)
    if _may_poll(engine, attempt.id):
        await engine.work.enqueue(JobKind.CHECK_CHARGE, attempt.id, engine.now(), name)
    if attempt.hosted:
        return checkout_url(engine, payment)
    return _shop_url(payment)


def _may_poll(engine: Engine, attempt_id: str) -> bool:
    try:
        engine.throttle.count(engine.settings.returns_rate, "return", attempt_id)
    except TooManyRequests:
        metrics.refused_by_limits.labels("polls_by_returns").inc()
        return False
    return True


def _shop_url(payment: Payment) -> str:
    query = urlencode({"payment_id": payment.id, "order_id": payment.order_id})
    return payment.return_url + ("&" if "?" in payment.return_url else "?") + query
