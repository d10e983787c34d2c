"""The incidents of the drills: how each begins, the alert it must raise, and what mends it.

What the gateway, the shop or the platform mends by itself is ``over``; what a person on call does
are ``actions``, at most five and none of them SQL.
"""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.drills.stack import Service

Step = Callable[[Service], None]
OFF, ON = {"enabled": False}, {"enabled": True}
UPI = "/routes/juspay/upi_intent"


def _nothing(_: Service) -> None:
    """Nobody has to do anything."""


@dataclass(frozen=True)
class Incident:
    """``alert`` must fire after ``begins``, and end after ``actions`` and ``over``.

    ``attempt`` changes what customers pay with; ``settings`` what the service is started with.
    """

    name: str
    alert: str
    begins: Step
    over: Step = _nothing
    actions: Step = _nothing
    attempt: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    pause: float = 0.25
    waits: float = 0.0
    """Seconds of customers before it begins: what is compared with needs a past."""


def _gateway_503(service: Service) -> None:
    service.fault("http_status", {"gateway": "juspay"}, status=503)


def _heal(service: Service) -> None:
    service.heal()


def _all_by_juspay(service: Service) -> None:
    service.act("/routes/paytm/upi_intent", "PUT", **OFF)


def _sync_pending(service: Service) -> None:
    service.act("/attempts/sync", gateway="juspay", dry_run=True)
    service.act("/attempts/sync", gateway="juspay")


def _wrong_key(service: Service) -> None:
    service.control("/keys", {"gateway": "juspay", "api_key": "rotated"})


def _right_key(service: Service) -> None:
    key = service.environ["PE_GATEWAYS__JUSPAY__API_KEY"]
    service.control("/keys", {"gateway": "juspay", "api_key": key})


def _switch_off(service: Service) -> None:
    service.act(UPI, "PUT", **OFF)


def _switch_off_netbanking(service: Service) -> None:
    service.act("/routes/juspay/netbanking", "PUT", **OFF)


def _silence(service: Service) -> None:
    service.fault("drop_webhook", {"gateway": "juspay"})


def _forged(service: Service) -> None:
    service.fault("unsigned", {"gateway": "juspay", "event": "*"})


def _reverify(service: Service) -> None:
    service.act("/quarantine/reverify", gateway="juspay")


def _wrong_amount(service: Service) -> None:
    service.fault("wrong_amount", {"gateway": "juspay", "event": "*"})
    service.fault("wrong_amount", {"gateway": "juspay", "path": "*/orders/*"})


def _sync_reviews(service: Service) -> None:
    for _ in range(3):
        service.act("/attempts/sync", state="review")


def _bank_down(service: Service) -> None:
    service.fault("decline", {"gateway": "juspay"}, reason="bank_down")


def _bank_down_everywhere(service: Service) -> None:
    for gateway in ("juspay", "paytm"):
        service.fault("decline", {"gateway": gateway}, reason="bank_down")


def _declare_up(service: Service) -> None:
    service.act("/providers/netbanking/HDFC", "PUT", down=False)


def _declined(service: Service) -> None:
    service.fault("decline", {"gateway": "juspay"}, reason="insufficient_funds")


def _slow(service: Service) -> None:
    service.fault("latency", {"gateway": "juspay"}, seconds=9.5)


def _stop_worker(service: Service) -> None:
    os.kill(service.summary["pids"]["worker"], signal.SIGSTOP)


def _resume_worker(service: Service) -> None:
    os.kill(service.summary["pids"]["worker"], signal.SIGCONT)


def _stop_mongo(service: Service) -> None:
    os.kill(service.summary["pids"]["mongod"], signal.SIGSTOP)


def _resume_mongo(service: Service) -> None:
    os.kill(service.summary["pids"]["mongod"], signal.SIGCONT)


def _stop_postgres(service: Service) -> None:
    os.kill(service.summary["pids"]["postgres"], signal.SIGSTOP)
    service.stop_backends()


def _resume_postgres(service: Service) -> None:
    service.resume_backends()
    os.kill(service.summary["pids"]["postgres"], signal.SIGCONT)


def _shop_500(service: Service) -> None:
    service.control("/shop", {"answer": 500, "times": 100000})


def _shop_ok(service: Service) -> None:
    service.control("/shop", {"answer": 204, "times": 1})


def _odd_status(service: Service) -> None:
    service.fault("status", {"gateway": "juspay", "event": "*"}, status="ODD_STATUS")


INCIDENTS = {
    each.name: each
    for each in (
        Incident("gateway-503", "GatewayNotAnswering", _gateway_503, _heal, _sync_pending),
        Incident("breaker-open", "BreakerOpen", _gateway_503, _heal, _sync_pending),
        Incident(
            "gateway-resets",
            "GatewayNotAnswering",
            lambda service: service.fault("reset", {"gateway": "juspay"}),
            _heal,
            _sync_pending,
        ),
        Incident(
            "gateway-garbage",
            "GatewayNotAnswering",
            lambda service: service.fault("garbage", {"gateway": "juspay"}),
            _heal,
            _sync_pending,
        ),
        Incident("wrong-key", "GatewayRefusesUs", _wrong_key, _right_key, _switch_off),
        Incident("gateway-slow", "GatewaySlow", _slow, _heal, _switch_off, pause=1.0),
        Incident(
            "bank-down",
            "TechnicalFailuresNow",
            _bank_down,
            _heal,
            _switch_off_netbanking,
            attempt={"method": "netbanking", "bank": "HDFC"},
        ),
        Incident(
            "provider-down",
            "ProviderDown",
            _bank_down_everywhere,
            _heal,
            _declare_up,
            attempt={"method": "netbanking", "bank": "HDFC"},
        ),
        Incident("nothing-succeeds", "NothingSucceeds", _declined, _heal, _switch_off),
        Incident(
            "webhook-silence",
            "WebhookSilence",
            _silence,
            _heal,
            lambda service: service.act("/attempts/sync", gateway="juspay"),
        ),
        Incident("webhooks-unsigned", "WebhooksRejected", _forged, _heal, _reverify),
        Incident("wrong-amount", "MoneyInReview", _wrong_amount, _heal, _sync_reviews, pause=2.0),
        Incident("odd-status", "UnknownStatusOrCode", _odd_status, _heal),
        Incident("no-worker", "NoWorker", _stop_worker, _resume_worker),
        Incident("shop-down", "ShopsUnreachable", _shop_500, _shop_ok),
        Incident("mongodb-away", "MongoDBAway", _stop_mongo, _resume_mongo),
        Incident("database-away", "DatabaseAway", _stop_postgres, _resume_postgres),
    )
}
