"""Which UPI flows are open to whom and since when: NPCI's rules as dated data (UPI-4, UPI-15)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from payment_engine.domain.calendar import day_of
from payment_engine.domain.gateway import Method, Platform
from payment_engine.domain.money import Paise, display
from payment_engine.domain.words import Words

PHARMACY = "5912"
"""The merchant category of a shop that was given none."""

FLOWS = (Method.UPI_INTENT, Method.UPI_QR, Method.UPI_COLLECT)
"""The most convenient first."""

_IPHONE = re.compile(r"\b(?:iPhone|iPad|iPod)\b")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a decision hangs on; ``platform`` is None where the client did not say."""

    platform: Platform | None
    amount: Paise
    at: datetime
    mcc: str = PHARMACY
    verified: bool = False
    """NPCI's mark of a merchant for whom higher limits hold."""

    @property
    def day(self) -> date:
        """The day in India, where these rules hold."""
        return day_of(self.at)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule about one flow: whom it means, from which day and before which; None means all.

    ``barred`` is what the customer is told; None opens the flow.
    """

    flow: Method
    barred: Words | None
    platforms: frozenset[Platform] | None = None
    mccs: frozenset[str] | None = None
    since: date = date.min
    until: date = date.max

    def means(self, asked: Asked) -> bool:
        """Whether the rule speaks of this case."""
        return (
            self.since <= asked.day < self.until
            and (self.platforms is None or asked.platform in self.platforms)
            and (self.mccs is None or asked.mcc in self.mccs)
        )


COLLECT_ENDED = date(2026, 2, 28)
_ENDED = Words(
    "banks no longer take requests to a UPI ID for this kind of shop: use an app or a QR code",
    "बैंक अब इस तरह की दुकान के लिए UPI ID पर अनुरोध नहीं लेते: UPI ऐप या QR कोड से भुगतान करें",
)
_NO_APPS = Words(
    "there are no UPI apps on a computer: scan the QR code",
    "कंप्यूटर पर UPI ऐप नहीं होते: QR कोड स्कैन करें",
)
_OWN_SCREEN = Words(
    "a phone cannot scan its own screen: open a UPI app",
    "फ़ोन अपनी ही स्क्रीन स्कैन नहीं कर सकता: UPI ऐप खोलें",
)
_SCAN = Words("scan the QR code instead", "इसके बजाय QR कोड स्कैन करें")

POLICY: tuple[Rule, ...] = (
    Rule(flow=Method.UPI_INTENT, platforms=frozenset({Platform.DESKTOP}),
         barred=_NO_APPS),
    Rule(flow=Method.UPI_INTENT, barred=None),
    Rule(flow=Method.UPI_QR, platforms=frozenset({Platform.IOS}),
         barred=_OWN_SCREEN),
    Rule(flow=Method.UPI_QR, barred=None),
    Rule(flow=Method.UPI_COLLECT, mccs=frozenset({"6012", "6211"}), barred=None),
    Rule(flow=Method.UPI_COLLECT, platforms=frozenset({Platform.DESKTOP}), since=COLLECT_ENDED,
         barred=_SCAN),
    Rule(flow=Method.UPI_COLLECT, platforms=frozenset({Platform.IOS}), barred=None),
    Rule(flow=Method.UPI_COLLECT, since=COLLECT_ENDED, barred=_ENDED),
    Rule(flow=Method.UPI_COLLECT, barred=None),
)  # fmt: skip
"""The first rule that means a case decides it. Collect ended for ordinary merchants on
``COLLECT_ENDED``; iOS and the two finance categories are exempt until further notice (domain.md
0.1)."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """The most that one UPI payment may be, in paise, for these merchants since a day."""

    paise: Paise
    mccs: frozenset[str] | None = None
    verified_only: bool = False
    since: date = date.min


_LAKH = 1_00_000_00
_LISTED = frozenset({"8062", "8211", "8220", "8241", "8244", "8249", "8299"})
LIMITS: tuple[Limit, ...] = (
    Limit(paise=Paise(2 * _LAKH), mccs=frozenset({"5944"}), verified_only=True,
          since=date(2025, 9, 15)),
    Limit(paise=Paise(5 * _LAKH), mccs=_LISTED, verified_only=True, since=date(2025, 9, 15)),
    Limit(paise=Paise(1 * _LAKH)),
)  # fmt: skip
"""The first that fits holds; a pharmacy is no hospital (8062). Banks may set less, and a setting
may replace these (UPI-15)."""


def barred(flow: Method, asked: Asked, limits: Mapping[str, int] | None = None) -> Words | None:
    """Why a UPI flow is not open here, in words for the customer; None where it is.

    ``limits`` replaces the table's limit by merchant category, in paise.
    """
    rule = next(rule for rule in POLICY if rule.flow is flow and rule.means(asked))
    most = limit(asked, limits or {})
    if rule.barred is None and asked.amount > most:
        return Words(
            f"UPI takes {display(most)} at most: use a card or net banking",
            f"UPI से अधिकतम {display(most)} दिए जा सकते हैं: कार्ड या नेट बैंकिंग चुनें",
        )
    return rule.barred


def limit(asked: Asked, limits: Mapping[str, int]) -> Paise:
    """The most that may be paid by UPI here, in paise."""
    if asked.mcc in limits:
        return Paise(limits[asked.mcc])
    return next(
        each.paise
        for each in LIMITS
        if each.since <= asked.day
        and (each.mccs is None or asked.mcc in each.mccs)
        and (asked.verified or not each.verified_only)
    )


def open_flows(asked: Asked, limits: Mapping[str, int] | None = None) -> list[Method]:
    """The flows that are open here, the most convenient first."""
    return [flow for flow in FLOWS if barred(flow, asked, limits) is None]


def platform_of(told: Platform | None, user_agent: str | None) -> Platform | None:
    """The platform that the rules mean: a mobile page in Safari's home counts as iOS (0.1)."""
    if told is Platform.MOBILE_WEB and _IPHONE.search(user_agent or ""):
        return Platform.IOS
    return told
