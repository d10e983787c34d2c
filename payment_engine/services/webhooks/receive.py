"""Webhooks and browser returns: verified, stored before they are acknowledged, then applied."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

import orjson
import structlog
from tortoise.exceptions import IntegrityError

from payment_engine import metrics
from payment_engine.db import jobs
from payment_engine.db.models import Attempt, InboxWebhook, Payment, Refund
from payment_engine.domain.errors import BadSignature, NotFound
from payment_engine.domain.events import Source
from payment_engine.domain.gateway import ChargeState, RefundState, WebhookEvent
from payment_engine.domain.ids import is_gateway_ref, new_id
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.masking import mask
from payment_engine.domain.wire import Exchange
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.lifecycle.outcomes import (
    apply_charge_outcome,
    apply_refund_outcome,
    flag_foreign_refund,
)
from payment_engine.services.lifecycle.sanitize import printable
from payment_engine.services.queue import runner
from payment_engine.services.webhooks import quarantine

_BYTES = "latin-1"
"""Turns any bytes into text and back without loss."""
_LONGEST_HEADER = 4096
_LONGEST_EVENT_ID = 128

_log = structlog.get_logger()


async def receive_webhook(
    engine: Engine, name: str, headers: Mapping[str, str], body: bytes
) -> None:
    """Verify a webhook, store it with the job to handle it, and start handling it.

    It may be acknowledged once this returns: if this process dies, a worker handles it. One
    that was received before is not stored again. Raises NotFound for an unknown gateway, and
    BadSignature for a webhook that does not verify: it is quarantined, since the wrong key may be
    ours.
    """
    gateway = _gateway(engine, name)
    try:
        event = await gateway.receive_webhook(headers, body)
    except BadSignature:
        _log_exchange(engine, gateway, body, "rejected", "unverified", {})
        metrics.webhooks.labels(name, "rejected").inc()
        await quarantine.quarantine(engine, name, packed(headers, body), len(body))
        raise
    _log_exchange(engine, gateway, body, "received", event.kind, _log_context(event))
    webhook_id = await store_webhook(engine, name, event, packed(headers, body))
    metrics.webhooks.labels(name, "stored" if webhook_id else "duplicate").inc()
    if webhook_id:
        engine.critical.spawn(_handle_now(engine, webhook_id))


async def handle_webhook(engine: Engine, webhook_id: str) -> datetime | None:
    """Apply every state that a stored webhook carries, like any other outcome."""
    row = await InboxWebhook.get(id=webhook_id)
    event = await read_again(engine, row.gateway, engine.sealer.open(row.sealed, row.id))
    for charge in event.charges:
        await _apply_charge(engine, row.gateway, charge)
    for refund in event.refunds:
        await _apply_refund(engine, row.gateway, refund)
    await InboxWebhook.filter(id=webhook_id).update(handled_at=engine.now())
    return None


async def accept_return(engine: Engine, name: str, fields: Mapping[str, str]) -> str:
    """The URL to send a returning customer to; their charge is polled at once.

    ``fields`` may be forged, so they are only a hint at which charge to poll, signed or not.
    Raises NotFound if they name no attempt.
    """
    returned = _gateway(engine, name).read_return(fields)
    ref = returned.ref.lower() if returned else ""
    if returned is None or not is_gateway_ref(ref):
        raise NotFound
    attempt = await Attempt.get_or_none(ref=ref, gateway=name).select_related("payment")
    if attempt is None:
        raise NotFound
    _log.info("customer_returned", attempt=attempt.id, signed=returned.signed)
    async with engine.db.transaction() as tx:
        await jobs.enqueue(tx, JobKind.CHECK_CHARGE, attempt.id, engine.now(), name)
    if attempt.hosted:
        return f"{engine.settings.public_url}/checkout/{attempt.payment_id}"
    return _shop_url(attempt.payment)


async def attempt_named_by(engine: Engine, row: InboxWebhook) -> Attempt | None:
    """The attempt that a stored webhook is about, with its payment; None if there is none, or
    the webhook does not verify any more."""
    try:
        event = await read_again(engine, row.gateway, engine.sealer.open(row.sealed, row.id))
    except BadSignature:
        return None
    named = Attempt.filter(ref__in=_attempt_refs(event), gateway=row.gateway)
    return await named.select_related("payment").first()


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
    return await _gateway(engine, name).receive_webhook(*unpacked(stored))


async def store_webhook(
    engine: Engine, name: str, event: WebhookEvent, content: bytes
) -> str | None:
    """Store a verified webhook with the job to handle it; its id, or None if it is a duplicate."""
    now = engine.now()
    webhook_id = new_id("whk", int(now.timestamp() * 1000))
    try:
        async with engine.db.transaction() as tx:
            await InboxWebhook.create(
                id=webhook_id,
                gateway=name,
                event_id=_event_id(event),
                kind=printable(event.kind, 64),
                sealed=engine.sealer.seal(content, webhook_id),
                received_at=now,
                using_db=tx,
            )
            await jobs.enqueue(tx, JobKind.HANDLE_WEBHOOK, webhook_id, now, name)
    except IntegrityError:
        return None
    return webhook_id


def _gateway(engine: Engine, name: str) -> Gateway:
    if name not in engine.gateways:
        raise NotFound
    return engine.gateways[name]


def _shop_url(payment: Payment) -> str:
    query = urlencode({"payment_id": payment.id, "order_id": payment.order_id})
    return payment.return_url + ("&" if "?" in payment.return_url else "?") + query


def _event_id(event: WebhookEvent) -> str:
    """The event's id, or its digest if it does not fit the column."""
    if printable(event.event_id, _LONGEST_EVENT_ID) == event.event_id:
        return event.event_id
    return hashlib.sha256(event.event_id.encode(errors="surrogatepass")).hexdigest()


async def _handle_now(engine: Engine, webhook_id: str) -> None:
    """Run the webhook's job in this process, unless a worker has it already."""
    handlers = {JobKind.HANDLE_WEBHOOK: handle_webhook}
    for job in await runner.claim(engine, 1, kind=JobKind.HANDLE_WEBHOOK, subject=webhook_id):
        await runner.run(engine, job, handlers)


async def _apply_charge(engine: Engine, gateway: str, state: ChargeState) -> None:
    attempt = await _attempt(gateway, state.ref)
    if attempt is None:
        _log.warning("webhook_of_unknown_charge", gateway=gateway, ref=printable(state.ref, 64))
        return
    await apply_charge_outcome(engine, attempt.payment_id, attempt.id, state, Source.WEBHOOK)


async def _apply_refund(engine: Engine, gateway: str, state: RefundState) -> None:
    ours = is_gateway_ref(state.ref)
    refund = await Refund.get_or_none(ref=state.ref, attempt__gateway=gateway) if ours else None
    if refund:
        await apply_refund_outcome(engine, refund.payment_id, refund.id, state, Source.WEBHOOK)
        return
    _log.warning("webhook_of_unknown_refund", gateway=gateway, ref=printable(state.ref, 64))
    attempt = await _attempt(gateway, state.charge_ref)
    if attempt:
        await flag_foreign_refund(engine, attempt.payment_id, attempt.id)


async def _attempt(gateway: str, ref: str | None) -> Attempt | None:
    possible = ref is not None and is_gateway_ref(ref)
    return await Attempt.get_or_none(ref=ref, gateway=gateway) if possible else None


def _attempt_refs(event: WebhookEvent) -> list[str]:
    """The references in a webhook that could be those of attempts."""
    refs = [each.ref for each in event.charges]
    refs += [each.charge_ref for each in event.refunds if each.charge_ref]
    return [ref for ref in refs if is_gateway_ref(ref)]


def _log_context(event: WebhookEvent) -> dict[str, str]:
    """The attempt that a webhook is about; a reference is the body of its attempt's id."""
    refs = _attempt_refs(event)
    return {"attempt": f"att_{refs[0]}"} if refs else {}


def _log_exchange(
    engine: Engine,
    gateway: Gateway,
    body: bytes,
    outcome: Literal["received", "rejected"],
    kind: str,
    context: Mapping[str, str],
) -> None:
    engine.raw_log.record(
        Exchange(
            at=datetime.now(UTC),
            gateway=gateway.name,
            operation=f"notice:{kind}",
            direction="in",
            http_method="POST",
            path=f"/v1/{gateway.name}/webhook",
            outcome=outcome,
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
