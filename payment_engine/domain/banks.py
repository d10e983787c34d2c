"""Banks and wallets that customers pay from: our codes and their display names."""

from collections.abc import Mapping

BANKS: Mapping[str, str] = {
    "SBI": "State Bank of India",
    "HDFC": "HDFC Bank",
    "ICICI": "ICICI Bank",
    "AXIS": "Axis Bank",
    "KOTAK": "Kotak Mahindra Bank",
    "PNB": "Punjab National Bank",
    "BOB": "Bank of Baroda",
    "CANARA": "Canara Bank",
    "UNION": "Union Bank of India",
    "IDFC": "IDFC FIRST Bank",
    "INDUS": "IndusInd Bank",
    "YES": "Yes Bank",
    "FED": "Federal Bank",
    "IDBI": "IDBI Bank",
    "AU": "AU Small Finance Bank",
}
"""Banks for net banking, the most used first."""

WALLETS: Mapping[str, str] = {
    "amazonpay": "Amazon Pay",
    "paytm": "Paytm",
    "mobikwik": "MobiKwik",
    "freecharge": "Freecharge",
    "phonepe": "PhonePe",
    "airtel": "Airtel Money",
    "olamoney": "Ola Money",
}


def bank_label(code: str) -> str:
    """The bank's display name, or its code for a bank that is not in the table."""
    return BANKS.get(code, code)


def wallet_label(name: str) -> str:
    """The wallet's display name; an unknown wallet's code is capitalized."""
    return WALLETS.get(name, name.capitalize())
