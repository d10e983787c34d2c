"""For each alert, time series by which it fires, and others just below its line."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.packaging.alert_series import (
    GATEWAY,
    MERCHANT,
    ROUTE,
    Series,
    behind,
    calls_taking,
    counted,
    dead,
    deliveries,
    failures,
    http,
    lag,
    one,
    pool,
    refunds,
    results,
    slow,
    spool,
    stuck,
    technical,
    undecided,
    webhooks,
)


@dataclass(frozen=True)
class Case:
    """Series at which ``alert`` fires with these labels, and ``harmless`` ones at which not.

    A value is there every ``interval``; what is looked at is the state at the moment ``at``.
    """

    alert: str
    series: Series
    harmless: Series
    labels: Mapping[str, str] = field(default_factory=dict)
    at: str = "10m"
    interval: str = "15s"


API = {"instance": "api"}
KIND = {"kind": "check_charge"}
WEB = "v1/payments"
_HOUR = {"at": "1h10m", "interval": "1m"}

CASES = [
    Case(
        "GatewayRefusesUs",
        failures("unauthorized", "0x30 1+1x60", "0+1x100"),
        failures("unauthorized", "0x36 1x60", "0+1x100"),
        GATEWAY,
    ),
    Case(
        "GatewayNotAnswering",
        failures("server_error", "0x30 2+2x60", "0+2x100"),
        failures("server_error", "0x30 1+1x60", "0+4x100"),
        GATEWAY,
    ),
    Case(
        "BreakerOpen",
        one("breaker", "0x30 2x30", **ROUTE),
        one("breaker", "2x36 0x30", **ROUTE),
        ROUTE,
    ),
    Case(
        "NothingSucceeds",
        results({"business": "0x20 0+2x60"}),
        results({"business": "0x20 0+2x60", "success": "0+1x100"}),
        ROUTE,
    ),
    Case(
        "SuccessRateDrop",
        results({"success": "0+40x2300 92000+10x20", "business": "0+10x2300 23000+40x20"}),
        results({"success": "0+40x2300 92000+40x20", "business": "0+10x2300 23000+12x20"}),
        ROUTE,
        at="8d",
        interval="5m",
    ),
    Case(
        "TechnicalFailuresNow",
        technical("0x35 3+3x30", "0+2x65"),
        technical("0x35 1+1x30", "0+2x65"),
        ROUTE,
    ),
    Case(
        "TechnicalFailuresFastBurn",
        technical("0+2x100", "0+8x100"),
        technical("0+1x100", "0+8x100"),
        ROUTE,
        **_HOUR,
    ),
    Case(
        "TechnicalFailuresSlowBurn",
        technical("0+1x500", "0+8x500"),
        technical("0+1x500", "0+30x500"),
        ROUTE,
        at="7h",
        interval="1m",
    ),
    Case(
        "TechnicalDeclinesAboveNpciLine",
        technical("0+1x600", "0+50x600"),
        technical("0+1x600", "0+150x600"),
        GATEWAY,
        at="25h",
        interval="5m",
    ),
    Case(
        "BusinessDeclinesAboveNpciLine",
        results({"business": "0+6x600", "success": "0+50x600"}),
        results({"business": "0+1x600", "success": "0+50x600"}),
        GATEWAY,
        at="25h",
        interval="5m",
    ),
    Case("GatewaySlow", calls_taking("0x50", "0+2x50"), calls_taking("0+2x50", "0+2x50"), GATEWAY),
    Case(
        "RouteSwitchedOff",
        one("route_enabled", "0x400", **ROUTE),
        one("route_enabled", "1x300 0x100", **ROUTE),
        ROUTE,
        at="5h",
        interval="1m",
    ),
    Case(
        "UnknownStatusOrCode",
        {
            **counted("unknown_statuses_total", "0x30 1x60", **GATEWAY),
            **counted("unknown_codes_total", "0x80", **GATEWAY),
        },
        {
            **counted("unknown_statuses_total", "1x80", **GATEWAY),
            **counted("unknown_codes_total", "0x80", **GATEWAY),
        },
        GATEWAY,
    ),
    Case(
        "AnswersUnproven",
        counted("unproven_answers_total", "0x30 1+1x30", **GATEWAY),
        counted("unproven_answers_total", "0x30 1x30", **GATEWAY),
        GATEWAY,
    ),
    Case("WebhookSilence", webhooks("0x60", "0+2x60"), webhooks("0x20 1+1x60", "0+2x60"), GATEWAY),
    Case("WebhookLag", lag("0+1x60", "0+2x60"), lag("0+2x60", "0+2x60"), GATEWAY),
    Case(
        "WebhookBacklogSmall",
        one("unhandled_notices_oldest_seconds", "0+5x60", **GATEWAY),
        one("unhandled_notices_oldest_seconds", "0+2x60", **GATEWAY),
        GATEWAY,
    ),
    Case(
        "WebhookBacklog",
        one("unhandled_notices_oldest_seconds", "0+20x60", **GATEWAY),
        one("unhandled_notices_oldest_seconds", "0+5x60", **GATEWAY),
        GATEWAY,
    ),
    Case(
        "WebhooksRejected",
        counted("notices_total", "0x30 1+1x30", **GATEWAY, outcome="rejected"),
        counted("notices_total", "0x30 3x30", **GATEWAY, outcome="rejected"),
        GATEWAY,
    ),
    Case(
        "WebhooksInQuarantine",
        one("quarantined", "1x60", **GATEWAY, cause="no_signature"),
        one("quarantined", "0x20 1x10 0x30", **GATEWAY, cause="no_signature"),
        GATEWAY,
        at="12m",
    ),
    Case(
        "UnknownCharges",
        one("unmatched_reports", "0x30 1x30", **GATEWAY, kind="charge"),
        one("unmatched_reports", "1x30 0x30", **GATEWAY, kind="charge"),
        GATEWAY,
    ),
    Case(
        "ProviderDown",
        one("provider_down_seconds", "0x10 0+60x40", method="netbanking", provider="HDFC"),
        one("provider_down_seconds", "0x10 60x40", method="netbanking", provider="HDFC"),
        {"method": "netbanking", "provider": "HDFC"},
    ),
    Case(
        "MoneyInReview",
        one("open_reviews", "0x30 1x30", subject="attempt", **GATEWAY),
        one("open_reviews", "1x30 0x30", subject="attempt", **GATEWAY),
        {**GATEWAY, "subject": "attempt"},
    ),
    Case(
        "DoubleCharges",
        counted("conflicts_total", "0x10 1+1x60", kind="second_success"),
        counted("conflicts_total", "0x10 1+1x60", kind="too_late"),
    ),
    Case(
        "ConflictNotReturned",
        one("unreturned_conflicts", "1x60", older_than="900"),
        one("unreturned_conflicts", "1x60", older_than="0"),
    ),
    Case(
        "Conflict",
        counted("conflicts_total", "0x30 1x30", kind="too_late"),
        counted("conflicts_total", "1x60", kind="too_late"),
        {"kind": "too_late"},
    ),
    Case("StuckPending", stuck(12, "0+1x60", "1800"), stuck(12, "0+100x60", "1800"), ROUTE),
    Case("StuckForHours", stuck(51, "0x60", "7200"), stuck(50, "0x60", "7200")),
    Case("AttemptsOverdue", one("overdue_attempts", "1x60"), one("overdue_attempts", "0x60")),
    Case(
        "RefundFailures",
        refunds("0+1x100", "0+5x100"),
        refunds("0+1x100", "0+30x100"),
        GATEWAY,
        **_HOUR,
    ),
    Case(
        "RefundsUndecided",
        undecided("1x60", "432000"),
        undecided("9x60", "86400"),
    ),
    Case(
        "RefundsNeedApproval",
        undecided("1x60", "86400", "needs_approval"),
        undecided("1x60", "86400"),
    ),
    Case(
        "NoWorker",
        one("heartbeat_age_seconds", "0+1x60", role="worker"),
        one("heartbeat_age_seconds", "1x60", role="worker"),
    ),
    Case(
        "ProcessDown",
        {'up{job="payment-engine",instance="api"}': "1x20 0x40"},
        {'up{job="payment-engine",instance="api"}': "1x39 0x1"},
        {**API, "job": "payment-engine"},
    ),
    Case(
        "JobsLate",
        one("jobs_late", "0x30 3x30", **KIND),
        one("jobs_late", "0x36 3x30", **KIND),
        KIND,
    ),
    Case(
        "JobsSuspended",
        one("jobs_suspended", "1x60", **KIND),
        one("jobs_suspended", "0x60", **KIND),
        KIND,
    ),
    Case(
        "ShopsUnreachable",
        deliveries("0x30 1+1x30", "0+1x30 30x60"),
        deliveries("0x30 1+1x30", "0+1x100"),
    ),
    Case(
        "MessagesWait",
        one("outbox_oldest_seconds", "0+30x60", **MERCHANT),
        one("outbox_oldest_seconds", "0+10x60", **MERCHANT),
        MERCHANT,
    ),
    Case(
        "MessagesDead",
        dead("1x60"),
        dead("0x60"),
        MERCHANT,
    ),
    Case(
        "MessagesUndeliverable",
        one("outbox_undeliverable", "2x60", **MERCHANT),
        one("outbox_undeliverable", "0x60", **MERCHANT),
        MERCHANT,
    ),
    Case(
        "DatabaseAway",
        one("signals_age_seconds", "0+5x60"),
        {**one("signals_age_seconds", "0+5x60"), **counted("signals_age_seconds", "3x60")},
    ),
    Case("DatabasePoolFull", pool("3x60"), pool("3x20 0x2 3x2 0x30"), {**API, "pool": "payments"}),
    Case("ErrorsNow", http("0x30 5+5x30", "0+20x60"), http("0x30 1+1x30", "0+40x60")),
    Case("ErrorsSlowBurn", http("0+1x100", "0+40x100"), http("0+1x100", "0+400x100"), **_HOUR),
    Case(
        "EngineSlow", slow(WEB, "0+40x100", "0+60x100"), slow(WEB, "0+58x100", "0+60x100"), **_HOUR
    ),
    Case(
        "ClockOff",
        counted("clock_offset_seconds", "0x30 -1200x30"),
        counted("clock_offset_seconds", "0x30 1x30"),
        API,
    ),
    Case(
        "MongoDBAway",
        counted("mongodb_reached", "1x30 0x30"),
        counted("mongodb_reached", "1x38 0x2"),
        API,
    ),
    Case("ReplicaBehind", behind("0x30 31+15x30"), behind("40x10 30x30")),
    Case(
        "BrokerAway", counted("broker_reached", "1x30 0x30"), counted("broker_reached", "1x38 0x2")
    ),
    Case("SpoolNearlyFull", spool(81), spool(80), API),
    Case(
        "RawLogDropped",
        counted("raw_log_records_total", "0x30 9x30", outcome="dropped"),
        counted("raw_log_records_total", "9x60", outcome="dropped"),
    ),
    Case(
        "CardTesting",
        results({"business": "0+1x300 300+40x30"}, {**GATEWAY, "method": "card"}),
        results({"business": "0+40x350"}, {**GATEWAY, "method": "card"}),
        at="25h30m",
        interval="5m",
    ),
    Case(
        "CardNumberInLog",
        counted("card_numbers_masked_total", "0x30 1x30"),
        counted("card_numbers_masked_total", "1x60"),
    ),
]
