"""The groups of the methods document: saved, UPI, card, wallet, net banking.

An item says whether it can be used for this payment, and if not, why. A new method gets its
function here, and its line in ``GROUPS``.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from payment_engine.db.methods_context import CardChoice, VpaChoice, WalletChoice
from payment_engine.domain.banks import bank_label, wallet_label
from payment_engine.domain.cards import pays_without_cvv
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.upi import APPS, apps_among
from payment_engine.domain.upi_policy import FLOWS
from payment_engine.gateways.base import Gateway
from payment_engine.services.documents.instruments import balance_document
from payment_engine.services.documents.methods import MethodOut
from payment_engine.services.methods.availability import DOWN, Availability

_CARD_NAMES = {"visa": "Visa", "mastercard": "Mastercard", "rupay": "RuPay", "amex": "Amex"}
_UPI_LABELS = {
    Method.UPI_INTENT: "Pay in a UPI app",
    Method.UPI_QR: "Scan a UPI QR code",
    Method.UPI_COLLECT: "Pay by UPI ID",
}
_UPI_NEEDS = {Method.UPI_COLLECT: ["vpa"]}


def saved(available: Availability) -> list[MethodOut]:
    """The customer's saved cards and UPI IDs, the last used first."""
    cards = (_saved_card(available, card) for card in available.context.cards)
    vpas = (_saved_vpa(available, vpa) for vpa in available.context.vpas)
    return _present((*cards, *vpas))


def upi(available: Availability) -> list[MethodOut]:
    """The UPI apps of this client, then each UPI flow."""
    reason = available.closed_because(Method.UPI_INTENT)
    apps = (
        available.item(
            Method.UPI_INTENT,
            APPS[app].label,
            reason,
            id=f"upi_intent:{app}",
            logo=app,
            app=app,
        )
        for app in apps_among(available.client.installed_upi_apps)
    )
    flows = (
        available.item(
            flow, _UPI_LABELS[flow], available.closed_because(flow), needs=_UPI_NEEDS.get(flow, [])
        )
        for flow in FLOWS
    )
    return _present((*apps, *flows))


def card(available: Availability) -> list[MethodOut]:
    """A new card: the browser sends its number to a gateway, or the gateway's page asks for it."""
    entries = map(available.engine.card_entry, available.gateways(Method.CARD))
    entry = next((each for each in entries if each), None)
    needs = ["card_token"] if entry else []
    item = available.item(Method.CARD, "Credit or debit card", needs=needs)
    if item and entry:
        item["card_entry"] = {"url": entry.url, "merchant_id": entry.merchant_id}
    return _present([item])


def wallet(available: Availability) -> list[MethodOut]:
    """Wallets that are linked or can be, with their balance; then those of a gateway's page."""
    gateways = available.gateways(Method.WALLET)
    linking = [each for each in gateways if each.supports("link_start")]
    others = [each for each in gateways if each not in linking]
    linked = {each["wallet"]: each for each in available.context.wallets}
    own = [_own_wallet(available, each, linked.get(each.name)) for each in linking]
    listed = {each.name for each in linking}
    names = available.engine.settings.page_wallets if others else ()
    rest = (_wallet(available, others, name) for name in names if name not in listed)
    return _present((*own, *rest))


def netbanking(available: Availability) -> list[MethodOut]:
    """The banks of the setting ``PE_BANKS``."""
    return _present(
        available.item(
            Method.NETBANKING,
            bank_label(bank),
            id=f"netbanking:{bank}",
            logo=bank.lower(),
            bank=bank,
        )
        for bank in available.engine.settings.banks
    )


GROUPS: Mapping[str, Callable[[Availability], list[MethodOut]]] = {
    "saved": saved,
    "upi": upi,
    "card": card,
    "wallet": wallet,
    "netbanking": netbanking,
}
"""The groups in the order of the document."""


def _present(items: Iterable[MethodOut | None]) -> list[MethodOut]:
    return [item for item in items if item]


def _saved_card(available: Availability, saved_card: CardChoice) -> MethodOut | None:
    """A card is usable only at the gateways that hold a token of it."""
    homes = [
        gateway
        for gateway in available.gateways(Method.CARD)
        if gateway.name in saved_card["gateways"]
    ]
    no_cvv = pays_without_cvv(saved_card["network"], reported=saved_card["cvv_less"])
    of_issuer = (saved_card["issuer"], _CARD_NAMES.get(saved_card["network"], "card"))
    name = saved_card["nickname"] or " ".join(filter(None, of_issuer))
    return available.item(
        Method.CARD,
        f"{name} •••• {saved_card['last4']}",
        None if homes else DOWN,
        gateways=homes or list(available.engine.open_gateways.values())[:1],
        id=saved_card["id"],
        group="saved",
        logo=saved_card["network"],
        needs=[] if no_cvv else ["cvv"],
        instrument_id=saved_card["id"],
    )


def _saved_vpa(available: Availability, saved_vpa: VpaChoice) -> MethodOut | None:
    """Paid by a collect request where that is allowed; otherwise a shortcut to the UPI app."""
    reason = available.closed_because(Method.UPI_COLLECT)
    app = saved_vpa["app"]
    collect = available.item(
        Method.UPI_COLLECT,
        saved_vpa["masked"],
        reason,
        id=saved_vpa["id"],
        group="saved",
        logo=app or "upi",
        instrument_id=saved_vpa["id"],
    )
    if app is None or app not in APPS or (collect and reason is None):
        return collect
    return available.item(
        Method.UPI_INTENT,
        f"{APPS[app].label} ({saved_vpa['masked']})",
        available.closed_because(Method.UPI_INTENT),
        id=saved_vpa["id"],
        group="saved",
        logo=app,
        app=app,
    )


def _own_wallet(
    available: Availability, gateway: Gateway, linked: WalletChoice | None
) -> MethodOut | None:
    """The wallet of a gateway that links wallets: linked with its balance, or how to link it."""
    item = _wallet(available, [gateway], gateway.name)
    if item is None:
        return None
    if linked is None:
        item["needs"] = ["link"] if gateway.wallet_needs_link else []
        item["link"] = gateway.wallet_linked_by
        return item
    item["instrument_id"] = linked["id"]
    if linked["balance_at"]:
        balance_at = datetime.fromisoformat(linked["balance_at"])
        item["balance"] = balance_document(linked["balance"], balance_at)
    return item


def _wallet(available: Availability, gateways: list[Gateway], name: str) -> MethodOut | None:
    return available.item(
        Method.WALLET,
        wallet_label(name),
        gateways=gateways,
        id=f"wallet:{name}",
        logo=name,
        wallet=name,
    )
