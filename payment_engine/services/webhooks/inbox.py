"""Stored webhooks: encrypted byte for byte, each event once, verified again when they are read."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

import orjson

from payment_engine.db.models import InboxWebhook
from payment_engine.domain.commit import WebhookReceipt
from payment_engine.domain.errors import BadSignature, NotFound
from payment_engine.domain.gateway import WebhookEvent
from payment_engine.domain.payment import Attempt, Snapshot
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.lifecycle.sanitize import printable
from payment_engine.services.webhooks.apply import (
    apply_event,
    named_attempt,
    payments_of,
)
from payment_engine.services.webhooks.unmatched import store_unmatched

_BYTES = "latin-1"
"""Turns any bytes into text and back without loss."""
_LONGEST_HEADER = 4096
_LONGEST_EVENT_ID = 128


async def handle_webhook(engine: Engine, webhook_id: str) -> datetime | None:
    """Apply every state that a stored webhook carries, like any other outcome."""
    row = await engine.work.webhook(webhook_id)
    event = await read_again(engine, row.gateway, engine.sealer.open(row.sealed, row.id))
    payments = await payments_of(engine, event)
    await store_unmatched(engine, row.gateway, event, payments)
    await apply_event(engine, row.gateway, event, payments)
    await engine.work.webhook_handled(webhook_id, engine.now())
    return None


async def store_webhook(engine: Engine, receipt: WebhookReceipt) -> bool:
    """Store a verified webhook with the job to handle it; False if the event was stored before."""
    return await engine.work.store_webhook(receipt)


def new_receipt(
    engine: Engine, gateway: str, event: WebhookEvent, content: bytes
) -> WebhookReceipt:
    """The row of a verified webhook that is still to be handled, not yet written."""
    now = engine.now()
    webhook_id = engine.new_id("whk")
    return WebhookReceipt(
        id=webhook_id,
        gateway=gateway,
        event_id=_event_id(event),
        kind=printable(event.kind, 64),
        sealed=engine.sealer.seal(content, webhook_id),
        received_at=now,
        handled_at=None,
    )


async def payment_named_by(engine: Engine, row: InboxWebhook) -> tuple[Snapshot, Attempt] | None:
    """The payment and attempt that a stored webhook is about; None if there is none, or the
    webhook does not verify any more."""
    try:
        event = await read_again(engine, row.gateway, engine.sealer.open(row.sealed, row.id))
    except BadSignature:
        return None
    for loaded in await payments_of(engine, event):
        if attempt := named_attempt(row.gateway, event, loaded.snapshot):
            return loaded.snapshot, attempt
    return None


def packed(headers: Mapping[str, str], body: bytes) -> bytes:
    """The text of a webhook to encrypt and store: its headers and its exact bytes."""
    printed = {name: printable(value, _LONGEST_HEADER) for name, value in headers.items()}
    return orjson.dumps({"headers": printed, "body": body.decode(_BYTES)})


def unpacked(stored: bytes) -> tuple[dict[str, str], bytes]:
    """The headers and the exact bytes of a stored webhook."""
    webhook = orjson.loads(stored)
    return webhook["headers"], webhook["body"].encode(_BYTES)


async def read_again(engine: Engine, name: str, stored: bytes) -> WebhookEvent:
    """A stored webhook, verified and parsed once more; raises BadSignature."""
    return await gateway_named(engine, name).receive_webhook(*unpacked(stored))


def gateway_named(engine: Engine, name: str) -> Gateway:
    """The gateway of this name; raises NotFound."""
    if name not in engine.gateways:
        raise NotFound
    return engine.gateways[name]


def _event_id(event: WebhookEvent) -> str:
    """The event's id, or its digest if it does not fit the column."""
    if printable(event.event_id, _LONGEST_EVENT_ID) == event.event_id:
        return event.event_id
    return hashlib.sha256(event.event_id.encode(errors="surrogatepass")).hexdigest()
