"""What answers look like, for OpenAPI; every answer of the tests is held against these."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Out(BaseModel):
    """The base: an answer has these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class LineOut(Out):
    """One line of the order summary; ``amount`` in paise."""

    label: str
    amount: int
    amount_display: str
    note: str | None = None


class AppLink(Out):
    """A UPI link for one app; ``package`` is what Android calls it."""

    app: str
    label: str
    uri: str
    package: str | None


class NextActionOut(Out):
    """The one thing the checkout does next."""

    kind: Literal["redirect", "upi_intent", "upi_qr", "upi_collect", "otp", "none"]
    url: str | None
    method: Literal["GET", "POST"]
    fields: dict[str, str]
    uri: str | None
    payee_name: str | None
    expires_at: str
    apps: list[AppLink] | None = None
    svg: str | None = None


class DeclineOut(Out):
    """Why an attempt failed, in words for the customer."""

    code: str
    message_key: str
    message: str
    messages: dict[Literal["en", "hi"], str]
    retry: Literal["same", "other", "later", "wait", "none"]
    money: Literal["not_debited", "maybe_debited", "returning"]
    suggested_methods: list[str]


class AttemptOut(Out):
    """One try at paying."""

    id: str
    status: Literal["created", "pending", "authorized", "captured", "failed", "voided"]
    method: str
    gateway: str
    created_at: str
    next_action: NextActionOut | None
    decline: DeclineOut | None
    rrn: str | None
    conflict: str | None
    review: str | None


class RefundLineOut(Out):
    """One line given back; ``amount`` in paise."""

    label: str
    amount: int


class RefundOut(Out):
    """One refund; ``amount`` in paise."""

    id: str
    payment_id: str
    attempt_id: str
    status: Literal["created", "pending", "succeeded", "failed", "manual_review"]
    amount: int
    amount_display: str
    reason: str
    lines: list[RefundLineOut]
    automatic: bool
    arn: str | None
    rrn: str | None
    created_at: str
    settled_at: str | None


class CustomerOut(Out):
    """The shop's reference for the customer; nothing else of them is shown."""

    ref: str


class PaymentOut(Out):
    """A payment; amounts in paise, each beside its display form."""

    id: str
    order_id: str
    status: Literal["open", "pending", "authorized", "paid", "cancelled", "expired"]
    amount: int
    amount_display: str
    amount_authorized: int
    amount_authorized_display: str
    amount_captured: int
    amount_captured_display: str
    amount_refunded: int
    amount_refunded_display: str
    currency: Literal["INR"]
    capture: Literal["automatic", "manual"]
    breakdown: list[LineOut]
    metadata: dict[str, str]
    customer: CustomerOut
    return_url: str
    attempts: list[AttemptOut]
    refunds: list[RefundOut]
    created_at: str
    expires_at: str
    server_time: str
    version: int
    next_poll_in_ms: int | None
    allowed_actions: list[str]


class CheckoutOut(Out):
    """What a checkout needs to speak for this payment."""

    token: str
    url: str
    expires_at: str


class OpenedPayment(PaymentOut):
    """A payment with its checkout."""

    checkout: CheckoutOut


class PaymentList(Out):
    """The payments of one order, oldest first."""

    payments: list[PaymentOut]


class AttemptAnswer(Out):
    """The attempt, and the payment as it then stands."""

    attempt: AttemptOut
    payment: PaymentOut


class RefundAnswer(Out):
    """The refund, and the payment as it then stands."""

    refund: RefundOut
    payment: PaymentOut


class FoundPayment(Out):
    """A payment that a search found; ``amount`` in paise."""

    id: str
    order_id: str
    status: str
    amount: int
    amount_display: str
    created_at: str


class SearchOut(Out):
    """What a search found, newest first."""

    payments: list[FoundPayment]


class Happening(Out):
    """One thing that happened: an event, a call to a gateway, its notice, a word to the shop, or
    what a person on call did."""

    sequence: int
    at: str
    at_ist: str
    kind: Literal["event", "exchange", "notice", "message", "action"]
    what: str
    source: str
    attempt_id: str | None = None
    refund_id: str | None = None
    version: int | None = None
    detail: dict[str, Any]


class TimelineOut(Out):
    """A payment, and all that happened to it in order of time."""

    payment: PaymentOut
    raw_log: Literal["healthy", "spilling"]
    timeline: list[Happening]


class Place(Out):
    """A place in the request and what would be right there."""

    pointer: str
    message: str


class Problem(BaseModel):
    """An error, by RFC 9457; further members depend on ``code``."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str | None
    retryable: bool
    errors: list[Place] | None = None

    model_config = ConfigDict(json_schema_extra={"additionalProperties": True})


def example_error(error: Any) -> dict[str, Any]:
    """One error as OpenAPI shows it."""
    return {"summary": error.title, "value": {"code": error.code, "status": error.status}}
