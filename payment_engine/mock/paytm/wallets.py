"""Linking a wallet to an order's session by OTP, and its balance."""

import re
from datetime import timedelta

from sanic import HTTPResponse, Request

from payment_engine.mock.money import rupees_text
from payment_engine.mock.paytm.auth import session_of
from payment_engine.mock.paytm.errors import Refusal, result_info
from payment_engine.mock.paytm.model import Order
from payment_engine.mock.paytm.state import paytm_of
from payment_engine.mock.paytm.wire import answer

RIGHT_OTP = "888888"
_OTHER_OTPS = {"7777777777": "489871"}
"""OTPs by phone number: Paytm's older test customer has another one."""
_OTP_LIFE = timedelta(minutes=2)
_MAX_TRIES = 5
_MOBILE = re.compile(r"[6-9]\d{9}")
_REFUSED_MOBILES = re.compile(r"6000000(431|433|434|517|531|827)")
"""Numbers that sendOtp refuses with the code they end in."""


async def send_otp(request: Request) -> HTTPResponse:
    """``login/sendOtp``: the number may be called ``mobileNumber`` or ``mobileNo``."""
    paytm = paytm_of(request)
    order, message = session_of(request)
    phone = message.field("mobileNumber") or message.field("mobileNo")
    if found := _REFUSED_MOBILES.fullmatch(phone):
        raise Refusal("F", found[1])
    if not _MOBILE.fullmatch(phone):
        raise Refusal("F", "431")
    order.otp_phone = phone
    order.otp_expiry = paytm.world.clock.now() + _OTP_LIFE
    order.otp_tries = 0
    order.otp_used = False
    return answer(request, result_info("SUCCESS", "01", "Success"))


async def validate_otp(request: Request) -> HTTPResponse:
    """``login/validateOtp``: links the wallet to the session."""
    paytm = paytm_of(request)
    order, message = session_of(request)
    now = paytm.world.clock.now()
    if order.otp_used:
        raise Refusal("F", "1107")
    order.otp_tries += 1
    if order.otp_tries > _MAX_TRIES:
        raise Refusal("F", "708")
    right = message.field("otp") == _OTHER_OTPS.get(order.otp_phone, RIGHT_OTP)
    if not right or order.otp_expiry is None or now > order.otp_expiry:
        return answer(request, {**result_info("F", "403"), "authenticated": False})
    order.phone = order.otp_phone
    order.otp_used = True
    return answer(request, {**result_info("SUCCESS", "01", "Success"), "authenticated": True})


async def read_balance(request: Request) -> HTTPResponse:
    """``fetchBalanceInfo``: the balance of the wallet, whatever ``paymentMode`` names."""
    paytm = paytm_of(request)
    order, message = session_of(request)
    mode = message.field("paymentMode")
    if mode not in ("BALANCE", "PPBL", "PAYTM_DIGITAL_CREDIT"):
        raise Refusal("F", "1001" if mode else "1007")
    _check_logged_in(order)
    balance = {"currency": "INR", "value": rupees_text(paytm.balance(order.phone))}
    body = {
        **result_info("S", "0000"),
        "balanceInfo": balance,
        "accountStatus": "ACTIVE",
        "enable": True,
    }
    return answer(request, {**body, "passCodeRequired": mode != "BALANCE"})


def _check_logged_in(order: Order) -> None:
    """Raises Refusal unless an OTP or SSO token linked a wallet."""
    if not order.phone:
        raise Refusal("F", "2004")
