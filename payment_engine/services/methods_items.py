"""The ways to pay, group by group: each says whether it can be used here, and if not, why."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from payment_engine.domain.banks import bank_label, wallet_label
from payment_engine.domain.cards import network_named
from payment_engine.domain.gateway import Method
from payment_engine.domain.money import Paise, display
from payment_engine.domain.requests import ClientIn
from payment_engine.domain.upi import APPS, apps_among
from payment_engine.domain.upi_policy import FLOWS, Asked, barred, platform_of
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.models.offer import Offer
from payment_engine.services.methods_order import Item
from payment_engine.services.present import moment
from payment_engine.services.routing import lane_health, offering

DOWN = "not working right now"
_CARD_NAMES = {"visa": "Visa", "mastercard": "Mastercard", "rupay": "RuPay", "amex": "Amex"}
_UPI_LABELS = {
    Method.UPI_INTENT: "Pay in a UPI app",
    Method.UPI_QR: "Scan a UPI QR code",
    Method.UPI_COLLECT: "Pay by UPI ID",
}


def saved(engine: Engine, offer: Offer, client: ClientIn) -> list[Item]:
    """The customer's cards and UPI ids, the last used first."""
    cards = (_saved_card(engine, offer, kept) for kept in offer.cards)
    vpas = (_saved_vpa(engine, offer, client, kept) for kept in offer.vpas)
    return [item for item in (*cards, *vpas) if item]


def upi(engine: Engine, offer: Offer, client: ClientIn) -> list[Item]:
    """The apps of this client, then each UPI flow."""
    apps = [
        _item(engine, offer, Method.UPI_INTENT, reason=_barred(engine, offer, client, Method.UPI_INTENT),
              id=f"upi_intent:{app}", label=APPS[app].label, logo=app, app=app)
        for app in apps_among(client.installed_upi_apps)
    ]  # fmt: skip
    flows = [
        _item(engine, offer, flow, reason=_barred(engine, offer, client, flow), label=_UPI_LABELS[flow],
              needs=["vpa"] if flow is Method.UPI_COLLECT else [])
        for flow in FLOWS
    ]  # fmt: skip
    return [item for item in (*apps, *flows) if item]


def card(engine: Engine, offer: Offer, _: ClientIn) -> list[Item]:
    """A card to be typed, where the browser gives its number to a gateway."""
    entries = (gateway.card_entry() for gateway in _able(engine, offer, Method.CARD))
    entry = next((each for each in entries if each), None)
    item = _item(engine, offer, Method.CARD, label="Credit or debit card", needs=["card_token"])
    if item and entry:
        item["card_entry"] = asdict(entry)
    return [item] if item else []


def wallet(engine: Engine, offer: Offer, _: ClientIn) -> list[Item]:
    """Wallets to be linked or linked, these with their balance as of when; then those on a page."""
    gateways = _able(engine, offer, Method.WALLET)
    mine = {each["wallet"]: each for each in offer.wallets}
    own = [
        _own_wallet(engine, offer, each, mine.get(each.name)) for each in gateways if _links(each)
    ]
    others = [each for each in gateways if not _links(each)]
    taken = {item["wallet"] for item in own}
    return own + [
        _wallet(engine, offer, others, name)
        for name in engine.settings.page_wallets
        if others and name not in taken
    ]


def netbanking(engine: Engine, offer: Offer, _: ClientIn) -> list[Item]:
    """The banks of the setting."""
    made = (
        _item(engine, offer, Method.NETBANKING, id=f"netbanking:{bank}", label=bank_label(bank),
              logo=bank.lower(), bank=bank)
        for bank in engine.settings.banks
    )  # fmt: skip
    return [item for item in made if item]


GROUPS: Mapping[str, Callable[[Engine, Offer, ClientIn], list[Item]]] = {
    "saved": saved,
    "upi": upi,
    "card": card,
    "wallet": wallet,
    "netbanking": netbanking,
}


def _item(
    engine: Engine,
    offer: Offer,
    method: Method,
    *,
    gateways: list[Gateway] | None = None,
    reason: str | None = None,
    **own: Any,
) -> Item:
    """One way to pay, as healthy as the best gateway for it; empty where no gateway takes it."""
    able = _able(engine, offer, method) if gateways is None else gateways
    if not able:
        return {}
    health = lane_health(engine, able[0], method)
    why = reason or (DOWN if health == "down" else None)
    return {
        "id": method.value,
        "kind": method.value,
        "group": method.value.partition("_")[0],
        "label": "",
        "logo": method.value,
        "enabled": why is None,
        "reason": why,
        "health": health,
        "needs": [],
        "app": None,
        "bank": None,
        "wallet": None,
        "instrument_id": None,
        "balance": None,
        "card_entry": None,
        **own,
    }


def _saved_card(engine: Engine, offer: Offer, kept: dict[str, Any]) -> Item:
    """A card at one of the gateways that hold its token, and at no other (TOK-6)."""
    able = _able(engine, offer, Method.CARD)
    homes = [gateway for gateway in able if gateway.name in kept["gateways"]]
    network = network_named(kept["network"])
    named = kept["nickname"] or " ".join(
        filter(None, (kept["issuer"], _CARD_NAMES.get(kept["network"], "card")))
    )
    return _item(
        engine,
        offer,
        Method.CARD,
        gateways=homes or list(engine.gateways.values())[:1],
        reason=None if homes else DOWN,
        id=kept["id"],
        group="saved",
        label=f"{named} •••• {kept['last4']}",
        logo=kept["network"],
        needs=[] if network and network.cvv_less else ["cvv"],
        instrument_id=kept["id"],
    )


def _saved_vpa(engine: Engine, offer: Offer, client: ClientIn, kept: dict[str, Any]) -> Item:
    """Paid by a request where that is open; else it only says which app to open (UPI-9)."""
    own = {"id": kept["id"], "group": "saved", "logo": kept["app"] or "upi"}
    why = _barred(engine, offer, client, Method.UPI_COLLECT)
    asked = _item(engine, offer, Method.UPI_COLLECT, reason=why, label=kept["masked"], **own)
    app = kept["app"]
    if app not in APPS or (asked and why is None):
        return {**asked, "instrument_id": kept["id"]} if asked else {}
    label = f"{APPS[app].label} ({kept['masked']})"
    shut = _barred(engine, offer, client, Method.UPI_INTENT)
    return _item(engine, offer, Method.UPI_INTENT, reason=shut, label=label, app=app, **own)


def _own_wallet(
    engine: Engine, offer: Offer, gateway: Gateway, linked: dict[str, Any] | None
) -> Item:
    item = _wallet(engine, offer, [gateway], gateway.name)
    if linked is None:
        return {**item, "needs": ["link"] if gateway.wallet_needs_link else []}
    item["instrument_id"] = linked["id"]
    if linked["balance"] is not None:
        item["balance"] = {
            "amount": linked["balance"],
            "amount_display": display(Paise(linked["balance"])),
            "as_of": moment(datetime.fromisoformat(linked["balance_at"])),
        }
    return item


def _wallet(engine: Engine, offer: Offer, gateways: list[Gateway], name: str) -> Item:
    label, own = wallet_label(name), {"id": f"wallet:{name}", "logo": name, "wallet": name}
    return _item(engine, offer, Method.WALLET, gateways=gateways, label=label, **own)


def _able(engine: Engine, offer: Offer, method: Method) -> list[Gateway]:
    """The gateways that take the method, the healthiest first; for money that is captured later,
    those that can hold it."""
    able = offering(engine, method)
    if offer.capture != "manual":
        return able
    return [each for each in able if each.supports("capture") and each.supports("void")]


def _links(gateway: Gateway) -> bool:
    return gateway.supports("link_start")


def _barred(engine: Engine, offer: Offer, client: ClientIn, flow: Method) -> str | None:
    asked = Asked(
        platform=platform_of(client.platform, client.user_agent),
        amount=Paise(offer.amount),
        at=engine.now(),
        mcc=offer.mcc,
        verified=offer.upi_verified,
    )
    return barred(flow, asked, engine.settings.upi_limits)
