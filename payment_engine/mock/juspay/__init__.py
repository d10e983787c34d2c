"""Imitates Juspay: its modern and its legacy API, and the customer's pages.

HDFC's SmartGateway is the same under the bank's own hosts.
"""

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
    hosts=frozenset(
        {
            "api.juspay.in",
            "api-ns1.juspay.in",
            "sandbox.juspay.in",
            "payments.juspay.in",
            "payments.sandbox.juspay.in",
            "api.juspay.io",
            "sandbox.juspay.io",
            "api.sandbox.juspay.io",
            "smartgateway.hdfcbank.com",
            "smartgatewayuat.hdfcbank.com",
            "smartgateway.hdfc.bank.in",
            "smartgateway.hdfcuat.bank.in",
        }
    ),
    not_found=not_served,
)
