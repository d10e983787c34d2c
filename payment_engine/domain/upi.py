"""UPI apps: their labels, the links that open them and their Android packages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from payment_engine.domain.gateway import Platform


@dataclass(frozen=True)
class UpiApp:
    """A UPI app: its label, the link that opens it on iOS and its Android package."""

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
"""By our names. On iOS each link opens that one app; on Android ``upi://pay`` does, with the app's
package; without one it lets the customer choose."""
LINK_KEYS = frozenset(
    {
        *("ver", "mode", "purpose", "orgid", "tid", "tr", "tn", "category", "url", "refUrl"),
        *("pa", "pn", "mc", "am", "mam", "cu", "mid", "msid", "mtid", "mn", "sign", "qrMedium"),
        *("invoiceNo", "invoiceDate", "QRts", "QRexpire", "gstIn", "gstBrkUp", "split", "enTips"),
    }
)
"""The parameters of a UPI link (NPCI, UPI Linking Specifications)."""
_BY_NAME = {name: key for key, app in APPS.items() for name in (key, app.package)}


def app_link(uri: str, app: str, platform: Platform | None) -> tuple[str, str | None]:
    """The gateway's ``upi://pay`` link for one app, and the package to open it with on Android.

    The query is copied byte for byte, because gateways sign it.
    """
    if platform is Platform.IOS:
        return APPS[app].link + "?" + uri.partition("?")[2], None
    return uri, APPS[app].package


def apps_among(installed: Iterable[str]) -> list[str]:
    """Our names of the installed apps that we have a link for, in the client's order.

    ``installed`` holds our names or Android packages.
    """
    return list(dict.fromkeys(_BY_NAME[name] for name in installed if name in _BY_NAME))
