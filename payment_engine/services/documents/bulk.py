"""What an action on many rows looks like to people on call."""

from typing import Any

from typing_extensions import TypedDict

from payment_engine.db.models import BulkAction
from payment_engine.domain.bulk import BulkState
from payment_engine.services.documents.base import Time, document, format_time


@document
class BulkActionOut(TypedDict):
    """An action on many rows, and how far it is: of ``total`` rows ``done`` were worked on,
    ``changed`` by it, and ``failed`` got no answer."""

    id: str
    action: str
    actor: str
    reason: str
    query: dict[str, Any]
    state: BulkState
    total: int
    done: int
    changed: int
    failed: int
    created_at: Time
    finished_at: Time | None


@document
class BulkActionPage(TypedDict):
    """Actions on many rows; ``next`` is the ``after`` of the next page."""

    items: list[BulkActionOut]
    next: str | None


def bulk_document(row: BulkAction) -> BulkActionOut:
    """One action on many rows."""
    return {
        "id": row.id,
        "action": row.action,
        "actor": row.actor,
        "reason": row.reason,
        "query": row.query,
        "state": row.state,
        "total": row.total,
        "done": row.done,
        "changed": row.changed,
        "failed": row.failed,
        "created_at": format_time(row.created_at),
        "finished_at": format_time(row.finished_at),
    }
