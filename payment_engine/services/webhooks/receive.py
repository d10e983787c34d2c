"""Webhooks: verified, then stored and applied in one commit before they are acknowledged."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

import structlog

from payment_engine import metrics
from payment_engine.db.job_queues import one_webhook
from payment_engine.db.quarantine import NOT_UNDERSTOOD
from payment_engine.domain.commit import WebhookReceipt
from payment_engine.domain.errors import BadSignature, InvalidRequest
from payment_engine.domain.gateway import WebhookEvent
from payment_engine.domain.jobs import JobKind
from payment_engine.engine import Engine
from payment_engine.services.lifecycle.change import EventTaken
from payment_engine.services.queue import runner
from payment_engine.services.webhooks import quarantine
from payment_engine.services.webhooks.apply import (
    apply_event,
    payments_of,
)
from payment_engine.services.webhooks.inbox import (
    gateway_named,
    handle_webhook,
    new_receipt,
    packed,
    store_webhook,
)
from payment_engine.services.webhooks.record import record_event, record_webhook
from payment_engine.services.webhooks.unmatched import store_unmatched

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
        record_webhook(engine, gateway, body, f"notice:{NOT_UNDERSTOOD}", {})
        await quarantine.quarantine_not_understood(engine, name, headers, body)
        return ()
    receipt = new_receipt(engine, name, event, packed(headers, body))
    record_event(engine, gateway, body, event, receipt.id)
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
    await store_unmatched(engine, receipt.gateway, event, payments)
    if not payments:
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
