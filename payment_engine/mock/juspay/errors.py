"""The error bodies of Juspay, of both generations, by the case that they answer."""

from typing import Any
from uuid import uuid4


class Refusal(Exception):
    """An answer other than success; ``body`` is sent as it is."""

    def __init__(self, http_status: int, body: dict[str, Any]) -> None:
        super().__init__(body.get("error_code") or body["status"])
        self.http_status = http_status
        self.body = body


def legacy(status: str, code: str, message: str, status_id: int | str | None = None) -> Refusal:
    """HTTP 400 in the older envelope: no ``error_info``."""
    numbered = {} if status_id is None else {"status_id": status_id}
    body = {"status": status, **numbered, "error_code": code, "error_message": message}
    return Refusal(400, body)


def error(
    code: str,
    message: str,
    *,
    status: str = "invalid_request_error",
    error_code: str = "invalid_request_error",
    category: str = "USER_ERROR",
    http_status: int = 400,
    fields: tuple[str, ...] = (),
    **extra: Any,
) -> Refusal:
    """The newer envelope, with ``error_info`` beside the older fields."""
    info: dict[str, Any] = {
        "code": code,
        "category": category,
        "user_message": message,
        "developer_message": message,
    }
    if fields:
        reason = "Missing field or Invalid Value"
        info["fields"] = [{"field_name": name, "reason": reason} for name in fields]
    body = {"status": status, **extra, "error_code": error_code, "error_message": message}
    return Refusal(http_status, {**body, "error_info": info})


def access_denied() -> Refusal:
    """A wrong or missing API key, or somebody else's merchant id."""
    return error(
        "UNAUTHORIZED",
        "Access to this resource is denied.",
        status="error",
        error_code="access_denied",
        http_status=401,
    )


def no_such_order(order_id: str) -> Refusal:
    """HTTP 400, not 404, and without an ``error_code``, as Juspay answers."""
    refusal = error(
        "RESOURCE_NOT_FOUND",
        "Order not found.",
        status="NOT_FOUND",
        status_id=40,
        order_id=order_id,
    )
    del refusal.body["error_code"]
    return refusal


def no_such_path() -> Refusal:
    """A path that this imitation does not serve."""
    return error(
        "RESOURCE_NOT_FOUND",
        "No such resource.",
        status="error",
        error_code="not_found",
        http_status=404,
    )


def invalid(*fields: str) -> Refusal:
    """Fields that are missing or invalid."""
    message = f"Missing or invalid: {', '.join(fields)}"
    return error(
        "INVALID_INPUT", message, status="Bad Request", error_code="INVALID_REQUEST", fields=fields
    )


def duplicate_order(order_id: str) -> Refusal:
    """``POST /orders`` for an id that exists.

    Juspay's answer to it is not documented. We use DUPLICATE_REQUEST, its code for a repeat: a
    client that copes with it also copes with an upsert.
    """
    return error(
        "DUPLICATE_REQUEST",
        "Order with this order_id already exists.",
        error_code="duplicate_order_id",
        order_id=order_id,
    )


def duplicate_combined(order_id: str) -> Refusal:
    """``POST /txns`` with an order in it, for an id that exists."""
    return error(
        "DUPLICATE_REQUEST",
        "Order with this order_id already exists.",
        status="DUPLICATE_ORDER_ID",
        error_code="duplicate_order_id",
        status_id=40,
        order_id=order_id,
    )


def invalid_action(message: str) -> Refusal:
    """An action that the order's state does not allow."""
    return error("INVALID_ACTION", message)


def no_gateway() -> Refusal:
    """No gateway can take this payment."""
    return error("GATEWAY_NOT_FOUND", "No usable gateway found.", category="CONFIG_ERROR")


def bad_token(*, expired: bool) -> Refusal:
    """A card token that is unknown, used, or older than 15 minutes."""
    code = "EXPIRED" if expired else "RESOURCE_NOT_FOUND"
    return error(
        code,
        "Card token is invalid or expired.",
        error_code="invalid_card_token",
        fields=("card_token",),
    )


def _bad_card(code: str, message: str, shopper_text: str, field: str, reason: str) -> Refusal:
    """A card of the tokenise call that cannot be; the customer may read ``shopper_text``."""
    refusal = error("INVALID_INPUT", message, status="error", error_code=code, fields=(field,))
    info = refusal.body["error_info"]
    info |= {"user_message": shopper_text, "developer_message": shopper_text, "href": "NA"}
    info |= {"request_id": str(uuid4()), "fields": [{"field_name": field, "reason": reason}]}
    return refusal


def invalid_expiry_month() -> Refusal:
    """A month of expiry that is none."""
    message = "Card expiry month should be between 1 and 12"
    shopper_text = "Invalid card expiry month."
    return _bad_card("invalidRange", message, shopper_text, "card_exp_month", "Invalid value.")


def invalid_expiry_year() -> Refusal:
    """A year of expiry that is none."""
    message, shopper_text = "Invalid card expiry year", "Invalid card expiry year."
    return _bad_card("invalid", message, shopper_text, "card_exp_year", "Invalid value.")


def no_security_code() -> Refusal:
    """A card to tokenise without its security code."""
    message = "Card security code should be present."
    return _bad_card("nullable", message, "Missing cvv.", "card_security_code", "Missing value.")


def not_storable() -> Refusal:
    """An Indian card: its number may not be stored, only a network's token of it."""
    return error(
        "INVALID_ACTION", "Card cannot be stored without tokenization.", fields=("card_number",)
    )


def order_not_charged() -> Refusal:
    """A refund of an order that is not paid, or by an attempt that was not charged."""
    message = "Cannot process unsuccessful order."
    return legacy("ERROR", "invalid.order.not_successful", message, -1)


def missing_refund_fields() -> Refusal:
    """A refund without ``unique_request_id``, or with an empty ``amount``."""
    message = "Mandatory fields are missing"
    return legacy("Bad Request", message, message)


def duplicate_refund(status_id: int | str) -> Refusal:
    """The same ``unique_request_id`` again (-1), or the same amount moments later ("-1")."""
    return legacy("ERROR", "duplicate.call", "Duplicate refund call.", status_id)


def invalid_refund_amount() -> Refusal:
    """An amount that is none."""
    return legacy("ERROR", "invalid amount", "Invalid amount.", -1)


def refund_amount_exceeded() -> Refusal:
    """An amount above what is left."""
    message = "Refund amount exceeds the refundable amount."
    return legacy("ERROR", "invalid.amount.exceeded", message, -1)


def customer_exists() -> Refusal:
    """A customer whose ``object_reference_id`` is taken."""
    message = "Customer with given object_reference_id already exists."
    return error("ALREADY_EXISTS", message, error_code="unique", fields=("object_reference_id",))


def no_such_customer() -> Refusal:
    """HTTP 404, unlike an unknown order."""
    return error(
        "RESOURCE_NOT_FOUND", "Customer not found.", error_code="object_not_found", http_status=404
    )


def no_such_wallet() -> Refusal:
    """HTTP 404, unlike an unknown order."""
    return error(
        "RESOURCE_NOT_FOUND", "Wallet not found.", error_code="object_not_found", http_status=404
    )


def invalid_customer(*fields: str) -> Refusal:
    """Fields of a customer that are blank."""
    message = f"Missing or invalid: {', '.join(fields)}"
    return error(
        "INVALID_INPUT",
        message,
        status="Invalid Request",
        error_code="Invalid Request",
        fields=fields,
    )
