"""Time series of a service, as promtool writes them, for the cases of alerts."""

from collections.abc import Mapping

Series = Mapping[str, str]
ROUTE = {"gateway": "juspay", "method": "upi_intent"}
GATEWAY = {"gateway": "juspay"}
MERCHANT = {"merchant": "mer_1"}


def _series(name: str, labels: Mapping[str, str], job: str = "api") -> str:
    text = ",".join(f'{key}="{value}"' for key, value in {**labels, "instance": job}.items())
    return f"payment_engine_{name}{{{text}}}"


def results(values: Mapping[str, str], labels: Mapping[str, str] = ROUTE) -> dict[str, str]:
    """The results of attempts by class; those not named stay 0."""
    names = ("success", "technical", "business", "drop_off", "rerouted")
    return {
        _series("attempt_results_total", {**labels, "result": each}): values.get(each, "0x2000")
        for each in names
    }


def failures(cause: str, values: str, calls: str) -> dict[str, str]:
    """Calls without an answer, and all calls."""
    return {
        _series("gateway_failures_total", {**GATEWAY, "cause": cause}): values,
        _series("gateway_calls_total", {**GATEWAY, "operation": "x", "outcome": "y"}): calls,
    }


def one(name: str, values: str, **labels: str) -> dict[str, str]:
    """One series, as an API and a worker show it."""
    return {_series(name, labels, job): values for job in ("api", "worker")}


def counted(name: str, values: str, **labels: str) -> dict[str, str]:
    """One counter of one process."""
    return {_series(name, labels): values}


def slow(route: str, quick: str, count: str) -> dict[str, str]:
    """Requests of a route: those within a second, and all."""
    labels = {"route": route}
    return {
        _series("http_seconds_bucket", {**labels, "le": "1.0"}): quick,
        _series("http_seconds_count", labels): count,
    }


def calls_taking(quick: str, slow_ones: str) -> dict[str, str]:
    """Gateway calls: those within five seconds, and all, which take ten at most."""
    return {
        _series("gateway_seconds_bucket", {**GATEWAY, "operation": "x", "le": "5.0"}): quick,
        _series("gateway_seconds_bucket", {**GATEWAY, "operation": "x", "le": "10.0"}): slow_ones,
        _series("gateway_seconds_bucket", {**GATEWAY, "operation": "x", "le": "+Inf"}): slow_ones,
        _series("gateway_seconds_count", {**GATEWAY, "operation": "x"}): slow_ones,
    }


def technical(interval_values: str, success: str) -> dict[str, str]:
    """Technical failures among successes."""
    return results({"technical": interval_values, "success": success})


def refunds(failed: str, succeeded: str) -> dict[str, str]:
    """Refunds that failed, and that succeeded."""
    return {
        **counted("refunds_total", failed, **GATEWAY, status="failed"),
        **counted("refunds_total", succeeded, **GATEWAY, status="succeeded"),
    }


def deliveries(failed: str, delivered: str) -> dict[str, str]:
    """Messages to order services."""
    return {
        **counted("deliveries_total", failed, outcome="failed"),
        **counted("deliveries_total", delivered, outcome="delivered"),
    }


def webhooks(stored: str, created: str) -> dict[str, str]:
    """Webhooks that arrived, and attempts that were started."""
    return {
        **counted("notices_total", stored, **GATEWAY, outcome="stored"),
        **counted("attempts_total", created, **ROUTE, status="created"),
    }


def http(errors: str, answers: str) -> dict[str, str]:
    """Requests with a 5xx answer, and with another one."""
    route = {"method": "POST", "route": "v1/payments"}
    return {
        **counted("http_requests_total", errors, **route, status="503"),
        **counted("http_requests_total", answers, **route, status="201"),
    }


def stuck(number: int, created: str, older_than: str) -> dict[str, str]:
    """Attempts that are undecided for so many seconds, and attempts that were started."""
    return {
        **one("unsettled_attempts", f"{number}x40", **ROUTE, older_than=older_than),
        **counted("attempts_total", created, **ROUTE, status="created"),
    }


def undecided(number: str, older_than: str, status: str = "pending") -> dict[str, str]:
    """Refunds that are undecided for so many seconds."""
    return one("undecided_refunds", number, status=status, older_than=older_than)


def dead(number: str) -> dict[str, str]:
    """Messages that were given up."""
    return one("outbox_dead", number, **MERCHANT)


def lag(quick: str, late: str) -> dict[str, str]:
    """Webhooks within two minutes, and all."""
    return {
        **counted("notice_lag_seconds_bucket", quick, **GATEWAY, le="120.0"),
        **counted("notice_lag_seconds_bucket", late, **GATEWAY, le="300.0"),
        **counted("notice_lag_seconds_bucket", late, **GATEWAY, le="+Inf"),
        **counted("notice_lag_seconds_count", late, **GATEWAY),
    }


def pool(waiting: str) -> dict[str, str]:
    """A pool whose connections are all in use."""
    return {
        **counted("pool_connections", "16x40", pool="payments"),
        **counted("pool_size", "16x40", pool="payments"),
        **counted("pool_waiting", waiting, pool="payments"),
    }


def behind(values: str) -> dict[str, str]:
    """A replica that is so many seconds behind, of thirty that it may be."""
    return {**one("replica_lag_seconds", values), **one("replica_lag_most_seconds", "30x60")}


def spool(size: int) -> dict[str, str]:
    """A spool of so many bytes out of a hundred."""
    return {**counted("spool_bytes", f"{size}x40"), **counted("spool_size_bytes", "100x40")}
