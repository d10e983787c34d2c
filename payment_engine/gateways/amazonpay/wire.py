"""How Amazon Pay is spoken to: signed calls, signed answers, one kind of error."""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

import structlog
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from payment_engine import metrics
from payment_engine.domain.gateway import Client, LinkEnded, Refused, Unknown
from payment_engine.gateways.amazonpay.signature import ALGORITHM, canonical, sign
from payment_engine.gateways.amazonpay.tables import SOURCES
from payment_engine.gateways.http import Answer, Wire
from payment_engine.gateways.reading import impersonal, object_of, text

_SERVER = Client()
_STAMP = "%Y%m%dT%H%M%SZ"
_MOST_AHEAD = timedelta(hours=12)
_LONGEST_AGENT = 256
_HTTP = r"^https?://[^/?#]+[^?#]*$"

_log = structlog.get_logger()


class AmazonPayConfig(BaseModel):
    """What Amazon Pay gives a seller: two key pairs, an application, and a topic of notices."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )

    base_url: str = Field(pattern=_HTTP)
    """Its API: https://amazonpay-sandbox.amazon.in or https://amazonpay.amazon.in."""
    signing_host: str | None = Field(None, pattern=r"^[a-z0-9.-]+$")
    """The host that signatures name, where ``base_url`` leads elsewhere."""
    merchant_id: str = Field(min_length=1)
    """The seller's id."""
    access_key: str = Field(min_length=1)
    """Names the pair that signs."""
    secret_key: SecretStr = Field(min_length=1)
    """This pair signs calls and verifies their answers."""
    return_access_key: str | None = None
    """Names the pair that verifies returns."""
    return_secret_key: SecretStr | None = None
    """This one verifies what a browser brings back; by default it is the same pair."""
    auth_separator: Literal[" ", "+"] = " "
    """Between ``AMZ`` and the access key: Amazon's documents print both."""
    user_ip: str = "127.0.0.1"
    """Told of calls that no customer's device stands behind."""
    timeout: int = Field(900, ge=300, le=900)
    """Seconds a customer has to pay."""

    client_id: str = Field(min_length=1)
    """The Login with Amazon application that customers link their wallet to."""
    client_secret: SecretStr | None = None
    """Its secret, where the application has one."""
    consent_url: str = Field("https://eu.account.amazon.com/ap/oa", pattern=_HTTP)
    """Where a customer gives consent."""
    token_url: str = Field("https://api.amazon.co.uk/auth/o2/token", pattern=_HTTP)
    """Where a consent\'s code becomes a token, and a token is renewed."""
    scope: str = "payments:autopay_consent"
    """What the consent is for."""
    redirect_url: str | None = Field(None, pattern=_HTTP)
    """The safelisted address where a consent ends, where it is not the caller's own."""

    topic_arn: str = Field(pattern=r"^arn:aws[a-z-]*:sns:")
    """The only SNS topic whose notices are taken."""
    certificate_base: str | None = Field(None, pattern=_HTTP)
    """Where the certificates of notices are fetched instead of at Amazon: for an imitation only."""

    @model_validator(mode="after")
    def _whole_pairs(self) -> "AmazonPayConfig":
        if (self.return_access_key is None) != (self.return_secret_key is None):
            raise ValueError("set return_access_key and return_secret_key together")
        return self

    @property
    def signed_host(self) -> str:
        """The host that signatures name, without a port."""
        return self.signing_host or urlsplit(self.base_url).hostname or ""

    @property
    def return_pair(self) -> tuple[str, str]:
        """Access key and secret of the browser return."""
        secret = self.return_secret_key or self.secret_key
        return self.return_access_key or self.access_key, secret.get_secret_value()


class Unproven(Unknown):
    """A success whose signature does not verify: it may be true, and nothing rests on it."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One call: ``fields`` travel in the query of a GET, else as JSON."""

    operation: str
    method: Literal["GET", "POST"]
    path: str
    fields: Mapping[str, str]
    allow: frozenset[str]
    client: Client = _SERVER
    strict: bool = True
    """Whether a success must carry a valid signature, rather than be warned about."""


class AmazonPayWire:
    """One seller's connection to Amazon Pay; ``now`` is this machine's time."""

    def __init__(
        self, config: AmazonPayConfig, wire: Wire, now: Callable[[], datetime] | None = None
    ) -> None:
        self.config = config
        self.now = now or _now
        self.wire = wire
        self._ahead = timedelta()
        self._reading: str | None = None

    async def ask(self, ask: Ask) -> dict[str, Any]:
        """The object of a success; raises Refused with Amazon's own code, Unproven or Unknown.

        Only a call that Amazon found to be signed at another time is signed and sent again, once.
        """
        try:
            return await self._once(ask)
        except Refused as refused:
            if refused.code != "AuthorizationExpired":
                raise
            _log.warning("amazonpay_clock_differs", seconds=self._ahead.total_seconds())
            return await self._once(ask)

    async def _once(self, ask: Ask) -> dict[str, Any]:
        headers = self._headers(ask)
        get = ask.method == "GET"
        answer = await self.wire.send(
            ask.operation,
            ask.method,
            self.config.base_url.rstrip("/") + ask.path,
            headers=headers if get else {**headers, "content-type": "application/json"},
            allow=ask.allow,
            query=ask.fields if get else None,
            content=None if get else json.dumps(ask.fields).encode(),
        )
        if answer.status >= 300:
            raise self._refusal(ask, answer, headers["x-amz-date"])
        content = object_of(answer.json())
        if not self._proven(ask, answer, content, headers["x-amz-date"]):
            metrics.unproven_answers.labels(self.wire.gateway).inc()
            _log.error("answer_unproven", gateway=self.wire.gateway, operation=ask.operation)
            if ask.strict:
                raise Unproven(f"{ask.operation} was answered without a valid signature")
        return content

    def _headers(self, ask: Ask) -> dict[str, str]:
        config, client = self.config, ask.client
        date = (self.now() + self._ahead).strftime(_STAMP)
        signed = {
            "x-amz-client-id": config.merchant_id,
            "x-amz-source": SOURCES.get(client.platform, "Server"),
            "x-amz-user-ip": client.ip or config.user_ip,
            "x-amz-user-agent": _plain(client.user_agent or "") or "payment-engine",
            "x-amz-algorithm": ALGORITHM,
            "x-amz-date": date,
            "x-amz-expires": "900",
        }
        query, body = (ask.fields, {}) if ask.method == "GET" else ({}, ask.fields)
        line = canonical(ask.method, config.signed_host + ask.path, query, signed, body)
        signature = sign(config.secret_key.get_secret_value(), date, line)
        pair = f"{config.access_key}:{signature}"
        return {**signed, "authorization": f"AMZ{config.auth_separator}{pair}"}

    def _refusal(self, ask: Ask, answer: Answer, sent: str) -> Refused | Unknown:
        """What stands behind an error; one that somebody signed wrongly says nothing."""
        content = object_of(answer.json()) if answer.status >= 400 else {}
        code = text(content, "code")
        if code is None:
            return Unknown(f"status {answer.status} without a word of Amazon Pay's own")
        if answer.headers.get("x-amz-signature") and not self._proven(ask, answer, content, sent):
            return Unproven(f"{ask.operation} was refused with a wrong signature")
        if code == "AuthorizationExpired":
            self._set_clock(answer.headers.get("x-amz-date"))
        kind = LinkEnded if code == "InvalidAccessToken" else Refused
        return kind(impersonal(code), impersonal(text(content, "message") or ""))

    def _set_clock(self, theirs: str | None) -> None:
        """By the date of a refusal; it is not signed, so it moves us by hours at most."""
        try:
            date = datetime.strptime(theirs or "", _STAMP).replace(tzinfo=UTC)
        except ValueError:
            return
        ahead = date - self.now()
        if abs(ahead) <= _MOST_AHEAD:
            self._ahead = ahead

    def _proven(self, ask: Ask, answer: Answer, content: Mapping[str, Any], sent: str) -> bool:
        """Whether one of the documented readings of an answer's signature fits (reference 5).

        What an answer to a GET is signed as is not documented: the keyed reading that fits is
        logged whenever it changes.
        """
        given = answer.headers.get("x-amz-signature", "").encode(errors="replace")
        expected = self._expected(ask, answer.headers, content, sent)
        fits = [name for name, each in expected.items() if hmac.compare_digest(given, each)]
        if fits and ask.method == "GET" and fits[0] != self._reading:
            self._reading = fits[0]
            _log.info("amazonpay_answers_read", reading=self._reading)
        return bool(fits)

    def _expected(
        self, ask: Ask, told: Mapping[str, str], content: Mapping[str, Any], sent: str
    ) -> dict[str, bytes]:
        """The signature of each reading; none of an answer too deep to be written as text."""
        date = told.get("x-amz-date", sent)
        headers = {
            "x-amz-algorithm": ALGORITHM,
            "x-amz-date": date,
            "x-amz-request-id": told.get("x-amz-request-id"),
        }
        place, secret = self.config.signed_host + ask.path, self.config.secret_key
        try:
            lines = {
                name: canonical(method, place, query, headers, content)
                for name, method, query in _readings(ask)
            }
        except RecursionError:
            return {}
        key = secret.get_secret_value()
        return {name: sign(key, date, line).encode() for name, line in lines.items()}


def _readings(ask: Ask) -> list[tuple[str, str, Mapping[str, str]]]:
    post = ("post", "POST", dict[str, str]())
    if ask.method == "POST":
        return [post]
    return [("get_query", "GET", ask.fields), ("get", "GET", {}), post]


def _plain(agent: str) -> str:
    """A user agent as a header can carry it."""
    printable = (char if " " <= char <= "~" else " " for char in agent)
    return " ".join("".join(printable).split())[:_LONGEST_AGENT].strip()


def _now() -> datetime:
    return datetime.now(UTC)
