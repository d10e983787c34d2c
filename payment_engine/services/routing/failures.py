"""Calls that learned nothing about a charge or refund: logged and counted by their cause."""

import structlog

from payment_engine import metrics
from payment_engine.domain.gateway import GatewayFailure

_log = structlog.get_logger()


def note_failure(event: str, gateway: str, failure: GatewayFailure, **fields: str) -> None:
    """Log and count a failure; the ids of what it is about are bound to the log already."""
    metrics.charges_without_answer.labels(gateway, failure.cause).inc()
    kind = type(failure).__name__
    _log.warning(event, gateway=gateway, failure=kind, cause=failure.cause.value, **fields)
