"""What an order service can ask of the service: each function makes a call, which a client sends.

``key`` is the Idempotency-Key of what moves money: give one that names the intention, such as the
order's revision, or none for a key of its own; every try of a call has the same.
"""

from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote
from uuid import uuid4

from payment_engine_client.models import (
    CaptureIn,
    EventList,
    ExportOut,
    OpenedPayment,
    PaymentIn,
    PaymentList,
    PaymentOut,
    PaymentStatus,
    RedeliveredOut,
    RedeliverIn,
    RefundAnswer,
    RefundIn,
    RefundOut,
)

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Call(Generic[T]):
    """One call, whose answer is a ``T``; ``unchanged`` if the service answers that it still is."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    key: str | None = None
    version: int | None = None
    unchanged: T | None = None


def open_payment(payment: PaymentIn, key: str | None = None) -> Call[OpenedPayment]:
    """Open a payment for an order; an order that has an open one gets that."""
    return _keyed("/v1/payments", payment, key)


def read_payment(
    payment_id: str, *, wait: int = 0, known: PaymentOut | None = None
) -> Call[PaymentOut]:
    """Read a payment. ``wait``: up to so many seconds, until it is not as ``known`` any more, by
    default as it is when the call arrives."""
    return Call(
        method="GET",
        path=_payment(payment_id),
        query={"wait": wait} if wait else {},
        version=known["version"] if known else None,
        unchanged=known,
    )


def payments_of_order(order_id: str) -> Call[PaymentList]:
    """All payments of an order, oldest first."""
    return Call(method="GET", path="/v1/payments", query={"order_id": order_id})


def list_payments(
    *,
    status: PaymentStatus | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Call[PaymentList]:
    """A page of payments, oldest first; ``after``: ``next`` of the page before."""
    query = {
        "status": status,
        "created_after": created_after,
        "created_before": created_before,
        "after": after,
        "limit": limit,
    }
    return Call(method="GET", path="/v1/payments", query=_given(query))


def capture_payment(payment_id: str, body: CaptureIn, key: str | None = None) -> Call[PaymentOut]:
    """Capture the authorized amount, or part of it."""
    return _keyed(f"{_payment(payment_id)}/capture", body, key)


def void_payment(payment_id: str, key: str | None = None) -> Call[PaymentOut]:
    """Release the authorized amount."""
    return _keyed(f"{_payment(payment_id)}/void", {}, key)


def cancel_payment(payment_id: str, key: str | None = None) -> Call[PaymentOut]:
    """Close a payment that nobody paid; money that still arrives goes back."""
    return _keyed(f"{_payment(payment_id)}/cancel", {}, key)


def refund_payment(payment_id: str, body: RefundIn, key: str | None = None) -> Call[RefundAnswer]:
    """Send captured money back, all of it or a part."""
    return _keyed(f"{_payment(payment_id)}/refunds", body, key)


def read_refund(refund_id: str) -> Call[RefundOut]:
    """Read a refund."""
    return Call(method="GET", path=f"/v1/refunds/{quote(refund_id, safe='')}")


def list_events(
    *,
    after: str | None = None,
    state: Literal["dead", "undeliverable"] | None = None,
    limit: int = 100,
) -> Call[EventList]:
    """Messages in the order of their commits; ``after``: the ``cursor`` of the answer before."""
    query = {"after": after, "state": state, "limit": limit}
    return Call(method="GET", path="/v1/events", query=_given(query))


def redeliver_events(body: RedeliverIn) -> Call[RedeliveredOut]:
    """Have undelivered messages sent again."""
    return Call(method="POST", path="/v1/events/redeliver", body=body)


def export_customer(customer_ref: str) -> Call[ExportOut]:
    """Everything that is stored about a customer."""
    return Call(method="GET", path=f"/v1/customers/{quote(customer_ref, safe='')}/export")


def erase_customer(customer_ref: str) -> Call[None]:
    """Erase what the law does not require to be stored."""
    return Call(method="DELETE", path=f"/v1/customers/{quote(customer_ref, safe='')}")


def _payment(payment_id: str) -> str:
    return f"/v1/payments/{quote(payment_id, safe='')}"


def _keyed(path: str, body: Any, key: str | None) -> Call[Any]:
    return Call(method="POST", path=path, body=body, key=key or str(uuid4()))


def _given(query: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}
