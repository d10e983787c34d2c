"""Imitates Juspay: its modern and its legacy API, and the customer's pages."""

from payment_engine.mock.discovery import Imitation
from payment_engine.mock.juspay.config import JuspayConfig
from payment_engine.mock.juspay.imitation import open_account
from payment_engine.mock.juspay.routes import juspay_routes, not_served
from payment_engine.mock.juspay.settlement import SETTLEMENT

IMITATION = Imitation(
    name="juspay",
    config=JuspayConfig,
    open_account=open_account,
    routes=juspay_routes,
    settlement=SETTLEMENT,
    test_account={
        "merchant_id": "mockmerchant",
        "api_key": "MOCK0JUSPAY0API0KEY",
        "response_key": "MOCK0JUSPAY0RESPONSE0KEY",
        "webhook_username": "mockhook",
        "webhook_password": "mockhookpassword",
    },
    hosts=frozenset({"api.juspay.in", "sandbox.juspay.in"}),
    not_found=not_served,
)
