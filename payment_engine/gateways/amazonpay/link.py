"""Linking a wallet: the customer's consent at Amazon, a code, and tokens that are renewed."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import SecretStr

from payment_engine.domain.gateway import (
    LinkEnded,
    LinkRequest,
    LinkStart,
    Refused,
    Unknown,
    WalletLink,
    WrongProof,
)
from payment_engine.gateways.amazonpay.tables import TOKEN_FIELDS
from payment_engine.gateways.amazonpay.wire import AmazonPayWire
from payment_engine.gateways.http import parse_json
from payment_engine.gateways.reading import impersonal, object_of, text

_VERIFIER_BYTES = 48


@dataclass(frozen=True, kw_only=True)
class WalletTokens:
    """What a linked wallet's opaque token holds."""

    access: str
    refresh: str

    def sealed(self) -> SecretStr:
        """As one text, for whoever keeps it."""
        return SecretStr(json.dumps({"access": self.access, "refresh": self.refresh}))


def tokens_in(token: SecretStr) -> WalletTokens:
    """The tokens of a link; raises LinkEnded for a text that this adapter did not make."""
    held = _opened(token)
    access, refresh = text(held, "access"), text(held, "refresh")
    if not access or not refresh:
        raise LinkEnded("unreadable_link", "not a link of this wallet")
    return WalletTokens(access=access, refresh=refresh)


def start(api: AmazonPayWire, request: LinkRequest) -> LinkStart:
    """Amazon's consent page for this application, bound to us by a proof key (RFC 7636)."""
    config, verifier = api.config, secrets.token_urlsafe(_VERIFIER_BYTES)
    back = config.redirect_url or request.return_url
    query = {
        "client_id": config.client_id,
        "scope": config.scope,
        "response_type": "code",
        "redirect_uri": back,
        "state": request.ref,
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
    }
    state = SecretStr(json.dumps({"verifier": verifier, "redirect_uri": back}))
    return LinkStart(state=state, url=f"{config.consent_url}?{urlencode(query, quote_via=quote)}")


async def finish(api: AmazonPayWire, state: SecretStr, code: SecretStr) -> WalletLink:
    """Tokens for the code of a consent; raises WrongProof where it is not a good one."""
    begun = _opened(state)
    verifier, back = text(begun, "verifier"), text(begun, "redirect_uri")
    if not verifier or not back:
        raise LinkEnded("unreadable_link", "no consent was asked for")
    grant = {
        "grant_type": "authorization_code",
        "code": code.get_secret_value(),
        "redirect_uri": back,
        "code_verifier": verifier,
    }
    try:
        return await _granted(api, "link_wallet", grant, None)
    except Refused as refused:
        if refused.code == "invalid_grant":
            raise WrongProof(refused.code, "the code is not good") from refused
        raise


async def renew(api: AmazonPayWire, token: SecretStr) -> WalletLink:
    """The link with a fresh access token; raises LinkEnded where the customer took it back."""
    refresh = tokens_in(token).refresh
    try:
        grant = {"grant_type": "refresh_token", "refresh_token": refresh}
        return await _granted(api, "renew_wallet", grant, refresh)
    except Refused as refused:
        if refused.code == "invalid_grant":
            raise LinkEnded(refused.code, "the consent is over") from refused
        raise


async def _granted(
    api: AmazonPayWire, operation: str, grant: Mapping[str, str], refresh: str | None
) -> WalletLink:
    config, began = api.config, api.now()
    secret = config.client_secret
    known = {"client_secret": secret.get_secret_value()} if secret else {}
    answer = await api.wire.send(
        operation,
        "POST",
        config.token_url,
        headers={},
        allow=TOKEN_FIELDS,
        json={**grant, "client_id": config.client_id, **known},
    )
    content = object_of(answer.json())
    if answer.status >= 300:
        raise _refusal(answer.status, content)
    access, kept = text(content, "access_token"), text(content, "refresh_token") or refresh
    if not access or not kept:
        raise Unknown("a grant without its tokens")
    seconds = content.get("expires_in")
    life = timedelta(seconds=seconds) if isinstance(seconds, int) and 0 < seconds < 10**8 else None
    return WalletLink(
        token=WalletTokens(access=access, refresh=kept).sealed(),
        expires_at=began + life if life else None,
    )


def _refusal(status: int, content: Mapping[str, Any]) -> Refused | Unknown:
    error = text(content, "error")
    if error is None or status < 400:
        return Unknown(f"status {status} without an error of OAuth's")
    return Refused(impersonal(error), impersonal(text(content, "error_description") or ""))


def _opened(secret: SecretStr) -> dict[str, Any]:
    try:
        held = parse_json(secret.get_secret_value().encode())
    except ValueError:
        held = None
    return held if isinstance(held, dict) else {}


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
