"""UPI apps as the checkout sees them: which opens which link, and how they are told apart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class UpiApp:
    """An app that takes UPI links: its label, the link and the Android package that open it."""

    label: str
    link: str
    package: str | None = None


APPS: Mapping[str, UpiApp] = {
    "gpay": UpiApp("Google Pay", "gpay://upi/pay", "com.google.android.apps.nbu.paisa.user"),
    "phonepe": UpiApp("PhonePe", "phonepe://pay", "com.phonepe.app"),
    "paytm": UpiApp("Paytm", "paytmmp://pay", "net.one97.paytm"),
    "cred": UpiApp("CRED", "credpay://upi/pay", "com.dreamplug.androidapp"),
    "bhim": UpiApp("BHIM", "bhim://upi/pay", "in.org.npci.upiapp"),
    "amazonpay": UpiApp("Amazon Pay", "amazonpay://upi/pay", "in.amazon.mShop.android.shopping"),
}
"""What opens one app alone; ``upi://pay`` lets the phone ask (UPI-7)."""
_NAMED = {name: app for app, known in APPS.items() for name in (app, known.package)}


def app_link(uri: str, app: str) -> str:
    """The gateway's link opened in one app: the query stays byte-exact (UPI-5)."""
    return APPS[app].link + "?" + uri.partition("?")[2]


def apps_among(installed: Iterable[str]) -> list[str]:
    """The apps that we have a link for, in the client's order, by our names or by package."""
    return list(dict.fromkeys(_NAMED[name] for name in installed if name in _NAMED))
