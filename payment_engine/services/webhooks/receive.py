"""Webhooks: verified, then stored and applied in one commit before they are acknowledged."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson
import structlog

from payment_engine import metrics
from payment_engine.db.job_queues import one_webhook
from payment_engine.db.quarantine import NOT_UNDERSTOOD
from payment_engine.domain.commit import WebhookReceipt
from payment_engine.domain.errors import BadSignature, InvalidRequest
from payment_engine.domain.gateway import WebhookEvent
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.masking import mask
from payment_engine.domain.wire import Exchange
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.lifecycle.change import EventTaken
from payment_engine.services.queue import runner
from payment_engine.services.webhooks import quarantine
from payment_engine.services.webhooks.apply import (
    apply_event,
    attempt_refs,
    log_unknown,
    payments_of,
)
from payment_engine.services.webhooks.inbox import (
    gateway_named,
    handle_webhook,
    new_receipt,
    packed,
    store_webhook,
)

_log = structlog.get_logger()


async def receive_webhook(
    engine: Engine, name: str, headers: Mapping[str, str], body: bytes
) -> Collection[str]:
    """Verify a webhook, store it and apply what it reports; it may be acknowledged after that.

    One that was received before changes nothing. Returns the attempts whose gateway is looked up
    before the webhook counts. Raises NotFound for an unknown gateway, and BadSignature for a
    webhook that does not verify. It is quarantined, since the wrong key may be ours, as is one that
    verifies and cannot be read. Nothing of an unverified one is parsed or logged.
    """
    gateway = gateway_named(engine, name)
    try:
        event = await gateway.receive_webhook(headers, body)
    except BadSignature as error:
        metrics.webhooks.labels(name, "rejected").inc()
        await quarantine.quarantine_unverified(engine, name, headers, body, error.cause)
        raise
    except InvalidRequest:
        metrics.webhooks.labels(name, NOT_UNDERSTOOD).inc()
        _log_exchange(engine, gateway, body, NOT_UNDERSTOOD, {})
        await quarantine.quarantine_not_understood(engine, name, headers, body)
        return ()
    _log_exchange(engine, gateway, body, event.kind, _log_context(event))
    receipt = new_receipt(engine, name, event, packed(headers, body))
    received = await _store_and_apply(engine, event, receipt)
    metrics.webhooks.labels(name, "stored" if received.new else "duplicate").inc()
    if received.new and event.sent_at:
        lag = (engine.now() - event.sent_at).total_seconds()
        metrics.notice_lag_seconds.labels(name).observe(max(lag, 0.0))
    return received.to_confirm


class _Received(NamedTuple):
    """Whether the event is new, and the attempts whose gateway is looked up before it counts."""

    new: bool
    to_confirm: Collection[str] = ()


async def _store_and_apply(
    engine: Engine, event: WebhookEvent, receipt: WebhookReceipt
) -> _Received:
    """In one commit if the event is about one payment; otherwise, or if that fails, a job applies
    what is stored."""
    payments = await payments_of(engine, event)
    handled = replace(receipt, handled_at=receipt.received_at)
    if not payments:
        log_unknown(receipt.gateway, event)
        return _Received(await store_webhook(engine, handled))
    if len(payments) > 1:
        return _Received(await _store_then_apply(engine, receipt))
    try:
        to_confirm = await apply_event(engine, receipt.gateway, event, payments, handled)
    except EventTaken:
        return _Received(new=False)
    except Exception as error:  # noqa: BLE001 - whatever failed, the webhook must not be lost
        _log.error("webhook_not_applied", webhook=receipt.id, exc_info=error)
        return _Received(await store_webhook(engine, receipt))
    return _Received(new=True, to_confirm=to_confirm)


async def _store_then_apply(engine: Engine, receipt: WebhookReceipt) -> bool:
    """Store it with its job, and run the job in this process, unless a worker has it already."""
    stored = await store_webhook(engine, receipt)
    if stored:
        engine.critical.spawn(_run_job(engine, receipt.id))
    return stored


async def _run_job(engine: Engine, webhook_id: str) -> None:
    handlers = {JobKind.HANDLE_WEBHOOK: handle_webhook}
    for job in await runner.claim(engine, one_webhook(webhook_id), 1):
        await runner.run(engine, job, handlers)


def _log_context(event: WebhookEvent) -> dict[str, str]:
    """The attempt that a webhook is about; a reference is the body of its attempt's id."""
    refs = attempt_refs(event)
    return {"attempt": f"att_{refs[0]}"} if refs else {}


def _log_exchange(
    engine: Engine,
    gateway: Gateway,
    body: bytes,
    kind: str,
    context: Mapping[str, str],
) -> None:
    engine.raw_log.record(
        Exchange(
            at=engine.now(),
            gateway=gateway.name,
            operation=f"notice:{kind}",
            direction="in",
            http_method="POST",
            path=f"/v1/{gateway.name}/webhook",
            outcome="received",
            request=_masked(body, gateway.webhook_fields),
            context=context,
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
