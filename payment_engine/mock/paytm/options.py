"""What a customer may pay with, and the token to ask before there is an order."""

from datetime import timedelta
from typing import Any

from sanic import HTTPResponse, Request

from payment_engine.mock.money import rupees_text
from payment_engine.mock.paytm.auth import message_of, reader
from payment_engine.mock.paytm.book import Paytm, paytm_of
from payment_engine.mock.paytm.checksum import verify
from payment_engine.mock.paytm.instruments import enabled
from payment_engine.mock.paytm.lookup import channel, nb_option, pay_mode
from payment_engine.mock.paytm.model import Order
from payment_engine.mock.paytm.results import Refusal, result
from payment_engine.mock.paytm.wire import say

_ACCESS_LIFE = timedelta(minutes=30)
_SCHEMES = (("VISA", "Visa"), ("MASTER", "Mastercard"), ("RUPAY", "RuPay"), ("AMEX", "Amex"))
_UPI = (("UPI", "UPI ID"), ("UPIPUSH", "UPI app"), ("UPIPUSHEXPRESS", "UPI express"))


async def payment_options(request: Request) -> HTTPResponse:
    """``fetchPaymentOptions``: with a session's token, or with an access token before it."""
    paytm, (order, _) = paytm_of(request), reader(request)
    phone = order.phone if order else ""
    modes = [mode for mode in _modes(paytm, phone) if not order or _enabled(order, mode)]
    body = {
        **result("S", "0000"),
        "merchantDetails": _merchant(paytm),
        "walletOnly": False,
        "paymentFlow": "NONE",
        "activeMerchant": True,
        "loginInfo": {"userLoggedIn": bool(phone), "pgAutoLoginEnabled": False},
        "merchantPayOption": {"paymentModes": modes, "savedInstruments": _saved(paytm, order)},
        "addMoneyPayOption": {"paymentModes": [], "savedInstruments": []},
        "merchantLimitInfo": {"merchantRemainingLimits": [], "excludedPaymodes": [], "message": ""},
    }
    if phone:
        body["userDetails"] = {"mobile": phone, "username": "", "email": "", "kyc": True}
    return say(request, body)


async def access_token(request: Request) -> HTTPResponse:
    """``token/create``: the head's ``token`` is a checksum over the body."""
    paytm, message = paytm_of(request), message_of(request)
    reference = request.args.get("referenceId") or message.field("referenceId")
    if not reference or message.head.get("tokenType") != "CHECKSUM":
        raise Refusal("F", "1007")
    if request.args.get("mid") != paytm.config.merchant_id:
        raise Refusal("F", "2013")
    if not verify(message.text, paytm.key, message.head.get("token")):
        raise Refusal("F", "2005")
    token, now = paytm.world.ids.hexes("", 48), paytm.world.clock.now()
    paytm.access = {name: until for name, until in paytm.access.items() if until > now}
    paytm.access[f"{reference} {token}"] = now + _ACCESS_LIFE
    return say(request, {**result("S", "0000"), "accessToken": token})


def _merchant(paytm: Paytm) -> dict[str, str]:
    name = paytm.world.config.merchant_name
    vpa = paytm.config.vpa
    return {"mcc": "5912", "merchantVpa": vpa, "merchantName": name, "merchantLogo": ""}


def _modes(paytm: Paytm, phone: str) -> list[dict[str, Any]]:
    cards = [channel(code, name) for code, name in _SCHEMES]
    wallet = channel("BALANCE", "Paytm Balance")
    if phone:
        money = {"currency": "INR", "value": rupees_text(paytm.balance(phone))}
        wallet["balanceInfo"] = {"accountBalance": money, "payerAccountExists": True}
    return [
        pay_mode("BALANCE", "Paytm Balance", [wallet]),
        pay_mode("UPI", "UPI", [channel(code, name) for code, name in _UPI]),
        pay_mode("CREDIT_CARD", "Credit Card", cards),
        pay_mode("DEBIT_CARD", "Debit Card", cards[:3]),
        nb_option(),
        pay_mode("EMI", "EMI", [channel("HDFC", "HDFC Bank")]),
    ]


def _enabled(order: Order, mode: dict[str, Any]) -> bool:
    return enabled(order, mode["paymentMode"])


def _saved(paytm: Paytm, order: Order | None) -> list[dict[str, Any]]:
    cards = paytm.saved.get(str(order.customer.get("custId")), {}) if order else {}
    return [
        {
            "cardDetails": {
                "cardId": card_id,
                "cardType": "CREDIT_CARD",
                "expiryDate": card.expiry,
                "firstSixDigit": card.bin,
                "lastFourDigit": card.last4,
                "status": "0" if card_id in paytm.suspended else "1",
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
