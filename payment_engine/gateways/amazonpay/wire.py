"""How Amazon Pay is called: signed calls, signed answers, one kind of error."""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import structlog
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from payment_engine import metrics
from payment_engine.domain.gateway import (
    Client,
    FailureCause,
    LinkEnded,
    Refused,
    Unconfirmed,
    Unknown,
)
from payment_engine.gateways.amazonpay.messages import ErrorAnswer
from payment_engine.gateways.amazonpay.signature import ALGORITHM, canonical, sign
from payment_engine.gateways.amazonpay.tables import (
    INVALID_TOKEN,
    SOURCES,
    WRONG_CLOCK,
    WRONG_SETUP,
)
from payment_engine.gateways.http import Answer, Wire, status_refuses_us
from payment_engine.gateways.reading import Message, impersonal, object_of

M = TypeVar("M", bound=Message)

_NO_DEVICE = Client()
_DATE_FORMAT = "%Y%m%dT%H%M%SZ"
_MAX_CLOCK_SKEW = timedelta(hours=12)
_MAX_USER_AGENT = 256
_URL = r"^https?://[^/?#]+[^?#]*$"

_log = structlog.get_logger()


class AmazonPayConfig(BaseModel):
    """What Amazon Pay gives a seller: two key pairs, an application, and a topic of webhooks."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: str = Field(pattern=_URL)
    """Address of the API: https://amazonpay-sandbox.amazon.in for testing, or
    https://amazonpay.amazon.in."""
    signing_host: str | None = Field(None, pattern=r"^[a-z0-9.-]+$")
    """The host that calls are signed for, if it is not the one of ``base_url``."""
    merchant_id: str = Field(min_length=1)
    """The seller's id."""
    access_key: str = Field(min_length=1)
    """Name of the key that signs calls."""
    secret_key: SecretStr = Field(min_length=1)
    """Signs calls and verifies their answers."""
    return_access_key: str | None = None
    """Name of the key that verifies browser returns."""
    return_secret_key: SecretStr | None = None
    """Verifies browser returns; by default the same key as for calls."""
    auth_separator: Literal[" ", "+"] = " "
    """What stands between ``AMZ`` and the access key; Amazon's documents show both."""
    user_ip: str = "127.0.0.1"
    """The customer's IP address in calls that no customer started."""
    timeout: int = Field(900, ge=300, le=900)
    """Seconds that a customer has to pay."""

    client_id: str = Field(min_length=1)
    """The Login with Amazon application that customers link their wallet to."""
    client_secret: SecretStr | None = None
    """The secret of that application, if it has one."""
    consent_url: str = Field("https://eu.account.amazon.com/ap/oa", pattern=_URL)
    """Amazon's page where a customer gives consent."""
    token_url: str = Field("https://api.amazon.co.uk/auth/o2/token", pattern=_URL)
    """Address that exchanges codes for tokens and renews tokens."""
    scope: str = "payments:autopay_consent"
    """The OAuth scope that a consent is for."""
    redirect_url: str | None = Field(None, pattern=_URL)
    """The safelisted address where a consent ends, if it is not the caller's own."""

    topic_arn: str = Field(pattern=r"^arn:aws[a-z-]*:sns:")
    """The only SNS topic whose webhooks are accepted."""
    certificate_base: str | None = Field(None, pattern=_URL)
    """Where certificates of webhooks are fetched instead of at Amazon; for a mock only."""

    @model_validator(mode="after")
    def _check_return_pair(self) -> "AmazonPayConfig":
        if (self.return_access_key is None) != (self.return_secret_key is None):
            raise ValueError("set return_access_key and return_secret_key together")
        return self

    @property
    def signed_host(self) -> str:
        """The host that signatures name, without a port."""
        return self.signing_host or urlsplit(self.base_url).hostname or ""

    @property
    def return_pair(self) -> tuple[str, str]:
        """Access key and secret key of browser returns."""
        secret = self.return_secret_key or self.secret_key
        return self.return_access_key or self.access_key, secret.get_secret_value()


class Unverified(Unknown):
    """An answer whose signature does not fit: it may be true, but nothing may rest on it."""


@dataclass(frozen=True, kw_only=True)
class AmazonPayRequest:
    """One call: ``fields`` are the query of a GET, else JSON.

    ``allow`` names the fields that may be recorded, of the request and its answer.
    """

    operation: str
    method: Literal["GET", "POST"]
    path: str
    fields: Mapping[str, str]
    allow: frozenset[str]
    client: Client = _NO_DEVICE
    codes: frozenset[str] = frozenset()
    """The errors with which Amazon says, by its document, what it did not do, or has done before;
    after any other one it is not known."""
    must_verify: bool = True
    """Whether a success needs a valid signature; if not, a wrong one is only logged."""


class AmazonPayWire:
    """One seller's connection to Amazon Pay; ``now`` is this machine's time."""

    def __init__(self, config: AmazonPayConfig, wire: Wire) -> None:
        self.config = config
        self.now: Callable[[], datetime] = partial(datetime.now, UTC)
        self.wire = wire
        self._clock_skew = timedelta()
        self._reading: str | None = None

    async def call(self, request: AmazonPayRequest, kind: type[M]) -> M:
        """The message of a success.

        Raises Refused for an error of the request's ``codes``, Unconfirmed for another one,
        LinkEnded for a token that is not valid, Unverified, Unknown or NotSent. Only a call that
        Amazon refused for its time is signed and sent again, once.
        """
        try:
            return await self._send(request, kind)
        except Refused as refused:
            if refused.code != WRONG_CLOCK:
                raise
            _log.warning("amazonpay_clock_differs", seconds=self._clock_skew.total_seconds())
            return await self._send(request, kind)

    async def _send(self, request: AmazonPayRequest, kind: type[M]) -> M:
        headers = self._headers(request)
        get = request.method == "GET"
        answer = await self.wire.send(
            request.operation,
            request.method,
            self.config.base_url.rstrip("/") + request.path,
            headers=headers if get else {**headers, "content-type": "application/json"},
            allow=request.allow,
            query=request.fields if get else None,
            content=None if get else json.dumps(request.fields).encode(),
            refuses_us=_refuses_us,
        )
        if answer.status >= 300:
            raise self._refusal(request, answer, headers["x-amz-date"])
        content = object_of(answer.json())
        if not self._is_signed(request, answer, content, headers["x-amz-date"]):
            metrics.unproven_answers.labels(self.wire.gateway).inc()
            _log.error("answer_unproven", gateway=self.wire.gateway, operation=request.operation)
            if request.must_verify:
                raise Unverified(f"{request.operation} was answered without a valid signature")
        return kind.read(content)

    def _headers(self, request: AmazonPayRequest) -> dict[str, str]:
        config = self.config
        client = request.client
        date = (self.now() + self._clock_skew).strftime(_DATE_FORMAT)
        signed = {
            "x-amz-client-id": config.merchant_id,
            "x-amz-source": SOURCES.get(client.platform, "Server"),
            "x-amz-user-ip": client.ip or config.user_ip,
            "x-amz-user-agent": _header_text(client.user_agent or "") or "payment-engine",
            "x-amz-algorithm": ALGORITHM,
            "x-amz-date": date,
            "x-amz-expires": "900",
        }
        get = request.method == "GET"
        query = request.fields if get else {}
        body = {} if get else request.fields
        text = canonical(request.method, self._host_and_path(request), query, signed, body)
        signature = sign(config.secret_key.get_secret_value(), date, text)
        credentials = f"{config.access_key}:{signature}"
        return {**signed, "authorization": f"AMZ{config.auth_separator}{credentials}"}

    def _refusal(
        self, request: AmazonPayRequest, answer: Answer, sent_at: str
    ) -> Refused | Unknown:
        """What an error means; one with a wrong signature means nothing."""
        content = object_of(answer.json()) if answer.status >= 400 else {}
        error = ErrorAnswer.read(content)
        if not error.code:
            return Unknown(f"status {answer.status} without an error code of Amazon Pay's")
        if answer.headers.get("x-amz-signature") and not self._is_signed(
            request, answer, content, sent_at
        ):
            return Unverified(f"{request.operation} was refused with a wrong signature")
        if error.code == WRONG_CLOCK:
            self._adjust_clock(answer.headers.get("x-amz-date"))
        failure = _failure(request, error)
        cause = FailureCause.UNAUTHORIZED if _refuses_us(answer) else failure.cause
        return failure.because(cause)

    def _adjust_clock(self, amazon_date: str | None) -> None:
        """By the date of a refusal; it is not signed, so it moves us by hours at most."""
        try:
            date = datetime.strptime(amazon_date or "", _DATE_FORMAT).replace(tzinfo=UTC)
        except ValueError:
            return
        skew = date - self.now()
        if abs(skew) <= _MAX_CLOCK_SKEW:
            self._clock_skew = skew

    def _is_signed(
        self,
        request: AmazonPayRequest,
        answer: Answer,
        content: Mapping[str, Any],
        sent_at: str,
    ) -> bool:
        """Whether an answer carries one of the signatures that Amazon may mean.

        How an answer to a GET is signed is not documented: the reading that fits is logged
        whenever it changes. Every reading takes our secret key.
        """
        given = answer.headers.get("x-amz-signature", "").encode(errors="replace")
        expected = self._expected_signatures(request, answer.headers, content, sent_at)
        fits = [name for name, each in expected.items() if hmac.compare_digest(given, each)]
        if fits and request.method == "GET" and fits[0] != self._reading:
            self._reading = fits[0]
            _log.info("amazonpay_answers_read", reading=self._reading)
        return bool(fits)

    def _expected_signatures(
        self,
        request: AmazonPayRequest,
        answer_headers: Mapping[str, str],
        content: Mapping[str, Any],
        sent_at: str,
    ) -> dict[str, bytes]:
        """The signature by each reading; none for an answer nested too deep to be signed."""
        date = answer_headers.get("x-amz-date", sent_at)
        headers = {
            "x-amz-algorithm": ALGORITHM,
            "x-amz-date": date,
            "x-amz-request-id": answer_headers.get("x-amz-request-id"),
        }
        host_and_path = self._host_and_path(request)
        try:
            texts = {
                name: canonical(method, host_and_path, query, headers, content)
                for name, method, query in _readings(request)
            }
        except RecursionError:
            return {}
        key = self.config.secret_key.get_secret_value()
        return {name: sign(key, date, text).encode() for name, text in texts.items()}

    def _host_and_path(self, request: AmazonPayRequest) -> str:
        return self.config.signed_host + request.path


def _failure(request: AmazonPayRequest, error: ErrorAnswer) -> Refused | Unconfirmed:
    code, message = impersonal(error.code), error.message
    if error.code == INVALID_TOKEN:
        return LinkEnded(code, message)
    if error.code == WRONG_CLOCK or error.code in request.codes:
        return Refused(code, message, certain=error.code in WRONG_SETUP)
    return Unconfirmed(code, message)


def _refuses_us(answer: Answer) -> bool:
    """Whether Amazon refuses our key or signature; a wallet's token is its customer's affair."""
    if not status_refuses_us(answer):
        return False
    content = answer.readable
    return not isinstance(content, dict) or ErrorAnswer.read(content).code != INVALID_TOKEN


def _readings(request: AmazonPayRequest) -> list[tuple[str, str, Mapping[str, str]]]:
    """Name, method and query of each way in which an answer may be signed."""
    post = ("post", "POST", dict[str, str]())
    if request.method == "POST":
        return [post]
    return [("get_query", "GET", request.fields), ("get", "GET", {}), post]


def _header_text(user_agent: str) -> str:
    """A user agent as a header can carry it."""
    printable = (char if " " <= char <= "~" else " " for char in user_agent)
    return " ".join("".join(printable).split())[:_MAX_USER_AGENT].strip()
