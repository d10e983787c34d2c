"""Linking a wallet: the customer's consent at Amazon, a code, and tokens that are renewed."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from payment_engine.domain.gateway import (
    LinkEnded,
    LinkRequest,
    LinkStart,
    Refused,
    Unknown,
    WalletLink,
    WrongProof,
)
from payment_engine.gateways.amazonpay.messages import TokenAnswer
from payment_engine.gateways.amazonpay.tables import INVALID_GRANT, TOKEN_FIELDS
from payment_engine.gateways.amazonpay.wire import AmazonPayWire
from payment_engine.gateways.reading import impersonal

_VERIFIER_BYTES = 48


class WalletTokens(BaseModel):
    """A linked wallet: the token that pays, and the one that renews it."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    access: str = Field(min_length=1, repr=False)
    refresh: str = Field(min_length=1, repr=False)

    def serialized(self) -> SecretStr:
        """Both as one text, which the engine encrypts and stores."""
        return SecretStr(self.model_dump_json())


class Consent(BaseModel):
    """A consent that was asked for: what its code is exchanged with."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    verifier: str = Field(min_length=1, repr=False)
    redirect_uri: str = Field(min_length=1)


def read_tokens(token: SecretStr) -> WalletTokens:
    """What ``serialized`` made; raises LinkEnded for anything else."""
    try:
        return WalletTokens.model_validate_json(token.get_secret_value())
    except ValidationError as error:
        raise LinkEnded("unreadable_link", "not a link of this wallet") from error


def start(api: AmazonPayWire, request: LinkRequest) -> LinkStart:
    """Amazon's consent page for our application, bound to us by a proof key (RFC 7636)."""
    config = api.config
    verifier = secrets.token_urlsafe(_VERIFIER_BYTES)
    redirect_uri = config.redirect_url or request.return_url
    query = {
        "client_id": config.client_id,
        "scope": config.scope,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "state": request.ref,
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
    }
    consent = Consent(verifier=verifier, redirect_uri=redirect_uri)
    return LinkStart(
        state=SecretStr(consent.model_dump_json()),
        url=f"{config.consent_url}?{urlencode(query, quote_via=quote)}",
    )


async def finish(api: AmazonPayWire, state: SecretStr, code: SecretStr) -> WalletLink:
    """Tokens for the code of a consent; raises WrongProof for a code that is not valid."""
    try:
        consent = Consent.model_validate_json(state.get_secret_value())
    except ValidationError as error:
        raise LinkEnded("unreadable_link", "no consent was asked for") from error
    grant = {
        "grant_type": "authorization_code",
        "code": code.get_secret_value(),
        "redirect_uri": consent.redirect_uri,
        "code_verifier": consent.verifier,
    }
    try:
        return await _exchange(api, "link_wallet", grant)
    except Refused as refused:
        if refused.code == INVALID_GRANT:
            raise WrongProof(refused.code, "the code is not valid") from refused
        raise


async def renew(api: AmazonPayWire, token: SecretStr) -> WalletLink:
    """The link with a fresh access token; raises LinkEnded once the customer withdrew consent."""
    refresh = read_tokens(token).refresh
    grant = {"grant_type": "refresh_token", "refresh_token": refresh}
    try:
        return await _exchange(api, "renew_wallet", grant, refresh)
    except Refused as refused:
        if refused.code == INVALID_GRANT:
            raise LinkEnded(refused.code, "the consent was withdrawn") from refused
        raise


async def _exchange(
    api: AmazonPayWire, operation: str, grant: Mapping[str, str], refresh: str | None = None
) -> WalletLink:
    """Tokens for a grant; ``refresh`` stays the refresh token where Amazon sends no other."""
    started_at = api.now()
    config = api.config
    secret = config.client_secret
    client_secret = {"client_secret": secret.get_secret_value()} if secret else {}
    response = await api.wire.send(
        operation,
        "POST",
        config.token_url,
        headers={},
        allow=TOKEN_FIELDS,
        json={**grant, "client_id": config.client_id, **client_secret},
    )
    answer = TokenAnswer.read(response.json())
    if response.status >= 300:
        raise _failure(response.status, answer)
    renewed = answer.refresh_token.get_secret_value() if answer.refresh_token else refresh
    if answer.access_token is None or renewed is None:
        raise Unknown("an answer without its tokens")
    tokens = WalletTokens(access=answer.access_token.get_secret_value(), refresh=renewed)
    life = timedelta(seconds=answer.expires_in) if answer.expires_in else None
    return WalletLink(token=tokens.serialized(), expires_at=started_at + life if life else None)


def _failure(status: int, answer: TokenAnswer) -> Refused | Unknown:
    if not answer.error or status < 400:
        return Unknown(f"status {status} without an OAuth error")
    return Refused(impersonal(answer.error), answer.error_description)


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
