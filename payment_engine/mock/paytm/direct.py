"""``directBankRequest``: the bank's OTP, typed on the merchant's page."""

from sanic import HTTPResponse, Request

from payment_engine.mock.paytm import outcomes
from payment_engine.mock.paytm.auth import session
from payment_engine.mock.paytm.book import paytm_of
from payment_engine.mock.paytm.customer import RIGHT_OTP
from payment_engine.mock.paytm.process import paid_at_once
from payment_engine.mock.paytm.results import Refusal, result
from payment_engine.mock.paytm.wire import say


async def direct(request: Request) -> HTTPResponse:
    """``submit`` with an ``otp``, ``resend`` or ``cancel``; a wrong OTP fails the payment."""
    paytm, (order, message) = paytm_of(request), session(request)
    attempt, kind = order.attempt, message.field("requestType").lower()
    if order.closed:
        raise Refusal("F", "GW00460")
    if not attempt or not attempt.card:
        raise Refusal("F", "1001")
    match kind:
        case "resend":
            return say(request, result("S", "0000"))
        case "cancel":
            outcomes.decline(paytm, order, attempt, "otp_cancelled")
        case "submit" if message.field("otp") == RIGHT_OTP:
            outcomes.finish(paytm, order, attempt)
        case "submit":
            outcomes.decline(paytm, order, attempt, "wrong_otp")
        case _:
            raise Refusal("F", "1001")
    return say(request, paid_at_once(paytm, order, attempt))
