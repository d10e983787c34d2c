"""Forgetting what need not be kept."""

from datetime import timedelta

from payment_engine.engine import Engine
from payment_engine.models import IdempotencyKey

KEEP_KEYS = timedelta(hours=72)
"""A client that failed on Friday may retry on Monday."""


async def sweep(engine: Engine) -> int:
    """Delete idempotency keys past their time; 0, since there is no hurry for more."""
    await IdempotencyKey.filter(created_at__lt=engine.now() - KEEP_KEYS).delete()
    return 0
