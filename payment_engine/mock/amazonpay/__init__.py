"""Imitates Amazon Pay India: its API, its consent and payment pages, and its notifications."""

from payment_engine.mock.amazonpay.config import AmazonPayConfig
from payment_engine.mock.amazonpay.imitation import open_account
from payment_engine.mock.amazonpay.routes import amazonpay_routes
from payment_engine.mock.amazonpay.settlement import SETTLEMENT
from payment_engine.mock.discovery import Imitation

IMITATION = Imitation(
    name="amazonpay",
    config=AmazonPayConfig,
    open_account=open_account,
    routes=amazonpay_routes,
    settlement=SETTLEMENT,
    test_account={
        "merchant_id": "A1MOCKMERCHANT",
        "access_key": "MOCKAMAZONPAYACCESS1",
        "secret_key": "mock-amazonpay-secret-key",
    },
    service_settings={
        "base_url": "{url}",
        "signing_host": "amazonpay-sandbox.amazon.in",
        "client_id": "amzn1.application-oa2-client.mock",
        "client_secret": "mock-client-secret",
        "topic_arn": "arn:aws:sns:eu-west-1:000000000000:MockAmazonPay",
        "consent_url": "{url}/ap/oa",
        "token_url": "{url}/auth/o2/token",
        "certificate_base": "{url}",
    },
    config_names={
        "signing_host": "host",
        "webhook_url": "notify_url",
        "topic_arn": "topic_arn",
        "client_id": "client_id",
        "client_secret": "client_secret",
        "return_access_key": "return_access_key",
        "return_secret_key": "return_secret_key",
    },
    hosts=frozenset(
        {
            "amazonpay.amazon.in",
            "amazonpay-sandbox.amazon.in",
            "api.amazon.co.uk",
            "eu.account.amazon.com",
            "sns.eu-west-1.amazonaws.com",
        }
    ),
)
