"""What a change of a payment changed, by row and column, as the history stores it."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from payment_engine.domain.payment import Attempt, Payment, Refund, Snapshot

INTERNAL = frozenset(
    {
        *("gateway_status", "gateway_payment_id", "gateway_code", "gateway_message"),
        *("amount_to_capture", "payer", "payer_hash", "choice", "checks", "checked_at"),
        *("address_hash", "bin_hash", "declined_at", "approved_at"),
        *("revision", "version", "sequence", "foreign_ref", "erased_at"),
    }
)
"""Columns that no reader of the payment sees."""
_PERSONAL = frozenset(
    {
        *("customer", "phone_hash", "payer", "payer_hash", "next_action"),
        *("address_hash", "bin_hash"),
        *("breakdown", "metadata", "customer_ref", "return_url", "lines"),
    }
)
"""An erased customer's data must not live on in the history."""
_FIXED = frozenset(
    {
        *("id", "merchant_id", "order_id", "payment_id", "attempt_id", "number", "ref"),
        *("amount", "currency", "capture"),
        *("gateway", "method", "reason", "automatic", "requested_by"),
        *("created_at", "expires_at"),
    }
)
"""Columns that never change after their first value."""
NOT_IN_HISTORY = _PERSONAL | _FIXED | {"revision", "version", "sequence", "foreign_ref"}
"""Columns that the history does not replay: what is personal, never changes, or only counts, and
the name of a gateway's refund, whose change has a line of its own."""

Changes = Mapping[str, Mapping[str, Any]]
"""The new values of what changed, by row id and column."""


def changed_columns(before: Snapshot | None, after: Snapshot) -> dict[str, dict[str, Any]]:
    """The new values of what changed, by row id and column.

    A new row has what the history replays of it, but for its defaults.
    """
    known = {row.id: row for row in _rows(before)} if before else {}
    differences = ((row.id, _difference(known.get(row.id), row)) for row in _rows(after))
    return {row_id: columns for row_id, columns in differences if columns}


def _rows(snapshot: Snapshot) -> tuple[Payment | Attempt | Refund, ...]:
    return (snapshot.payment, *snapshot.attempts, *snapshot.refunds)


def for_history(changed: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """What the history stores of it: enough to replay the rows, and nothing personal."""
    return {
        row_id: {name: value for name, value in columns.items() if name not in NOT_IN_HISTORY}
        for row_id, columns in changed.items()
    }


def _difference(
    before: Payment | Attempt | Refund | None, row: Payment | Attempt | Refund
) -> dict[str, Any]:
    if row is before:
        return {}
    values = vars(row)
    if before is None:
        defaults = _DEFAULTS[type(row)]
        return {name: v for name, default in defaults.items() if (v := values[name]) != default}
    earlier = vars(before)
    return {
        name: value for name in _CHANGEABLE[type(row)] if (value := values[name]) != earlier[name]
    }


_KINDS = (Payment, Attempt, Refund)
_CHANGEABLE = {kind: tuple({each.name for each in fields(kind)} - _FIXED) for kind in _KINDS}
_DEFAULTS = {
    kind: {each.name: each.default for each in fields(kind) if each.name not in NOT_IN_HISTORY}
    for kind in _KINDS
}
