"""What may be asked before paying: a UPI id, a card's first digits, the banks."""

import re
from typing import Any

from sanic import HTTPResponse, Request

from payment_engine.mock.paytm.auth import reader, session
from payment_engine.mock.paytm.cards import SCHEMES
from payment_engine.mock.paytm.receipt import BANKS
from payment_engine.mock.paytm.results import Refusal, result
from payment_engine.mock.paytm.wire import say

_VPA = re.compile(r"[A-Za-z0-9._-]{2,256}@[A-Za-z0-9]{2,64}")
_NUMBER = re.compile(r"\d{8,11}")
_BIN = re.compile(r"\d{6,9}")
_DEBIT = ("6", "45", "52")
"""First digits of the debit cards in this world."""


async def validate_vpa(request: Request) -> HTTPResponse:
    """``vpa/validate``: a UPI id, or a number behind which one stands.

    Ids that begin with ``invalid`` do not exist; that is a success with ``valid`` false.
    """
    _, message = reader(request)
    vpa, number = message.field("vpa"), message.field("numericId")
    if not vpa and not number:
        raise Refusal("F", "1007")
    if number and not _NUMBER.fullmatch(number):
        raise Refusal("F", "1001")
    vpa = vpa or f"{number}@mockbank"
    valid = vpa_shaped(vpa) and not vpa.lower().startswith("invalid")
    named = {"name": "Test Customer"} if valid else {}
    return say(request, {**result("S", "0000"), "vpa": vpa, "valid": valid, **named})


async def bin_detail(request: Request) -> HTTPResponse:
    """``fetchBinDetail``: six to nine digits; booleans inside are texts."""
    _, message = reader(request)
    digits = message.field("bin")
    if not _BIN.fullmatch(digits) or digits[0] not in SCHEMES:
        raise Refusal("F", "1001" if digits else "1007")
    body = {"binDetail": _bin(digits), "authModes": ["otp"], "iconUrl": "",
            "hasLowSuccessRate": {"status": "false", "msg": ""},
            "isEmiAvailable": False, "oneClickSupported": False}  # fmt: skip
    return say(request, {**result("S", "0000"), **body})


async def banks(request: Request) -> HTTPResponse:
    """``fetchNBPaymentChannels``."""
    session(request)
    return say(request, {**result("S", "0000"), "nbPayOption": nb_option()})


def nb_option() -> dict[str, Any]:
    """Netbanking and its banks, as a payment mode."""
    return pay_mode("NET_BANKING", "Net Banking", [channel(code, BANKS[code]) for code in BANKS])


def pay_mode(mode: str, name: str, channels: list[dict[str, Any]]) -> dict[str, Any]:
    """One of ``paymentModes``; booleans are texts here."""
    return {
        "paymentMode": mode,
        "displayName": name,
        "isDisabled": {"status": "false", "msg": ""},
        "onboarding": False,
        "payChannelOptions": channels,
    }


def channel(code: str, name: str) -> dict[str, Any]:
    """One of ``payChannelOptions``."""
    return {
        "channelCode": code,
        "channelName": name,
        "iconUrl": "",
        "isDisabled": {"status": "false", "msg": ""},
        "hasLowSuccess": {"status": "false", "msg": ""},
    }


def vpa_shaped(text: str) -> bool:
    """Whether it could be a UPI id."""
    return _VPA.fullmatch(text) is not None


def _bin(digits: str) -> dict[str, str]:
    scheme = SCHEMES[digits[0]]
    return {
        "bin": digits[:6],
        "issuingBank": "Test Bank",
        "issuingBankCode": "TEST",
        "paymentMode": "DEBIT_CARD" if digits.startswith(_DEBIT) else "CREDIT_CARD",
        "channelName": scheme,
        "channelCode": scheme,
        "cnMin": "15" if scheme == "AMEX" else "13",
        "cnMax": "15" if scheme == "AMEX" else "19",
        "cvvR": "true",
        "cvvL": "4" if scheme == "AMEX" else "3",
        "expR": "true",
        "isActive": "true",
        "isIndian": "false" if scheme == "AMEX" else "true",
    }
