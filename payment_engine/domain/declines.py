"""Why a payment failed: our decline codes, the text for the customer, and what to try next."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from payment_engine.domain.localized import LocalizedText

Retry = Literal["same", "other", "later", "wait", "none"]
"""What to try next: the same method again, another method, the same one later; or wait for this
attempt; or nothing."""
Money = Literal["not_debited", "maybe_debited", "returning", "with_gateway"]
"""Whether the customer's account may have been debited; ``returning``: it is sent back;
``with_gateway``: it arrived there, and has not been sent back."""
Cause = Literal["customer", "limit", "bank", "risk", "technical", "ours"]
"""Who or what declined. Only ``technical`` declines say anything about a gateway's health."""


@dataclass(frozen=True)
class Decline:
    """What one of our decline codes means."""

    cause: Cause
    retry: Retry
    text: LocalizedText
    money: Money = "not_debited"


DECLINES: Mapping[str, Decline] = {
    "insufficient_funds": Decline(
        "customer",
        "other",
        LocalizedText(
            "Not enough balance in this account. Try another account or method.",
            "इस खाते में पर्याप्त राशि नहीं है। किसी दूसरे खाते या तरीके से भुगतान करें।",
        ),
    ),
    "incorrect_otp": Decline(
        "customer",
        "same",
        LocalizedText(
            "The code or PIN was wrong. Try again.",
            "कोड या पिन सही नहीं था। फिर से कोशिश करें।",
        ),
    ),
    "pin_blocked": Decline(
        "customer",
        "other",
        LocalizedText(
            "Your bank has blocked the PIN for now. Use another method.",
            "आपके बैंक ने पिन अभी रोक दिया है। किसी दूसरे तरीके से भुगतान करें।",
        ),
    ),
    "otp_expired": Decline(
        "customer",
        "same",
        LocalizedText(
            "The code has expired. Ask for a new one.",
            "कोड की समय-सीमा समाप्त हो गई। नया कोड मँगाएँ।",
        ),
    ),
    "incorrect_cvv": Decline(
        "customer",
        "same",
        LocalizedText(
            "The card's security code (CVV) was wrong. Try again.",
            "कार्ड का सुरक्षा कोड सही नहीं था। फिर से कोशिश करें।",
        ),
    ),
    "authentication_failed": Decline(
        "customer",
        "same",
        LocalizedText(
            "Your bank could not verify that it was you. Try again.",
            "बैंक आपकी पहचान की पुष्टि नहीं कर सका। फिर से कोशिश करें।",
        ),
    ),
    "cancelled_by_customer": Decline(
        "customer",
        "same",
        LocalizedText(
            "You cancelled the payment. You can try again.",
            "आपने भुगतान रद्द किया। आप फिर से कोशिश कर सकते हैं।",
        ),
    ),
    "timed_out": Decline(
        "customer",
        "same",
        LocalizedText(
            "The time to pay ran out. Start again.",
            "भुगतान का समय समाप्त हो गया। फिर से शुरू करें।",
        ),
    ),
    "invalid_vpa": Decline(
        "customer",
        "same",
        LocalizedText(
            "This UPI ID does not exist. Check it or use an app.",
            "यह UPI ID मौजूद नहीं है। इसे जाँचें या किसी ऐप से भुगतान करें।",
        ),
    ),
    "vpa_restricted": Decline(
        "bank",
        "other",
        LocalizedText(
            "This UPI ID cannot pay here. Use another.",
            "इस UPI ID से यहाँ भुगतान नहीं हो सकता। कोई दूसरी ID चुनें।",
        ),
    ),
    "expired_instrument": Decline(
        "customer",
        "other",
        LocalizedText(
            "This card has expired. Use another one.",
            "इस कार्ड की वैधता समाप्त हो गई है। दूसरा कार्ड चुनें।",
        ),
    ),
    "card_not_enabled_online": Decline(
        "customer",
        "other",
        LocalizedText(
            "Online use of this card is switched off. Switch it on at your bank, or use another.",
            "इस कार्ड पर ऑनलाइन उपयोग बंद है। बैंक के ऐप में चालू करें या दूसरा कार्ड चुनें।",
        ),
    ),
    "limit_exceeded": Decline(
        "limit",
        "other",
        LocalizedText(
            "This is above your bank's limit. Use another method.",
            "यह राशि आपके बैंक की सीमा से अधिक है। किसी दूसरे तरीके से भुगतान करें।",
        ),
    ),
    "too_many_payments": Decline(
        "limit",
        "later",
        LocalizedText(
            "You have reached your bank's daily number of UPI payments. Use another method.",
            "आपके बैंक में आज के UPI भुगतानों की संख्या पूरी हो गई है। कोई दूसरा तरीका चुनें।",
        ),
    ),
    "risk_declined": Decline(
        "risk",
        "other",
        LocalizedText(
            "Your bank stopped this payment for security reasons. Use another method.",
            "बैंक ने सुरक्षा के लिए यह भुगतान रोका। किसी दूसरे तरीके से भुगतान करें।",
        ),
    ),
    "declined_by_issuer": Decline(
        "bank",
        "other",
        LocalizedText(
            "Your bank declined the payment. Try another method.",
            "बैंक ने भुगतान अस्वीकार किया। कोई दूसरा तरीका आज़माएँ।",
        ),
    ),
    "account_inactive": Decline(
        "bank",
        "other",
        LocalizedText(
            "This account cannot be used right now. Try another account.",
            "इस खाते का अभी उपयोग नहीं हो सकता। दूसरा खाता आज़माएँ।",
        ),
    ),
    "mobile_changed": Decline(
        "bank",
        "other",
        LocalizedText(
            "Register for UPI again with your bank, or use another method.",
            "अपने बैंक में UPI के लिए फिर से पंजीकरण करें, या दूसरा तरीका चुनें।",
        ),
    ),
    "issuer_down": Decline(
        "technical",
        "other",
        LocalizedText(
            "Your bank is not answering right now. Use another method.",
            "आपका बैंक अभी उत्तर नहीं दे रहा है। किसी दूसरे तरीके से भुगतान करें।",
        ),
    ),
    "upi_app_failed": Decline(
        "technical",
        "other",
        LocalizedText(
            "Something went wrong in the UPI app. Use another app.",
            "UPI ऐप में कुछ गड़बड़ हुई। कोई दूसरा ऐप चुनें।",
        ),
    ),
    "bank_timed_out": Decline(
        "technical",
        "wait",
        LocalizedText(
            "We are confirming with your bank. Do not pay again just yet.",
            "हम आपके बैंक से पुष्टि कर रहे हैं। अभी दोबारा भुगतान न करें।",
        ),
        money="maybe_debited",
    ),
    "credit_failed": Decline(
        "technical",
        "other",
        LocalizedText(
            "If money left your account, your bank will return it within RBI's time limits.",
            "यदि आपके खाते से राशि कटी है, तो बैंक उसे RBI की समय-सीमा में लौटाएगा।",
        ),
        money="returning",
    ),
    "payee_problem": Decline(
        "ours",
        "other",
        LocalizedText(
            "We could not receive the payment. Any debit will be returned. Use another method.",
            "हम भुगतान प्राप्त नहीं कर सके। कटी हुई राशि लौटाई जाएगी। दूसरा तरीका चुनें।",
        ),
        money="maybe_debited",
    ),
    "gateway_declined": Decline(
        "bank",
        "other",
        LocalizedText(
            "The payment was declined. Try another method.",
            "भुगतान अस्वीकार हुआ। कोई दूसरा तरीका आज़माएँ।",
        ),
    ),
    "gateway_unreachable": Decline(
        "technical",
        "same",
        LocalizedText(
            "We could not reach the payment network. Try again.",
            "भुगतान नेटवर्क से संपर्क नहीं हो सका। फिर से कोशिश करें।",
        ),
    ),
    "gateway_rejected": Decline(
        "technical",
        "other",
        LocalizedText(
            "This method is not working right now. Use another method.",
            "यह तरीका अभी काम नहीं कर रहा है। कोई दूसरा तरीका चुनें।",
        ),
    ),
    "never_started": Decline(
        "technical",
        "same",
        LocalizedText(
            "The payment was not started. Try again.",
            "भुगतान शुरू नहीं हुआ। फिर से कोशिश करें।",
        ),
    ),
    "returned": Decline(
        "technical",
        "same",
        LocalizedText(
            "The payment came too late, so your money is sent back to you.",
            "भुगतान देर से आया, इसलिए आपकी राशि आपको लौटाई जाती है।",
        ),
        money="returning",
    ),
    "not_returned": Decline(
        "technical",
        "same",
        LocalizedText(
            "The payment came too late. Your money has not been sent back yet; we see to it.",
            "भुगतान देर से आया। आपकी राशि अभी नहीं लौटी है; हम इस पर काम कर रहे हैं।",
        ),
        money="with_gateway",
    ),
    "other": Decline(
        "bank",
        "other",
        LocalizedText(
            "The payment did not go through. Try another method.",
            "भुगतान पूरा नहीं हुआ। कोई दूसरा तरीका आज़माएँ।",
        ),
    ),
}

CARD_DECLINES = frozenset(
    code for code, known in DECLINES.items() if known.cause in ("customer", "limit", "bank", "risk")
) - {"cancelled_by_customer", "timed_out"}
"""The declines of a card that say something of the card: not of a gateway, nor that its holder
went away."""

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
"""UPI response codes and our decline for each, from Juspay's "UPI Error Codes" and M2P's copy of
NPCI's list (v2.5). Whether an attempt failed is decided by the gateway's status; the code only says
why."""

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
"""Response codes of card issuers (ISO 8583) and our decline for each."""


def decline(code: str | None) -> tuple[str, Decline]:
    """Our code and its decline; an unknown code, or None, becomes ``other``."""
    known = code if code is not None and code in DECLINES else "other"
    return known, DECLINES[known]


class ResultClass(StrEnum):
    """Whose success or failure the end of an attempt was.

    NPCI measures banks by technical and business declines apart: 1 % and 5 % of UPI payments.
    """

    SUCCESS = "success"
    TECHNICAL = "technical"
    """The gateway, a bank or we could not carry it out."""
    BUSINESS = "business"
    """It was carried out, and refused: no funds, a limit, a wrong PIN, risk."""
    DROP_OFF = "drop_off"
    """The customer did not act, or cancelled."""
    REROUTED = "rerouted"
    """Another gateway took over, so that the customer did not notice."""


NOT_BEGUN = frozenset({"gateway_unreachable", "gateway_rejected"})
"""The gateway did not begin the charge: another one may take it."""
_DROP_OFF = frozenset({"cancelled_by_customer", "timed_out"})


def result_of_decline(code: str | None) -> ResultClass:
    """The class of a failed attempt by our decline code."""
    if code in _DROP_OFF:
        return ResultClass.DROP_OFF
    _, known = decline(code)
    technical = known.cause in ("technical", "ours")
    return ResultClass.TECHNICAL if technical else ResultClass.BUSINESS
