"""The ways to pay, group by group: each says whether it can be used here, and if not, why."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from payment_engine.domain.banks import bank_label, wallet_label
from payment_engine.domain.cards import network_named
from payment_engine.domain.gateway import Method
from payment_engine.domain.money import Paise, display
from payment_engine.domain.upi import APPS, apps_among
from payment_engine.domain.upi_policy import FLOWS
from payment_engine.gateways.base import Gateway
from payment_engine.services.documents import format_time
from payment_engine.services.methods.checkout import DOWN, Checkout, Item

_CARD_NAMES = {"visa": "Visa", "mastercard": "Mastercard", "rupay": "RuPay", "amex": "Amex"}
_UPI_LABELS = {
    Method.UPI_INTENT: "Pay in a UPI app",
    Method.UPI_QR: "Scan a UPI QR code",
    Method.UPI_COLLECT: "Pay by UPI ID",
}


def saved(at: Checkout) -> list[Item]:
    """The customer's cards and UPI ids, the last used first."""
    cards = (_saved_card(at, kept) for kept in at.offer.cards)
    vpas = (_saved_vpa(at, kept) for kept in at.offer.vpas)
    return [item for item in (*cards, *vpas) if item]


def upi(at: Checkout) -> list[Item]:
    """The apps of this client, then each UPI flow."""
    shut = at.barred(Method.UPI_INTENT)
    apps = [
        at.item(Method.UPI_INTENT, APPS[app].label, shut, id=f"upi_intent:{app}", logo=app, app=app)
        for app in apps_among(at.client.installed_upi_apps)
    ]
    needs = {Method.UPI_COLLECT: ["vpa"]}
    flows = [
        at.item(flow, _UPI_LABELS[flow], at.barred(flow), needs=needs.get(flow, []))
        for flow in FLOWS
    ]
    return [item for item in (*apps, *flows) if item]


def card(at: Checkout) -> list[Item]:
    """A card to be typed: the browser gives its number to a gateway, or to the gateway's page."""
    entries = (gateway.card_entry() for gateway in at.able(Method.CARD))
    entry = next((each for each in entries if each), None)
    item = at.item(Method.CARD, "Credit or debit card", needs=["card_token"] if entry else [])
    return [{**item, "card_entry": asdict(entry) if entry else None}] if item else []


def wallet(at: Checkout) -> list[Item]:
    """Wallets to be linked or linked, these with their balance as of when; then those on a page."""
    gateways = at.able(Method.WALLET)
    linking = [each for each in gateways if each.supports("link_start")]
    others = [each for each in gateways if each not in linking]
    mine = {each["wallet"]: each for each in at.offer.wallets}
    own = [_own_wallet(at, each, mine.get(each.name)) for each in linking]
    taken = {item["wallet"] for item in own}
    names = at.engine.settings.page_wallets if others else ()
    return own + [_wallet(at, others, name) for name in names if name not in taken]


def netbanking(at: Checkout) -> list[Item]:
    """The banks of the setting."""
    made = (
        at.item(
            Method.NETBANKING,
            bank_label(bank),
            id=f"netbanking:{bank}",
            logo=bank.lower(),
            bank=bank,
        )
        for bank in at.engine.settings.banks
    )
    return [item for item in made if item]


GROUPS: Mapping[str, Callable[[Checkout], list[Item]]] = {
    "saved": saved,
    "upi": upi,
    "card": card,
    "wallet": wallet,
    "netbanking": netbanking,
}


def _saved_card(at: Checkout, kept: dict[str, Any]) -> Item:
    """A card at one of the gateways that hold its token, and at no other (TOK-6)."""
    homes = [gateway for gateway in at.able(Method.CARD) if gateway.name in kept["gateways"]]
    network = network_named(kept["network"])
    of_issuer = (kept["issuer"], _CARD_NAMES.get(kept["network"], "card"))
    named = kept["nickname"] or " ".join(filter(None, of_issuer))
    return at.item(
        Method.CARD,
        f"{named} •••• {kept['last4']}",
        None if homes else DOWN,
        gateways=homes or list(at.engine.gateways.values())[:1],
        id=kept["id"],
        group="saved",
        logo=kept["network"],
        needs=[] if network and network.cvv_less else ["cvv"],
        instrument_id=kept["id"],
    )


def _saved_vpa(at: Checkout, kept: dict[str, Any]) -> Item:
    """Paid by a request where that is open; else it only says which app to open (UPI-9)."""
    own = {"id": kept["id"], "group": "saved", "logo": kept["app"] or "upi"}
    why, app = at.barred(Method.UPI_COLLECT), kept["app"]
    asked = at.item(Method.UPI_COLLECT, kept["masked"], why, **own)
    if app not in APPS or (asked and why is None):
        return {**asked, "instrument_id": kept["id"]} if asked else {}
    label = f"{APPS[app].label} ({kept['masked']})"
    return at.item(Method.UPI_INTENT, label, at.barred(Method.UPI_INTENT), app=app, **own)


def _own_wallet(at: Checkout, gateway: Gateway, linked: dict[str, Any] | None) -> Item:
    item = _wallet(at, [gateway], gateway.name)
    if linked is None:
        needs = ["link"] if gateway.wallet_needs_link else []
        return {**item, "needs": needs, "link": gateway.wallet_linked_by}
    item["instrument_id"] = linked["id"]
    if linked["balance"] is not None:
        item["balance"] = {
            "amount": linked["balance"],
            "amount_display": display(Paise(linked["balance"])),
            "as_of": format_time(datetime.fromisoformat(linked["balance_at"])),
        }
    return item


def _wallet(at: Checkout, gateways: list[Gateway], name: str) -> Item:
    own: dict[str, Any] = {"id": f"wallet:{name}", "logo": name, "wallet": name}
    return at.item(Method.WALLET, wallet_label(name), gateways=gateways, **own)
