"""What gateways tell us: stored before it is acknowledged, believed only after it verified."""

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
from payment_engine.db.models import Attempt, InboxWebhook, Refund
from payment_engine.domain.errors import BadSignature, NotFound
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
from payment_engine.services.lifecycle.sanitize import legible
from payment_engine.services.queue import runner
from payment_engine.services.webhooks import quarantine

Heard = Literal["received", "rejected"]

_BYTES = "latin-1"
"""Any body survives being kept as text this way, whatever it is encoded in."""
_LONGEST_HEADER = 4096
_LONGEST_EVENT_ID = 128

_log = structlog.get_logger()


def gateway_named(engine: Engine, name: str) -> Gateway:
    """The configured gateway of this name; raises NotFound."""
    if name not in engine.gateways:
        raise NotFound
    return engine.gateways[name]


async def accept_webhook(
    engine: Engine, name: str, headers: Mapping[str, str], body: bytes
) -> None:
    """Verify a webhook, store it with the job to handle it, and start handling it.

    It may be acknowledged once this returns: should this process die, a worker handles it. One
    that was received before is stored only once. Raises BadSignature for one that does not
    verify: it is quarantined, since the wrong key may be ours.
    """
    gateway = gateway_named(engine, name)
    try:
        notice = await gateway.receive_webhook(headers, body)
    except BadSignature:
        _record(engine, gateway, body, "rejected", "unverified", {})
        metrics.webhooks.labels(name, "rejected").inc()
        await quarantine.keep(engine, name, sealable(headers, body), len(body))
        raise
    _record(engine, gateway, body, "received", notice.kind, _names(notice))
    notice_id = await store(engine, name, notice, sealable(headers, body))
    metrics.webhooks.labels(name, "stored" if notice_id else "duplicate").inc()
    if notice_id:
        engine.critical.spawn(_handle_now(engine, notice_id))


async def handle_notice(engine: Engine, notice_id: str) -> datetime | None:
    """Apply a stored notice: every state it carries goes the one way in."""
    row = await InboxWebhook.get(id=notice_id)
    notice = await read_again(engine, row.gateway, engine.sealer.open(row.sealed, row.id))
    for charge in notice.charges:
        await _apply_charge_outcome(engine, row.gateway, charge)
    for refund in notice.refunds:
        await _apply_refund_outcome(engine, row.gateway, refund)
    await InboxWebhook.filter(id=notice_id).update(handled_at=engine.now())
    return None


async def take_return(engine: Engine, name: str, fields: Mapping[str, str]) -> str:
    """Where to send a customer who came back; what they brought is a hint at most (MOD-4).

    Signed or not, it does one thing: the gateway is asked at once. Raises NotFound where it
    names no attempt of ours.
    """
    back = gateway_named(engine, name).read_return(fields)
    ref = back.ref.lower() if back else ""
    if back is None or not is_gateway_ref(ref):
        raise NotFound
    attempt = await Attempt.get_or_none(ref=ref, gateway=name).select_related("payment")
    if attempt is None:
        raise NotFound
    _log.info("customer_returned", attempt=attempt.id, signed=back.signed)
    async with engine.db.transaction() as tx:
        await jobs.enqueue(tx, JobKind.CHECK_CHARGE, attempt.id, engine.now(), name)
    payment = attempt.payment
    if attempt.hosted:
        return f"{engine.settings.public_url}/checkout/{payment.id}"
    query = urlencode({"payment_id": payment.id, "order_id": payment.order_id})
    return payment.return_url + ("&" if "?" in payment.return_url else "?") + query


async def attempt_named(engine: Engine, row: InboxWebhook) -> Attempt | None:
    """The attempt that a stored notice speaks of, with its payment; None where none can be told."""
    try:
        notice = await read_again(engine, row.gateway, engine.sealer.open(row.sealed, row.id))
    except BadSignature:
        return None
    refs = [*(one.ref for one in notice.charges), *(one.charge_ref for one in notice.refunds)]
    named = Attempt.filter(ref__in=[ref for ref in refs if ref and is_gateway_ref(ref)])
    return await named.filter(gateway=row.gateway).select_related("payment").first()


def sealable(headers: Mapping[str, str], body: bytes) -> bytes:
    """A webhook as it is kept: its headers and its exact bytes."""
    told = {name: legible(value, _LONGEST_HEADER) for name, value in headers.items()}
    return orjson.dumps({"headers": told, "body": body.decode(_BYTES)})


def as_it_came(kept: bytes) -> tuple[dict[str, str], bytes]:
    """The headers and the exact bytes of a kept webhook."""
    came = orjson.loads(kept)
    return came["headers"], came["body"].encode(_BYTES)


async def read_again(engine: Engine, name: str, kept: bytes) -> WebhookEvent:
    """A kept webhook, verified and parsed once more; raises BadSignature."""
    return await gateway_named(engine, name).receive_webhook(*as_it_came(kept))


async def store(engine: Engine, name: str, notice: WebhookEvent, came: bytes) -> str | None:
    """Keep a verified webhook with the job to handle it; its id, or None if it came before."""
    now = engine.now()
    notice_id = new_id("whk", int(now.timestamp() * 1000))
    try:
        async with engine.db.transaction() as tx:
            await InboxWebhook.create(
                id=notice_id,
                gateway=name,
                event_id=_event_id(notice),
                kind=legible(notice.kind, 64),
                sealed=engine.sealer.seal(came, notice_id),
                received_at=now,
                using_db=tx,
            )
            await jobs.enqueue(tx, JobKind.HANDLE_WEBHOOK, notice_id, now, name)
    except IntegrityError:
        return None
    return notice_id


def _event_id(notice: WebhookEvent) -> str:
    """The id that a notice is known by; the digest of one that does not fit."""
    said = notice.event_id
    if legible(said, _LONGEST_EVENT_ID) == said:
        return said
    return hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()


async def _handle_now(engine: Engine, notice_id: str) -> None:
    """Run the webhook's job in this process, unless a worker has it already."""
    handlers = {JobKind.HANDLE_WEBHOOK: handle_notice}
    for job in await runner.claim(engine, 1, kind=JobKind.HANDLE_WEBHOOK, subject=notice_id):
        await runner.run(engine, job, handlers)


async def _apply_charge_outcome(engine: Engine, gateway: str, state: ChargeState) -> None:
    attempt = await _attempt(gateway, state.ref)
    if attempt is None:
        _log.warning("notice_of_unknown_charge", gateway=gateway, ref=legible(state.ref, 64))
        return
    await apply_charge_outcome(engine, attempt.payment_id, attempt.id, state, "webhook")


async def _apply_refund_outcome(engine: Engine, gateway: str, state: RefundState) -> None:
    ours = is_gateway_ref(state.ref)
    refund = await Refund.get_or_none(ref=state.ref, attempt__gateway=gateway) if ours else None
    if refund:
        await apply_refund_outcome(engine, refund.payment_id, refund.id, state, "webhook")
        return
    _log.warning("notice_of_unknown_refund", gateway=gateway, ref=legible(state.ref, 64))
    attempt = await _attempt(gateway, state.charge_ref)
    if attempt:
        await flag_foreign_refund(engine, attempt.payment_id, attempt.id)


async def _attempt(gateway: str, ref: str | None) -> Attempt | None:
    known = ref is not None and is_gateway_ref(ref)
    return await Attempt.get_or_none(ref=ref, gateway=gateway) if known else None


def _names(notice: WebhookEvent) -> dict[str, str]:
    """The attempt that a notice speaks of; a reference is the body of its attempt's id."""
    refs = [*(one.ref for one in notice.charges), *(one.charge_ref for one in notice.refunds)]
    known = [ref for ref in refs if ref and is_gateway_ref(ref)]
    return {"attempt": f"att_{known[0]}"} if known else {}


def _record(
    engine: Engine,
    gateway: Gateway,
    body: bytes,
    outcome: Heard,
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
            request=_shown(body, gateway.webhook_fields),
            context=context,
        )
    )


def _shown(body: bytes, fields: frozenset[str]) -> Any:
    """A notice for the record: JSON or a form, masked; the length of anything else."""
    try:
        return mask(orjson.loads(body), fields)
    except RecursionError:
        return f"<bytes,{len(body)}>"
    except orjson.JSONDecodeError:
        form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        return mask(form, fields) if form else f"<bytes,{len(body)}>"
