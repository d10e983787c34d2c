"""Every error a caller can see, each with its stable code, HTTP status and title."""

from typing import Any, ClassVar


class EngineError(Exception):
    """The base: ``detail`` is a sentence for people, ``extra`` becomes members of the problem."""

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str = "", **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.extra = extra


class InvalidRequest(EngineError):
    """The request does not fit; ``errors`` lists ``{pointer, message}`` for each place."""

    code, status, title = "invalid_request", 422, "The request does not fit"


class MalformedBody(EngineError):
    """The body is not JSON at all."""

    code, status, title = "malformed_body", 400, "The body is not valid JSON"


class UnsupportedMediaType(EngineError):
    """The body is something other than JSON."""

    code, status, title = "unsupported_media_type", 415, "Send the body as application/json"


class CardDataNotAccepted(EngineError):
    """A card number or security code where none belongs (PCI-8)."""

    code, status, title = "card_data_not_accepted", 422, "Card data is not accepted here"


class Unauthenticated(EngineError):
    """No credential, or one we do not know."""

    code, status, title = "unauthenticated", 401, "Send a valid credential"


class Forbidden(EngineError):
    """A known caller of the wrong kind for this route."""

    code, status, title = "forbidden", 403, "This credential may not do that"


class BadSignature(EngineError):
    """A notice or return that its gateway did not sign."""

    code, status, title = "bad_signature", 401, "The signature does not verify"


class NotFound(EngineError):
    """No such thing, or none that this caller may see."""

    code, status, title = "not_found", 404, "No such thing"


class MethodNotAllowed(EngineError):
    """The path exists, the HTTP method does not."""

    code, status, title = "method_not_allowed", 405, "That HTTP method is not offered here"


class RequestTimeout(EngineError):
    """The request did not arrive in time."""

    code, status, title, retryable = "request_timeout", 408, "The request took too long", True


class PayloadTooLarge(EngineError):
    """The body is larger than this service reads."""

    code, status, title = "payload_too_large", 413, "The body is too large"


class BadRequest(EngineError):
    """The request is not proper HTTP."""

    code, status, title = "bad_request", 400, "The request is not proper HTTP"


class IdempotencyKeyRequired(EngineError):
    """A call that moves money came without a usable ``Idempotency-Key``."""

    code, status, title = "idempotency_key_required", 400, "Send an Idempotency-Key header"


class IdempotencyMismatch(EngineError):
    """The key was used before for a different request."""

    code, status, title = "idempotency_mismatch", 422, "This key was used for another request"


class IdempotencyInProgress(EngineError):
    """The first request with this key is still running."""

    code, status, title, retryable = (
        "idempotency_in_progress",
        409,
        "The first request with this key is still running",
        True,
    )


class OrderAlreadyPaid(EngineError):
    """The order was paid before; ``payment_id`` says by which payment."""

    code, status, title = "order_already_paid", 409, "This order is already paid"


class OrderAmountDiffers(EngineError):
    """The order has an open payment over another amount (CHK-7)."""

    code, status, title = "order_amount_differs", 409, "This order is open with another amount"


class AttemptInProgress(EngineError):
    """The payment has a live attempt; ``allowed`` says what can be done about it."""

    code, status, title = "attempt_in_progress", 409, "Another attempt is in progress"


class TooManyAttempts(EngineError):
    """The payment was tried as often as one may be."""

    code, status, title = "too_many_attempts", 409, "This payment was tried too often"


class PaymentNotOpen(EngineError):
    """The payment takes no such action in its present status."""

    code, status, title = "payment_not_open", 409, "The payment's status does not allow that"


class NothingToRefund(EngineError):
    """The payment holds no captured money."""

    code, status, title = "nothing_to_refund", 409, "Nothing was captured that could be refunded"


class RefundWindowOver(EngineError):
    """The gateway takes refunds of such a payment no longer; ``days`` says how long it did."""

    code, status, title = "refund_window_over", 409, "It is too late to refund this payment"


class MoneyAlreadyReturned(EngineError):
    """The gateway or the bank has sent the money back by itself (RFD-8)."""

    code, status, title = "money_already_returned", 409, "The money went back already"


class CaptureInProgress(EngineError):
    """Another amount was asked for and is not answered yet; ``amount`` is in paise."""

    code, status, title = "capture_in_progress", 409, "Another capture is under way"


class AmountTooHigh(EngineError):
    """More than what is left; ``available`` is in paise."""

    code, status, title = "amount_too_high", 422, "The amount is more than what is left"


class MethodNotAvailable(EngineError):
    """No configured gateway offers the method to this client; ``alternatives`` does."""

    code, status, title = "method_not_available", 422, "This method is not available here"


class UpiCollectNotAllowed(EngineError):
    """A request to a UPI ID where banks take none (UPI-4); ``alternatives`` are the open flows."""

    code, status, title = "upi_collect_not_allowed", 422, "A UPI ID cannot be asked to pay here"


class InvalidVpa(EngineError):
    """The text cannot be a UPI ID; ``reason`` is a stable word that says why (UPI-1)."""

    code, status, title = "invalid_vpa", 422, "This cannot be a UPI ID"


class UnknownVpa(EngineError):
    """The bank says that there is no such UPI ID."""

    code, status, title = "unknown_vpa", 422, "This UPI ID does not exist"


class ConsentRequired(EngineError):
    """Nothing is kept of a customer's without their word (TOK-2, UPI-9)."""

    code, status, title = "consent_required", 422, "The customer did not agree to that"


class TooManyRequests(EngineError):
    """Asked too often; ``retry_after`` is in seconds."""

    code, status, title, retryable = "too_many_requests", 429, "Try again later", True


class LimitExceeded(EngineError):
    """More than people on call let this customer pay; ``limit`` names which, in paise or times."""

    code, status, title = "limit_exceeded", 422, "This is above the customer's limit"


class PreconditionRequired(EngineError):
    """A change of what others may change too, without ``If-Match``."""

    code, status, title = "precondition_required", 428, "Send If-Match with the ETag that you read"


class PreconditionFailed(EngineError):
    """It changed since it was read; ``version`` is the present one."""

    code, status, title = "precondition_failed", 412, "It has changed since you read it"


class InstrumentNotUsable(EngineError):
    """A saved card or linked wallet that cannot pay at this moment; ``state`` says why."""

    code, status, title = "instrument_not_usable", 409, "This cannot be paid with now"


class LinkNotStarted(EngineError):
    """A wallet's link was not begun, or its time or its tries are over (WAL-1)."""

    code, status, title = "link_not_started", 409, "Start linking this wallet first"


class WrongLinkProof(EngineError):
    """The OTP or code that links a wallet is not right; ``tries_left`` says how often again."""

    code, status, title = "wrong_link_proof", 422, "That code is not right"


class TooManySaved(EngineError):
    """No more can be kept for this customer (TOK-13)."""

    code, status, title = "too_many_saved", 409, "Too much is saved already"


class Unsupported(EngineError):
    """The gateway of this payment cannot do that."""

    code, status, title = "unsupported", 422, "The gateway cannot do that"


class Unavailable(EngineError):
    """We cannot serve now; ``retry_after`` is in seconds."""

    code, status, title, retryable = "unavailable", 503, "Try again shortly", True


class Internal(EngineError):
    """A fault of ours, logged under the request id and told to nobody."""

    code, status, title, retryable = "internal", 500, "Something went wrong on our side", True


def all_errors() -> list[type[EngineError]]:
    """Every error class, in the order of the file."""
    return EngineError.__subclasses__()
