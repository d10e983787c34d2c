"""The inbox of webhooks: each event once, with the job to handle it."""

from datetime import datetime

from tortoise.exceptions import IntegrityError

from payment_engine.db import jobs
from payment_engine.db.connection import Database
from payment_engine.db.models import InboxWebhook
from payment_engine.domain.commit import WebhookReceipt
from payment_engine.domain.jobs import JobKind


async def store_webhook(db: Database, receipt: WebhookReceipt) -> bool:
    """Store a webhook, with a job if it is still to be handled; False if its event was stored
    before."""
    try:
        async with db.transaction() as tx:
            columns = {name: getattr(receipt, name) for name in WebhookReceipt.__slots__}
            await InboxWebhook.create(**columns, using_db=tx)
            if receipt.handled_at is None:
                at, gateway = receipt.received_at, receipt.gateway
                await jobs.enqueue(tx, JobKind.HANDLE_WEBHOOK, receipt.id, at, gateway)
    except IntegrityError:
        return False
    return True


async def read_webhook(webhook_id: str) -> WebhookReceipt:
    """A stored webhook; raises DoesNotExist."""
    row = await InboxWebhook.get(id=webhook_id)
    return WebhookReceipt(**{name: getattr(row, name) for name in WebhookReceipt.__slots__})


async def webhook_handled(webhook_id: str, at: datetime) -> None:
    """Record that what a stored webhook reports is applied."""
    await InboxWebhook.filter(id=webhook_id).update(handled_at=at)
