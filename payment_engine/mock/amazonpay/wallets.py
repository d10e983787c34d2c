"""Linked wallets: OAuth tokens for them, and their balance."""

import hmac

import orjson
from sanic import HTTPResponse, Request

from payment_engine.mock.amazonpay.errors import Refusal, invalid
from payment_engine.mock.amazonpay.model import Link
from payment_engine.mock.amazonpay.state import AmazonPay, amazonpay_of
from payment_engine.mock.amazonpay.wire import Content, Fields, parse_json
from payment_engine.mock.form import form_of
from payment_engine.mock.money import rupees_text


class TokenRefusal(Exception):
    """A refused token request: an OAuth 2 error and its description."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.body = {"error": error, "error_description": description}
        self.http_status = 401 if error == "invalid_client" else 400


async def exchange_token(request: Request) -> HTTPResponse:
    """``POST /auth/o2/token``: an access token for a consent code or a refresh token."""
    amazonpay = amazonpay_of(request)
    try:
        content = _grant(amazonpay, _token_fields(request))
        status = 200
    except TokenRefusal as refusal:
        content = dict(refusal.body)
        status = refusal.http_status
    headers = {"Cache-Control": "no-store"}
    return HTTPResponse(orjson.dumps(content), status, headers, "application/json")


def _token_fields(request: Request) -> Fields:
    if "json" not in (request.content_type or ""):
        return form_of(request)
    try:
        return {name: str(value) for name, value in parse_json(request.body).items()}
    except Refusal:
        raise TokenRefusal("invalid_request", "The body is no JSON object.") from None


def _grant(amazonpay: AmazonPay, fields: Fields) -> dict[str, str | int]:
    if fields.get("client_id") != amazonpay.config.client_id:
        raise TokenRefusal("invalid_client", "Client authentication failed.")
    match fields.get("grant_type"):
        case "authorization_code":
            access, refresh = _grant_by_code(amazonpay, fields)
        case "refresh_token":
            access, refresh = _grant_by_refresh_token(amazonpay, fields)
        case _:
            raise TokenRefusal("unsupported_grant_type", "The grant type is not supported.")
    return {
        "access_token": access,
        "token_type": "bearer",
        "expires_in": amazonpay.config.token_life,
        "refresh_token": refresh,
    }


def _grant_by_code(amazonpay: AmazonPay, fields: Fields) -> tuple[str, str]:
    """Tokens for a code: an app proves that it started the linking, a web shop has a secret."""
    code = amazonpay.links.redeem_code(fields.get("code", ""))
    if not code:
        raise TokenRefusal("invalid_grant", "The code is invalid, used or expired.")
    if fields.get("redirect_uri", code.redirect_uri) != code.redirect_uri:
        raise TokenRefusal("invalid_grant", "The redirect URI is another one.")
    web = not code.challenge
    if web:
        _check_secret(amazonpay, fields)
    elif not code.is_proved_by(fields.get("code_verifier", "")):
        raise TokenRefusal("invalid_grant", "The code verifier does not fit.")
    return amazonpay.links.create(code.wallet, web=web)


def _grant_by_refresh_token(amazonpay: AmazonPay, fields: Fields) -> tuple[str, str]:
    refresh_token = fields.get("refresh_token", "")
    link: Link | None = amazonpay.links.find_by_refresh_token(refresh_token)
    if not link:
        raise TokenRefusal("invalid_grant", "The refresh token is invalid or was taken back.")
    if link.web:
        _check_secret(amazonpay, fields)
    return amazonpay.links.issue_access_token(link), refresh_token


def _check_secret(amazonpay: AmazonPay, fields: Fields) -> None:
    secret = fields.get("client_secret", "").encode()
    if not hmac.compare_digest(secret, amazonpay.config.client_secret.encode()):
        raise TokenRefusal("invalid_client", "Client authentication failed.")


def read_instruments(amazonpay: AmazonPay, fields: Fields) -> Content:
    """``GET /v1/payments/instruments``: the balance, all of which is redeemable here."""
    wallet = amazonpay.links.wallet_of(fields.get("accessToken", ""))
    if "AmazonPayBalance" not in fields.get("instrumentTypes", "").split(","):
        raise invalid("instrumentTypes")
    balance = rupees_text(wallet.balance)
    return {
        "amazonPayBalance": {
            "enabled": wallet.kyc,
            "priority": 0,
            "totalBalance": balance,
            "redeemableBalance": balance,
        }
    }
