"""The health matrix: each route with its last hour beside the same one of other days, and what
waits, ages or is off."""

import platform
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from prometheus_client.metrics_core import Metric

from payment_engine import __version__
from payment_engine.db.health import Ended, Interval, read_hours, read_intervals, read_versions
from payment_engine.domain.callers import Caller
from payment_engine.domain.declines import ResultClass, result_of_decline
from payment_engine.domain.downtime import Downtime, Provider
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.requests.worklists import SeriesQuery
from payment_engine.domain.states import ATTEMPT_IN_PROGRESS, ATTEMPT_SUCCEEDED, AttemptStatus
from payment_engine.engine import Engine
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.health import (
    DaysOut,
    GatewayHealthOut,
    GaugeOut,
    HealthOut,
    HourOut,
    IntervalOut,
    ProviderHealthOut,
    RouteHealthOut,
    SeriesOut,
    VersionsOut,
)
from payment_engine.services.documents.oncall import RouteOut
from payment_engine.services.oncall.monitoring import read_gauges
from payment_engine.services.oncall.route_actions import list_routes

_REASONS = 3
_AT_REST = {"route_enabled": 1, "route_weight": 100, "mongodb_reached": 1, "broker_reached": 1}
"""What a gauge shows that needs nobody's attention, where that is not 0."""


async def read_health(engine: Engine, caller: Caller) -> HealthOut:
    """The matrix of the caller's merchant, and the gauges that are not at rest."""
    ended = await read_hours(engine.db.connection, caller.merchant_id)
    routes = await list_routes(engine, caller)
    gauges = await read_gauges(engine)
    return {
        "routes": [_route(route, ended) for route in routes],
        "providers": _providers(engine, ended),
        "gateways": [_gateway(engine, name, gauges) for name in engine.gateways],
        "versions": await _versions(engine),
        "gauges": _gauges(gauges, caller),
    }


def _route(route: RouteOut, ended: Iterable[Ended]) -> RouteHealthOut:
    own = (route["gateway"], route["method"])
    return {"route": route, **_days([each for each in ended if (each.gateway, each.method) == own])}


def _providers(engine: Engine, ended: Iterable[Ended]) -> list[ProviderHealthOut]:
    """Those that attempts went by, or that are down."""
    down = engine.routes.state.downtimes
    used = {(Method(each.method), each.provider) for each in ended if each.provider}
    return [
        _provider(provider, down.get(provider), ended) for provider in sorted({*used, *down.keys()})
    ]


def _provider(
    provider: Provider, downtime: Downtime | None, ended: Iterable[Ended]
) -> ProviderHealthOut:
    method, name = provider
    own = [each for each in ended if (each.method, each.provider) == (method.value, name)]
    return {
        "method": method,
        "provider": name,
        "down_since": format_time(downtime.since) if downtime else None,
        "probe_at": format_time(downtime.probe_at) if downtime else None,
        **_days(own),
    }


def _days(own: list[Ended]) -> DaysOut:
    """The hours of one route or provider."""
    now = [each for each in own if each.days == 0]
    successes = [each for each in now if each.status in ATTEMPT_SUCCEEDED]
    seconds = next((each.seconds for each in successes if each.seconds), (None, None))
    reasons = Counter({e.decline_code: e.attempts for e in now if e.status == AttemptStatus.FAILED})
    return {
        "now": _hour(now),
        "yesterday": _hour(each for each in own if each.days == 1),
        "week_ago": _hour(each for each in own if each.days == 7),
        "seconds_p50": None if seconds[0] is None else int(seconds[0]),
        "seconds_p95": None if seconds[1] is None else int(seconds[1]),
        "reasons": [
            {"decline_code": code, "attempts": number}
            for code, number in reasons.most_common(_REASONS)
        ],
        "last_success_at": format_time(_last(successes)),
    }


def _gateway(engine: Engine, name: str, gauges: Iterable[Metric]) -> GatewayHealthOut:
    return {
        "gateway": name,
        "health": engine.gateways[name].wire.health(),
        "last_success_at": _moment(gauges, "last_success_timestamp_seconds", name),
        "last_webhook_at": _moment(gauges, "last_notice_timestamp_seconds", name),
    }


def _moment(gauges: Iterable[Metric], signal: str, gateway: str) -> str | None:
    """The time that a gauge has of a gateway; None if there was none."""
    for family in gauges:
        for sample in family.samples:
            named = family.name.endswith(signal) and sample.labels.get("gateway") == gateway
            if named and sample.value:
                return format_time(datetime.fromtimestamp(sample.value, UTC))
    return None


async def _versions(engine: Engine) -> VersionsOut:
    found = await read_versions(engine.db.connection)
    return {
        "payment_engine": __version__,
        "python": platform.python_version(),
        "postgresql": found["postgresql"],
        "migration": found["migration"],
    }


def _last(successes: Iterable[Ended]) -> datetime | None:
    return max((each.last_at for each in successes), default=None)


def _hour(ended: Iterable[Ended | Interval]) -> HourOut:
    sums: Counter[str] = Counter()
    for each in ended:
        sums[_kind(each)] += each.attempts
    carried_out = sums["succeeded"] + sums["failed"]
    return {
        "attempts": sum(sums.values()),
        "succeeded": sums["succeeded"],
        "failed": sums["failed"],
        "dropped_off": sums["dropped_off"],
        "undecided": sums["undecided"],
        "per_thousand": sums["succeeded"] * 1000 // carried_out if carried_out else None,
    }


async def read_series(engine: Engine, caller: Caller, query: SeriesQuery) -> SeriesOut:
    """How the attempts of the last hours went, interval by interval."""
    found = await read_intervals(
        engine.db.connection,
        caller.merchant_id,
        minutes=query.minutes,
        every=query.every,
        gateway=query.gateway,
        method=query.method,
    )
    times = sorted({each.at for each in found})
    return {"items": [_interval(at, [e for e in found if e.at == at]) for at in times]}


def _interval(at: datetime, found: list[Interval]) -> IntervalOut:
    hour = _hour(found)
    successes = [each for each in found if each.status in ATTEMPT_SUCCEEDED]
    seconds = next((each.seconds for each in successes if each.seconds), (None, None))
    return {
        "at": format_time(at),
        "attempts": hour["attempts"],
        "succeeded": hour["succeeded"],
        "per_thousand": hour["per_thousand"],
        "seconds_p50": None if seconds[0] is None else int(seconds[0]),
        "seconds_p95": None if seconds[1] is None else int(seconds[1]),
    }


def _kind(ended: Ended | Interval) -> str:
    if ended.status in ATTEMPT_IN_PROGRESS:
        return "undecided"
    if ended.status in ATTEMPT_SUCCEEDED:
        return "succeeded"
    dropped = result_of_decline(ended.decline_code) is ResultClass.DROP_OFF
    return "dropped_off" if dropped or ended.status == AttemptStatus.VOIDED else "failed"


def _gauges(families: Iterable[Metric], caller: Caller) -> dict[str, list[GaugeOut]]:
    """Those with a value that somebody may want to know; of merchants, the caller's alone."""
    gauges: dict[str, list[GaugeOut]] = {}
    for family in families:
        name = family.name.removeprefix("payment_engine_")
        for sample in family.samples:
            other = sample.labels.get("merchant", caller.merchant_id) != caller.merchant_id
            if not other and sample.value != _AT_REST.get(name, 0):
                gauge: GaugeOut = {"labels": dict(sample.labels), "value": sample.value}
                gauges.setdefault(name, []).append(gauge)
    return gauges
