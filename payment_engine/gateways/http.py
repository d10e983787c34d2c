"""The HTTP client of all gateways: sends, records, and classifies what went wrong."""

import asyncio
import json as jsonlib
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any, Literal, cast

import httpx
import structlog

from payment_engine import metrics, tracing
from payment_engine.domain.card_numbers import scrub
from payment_engine.domain.gateway import (
    FailureCause,
    Fenced,
    GatewayFailure,
    NotSent,
    Throttled,
    Unknown,
)
from payment_engine.domain.masking import mask
from payment_engine.domain.wire import CALLS_AT_ONCE, Exchange
from payment_engine.gateways.connections import own_transport
from payment_engine.gateways.health import Health, Verdict
from payment_engine.gateways.outgoing import Body, encoded_body
from payment_engine.gateways.slots import Slots

logger = structlog.get_logger()

NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)
"""Errors that prove that no byte of the request left; no other error of httpx does."""

_HEADERS = {"accept": "*/*", "accept-encoding": "gzip, deflate", "user-agent": "payment-engine"}
_CONTEXT = ("payment", "attempt", "refund", "request_id")
_SERVER_ERROR = 500
_NOT_JSON = object()
_NO_HEALTH = (FailureCause.SATURATED, FailureCause.FENCED, FailureCause.CANCELLED)
"""Causes that say nothing of the gateway."""


def parse_json(body: bytes) -> Any:
    """JSON, with fractional numbers left as text so that no amount becomes a float.

    Raises ValueError for anything that is not JSON, NaN and Infinity included.
    """
    try:
        return jsonlib.loads(body, parse_float=str, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


@dataclass(frozen=True)
class Answer:
    """An HTTP answer of any status from 200 to 499, except 408 and 429."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The decoded body (see ``parse_json``); raises Unknown where it is not JSON."""
        if self._decoded is _NOT_JSON:
            raise Unknown(f"status {self.status} with a body that is not JSON")
        return self._decoded

    @property
    def is_json(self) -> bool:
        """Whether the body decodes."""
        return self._decoded is not _NOT_JSON

    @property
    def readable(self) -> Any:
        """The decoded body, or its text if it is not JSON; None without a body."""
        if self.is_json:
            return self._decoded
        return self.body.decode(errors="replace") if self.body else None

    @cached_property
    def _decoded(self) -> Any:
        try:
            return parse_json(self.body)
        except ValueError:
            return _NOT_JSON


def status_refuses_us(answer: Answer) -> bool:
    """Whether a gateway refuses its caller, not the request: HTTP 401 and 403."""
    return answer.status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)


def cause_of_error(answer: Answer) -> FailureCause:
    """What an error is about, by its status: our key, or the request."""
    return FailureCause.UNAUTHORIZED if status_refuses_us(answer) else FailureCause.REFUSED


@dataclass
class _Call:
    """One call. ``cause`` is None once there is an answer that refuses nobody."""

    operation: str
    request: httpx.Request
    sent: Mapping[str, Any]
    allow: frozenset[str]
    started: float
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    answer: Answer | None = None
    outcome: Literal["answered", "not_sent", "refused", "unknown"] = "unknown"
    cause: FailureCause | None = FailureCause.CANCELLED

    def end(self, *, refuses_us: bool) -> None:
        """There is an answer."""
        self.outcome = "refused" if refuses_us else "answered"
        self.cause = FailureCause.UNAUTHORIZED if refuses_us else None

    def fail(self, failure: GatewayFailure) -> None:
        """There is no usable one."""
        self.cause = failure.cause
        if isinstance(failure, NotSent):
            self.outcome = "not_sent"
        elif isinstance(failure, Throttled):
            self.outcome = "refused"


def patience(total_timeout: float) -> float:
    """Seconds that a call may take, up to a tenth less: calls that hang do not all end at once."""
    return total_timeout * random.uniform(0.9, 1)  # noqa: S311


class Wire:
    """Calls one gateway: bounded, timed, recorded, and never twice once bytes may have left.

    ``record`` receives one masked Exchange per call, whatever its outcome. ``in_transaction``
    tells whether the caller has a database transaction open: then nothing is sent (RuntimeError).
    ``alive`` tells whether this process may act at all: if not, nothing is sent either (Fenced).
    Times are seconds. At most ``max_waiting`` calls wait for one of ``max_in_flight`` slots, each
    no longer than ``connect_timeout``; any further call is Saturated at once.
    """

    def __init__(
        self,
        gateway: str,
        *,
        record: Callable[[Exchange], None],
        in_transaction: Callable[[], bool] = lambda: False,
        alive: Callable[[], bool] = lambda: True,
        max_in_flight: int = CALLS_AT_ONCE,
        max_waiting: int = 256,
        connect_timeout: float = 2.0,
        total_timeout: float = 15.0,
        transport: httpx.AsyncBaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.gateway = gateway
        self._record = record
        self._in_transaction = in_transaction
        self._alive = alive
        self._slots = Slots(
            max_in_flight, most_waiting=max_waiting, wait=connect_timeout, monotonic=monotonic
        )
        self._total_timeout = total_timeout
        self._monotonic = monotonic
        self._health = Health(monotonic)
        self._given_transport = transport
        timeout = httpx.Timeout(total_timeout, connect=connect_timeout)
        self._extensions = {"timeout": timeout.as_dict()}

    async def send(
        self,
        operation: str,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        allow: frozenset[str],
        form: Mapping[str, str] | None = None,
        json: Any = None,
        query: Mapping[str, str] | None = None,
        content: bytes | None = None,
        expect_json: bool = True,
        refuses_us: Callable[[Answer], bool] = status_refuses_us,
    ) -> Answer:
        """Send one request and return the answer; raises NotSent or Unknown, nothing else.

        Of request and answer only the fields named in ``allow`` are recorded. ``content`` is a
        body that is serialised already. With ``expect_json`` a success without JSON is Unknown.
        ``refuses_us``: whether an answer refuses our key, merchant id or address. It is returned
        like any other, and counts against the gateway's health.
        """
        if self._in_transaction():
            raise RuntimeError(f"{self.gateway} {operation} was called with a transaction open")
        try:
            address = _address(url) if query is None else httpx.URL(url, params=query)
        except httpx.InvalidURL as error:
            raise NotSent("not an address") from error
        metrics.start_operation_at_zero(self.gateway, operation)
        body = encoded_body(form=form, json=json, content=content)
        request = httpx.Request(
            method,
            address,
            headers=_request_headers(address, headers, body),
            stream=httpx.ByteStream(body.content),
            extensions=self._extensions,
        )
        sent = {"query": query, "form": form, "json": json, "content": _readable(content)}
        call = _Call(operation, request, sent, allow, self._monotonic())
        with tracing.span(f"{self.gateway} {operation}", "client"):
            if traced := tracing.outgoing():
                request.headers.update(traced)
            return await self._recorded(call, refuses_us, expect_json=expect_json)

    def health(self) -> Verdict:
        """How well this gateway answered lately, as this process saw it; declines are answers."""
        return self._health.verdict()

    @property
    def most_in_flight(self) -> int:
        """How many calls are in flight at once."""
        return self._slots.count

    @property
    def full(self) -> bool:
        """Whether a call would be Saturated at once: as many as may are in flight and waiting."""
        return self._slots.full

    @cached_property
    def _transport(self) -> httpx.AsyncBaseTransport:
        """Made by the first call: most commands make none."""
        return self._given_transport or own_transport()

    async def aclose(self) -> None:
        """Close the connections."""
        if "_transport" in vars(self):
            await self._transport.aclose()

    async def _recorded(
        self, call: _Call, refuses_us: Callable[[Answer], bool], *, expect_json: bool
    ) -> Answer:
        try:
            with metrics.series(metrics.gateway_in_flight, self.gateway).track_inprogress():
                answer = await self._timed(call)
            _judge(answer, expect_json=expect_json)
            call.end(refuses_us=refuses_us(answer))
            return answer
        except GatewayFailure as failure:
            call.fail(failure)
            raise
        finally:
            self._finish(call)

    async def _timed(self, call: _Call) -> Answer:
        seconds = patience(self._total_timeout)
        try:
            async with asyncio.timeout(seconds), self._slots.one():
                call.answer = await self._once_or_again(call.request)
        except TimeoutError as error:
            failure = Unknown(f"no answer within {seconds:.1f} s")
            raise failure.because(FailureCause.TIMEOUT) from error
        return call.answer

    async def _once_or_again(self, request: httpx.Request) -> Answer:
        try:
            return await self._try(request)
        except NotSent:
            return await self._try(request)

    async def _try(self, request: httpx.Request) -> Answer:
        if not self._alive():
            raise Fenced("the database has not confirmed lately that this process runs")
        try:
            return await _answered(self._transport, request)
        except NEVER_SENT as error:
            raise NotSent(type(error).__name__) from error
        except (httpx.HTTPError, OSError) as error:
            late = isinstance(error, httpx.TimeoutException | TimeoutError)
            cause = FailureCause.TIMEOUT if late else FailureCause.RESET
            raise Unknown(type(error).__name__).because(cause) from error

    def _finish(self, call: _Call) -> None:
        seconds = self._monotonic() - call.started
        outcome = call.cause or "answered"
        metrics.series(metrics.gateway_calls, self.gateway, call.operation, outcome).inc()
        metrics.series(metrics.gateway_seconds, self.gateway, call.operation).observe(seconds)
        if call.cause:
            metrics.gateway_failures.labels(self.gateway, call.cause).inc()
        if call.cause is FailureCause.UNAUTHORIZED:
            logger.error("gateway_refuses_us", gateway=self.gateway, operation=call.operation)
        if call.cause not in _NO_HEALTH:
            self._health.note(ok=call.cause is None)
        try:
            self._record(self._exchange(call, seconds))
        except Exception:
            logger.exception("exchange_not_recorded", gateway=self.gateway)

    def _exchange(self, call: _Call, seconds: float) -> Exchange:
        known = structlog.contextvars.get_contextvars()
        sent = {
            where: dict(body) if isinstance(body, Mapping) else body
            for where, body in call.sent.items()
            if body
        }
        return Exchange(
            at=call.at,
            gateway=self.gateway,
            operation=call.operation,
            direction="out",
            http_method=call.request.method,
            path=scrub(call.request.url.path),
            outcome=call.outcome,
            cause=call.cause,
            status=call.answer.status if call.answer else None,
            latency_ms=round(seconds * 1000, 3),
            request=_masked(sent, call.allow),
            response=_masked(call.answer.readable, call.allow) if call.answer else None,
            context={name: str(known[name]) for name in _CONTEXT if known.get(name)},
        )


async def _answered(transport: httpx.AsyncBaseTransport, request: httpx.Request) -> Answer:
    """One exchange, without what httpx's client adds to it: cookies, redirects, authentication."""
    response = await transport.handle_async_request(request)
    try:
        body = await _content(response)
    finally:
        await response.aclose()
    return Answer(response.status_code, dict(response.headers), body)


async def _content(response: httpx.Response) -> bytes:
    """The body; httpx reads a compressed one, at ten times the cost of what is sent as it is."""
    if "content-encoding" in response.headers:
        return await response.aread()
    stream = cast(httpx.AsyncByteStream, response.stream)
    return b"".join([part async for part in stream])


def _request_headers(
    address: httpx.URL, headers: Mapping[str, str], body: Body
) -> list[tuple[str, str]]:
    """What httpx's client would send; the caller's headers win."""
    usual = {"host": address.netloc.decode("ascii"), **_HEADERS}
    if body.media_type:
        usual["content-type"] = body.media_type
    if body.content:
        usual["content-length"] = str(len(body.content))
    return list({**usual, **headers}.items())


@lru_cache(maxsize=256)
def _address(url: str) -> httpx.URL:
    """The parsed address; those of one gateway are few. Raises httpx.InvalidURL."""
    return httpx.URL(url)


def _judge(answer: Answer, *, expect_json: bool) -> None:
    failure: Unknown | None = None
    if answer.status == httpx.codes.TOO_MANY_REQUESTS:
        failure = Throttled("http_429", "too many requests")
    elif answer.status == httpx.codes.REQUEST_TIMEOUT:
        failure = Unknown("status 408").because(FailureCause.TIMEOUT)
    elif answer.status >= _SERVER_ERROR:
        failure = Unknown(f"status {answer.status}").because(FailureCause.SERVER_ERROR)
    if failure:
        failure.retry_after = _retry_after(answer.headers)
        raise failure
    if expect_json and answer.status < httpx.codes.BAD_REQUEST:
        answer.json()


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds until the next call, by ``Retry-After``; None for none, or for a date."""
    value = headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdecimal() else None


def _readable(body: bytes | None) -> Any:
    try:
        return parse_json(body) if body else None
    except ValueError:
        return (body or b"").decode(errors="replace")


def _masked(value: Any, allow: frozenset[str]) -> Any:
    try:
        return mask(value, allow)
    except RecursionError:
        return "<nested too deep>"
