"""How the service is, on one page: its routes, and the gauges of what all processes share."""

from typing_extensions import TypedDict

from payment_engine.domain.payment_methods import Method
from payment_engine.gateways.health import Verdict
from payment_engine.services.documents.base import Time, document
from payment_engine.services.documents.oncall import RouteOut


@document
class ReasonOut(TypedDict):
    """How many attempts of the last hour failed for a reason: one of our decline codes."""

    decline_code: str
    attempts: int


@document
class HourOut(TypedDict):
    """The attempts of one hour. ``per_thousand``: how many of 1,000 succeeded, drop-offs and those
    that are undecided apart; null without any."""

    attempts: int
    succeeded: int
    failed: int
    dropped_off: int
    undecided: int
    per_thousand: int | None


class DaysOut(TypedDict):
    """The last hour of a route or provider, and the same hour yesterday and a week ago.

    ``seconds_p50`` and ``seconds_p95``: in which half, and 95 %, of the successes were decided.
    """

    now: HourOut
    yesterday: HourOut
    week_ago: HourOut
    seconds_p50: int | None
    seconds_p95: int | None
    reasons: list[ReasonOut]
    last_success_at: Time | None


@document
class ProviderHealthOut(DaysOut):
    """A bank, UPI app or wallet that attempts went by, through whichever gateway; if it is down,
    since when, and from when on one attempt may probe it."""

    method: Method
    provider: str
    down_since: Time | None
    probe_at: Time | None


@document
class GatewayHealthOut(TypedDict):
    """A gateway: how its calls go in this process, and what was last learned of it by any."""

    gateway: str
    health: Verdict
    last_success_at: Time | None
    last_webhook_at: Time | None


@document
class VersionsOut(TypedDict):
    """What runs."""

    payment_engine: str
    python: str
    postgresql: str
    migration: str


@document
class RouteHealthOut(DaysOut):
    """A route, its last hour, and the same hour yesterday and a week ago.

    ``seconds_p50`` and ``seconds_p95``: in which half, and 95 %, of the successes were decided.
    """

    route: RouteOut


@document
class GaugeOut(TypedDict):
    """One value of a gauge, as Prometheus gets it; null for one that was never read."""

    labels: dict[str, str]
    value: float | None


@document
class HealthOut(TypedDict):
    """The health matrix of a merchant, and the gauges of the installation that are not at rest.

    Of the attempts of all merchants, the latest 5,000 of each hour are looked at.
    """

    routes: list[RouteHealthOut]
    providers: list[ProviderHealthOut]
    gateways: list[GatewayHealthOut]
    versions: VersionsOut
    gauges: dict[str, list[GaugeOut]]


@document
class IntervalOut(TypedDict):
    """The attempts that were started within some minutes from ``at`` on.

    ``per_thousand`` as in an hour; ``seconds_p50`` and ``seconds_p95`` of the successes.
    """

    at: Time
    attempts: int
    succeeded: int
    per_thousand: int | None
    seconds_p50: int | None
    seconds_p95: int | None


@document
class SeriesOut(TypedDict):
    """The last hours in intervals, the oldest first; those without any attempt are left out."""

    items: list[IntervalOut]
