"""Which UPI flows a checkout may use: NPCI's rules and limits as dated tables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from payment_engine.domain.calendar import day_of
from payment_engine.domain.gateway import Platform
from payment_engine.domain.localized import LocalizedText
from payment_engine.domain.money import Paise, display
from payment_engine.domain.payment_methods import Method

PHARMACY = "5912"
"""The merchant category code (MCC) of a merchant that has none configured."""

FLOWS = (Method.UPI_INTENT, Method.UPI_QR, Method.UPI_COLLECT)
"""UPI flows, the most convenient for the customer first."""

_IPHONE = re.compile(r"\b(?:iPhone|iPad|iPod)\b")


@dataclass(frozen=True, kw_only=True)
class UpiContext:
    """What the rules depend on; ``amount`` in paise, ``platform`` None if the client sent none."""

    platform: Platform | None
    amount: Paise
    at: datetime
    mcc: str = PHARMACY
    verified: bool = False
    """Whether NPCI lists the merchant as verified, which raises its limits."""

    @cached_property
    def day(self) -> date:
        """The date in India."""
        return day_of(self.at)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Opens or closes one flow, for these platforms and MCCs (None: all), from ``since`` until the
    day before ``until``."""

    flow: Method
    closed_because: LocalizedText | None
    """What the customer is told; None opens the flow."""
    platforms: frozenset[Platform] | None = None
    mccs: frozenset[str] | None = None
    since: date = date.min
    until: date = date.max

    def applies_to(self, context: UpiContext) -> bool:
        """Whether the rule covers this platform, MCC and day."""
        return (
            self.since <= context.day < self.until
            and (self.platforms is None or context.platform in self.platforms)
            and (self.mccs is None or context.mcc in self.mccs)
        )


COLLECT_ENDED = date(2026, 2, 28)
_ENDED = LocalizedText(
    "banks no longer accept requests to a UPI ID for shops like this: use a UPI app or a QR code",
    "बैंक अब इस तरह की दुकान के लिए UPI ID पर अनुरोध नहीं लेते: UPI ऐप या QR कोड से भुगतान करें",
)
_NO_APPS = LocalizedText(
    "there are no UPI apps on a computer: scan the QR code",
    "कंप्यूटर पर UPI ऐप नहीं होते: QR कोड स्कैन करें",
)
_OWN_SCREEN = LocalizedText(
    "a phone cannot scan its own screen: use a UPI app",
    "फ़ोन अपनी ही स्क्रीन स्कैन नहीं कर सकता: UPI ऐप खोलें",
)
_SCAN = LocalizedText("scan the QR code instead", "इसके बजाय QR कोड स्कैन करें")

_OTHER_FINANCE = frozenset({"6012", "6211"})

POLICY: tuple[Rule, ...] = (
    Rule(
        flow=Method.UPI_INTENT,
        platforms=frozenset({Platform.DESKTOP}),
        closed_because=_NO_APPS,
    ),
    Rule(flow=Method.UPI_INTENT, closed_because=None),
    Rule(flow=Method.UPI_QR, platforms=frozenset({Platform.IOS}), closed_because=_OWN_SCREEN),
    Rule(flow=Method.UPI_QR, closed_because=None),
    Rule(flow=Method.UPI_COLLECT, mccs=_OTHER_FINANCE, closed_because=None),
    Rule(
        flow=Method.UPI_COLLECT,
        platforms=frozenset({Platform.DESKTOP}),
        since=COLLECT_ENDED,
        closed_because=_SCAN,
    ),
    Rule(flow=Method.UPI_COLLECT, platforms=frozenset({Platform.IOS}), closed_because=None),
    Rule(flow=Method.UPI_COLLECT, since=COLLECT_ENDED, closed_because=_ENDED),
    Rule(flow=Method.UPI_COLLECT, closed_because=None),
)
"""The first rule that applies decides. NPCI ended collect for ordinary merchants on
``COLLECT_ENDED``; iOS and MCCs 6012 and 6211 are exempt until further notice (Razorpay, "UPI
Collect migration"; PayU, "UPI Collect Disablement")."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """The maximum of one UPI payment, in paise, for these MCCs (None: all) from ``since``."""

    paise: Paise
    mccs: frozenset[str] | None = None
    verified_only: bool = False
    since: date = date.min


_LAKH = 1_00_000_00
_LISTED = frozenset({"8062", "8211", "8220", "8241", "8244", "8249", "8299"})
LIMITS: tuple[Limit, ...] = (
    Limit(
        paise=Paise(2 * _LAKH),
        mccs=frozenset({"5944"}),
        verified_only=True,
        since=date(2025, 9, 15),
    ),
    Limit(paise=Paise(5 * _LAKH), mccs=_LISTED, verified_only=True, since=date(2025, 9, 15)),
    Limit(paise=Paise(1 * _LAKH)),
)
"""The first that applies: NPCI's limits for payments to merchants since 15 September 2025. A
pharmacy (5912) is not a hospital (8062). Banks may set lower limits; the setting ``upi_limits``
overrides these by MCC."""


def closed_because(
    flow: Method, context: UpiContext, limits: Mapping[str, int] | None = None
) -> LocalizedText | None:
    """Why a UPI flow cannot be used here, as a sentence for the customer; None if it can.

    ``limits`` overrides ``LIMITS``: paise by MCC.
    """
    rule = next(rule for rule in POLICY if rule.flow is flow and rule.applies_to(context))
    maximum = upi_limit(context, limits or {})
    if rule.closed_because is None and context.amount > maximum:
        return LocalizedText(
            f"UPI payments are limited to {display(maximum)}: use a card or net banking",
            f"UPI से अधिकतम {display(maximum)} दिए जा सकते हैं: कार्ड या नेट बैंकिंग चुनें",
        )
    return rule.closed_because


def upi_limit(context: UpiContext, limits: Mapping[str, int]) -> Paise:
    """The maximum of one UPI payment here, in paise; ``limits`` overrides ``LIMITS`` by MCC."""
    if context.mcc in limits:
        return Paise(limits[context.mcc])
    return next(
        limit.paise
        for limit in LIMITS
        if limit.since <= context.day
        and (limit.mccs is None or context.mcc in limit.mccs)
        and (context.verified or not limit.verified_only)
    )


def open_flows(context: UpiContext, limits: Mapping[str, int] | None = None) -> list[Method]:
    """The UPI flows that can be used here, the most convenient first."""
    return [flow for flow in FLOWS if closed_because(flow, context, limits) is None]


def effective_platform(declared: Platform | None, user_agent: str | None) -> Platform | None:
    """The platform as the rules mean it: a mobile web page on an iPhone or iPad counts as iOS."""
    if declared is Platform.MOBILE_WEB and _IPHONE.search(user_agent or ""):
        return Platform.IOS
    return declared
