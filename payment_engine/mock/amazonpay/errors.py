"""The refusals of Amazon Pay: an HTTP status, a code and a message."""

_HTTP = {
    "AuthorizationExpired": 401,
    "AuthorizationFailed": 401,
    "InvalidAccessToken": 403,
    "LimitExceeded": 403,
    "IdentifierNotFound": 404,
    "InternalServerError": 500,
}
INTERNAL_ERROR = b'{"code":"InternalServerError","message":"The request could not be served."}'


class Refusal(Exception):
    """An answer other than success; HTTP 400 but for the codes of the table above."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.http_status = _HTTP.get(code, 400)
        self.body = {"code": code, "message": message}


def invalid(*names: str) -> Refusal:
    """Arguments that are missing or invalid."""
    return Refusal("InvalidArguments", f"Missing or invalid: {', '.join(names)}.")


def unauthorized(message: str) -> Refusal:
    """A missing or wrong signature."""
    return Refusal("AuthorizationFailed", message)


def no_charge(txn_id: str) -> Refusal:
    """An unknown charge."""
    return Refusal("InvalidChargeId", f"No charge found for {txn_id}.")


def no_refund(txn_id: str) -> Refusal:
    """An unknown refund."""
    return Refusal("InvalidRefundId", f"No refund found for {txn_id}.")


def bad_token() -> Refusal:
    """A token that is unknown, expired or revoked."""
    return Refusal("InvalidAccessToken", "The access token is invalid or expired.")
