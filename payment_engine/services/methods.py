"""What a customer can pay with here and now: one ordered document (CHK-1)."""

from dataclasses import asdict
from typing import Any

from payment_engine.domain.callers import Caller
from payment_engine.domain.gateway import Method
from payment_engine.domain.requests import ClientIn
from payment_engine.domain.upi import APPS, allowed
from payment_engine.engine import Engine
from payment_engine.models import Attempt
from payment_engine.services.payments import visible
from payment_engine.services.present import moment
from payment_engine.services.routing import offering

_GROUPS = {
    Method.UPI_INTENT: "upi",
    Method.UPI_QR: "upi",
    Method.UPI_COLLECT: "upi",
    Method.CARD: "card",
    Method.WALLET: "wallet",
    Method.NETBANKING: "netbanking",
}
_LABELS = {
    Method.UPI_INTENT: "Pay in a UPI app",
    Method.UPI_QR: "Scan a UPI QR code",
    Method.UPI_COLLECT: "Pay by UPI ID",
    Method.CARD: "Credit or debit card",
    Method.WALLET: "Wallet",
    Method.NETBANKING: "Net banking",
}
_NEEDS = {
    Method.UPI_COLLECT: ["vpa"],
    Method.CARD: ["card_token"],
    Method.WALLET: ["wallet"],
    Method.NETBANKING: ["bank"],
}
_MOST_RECOMMENDED = 3


async def methods_document(
    engine: Engine, caller: Caller, payment_id: str, client: ClientIn
) -> dict[str, Any]:
    """Methods in order; what cannot be used here says why. No gateway is called."""
    payment = (await visible(caller, payment_id)).payment
    items = [item for method in Method for item in _items(engine, method, client)]
    last = await _last_used(payment.merchant_id, payment.customer_ref)
    usable = [item for item in items if item["enabled"]]
    usable.sort(key=lambda item: (item["id"] != last, item["health"] != "up"))
    return {
        "payment_id": payment_id,
        "platform": client.platform,
        "server_time": moment(engine.now()),
        "recommended": usable[:_MOST_RECOMMENDED],
        "groups": [
            {"group": group, "items": [i for i in items if i["group"] == group]}
            for group in ("saved", "upi", "card", "wallet", "netbanking")
        ],
    }


def _items(engine: Engine, method: Method, client: ClientIn) -> list[dict[str, Any]]:
    gateways = offering(engine, method)
    if not gateways:
        return []
    health = gateways[0].wire.health()
    reason = None
    if not allowed(method, client.platform):
        reason = f"not offered on {client.platform}"
    elif health == "down":
        reason = "not working right now"
    item: dict[str, Any] = {
        "id": method.value,
        "kind": method.value,
        "group": _GROUPS[method],
        "label": _LABELS[method],
        "logo": method.value,
        "enabled": reason is None,
        "reason": reason,
        "health": health,
        "needs": _NEEDS.get(method, []),
    }
    if entry := gateways[0].card_entry() if method is Method.CARD else None:
        item["card_entry"] = asdict(entry)
    apps = _apps(client, item) if method is Method.UPI_INTENT and reason is None else []
    return [*apps, item]


def _apps(client: ClientIn, item: dict[str, Any]) -> list[dict[str, Any]]:
    """The installed apps that we have a link for, in the client's own order (UPI-7)."""
    known = (app for app in client.installed_upi_apps if app in APPS)
    return [
        {**item, "id": f"upi_intent:{app}", "label": APPS[app].label, "logo": app, "app": app}
        for app in known
    ]


async def _last_used(merchant_id: str, customer_ref: str) -> str | None:
    """The method this customer last paid with."""
    last = (
        await Attempt.filter(
            elected=True, payment__merchant_id=merchant_id, payment__customer_ref=customer_ref
        )
        .order_by("-created_at")
        .first()
    )
    return last.method if last else None
