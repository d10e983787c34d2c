"""Copies into our rows what a gateway reported. What it leaves out this time stays as it was."""

import orjson

from payment_engine.db.models import Attempt, Refund
from payment_engine.domain.gateway import ChargeState, NextAction, RefundState
from payment_engine.encryption import Sealer


def copy_charge_facts(attempt: Attempt, state: ChargeState) -> None:
    """The gateway's own numbers, and why it declined."""
    attempt.gateway_status = state.gateway_status
    attempt.gateway_payment_id = state.gateway_payment_id or attempt.gateway_payment_id
    attempt.rrn = state.rrn or attempt.rrn
    attempt.decline_code = state.decline_code or attempt.decline_code
    attempt.gateway_code = state.gateway_code or attempt.gateway_code
    attempt.gateway_message = state.gateway_message or attempt.gateway_message


def copy_refund_facts(refund: Refund, state: RefundState) -> None:
    """The gateway's own numbers, and those that the customer's bank knows."""
    refund.gateway_status = state.gateway_status
    refund.gateway_refund_id = state.gateway_refund_id or refund.gateway_refund_id
    refund.gateway_code = state.gateway_code or refund.gateway_code
    refund.arn = state.arn or refund.arn
    refund.rrn = state.rrn or refund.rrn


def sealed_action(sealer: Sealer, attempt: Attempt, action: NextAction) -> bytes:
    """What the checkout does next, encrypted: a redirect may carry a token of the gateway."""
    document = {
        "kind": action.kind,
        "url": action.url,
        "method": action.http_method,
        "fields": dict(action.fields),
        "uri": action.uri,
        "payee_name": action.payee_name,
    }
    return sealer.seal(orjson.dumps(document), attempt.id)
