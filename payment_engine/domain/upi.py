"""UPI apps: their labels, the links that open them and their Android packages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class UpiApp:
    """A UPI app: its label, the link that opens it and its Android package."""

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
"""By our names. Each link opens that one app; ``upi://pay`` lets the customer choose one."""
_BY_NAME = {name: key for key, app in APPS.items() for name in (key, app.package)}


def app_link(uri: str, app: str) -> str:
    """The gateway's ``upi://pay`` link for one app.

    The query is copied byte for byte, because gateways sign it.
    """
    return APPS[app].link + "?" + uri.partition("?")[2]


def apps_among(installed: Iterable[str]) -> list[str]:
    """Our names of the installed apps that we have a link for, in the client's order.

    ``installed`` holds our names or Android packages.
    """
    return list(dict.fromkeys(_BY_NAME[name] for name in installed if name in _BY_NAME))
