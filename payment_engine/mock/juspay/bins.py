"""What the first digits of a card tell: its network, its bank, and what that bank supports."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

_BRANDS = (
    ("34", "AMEX"),
    ("37", "AMEX"),
    ("36", "DINERS"),
    ("38", "DINERS"),
    ("2", "MASTERCARD"),
    ("4", "VISA"),
    ("5", "MASTERCARD"),
    ("6", "RUPAY"),
)
CVV_LESS = frozenset({"VISA", "MASTERCARD", "RUPAY"})
"""Networks that take a tokenised card without its security code."""


@dataclass(frozen=True)
class Bin:
    """A range of cards of one bank."""

    brand: str
    bank: str = "Mock Bank"
    bank_code: str = "JP_MOCK"
    country: str = "INDIA"
    type: str = "CREDIT"
    sub_type: str = "CLASSIC"
    tokenizes: bool = True
    direct_otp: bool = False
    atm_pin: bool = False
    mandates: bool = True

    @property
    def foreign(self) -> bool:
        """Issued abroad: India's rule that nobody keeps card numbers does not bind it."""
        return self.country != "INDIA"


KNOWN: Mapping[str, Bin] = {
    "424242": Bin("VISA", "HDFC Bank", "JP_HDFC", direct_otp=True),
    "411111": Bin("VISA", "JPMorgan Chase", "JP_CHASE", "UNITED STATES", tokenizes=False),
    "529992": Bin("MASTERCARD", "ICICI Bank", "JP_ICICI", type="DEBIT", direct_otp=True),
    "607432": Bin("RUPAY", "State Bank of India", "JP_SBI", type="DEBIT", atm_pin=True),
    "360886": Bin("DINERS", "HDFC Bank", "JP_HDFC", sub_type="PREMIUM", direct_otp=True),
    "400022": Bin("VISA", "Cooperative Bank", "JP_COOP", tokenizes=False, mandates=False),
    "543715": Bin("MASTERCARD", "Deutsche Bank", "JP_DEUTSCHE", "GERMANY", tokenizes=False),
}
"""Of Juspay's test cards 4111... is a foreign one here; every other number is an Indian one."""


def bin_of(digits: str) -> Bin | None:
    """The range that a number or its first digits fall in; None where no network begins so."""
    if known := KNOWN.get(digits[:6]):
        return known
    brand = next((brand for start, brand in _BRANDS if digits.startswith(start)), None)
    return replace(Bin(""), brand=brand) if brand else None
