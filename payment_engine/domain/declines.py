"""What a decline means for the customer: our codes, words, and what can be done (UPI-17, CRD-4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Retry = Literal["same", "other", "later", "wait", "none"]
Money = Literal["not_debited", "maybe_debited", "returning"]
Cause = Literal["customer", "limit", "bank", "risk", "technical", "ours"]


@dataclass(frozen=True)
class Decline:
    """One of our decline codes, in English and Hindi (CHK-9).

    ``money``: whether the customer's account may be touched. ``cause`` keeps business declines
    apart from technical ones: only those say anything about a gateway (UPI-19, RTE-2).
    """

    message: str
    message_hi: str
    cause: Cause
    retry: Retry
    money: Money = "not_debited"


def _told(cause: Cause, retry: Retry, en: str, hi: str, money: Money = "not_debited") -> Decline:
    return Decline(en, hi, cause, retry, money)


DECLINES: Mapping[str, Decline] = {
    "insufficient_funds": _told(
        "customer", "other",
        "Not enough balance in this account. Try another account or method.",
        "इस खाते में पर्याप्त राशि नहीं है। किसी दूसरे खाते या तरीके से भुगतान करें।",
    ),
    "incorrect_otp": _told(
        "customer", "same",
        "The code or PIN was not right. Try again.",
        "कोड या पिन सही नहीं था। फिर से कोशिश करें।",
    ),
    "pin_blocked": _told(
        "customer", "other",
        "Your bank has blocked the PIN for now. Use another method.",
        "आपके बैंक ने पिन अभी रोक दिया है। किसी दूसरे तरीके से भुगतान करें।",
    ),
    "otp_expired": _told(
        "customer", "same",
        "The code came too late. Ask for a new one.",
        "कोड की समय-सीमा समाप्त हो गई। नया कोड मँगाएँ।",
    ),
    "incorrect_cvv": _told(
        "customer", "same",
        "The security code of the card was not right. Try again.",
        "कार्ड का सुरक्षा कोड सही नहीं था। फिर से कोशिश करें।",
    ),
    "authentication_failed": _told(
        "customer", "same",
        "Your bank could not confirm it was you. Try again.",
        "बैंक आपकी पहचान की पुष्टि नहीं कर सका। फिर से कोशिश करें।",
    ),
    "cancelled_by_customer": _told(
        "customer", "same",
        "You cancelled the payment. You can try again.",
        "आपने भुगतान रद्द किया। आप फिर से कोशिश कर सकते हैं।",
    ),
    "timed_out": _told(
        "customer", "same",
        "The time to pay ran out. Start again.",
        "भुगतान का समय समाप्त हो गया। फिर से शुरू करें।",
    ),
    "invalid_vpa": _told(
        "customer", "same",
        "This UPI ID does not exist. Check it or use an app.",
        "यह UPI ID मौजूद नहीं है। इसे जाँचें या किसी ऐप से भुगतान करें।",
    ),
    "vpa_restricted": _told(
        "bank", "other",
        "This UPI ID cannot pay here. Use another.",
        "इस UPI ID से यहाँ भुगतान नहीं हो सकता। कोई दूसरी ID चुनें।",
    ),
    "expired_instrument": _told(
        "customer", "other",
        "This card has expired. Use another one.",
        "इस कार्ड की वैधता समाप्त हो गई है। दूसरा कार्ड चुनें।",
    ),
    "card_not_enabled_online": _told(
        "customer", "other",
        "Online use of this card is switched off. Switch it on at your bank, or use another.",
        "इस कार्ड पर ऑनलाइन उपयोग बंद है। बैंक के ऐप में चालू करें या दूसरा कार्ड चुनें।",
    ),
    "limit_exceeded": _told(
        "limit", "other",
        "This is above your bank's limit. Use another method.",
        "यह राशि आपके बैंक की सीमा से अधिक है। किसी दूसरे तरीके से भुगतान करें।",
    ),
    "too_many_payments": _told(
        "limit", "later",
        "Today's number of UPI payments at your bank is used up. Use another method.",
        "आपके बैंक में आज के UPI भुगतानों की संख्या पूरी हो गई है। कोई दूसरा तरीका चुनें।",
    ),
    "risk_declined": _told(
        "risk", "other",
        "Your bank stopped this for safety. Use another method.",
        "बैंक ने सुरक्षा के लिए यह भुगतान रोका। किसी दूसरे तरीके से भुगतान करें।",
    ),
    "declined_by_issuer": _told(
        "bank", "other",
        "Your bank declined the payment. Try another method.",
        "बैंक ने भुगतान अस्वीकार किया। कोई दूसरा तरीका आज़माएँ।",
    ),
    "account_inactive": _told(
        "bank", "other",
        "This account cannot be used now. Try another account.",
        "इस खाते का अभी उपयोग नहीं हो सकता। दूसरा खाता आज़माएँ।",
    ),
    "mobile_changed": _told(
        "bank", "other",
        "Register for UPI again with your bank, or use another method.",
        "अपने बैंक में UPI के लिए फिर से पंजीकरण करें, या दूसरा तरीका चुनें।",
    ),
    "issuer_down": _told(
        "technical", "other",
        "Your bank is not answering right now. Use another method.",
        "आपका बैंक अभी उत्तर नहीं दे रहा है। किसी दूसरे तरीके से भुगतान करें।",
    ),
    "upi_app_failed": _told(
        "technical", "other",
        "Something went wrong in the UPI app. Use another app.",
        "UPI ऐप में कुछ गड़बड़ हुई। कोई दूसरा ऐप चुनें।",
    ),
    "bank_timed_out": _told(
        "technical", "wait",
        "We are confirming with your bank. Do not pay again just yet.",
        "हम आपके बैंक से पुष्टि कर रहे हैं। अभी दोबारा भुगतान न करें।",
        "maybe_debited",
    ),
    "credit_failed": _told(
        "technical", "other",
        "If money left your account, your bank returns it within RBI's time limits.",
        "यदि आपके खाते से राशि कटी है, तो बैंक उसे RBI की समय-सीमा में लौटाएगा।",
        "returning",
    ),
    "payee_problem": _told(
        "ours", "other",
        "We could not receive the payment. Any debit is returned. Use another method.",
        "हम भुगतान प्राप्त नहीं कर सके। कटी हुई राशि लौटाई जाएगी। दूसरा तरीका चुनें।",
        "maybe_debited",
    ),
    "gateway_declined": _told(
        "bank", "other",
        "The payment was declined. Try another method.",
        "भुगतान अस्वीकार हुआ। कोई दूसरा तरीका आज़माएँ।",
    ),
    "gateway_unreachable": _told(
        "technical", "same",
        "We could not reach the payment network. Try again.",
        "भुगतान नेटवर्क से संपर्क नहीं हो सका। फिर से कोशिश करें।",
    ),
    "gateway_rejected": _told(
        "technical", "other",
        "This method is not working right now. Use another method.",
        "यह तरीका अभी काम नहीं कर रहा है। कोई दूसरा तरीका चुनें।",
    ),
    "never_started": _told(
        "technical", "same",
        "The payment was not started. Try again.",
        "भुगतान शुरू नहीं हुआ। फिर से कोशिश करें।",
    ),
    "returned": _told(
        "technical", "same",
        "The payment came too late and your money was sent back.",
        "भुगतान देर से आया, इसलिए आपकी राशि लौटा दी गई है।",
        "returning",
    ),
    "other": _told(
        "bank", "other",
        "The payment did not go through. Try another method.",
        "भुगतान पूरा नहीं हुआ। कोई दूसरा तरीका आज़माएँ।",
    ),
}  # fmt: skip

UPI_CODES: Mapping[str, str] = {
    theirs: ours
    for ours, codes in {
        "insufficient_funds": ("Z9",),
        "incorrect_otp": ("ZM",),
        "pin_blocked": ("Z6",),
        "cancelled_by_customer": ("ZA",),
        "timed_out": ("U69", "X1"),
        "invalid_vpa": ("ZH",),
        "vpa_restricted": ("ZE", "ZG"),
        "limit_exceeded": ("Z8", "ZU", "XE"),
        "too_many_payments": ("Z7",),
        "risk_declined": ("U16", "59", "K1", "ZI"),
        "declined_by_issuer": ("U30", "XB", "B3", "YC"),
        "account_inactive": ("XH", "YE", "ZX"),
        "mobile_changed": ("B1",),
        "issuer_down": ("XY", "U28", "U90"),
        "upi_app_failed": ("U17", "U66", "YG", "XF", "XG"),
        "bank_timed_out": ("01", "RB", "BT", "UP", "U09", "U20", "U67", "U68", "RR"),
        "credit_failed": ("U31",),
        "payee_problem": ("XC", "XI", "YF", "ZY", "Y1", "U78"),
    }.items()
    for theirs in codes
}
"""UPI response codes (domain.md 3.5). The gateway's status says whether an attempt is over: a
code only says why (MOD-10)."""

CARD_CODES: Mapping[str, str] = {
    "05": "declined_by_issuer",
    "33": "expired_instrument",
    "51": "insufficient_funds",
    "54": "expired_instrument",
    "55": "incorrect_otp",
    "57": "card_not_enabled_online",
    "59": "risk_declined",
    "61": "limit_exceeded",
    "62": "declined_by_issuer",
    "65": "limit_exceeded",
    "75": "pin_blocked",
    "82": "incorrect_cvv",
    "91": "issuer_down",
    "N7": "incorrect_cvv",
}
"""ISO 8583 answers of card issuers."""


def decline(code: str | None) -> tuple[str, Decline]:
    """The decline for a code; one we do not know is told as ``other``."""
    known = code if code in DECLINES else "other"
    return str(known), DECLINES[str(known)]
