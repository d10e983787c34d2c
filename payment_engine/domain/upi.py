"""UPI as the checkout sees it: which flows suit a device, and which app opens which link."""

from collections.abc import Mapping
from dataclasses import dataclass

from payment_engine.domain.gateway import Method, Platform


@dataclass(frozen=True)
class UpiApp:
    """An app that takes UPI links: its label, and the scheme that opens it alone (UPI-7)."""

    label: str
    link: str


APPS: Mapping[str, UpiApp] = {
    "gpay": UpiApp("Google Pay", "gpay://upi/pay"),
    "phonepe": UpiApp("PhonePe", "phonepe://pay"),
    "paytm": UpiApp("Paytm", "paytmmp://pay"),
    "cred": UpiApp("CRED", "credpay://upi/pay"),
    "bhim": UpiApp("BHIM", "bhim://upi/pay"),
    "amazonpay": UpiApp("Amazon Pay", "amazonpay://upi/pay"),
}

ALLOWED: Mapping[Platform, frozenset[Method]] = {
    Platform.DESKTOP: frozenset({Method.UPI_QR}),
    Platform.ANDROID: frozenset({Method.UPI_INTENT, Method.UPI_QR}),
    Platform.MOBILE_WEB: frozenset({Method.UPI_INTENT, Method.UPI_QR}),
    Platform.IOS: frozenset({Method.UPI_INTENT, Method.UPI_COLLECT}),
}
"""Which UPI flows a platform offers (UPI-4)."""


def allowed(method: Method, platform: Platform | None) -> bool:
    """Whether a method makes sense on this platform, or on one that was not told."""
    return not (platform and method.value.startswith("upi_")) or method in ALLOWED[platform]


def app_link(uri: str, app: str) -> str:
    """The gateway's link opened in one app: the query stays byte-exact (UPI-5)."""
    return APPS[app].link + "?" + uri.partition("?")[2]
