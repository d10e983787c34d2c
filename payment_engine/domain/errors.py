"""Every error a caller can see, with its stable code, HTTP status and title."""

from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict


@with_config(ConfigDict(extra="forbid"))
class FieldError(TypedDict):
    """An invalid field of a request: its JSON pointer, and what would be valid there."""

    pointer: str
    message: str


class EngineError(Exception):
    """The base class.

    ``detail`` is a sentence for the caller (default: the title); ``extra`` becomes further
    members of the RFC 9457 problem document.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str = "", **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.extra = extra


class InvalidRequest(EngineError):
    """The request has invalid fields; ``errors`` lists a ``{pointer, message}`` for each."""

    code, status, title = "invalid_request", 422, "The request is not valid"


class MalformedBody(EngineError):
    """The body is not JSON."""

    code, status, title = "malformed_body", 400, "The body is not valid JSON"


class UnsupportedMediaType(EngineError):
    """The body is not declared as JSON."""

    code, status, title = "unsupported_media_type", 415, "Send the body as application/json"


class CardDataNotAccepted(EngineError):
    """A card number or security code in a field that does not take one."""

    code, status, title = "card_data_not_accepted", 422, "Card data is not accepted here"


class Unauthenticated(EngineError):
    """No credential, or an unknown one."""

    code, status, title = "unauthenticated", 401, "Send a valid credential"


class Forbidden(EngineError):
    """The credential is valid, but not for this route."""

    code, status, title = "forbidden", 403, "This credential may not do that"


SignatureFault = Literal[
    "wrong_signature",
    "no_signature",
    "unreadable",
    "another_sender",
    "unknown_certificate",
]
"""Why a webhook does not verify."""


class BadSignature(EngineError):
    """A webhook or browser return with a wrong or missing gateway signature.

    ``cause`` is for our own people only.
    """

    code, status, title = "bad_signature", 401, "The signature is not valid"

    def __init__(self, cause: SignatureFault = "wrong_signature") -> None:
        super().__init__()
        self.cause = cause


class NotFound(EngineError):
    """It does not exist, or the caller may not see it."""

    code, status, title = "not_found", 404, "Not found"


class MethodNotAllowed(EngineError):
    """The path does not support this HTTP method."""

    code, status, title = "method_not_allowed", 405, "HTTP method not allowed"


class RequestTimeout(EngineError):
    """The request did not arrive in time."""

    code, status, title, retryable = "request_timeout", 408, "The request took too long", True


class PayloadTooLarge(EngineError):
    """The body is larger than its route takes; ``max_bytes`` is the limit."""

    code, status, title = "payload_too_large", 413, "The body is too large"


class BadRequest(EngineError):
    """The request is not valid HTTP."""

    code, status, title = "bad_request", 400, "The request is not valid HTTP"


class IdempotencyKeyRequired(EngineError):
    """A call that moves money without a valid ``Idempotency-Key`` header."""

    code, status, title = "idempotency_key_required", 400, "Send an Idempotency-Key header"


class IdempotencyMismatch(EngineError):
    """The key was already used for a different request."""

    code, status, title = "idempotency_mismatch", 422, "This key was used for a different request"


class IdempotencyInProgress(EngineError):
    """The first request with this key is still running."""

    code, status, title, retryable = (
        "idempotency_in_progress",
        409,
        "The first request with this key is still running",
        True,
    )


class OrderAlreadyPaid(EngineError):
    """The order is already paid; ``payment_id`` is the payment that paid it."""

    code, status, title = "order_already_paid", 409, "This order is already paid"


class OrderAmountDiffers(EngineError):
    """The order has an open payment for another amount: cancel that first."""

    code, status, title = "order_amount_differs", 409, "This order is open for another amount"


class OrderDiffers(EngineError):
    """The order has an open payment for another customer, currency or capture; ``errors`` names
    what differs."""

    code, status, title = "order_differs", 409, "This order is open with other terms"


class AttemptInProgress(EngineError):
    """The payment has a live attempt; ``allowed`` lists what can be done about it."""

    code, status, title = "attempt_in_progress", 409, "Another attempt is in progress"


class TooManyAttempts(EngineError):
    """The payment has reached its maximum number of attempts."""

    code, status, title = "too_many_attempts", 409, "Too many attempts for this payment"


class PaymentNotOpen(EngineError):
    """The action is not possible in the payment's current status."""

    code, status, title = "payment_not_open", 409, "The payment's status does not allow this"


class NothingToRefund(EngineError):
    """Nothing was captured, or all of it is refunded."""

    code, status, title = "nothing_to_refund", 409, "There is nothing to refund"


class RefundWindowOver(EngineError):
    """The gateway no longer refunds this payment; ``days`` is its refund window."""

    code, status, title = "refund_window_over", 409, "It is too late to refund this payment"


class NotInReview(EngineError):
    """The attempt or refund is not under review, so there is nothing to resolve."""

    code, status, title = "not_in_review", 409, "This is not under review"


class NoApprovalNeeded(EngineError):
    """The refund does not wait for a second person: it needed none, or one has decided."""

    code, status, title = "no_approval_needed", 409, "This refund does not wait for approval"


class SecondPersonNeeded(EngineError):
    """Whoever requested a refund cannot decide about it as well."""

    code, status, title = "second_person_needed", 409, "Another person must decide this"


class TooMany(EngineError):
    """The action would be on more rows than one may be on: narrow its filters."""

    code, status, title = "too_many_rows", 409, "These are too many at once"


class StillNeeded(EngineError):
    """What the job is about is not decided, and nothing else would follow it up: resume it."""

    code, status, title = "job_still_needed", 409, "This job is still needed"


class MoneyAlreadyReturned(EngineError):
    """The gateway or the bank has already returned the money by itself."""

    code, status, title = "money_already_returned", 409, "The money was already returned"


class CaptureInProgress(EngineError):
    """A capture of another amount is still unconfirmed; ``amount`` is that amount in paise."""

    code, status, title = "capture_in_progress", 409, "Another capture is in progress"


class AmountTooHigh(EngineError):
    """The amount exceeds what is left; ``available`` is in paise."""

    code, status, title = "amount_too_high", 422, "The amount is more than what is left"


class MethodNotAvailable(EngineError):
    """No gateway offers this method to this client; ``alternatives`` lists methods that work."""

    code, status, title = "method_not_available", 422, "This method is not available here"


class UpiCollectNotAllowed(EngineError):
    """UPI collect is not allowed here (NPCI rules); ``alternatives`` lists the flows that are."""

    code, status, title = "upi_collect_not_allowed", 422, "UPI collect is not allowed here"


class InvalidVpa(EngineError):
    """The text is not a valid UPI ID; ``reason`` is a stable code that says why."""

    code, status, title = "invalid_vpa", 422, "This is not a valid UPI ID"


class UnknownVpa(EngineError):
    """The bank reports that the UPI ID does not exist."""

    code, status, title = "unknown_vpa", 422, "This UPI ID does not exist"


class ConsentRequired(EngineError):
    """Saving something for a customer needs their explicit consent."""

    code, status, title = "consent_required", 422, "The customer has not consented to this"


class TooManyRequests(EngineError):
    """Rate limit exceeded; ``retry_after`` is in seconds."""

    code, status, title, retryable = "too_many_requests", 429, "Too many requests", True


class TooManyDeclines(EngineError):
    """Cards were declined too often: another one may be tried after ``retry_after`` seconds, and
    the methods of ``alternatives`` at once."""

    code, status, title, retryable = "too_many_declines", 429, "Too many cards were declined", True


class LimitExceeded(EngineError):
    """Above a limit that on-call set for this customer; ``limit`` says which (paise or count)."""

    code, status, title = "limit_exceeded", 422, "This exceeds the customer's limit"


class PreconditionRequired(EngineError):
    """An update of a shared resource without ``If-Match``."""

    code, status, title = "precondition_required", 428, "Send If-Match with the ETag you last read"


class PreconditionFailed(EngineError):
    """The resource has changed since it was read; ``version`` is the current one."""

    code, status, title = "precondition_failed", 412, "It has changed since you read it"


class InstrumentNotUsable(EngineError):
    """The saved card or linked wallet cannot pay right now; ``state`` says why."""

    code, status, title = "instrument_not_usable", 409, "This instrument cannot be used right now"


class LinkNotStarted(EngineError):
    """Linking this wallet was not started, has timed out or has no tries left."""

    code, status, title = "link_not_started", 409, "Start linking this wallet first"


class WrongLinkProof(EngineError):
    """The OTP or code is wrong; ``tries_left`` says how many tries remain."""

    code, status, title = "wrong_link_proof", 422, "This code is wrong"


class TooManySaved(EngineError):
    """The customer has reached the maximum number of saved instruments."""

    code, status, title = "too_many_saved", 409, "Too many saved instruments"


class Unsupported(EngineError):
    """The payment's gateway does not support this."""

    code, status, title = "unsupported", 422, "The gateway does not support this"


class Unavailable(EngineError):
    """The service is temporarily unavailable; ``retry_after`` is in seconds."""

    code, status, title, retryable = "unavailable", 503, "Try again shortly", True


class Internal(EngineError):
    """Unexpected server error; details are in the log under ``request_id``."""

    code, status, title, retryable = "internal", 500, "Internal error", True


def all_errors() -> list[type[EngineError]]:
    """Every error class, in the order of the file."""
    return EngineError.__subclasses__()
