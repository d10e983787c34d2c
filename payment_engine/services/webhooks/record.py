"""What the raw log has of a webhook: its content, masked, and what it is about."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
import structlog

from payment_engine.domain.gateway import WebhookEvent
from payment_engine.domain.masking import mask
from payment_engine.domain.wire import Exchange
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.webhooks.apply import attempt_refs


def record_event(
    engine: Engine,
    gateway: Gateway,
    body: bytes,
    event: WebhookEvent,
    webhook_id: str,
    *,
    again: bool = False,
) -> None:
    """Record a webhook that verified, with the attempt that it is about; ``again``: only when it
    was verified once more, since a key was wrong before."""
    refs = attempt_refs(event)
    context = {"attempt": f"att_{refs[0]}"} if refs else {}
    operation = f"{'reverified' if again else 'notice'}:{event.kind}"
    record_webhook(engine, gateway, body, operation, {**context, "webhook": webhook_id})


def record_webhook(
    engine: Engine, gateway: Gateway, body: bytes, operation: str, context: Mapping[str, str]
) -> None:
    """Record a webhook, with the request that it arrived by."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    request = {"request_id": str(request_id)} if request_id else {}
    engine.raw_log.record(
        Exchange(
            at=engine.now(),
            gateway=gateway.name,
            operation=operation,
            direction="in",
            http_method="POST",
            path=f"/v1/{gateway.name}/webhook",
            outcome="received",
            request=_masked(body, gateway.webhook_fields),
            context={**context, **request},
        )
    )


def _masked(body: bytes, allowed: frozenset[str]) -> Any:
    """JSON or a form with only the allowed fields readable; of anything else, its length."""
    try:
        return mask(orjson.loads(body), allowed)
    except RecursionError:
        return f"<bytes,{len(body)}>"
    except orjson.JSONDecodeError:
        form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        return mask(form, allowed) if form else f"<bytes,{len(body)}>"
