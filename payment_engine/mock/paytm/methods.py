"""What a customer may pay with: UPI ids, card numbers, banks, and the options of an order."""

import re
from datetime import timedelta
from typing import Any

from sanic import HTTPResponse, Request

from payment_engine.mock.money import rupees_text
from payment_engine.mock.paytm.auth import message_of, session_of, session_or_access
from payment_engine.mock.paytm.errors import Refusal, result_info
from payment_engine.mock.paytm.model import BANKS, CARD_SCHEMES, Order, is_vpa
from payment_engine.mock.paytm.signing import verify
from payment_engine.mock.paytm.state import Paytm, paytm_of
from payment_engine.mock.paytm.wire import answer

_UPI_NUMBER = re.compile(r"\d{8,11}")
_BIN = re.compile(r"\d{6,9}")
_DEBIT_BINS = ("6", "45", "52")
"""First digits of the debit cards here."""
_ACCESS_LIFE = timedelta(minutes=30)
_CARD_CHANNELS = (("VISA", "Visa"), ("MASTER", "Mastercard"), ("RUPAY", "RuPay"), ("AMEX", "Amex"))
_UPI_CHANNELS = (("UPI", "UPI ID"), ("UPIPUSH", "UPI app"), ("UPIPUSHEXPRESS", "UPI express"))


async def payment_options(request: Request) -> HTTPResponse:
    """``fetchPaymentOptions``, by a session's token, or by an access token before a session."""
    paytm = paytm_of(request)
    order, _ = session_or_access(request)
    phone = order.phone if order else ""
    modes = _mode_documents(paytm, phone)
    if order:
        modes = [each for each in modes if order.allows(each["paymentMode"])]
    body = {
        **result_info("S", "0000"),
        "merchantDetails": _merchant_details(paytm),
        "walletOnly": False,
        "paymentFlow": "NONE",
        "activeMerchant": True,
        "loginInfo": {"userLoggedIn": bool(phone), "pgAutoLoginEnabled": False},
        "merchantPayOption": {
            "paymentModes": modes,
            "savedInstruments": _saved_cards(paytm, order),
        },
        "addMoneyPayOption": {"paymentModes": [], "savedInstruments": []},
        "merchantLimitInfo": {"merchantRemainingLimits": [], "excludedPaymodes": [], "message": ""},
    }
    if phone:
        body["userDetails"] = {"mobile": phone, "username": "", "email": "", "kyc": True}
    return answer(request, body)


async def access_token(request: Request) -> HTTPResponse:
    """``token/create``: the head's ``token`` is a checksum over the body."""
    paytm = paytm_of(request)
    message = message_of(request)
    reference = request.args.get("referenceId") or message.field("referenceId")
    if not reference or message.head.get("tokenType") != "CHECKSUM":
        raise Refusal("F", "1007")
    if request.args.get("mid") != paytm.config.merchant_id:
        raise Refusal("F", "2013")
    if not verify(message.text, paytm.key, message.head.get("token")):
        raise Refusal("F", "2005")
    token = paytm.world.ids.hexes("", 48)
    now = paytm.world.clock.now()
    paytm.access_tokens = {
        name: expiry for name, expiry in paytm.access_tokens.items() if expiry > now
    }
    paytm.access_tokens[f"{reference} {token}"] = now + _ACCESS_LIFE
    return answer(request, {**result_info("S", "0000"), "accessToken": token})


async def validate_vpa(request: Request) -> HTTPResponse:
    """``vpa/validate``: a UPI id, or a number that stands for one.

    Ids that begin with ``invalid`` do not exist: the result is a success with ``valid`` false.
    """
    _, message = session_or_access(request)
    vpa = message.field("vpa")
    number = message.field("numericId")
    if not vpa and not number:
        raise Refusal("F", "1007")
    if number and not _UPI_NUMBER.fullmatch(number):
        raise Refusal("F", "1001")
    vpa = vpa or f"{number}@mockbank"
    valid = is_vpa(vpa) and not vpa.lower().startswith("invalid")
    name = {"name": "Test Customer"} if valid else {}
    return answer(request, {**result_info("S", "0000"), "vpa": vpa, "valid": valid, **name})


async def bin_detail(request: Request) -> HTTPResponse:
    """``fetchBinDetail``: six to nine digits; its booleans are texts."""
    _, message = session_or_access(request)
    digits = message.field("bin")
    if not _BIN.fullmatch(digits) or digits[0] not in CARD_SCHEMES:
        raise Refusal("F", "1001" if digits else "1007")
    body = {
        "binDetail": _bin_document(digits),
        "authModes": ["otp"],
        "iconUrl": "",
        "hasLowSuccessRate": {"status": "false", "msg": ""},
        "isEmiAvailable": False,
        "oneClickSupported": False,
    }
    return answer(request, {**result_info("S", "0000"), **body})


async def list_banks(request: Request) -> HTTPResponse:
    """``fetchNBPaymentChannels``."""
    session_of(request)
    return answer(request, {**result_info("S", "0000"), "nbPayOption": _netbanking()})


def _merchant_details(paytm: Paytm) -> dict[str, str]:
    name = paytm.world.config.merchant_name
    vpa = paytm.config.vpa
    return {"mcc": "5912", "merchantVpa": vpa, "merchantName": name, "merchantLogo": ""}


def _mode_documents(paytm: Paytm, phone: str) -> list[dict[str, Any]]:
    cards = [_channel_document(code, name) for code, name in _CARD_CHANNELS]
    wallet = _channel_document("BALANCE", "Paytm Balance")
    if phone:
        money = {"currency": "INR", "value": rupees_text(paytm.balance(phone))}
        wallet["balanceInfo"] = {"accountBalance": money, "payerAccountExists": True}
    return [
        _mode_document("BALANCE", "Paytm Balance", [wallet]),
        _mode_document(
            "UPI", "UPI", [_channel_document(code, name) for code, name in _UPI_CHANNELS]
        ),
        _mode_document("CREDIT_CARD", "Credit Card", cards),
        _mode_document("DEBIT_CARD", "Debit Card", cards[:3]),
        _netbanking(),
        _mode_document("EMI", "EMI", [_channel_document("HDFC", "HDFC Bank")]),
    ]


def _saved_cards(paytm: Paytm, order: Order | None) -> list[dict[str, Any]]:
    cards = paytm.saved_cards.get(order.customer_id, {}) if order else {}
    return [
        {
            "cardDetails": {
                "cardId": card_id,
                "cardType": "CREDIT_CARD",
                "expiryDate": card.expiry,
                "firstSixDigit": card.bin,
                "lastFourDigit": card.last4,
                "status": "0" if card_id in paytm.suspended_cards else "1",
                "cvvLength": "3",
                "cvvRequired": True,
                "indian": True,
            },
            "issuingBank": "TEST",
            "authModes": ["otp"],
            "channelCode": card.scheme,
            "displayName": f"Test Bank {card.last4}",
            "isEmiAvailable": False,
            "hasLowSuccess": {"status": "false", "msg": ""},
        }
        for card_id, card in cards.items()
    ]


def _netbanking() -> dict[str, Any]:
    """Netbanking and its banks, as a payment mode."""
    return _mode_document(
        "NET_BANKING", "Net Banking", [_channel_document(code, BANKS[code]) for code in BANKS]
    )


def _mode_document(mode: str, name: str, channels: list[dict[str, Any]]) -> dict[str, Any]:
    """One of ``paymentModes``; its booleans are texts."""
    return {
        "paymentMode": mode,
        "displayName": name,
        "isDisabled": {"status": "false", "msg": ""},
        "onboarding": False,
        "payChannelOptions": channels,
    }


def _channel_document(code: str, name: str) -> dict[str, Any]:
    """One of ``payChannelOptions``."""
    return {
        "channelCode": code,
        "channelName": name,
        "iconUrl": "",
        "isDisabled": {"status": "false", "msg": ""},
        "hasLowSuccess": {"status": "false", "msg": ""},
    }


def _bin_document(digits: str) -> dict[str, str]:
    scheme = CARD_SCHEMES[digits[0]]
    return {
        "bin": digits[:6],
        "issuingBank": "Test Bank",
        "issuingBankCode": "TEST",
        "paymentMode": "DEBIT_CARD" if digits.startswith(_DEBIT_BINS) else "CREDIT_CARD",
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
